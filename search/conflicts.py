"""Which published changes may contradict a claim: the same topic, and a rule of polarity that fires. Pure but for its rules file.

A rule (conflicts.toml) says which words of a claim are contradicted by which words of a change: "no X" by "adds X". Nearness of
topic is what the index's embeddings and the shared words say. A small logistic model weighs them; its weights are fitted on the dev
half of benchmarks/conflicts/pairs.jsonl by `python -m benchmarks.conflicts --fit`.
"""

import math
import re
import tomllib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from kb import inline
from kb.conflict import Conflict, said
from kb.library import Library
from kb.model import Card, Claim, ReleaseNote
from kb.staleness import since

if TYPE_CHECKING:
    from search.engine.numeric import F32

OURS = ("Proof points",)
"""Sections whose claims are about us: nothing that they ship contradicts those."""
Embed = Callable[[Sequence[str]], "F32"]


@dataclass(frozen=True)
class Rule:
    """What a change must say to contradict what a claim says; the `not_` words forbid it."""

    name: str
    claim: re.Pattern[str]
    change: re.Pattern[str]
    not_claim: re.Pattern[str] | None = None
    not_change: re.Pattern[str] | None = None

    def fires(self, claim: str, change: str) -> bool:
        """Do both texts have the words, and neither those that forbid it?"""
        forbidden = (self.not_claim and self.not_claim.search(claim)) or (self.not_change and self.not_change.search(change))
        return not forbidden and bool(self.claim.search(claim) and self.change.search(change))


@dataclass(frozen=True)
class Rules:
    """The rules file."""

    rules: tuple[Rule, ...]
    words: dict[str, re.Pattern[str]]
    """`manner`, `fix`, `planned`, `minor`."""


@dataclass(frozen=True)
class Fit:
    """What was fitted on the dev half."""

    threshold: float
    """The least score at which a person is asked."""
    weights: dict[str, float]
    """Feature → weight."""


@dataclass(frozen=True)
class Verdict:
    """How likely a change contradicts a claim."""

    score: float
    """Probability, 0 to 1."""
    rule: str
    """The rule that fired; empty when only the nearness speaks for it."""


@cache
def rules() -> Rules:
    """The rules file, read once."""
    data = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))
    words = {name: re.compile(words, re.I) for name, words in data["words"].items()}
    return Rules(tuple(_rule(entry) for entry in data["rule"]), words)


def _rule(entry: dict[str, str]) -> Rule:
    name, found = entry["name"], {key: re.compile(words, re.I) for key, words in entry.items() if key != "name"}
    return Rule(name, found["claim"], found["change"], found.get("not_claim"), found.get("not_change"))


@cache
def fitted() -> Fit:
    """The weights, read once."""
    return Fit(**tomllib.loads(Path(__file__).with_name("conflicts_fit.toml").read_text(encoding="utf-8")))


_ABOUT_US = re.compile(r"(?:as of [\d-]+, )?(?:we|our|ours|with us)\b", re.I)


def of_them(claim: Claim) -> str:
    """The sentences of a claim that are not about us; empty when all are."""
    return " ".join(sentence for sentence in re.split(r"(?<=[.!?;])\s+", said(claim)) if not _ABOUT_US.match(sentence))


def published(change: str) -> str:
    """A change's text without its marks."""
    return inline.words(change)


def topic(text: str) -> str:
    """What a text is about: without the words that only say whether, how much and since when."""
    kept = " ".join(re.sub(r"[^\w\s-]", " ", rules().words["manner"].sub(" ", text)).split())
    return kept or text


def keeps(claim: str, change: str) -> bool:
    """Does the change name the very thing to which the claim confines it (`Enterprise`, `web only`, `30`), and nothing that turns it?"""
    words = rules().words
    confined = {word.lower() for groups in words["kept"].findall(claim) for word in groups if word}
    named = set(re.findall(r"[\w,.-]*\w", change.lower()))
    return bool(confined & named) and not words["turned"].search(change)


