"""Which changes may contradict which claims: how alike they are, and what the words of both say. Pure: texts and vectors in, conflicts out.

A claim says that they lack, limit, charge for or are slow at something, or that they have it; a change adds, ends, mends, makes dearer, or
only paints. A change that adds what a claim says is lacking, or ends what it says they have, is a likely contradiction if both are about
the same thing. The words are in conflicts.toml, with the weights and how they were found.
"""

import math
import re
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from kb.conflict import Conflict, said
from kb.library import Library
from kb.model import Card, Claim, ReleaseNote
from kb.staleness import since

if TYPE_CHECKING:
    from search.engine.numeric import F32

LIKE = 0.28
"""The least likeness (cosine) of claim and change that is looked at: below it, both are about different things."""
LIKELY = 0.25
"""The probability from which a pair is flagged."""
OURS = ("Proof points",)
"""Sections whose claims are about us: nothing that they ship contradicts those."""
Embed = Callable[[Sequence[str]], "F32"]


@dataclass(frozen=True)
class Rules:
    """conflicts.toml, read."""

    claim: dict[str, re.Pattern[str]]
    change: dict[str, re.Pattern[str]]
    weights: dict[str, float]


@cache
def rules() -> Rules:
    """Read once."""
    found = tomllib.loads(Path(__file__).with_name("conflicts.toml").read_text(encoding="utf-8"))
    claim, change = ({name: _pattern(words) for name, words in found[part].items()} for part in ("claim", "change"))
    return Rules(claim, change, found["weights"])


def _pattern(words: str) -> re.Pattern[str]:
    return re.compile(rf"\b(?:{words.replace(chr(10), '')})(?!\w)", re.I)


def affirmed(text: str) -> str:
    """A claim without the words that deny: "No SCIM below Enterprise" is about SCIM below Enterprise."""
    return " ".join(rules().claim["lacks"].sub(" ", text).split())


def features(claim: str, kind: str, change: str, alike: float) -> dict[str, float]:
    """What the probability is made of; each between 0 and 1."""
    r = rules()
    says = {name for name, pattern in r.claim.items() if pattern.search(claim)}
    does = {name for name, pattern in r.change.items() if pattern.search(change)}
    mends = float(kind == "fix" or bool(r.change["mends"].match(change)))
    ended = kind in ("deprecation", "breaking")
    wants = bool(says & {"lacks", "limited", "costs", "slow"})
    return {
        "alike": alike,
        "mends": mends,
        "cosmetic": float("cosmetic" in does),
        "lack filled": float(wants and not mends and not ended),
        "support ended": float(
            "has" in says and "lacks" not in says and (ended or "ends" in does or (kind == "pricing" and "dearer" in does))
        ),
        "terms changed": float("costs" in says and kind == "pricing"),
        "limit moved": float("limited" in says and bool(re.search(r"\d", change))),
        "adds": min(3, len(r.change["adds"].findall(change))) / 3,
    }


def probability(found: dict[str, float]) -> float:
    """That a claim no longer holds, of the features of a pair."""
    weights = rules().weights
    return 1 / (1 + math.exp(-weights["bias"] - sum(weights.get(name, 0.0) * value for name, value in found.items())))


_WHY = {
    "support ended": "the claim says they have it, the change ends it or makes it dearer",
    "terms changed": "the claim is about price or plan, and so is the change",
    "limit moved": "the claim names a limit, the change a number",
    "lack filled": "the claim says they lack or limit it, the change adds to it",
}


def why(found: dict[str, float]) -> str:
    """The rule that fired, in words."""
    return next((text for name, text in _WHY.items() if found[name]), "claim and change are about the same thing")


def conflicts(claims: Sequence[Claim], releases: Mapping[str, ReleaseNote], embed: Embed) -> list[Conflict]:
    """The likely contradictions, the likeliest first. A claim that cites a release has taken it into account."""
    changes = [(path, note.version, f"c{n}", change) for path, note in releases.items() for n, change in enumerate(note.changes, 1)]
    if not claims or not changes:
        return []
    texts = [said(claim) for claim in claims]
    alike = likeness(texts, [change.text for *_, change in changes], embed)
    found = []
    for i, claim in enumerate(claims):
        for j, (path, version, ident, change) in enumerate(changes):
            if (likely := float(alike[i, j])) >= LIKE and not _cites(claim, path):
                seen = features(texts[i], change.kind, change.text, likely)
                if (score := probability(seen)) >= LIKELY:
                    found.append(Conflict(claim, path, version, ident, change, round(score, 3), why(seen)))
    return sorted(found, key=lambda c: (-c.score, c.path, c.change_id, c.claim.line))


def _cites(claim: Claim, path: str) -> bool:
    name = "/".join(path.split("/")[-2:])
    return any(link.href.partition("#")[0].endswith(name) for link in claim.evidence)


def of_card(library: Library, card: Card, embed: Embed) -> list[Conflict]:
    """The conflicts of a card's claims about them with what they have published since it was reviewed."""
    claims = [claim for claim in card.claims if claim.section not in OURS]
    return conflicts(claims, since(library, card), embed)


def likeness(claims: Sequence[str], changes: Sequence[str], embed: Embed) -> "F32":
    """Cosine of each claim (as it is, or without what it denies: the higher) with each change, shape (claims, changes)."""
    import numpy as np

    rows, bare, told = embed(claims), embed([affirmed(text) or text for text in claims]), embed(changes)
    found: F32 = np.maximum(rows @ told.T, bare @ told.T)
    return found