def rule_of(claim: str, change: str) -> str:
    """The name of the first rule that fires; empty when none does. A repaired fault or a mere intention contradicts nothing."""
    if any(rules().words[name].search(change) for name in ("fix", "planned")):
        return ""
    return next((rule.name for rule in rules().rules if rule.fires(claim, change)), "")


def features(claim: str, change: str, near: float, near_topic: float, met: float) -> dict[str, float]:
    """What the score is made of; `near` and `near_topic` are cosines of the texts and of their topics."""
    words, fired = rules().words, rule_of(claim, change)
    return {
        "constant": 1.0,
        "near": near,
        "topic": near_topic,
        "fired": float(bool(fired)),
        "specific": float(bool(fired) and fired != rules().rules[-1].name),
        **{name: float(bool(words[name].search(change))) for name in ("minor", "news")},
        "met": met,
        "keeps": float(keeps(claim, change)),
    }


def score(found: dict[str, float]) -> float:
    """Probability of a conflict."""
    weights = fitted().weights
    return 1 / (1 + math.exp(-sum(weights[name] * value for name, value in found.items())))


def measured(pairs: Iterable[tuple[str, str]], embed: Embed) -> list[dict[str, float]]:
    """Features of each (claim, change), both in plain words; each text and each word is embedded once."""
    pairs = list(pairs)
    whole = {text for pair in pairs for one in pair for text in (one, topic(one))}
    texts = sorted(whole | {word for text in whole for word in bag(text)})
    if not texts:
        return []
    vectors = dict(zip(texts, embed(texts), strict=True))

    def near(one: str, two: str) -> float:
        return float(vectors[one] @ vectors[two])

    return [
        features(claim, change, near(claim, change), near(topic(claim), topic(change)), met(claim, change, near)) for claim, change in pairs
    ]


def bag(text: str) -> list[str]:
    """The content words of a text."""
    return sorted({word for word in re.findall(r"[a-z0-9]+", topic(text).lower()) if len(word) > 1})


def met(claim: str, change: str, near: Callable[[str, str], float]) -> float:
    """How near, on average, each of the claim's words comes to one of the change's."""
    theirs = bag(change)
    best = [max((near(word, other) for other in theirs), default=0.0) for word in bag(claim)]
    return sum(best) / max(1, len(best))


def judge(pairs: Sequence[tuple[str, str]], embed: Embed) -> list[Verdict]:
    """A verdict on each (claim, change), both in plain words."""
    return [Verdict(score(found), rule_of(*pair)) for pair, found in zip(pairs, measured(pairs, embed), strict=True)]


def conflicts(claims: Sequence[Claim], releases: Mapping[str, ReleaseNote], embed: Embed) -> list[Conflict]:
    """The likely contradictions, the likeliest first. A claim that cites a release has taken it into account; a fix contradicts nothing."""
    changes = [(path, note.version, f"c{n}", change) for path, note in releases.items() for n, change in enumerate(note.changes, 1)]
    both = [(claim, *one) for claim in claims for one in changes if one[3].kind != "fix" and not _cites(claim, one[0], one[2])]
    texts = {pair: (of_them(pair[0]), published(pair[4].text)) for pair in both}
    both = [pair for pair in both if texts[pair][0] and rule_of(*texts[pair])]
    verdicts = judge([texts[pair] for pair in both], embed)
    found = [
        Conflict(*pair, round(verdict.score, 3), verdict.rule)
        for pair, verdict in zip(both, verdicts, strict=True)
        if verdict.score >= fitted().threshold
    ]
    return sorted(found, key=lambda c: (-c.score, c.path, c.change_id, c.claim.line))


def _cites(claim: Claim, path: str, change: str) -> bool:
    """Does the claim link this change, or the release as a whole? Then it has taken it into account."""
    name = "/".join(path.split("/")[-2:])
    ends = (link.href.partition("#") for link in claim.evidence)
    return any(where.endswith(name) and anchor in ("", "release", change) for where, _, anchor in ends)


def of_card(library: Library, card: Card, embed: Embed) -> list[Conflict]:
    """The conflicts of a card's claims about them with what they have published since it was reviewed."""
    claims = [claim for claim in card.claims if claim.section not in OURS]
    return conflicts(claims, since(library, card), embed)
