"""Which published changes may contradict a claim: near enough in topic, and judged to say otherwise. Pure; both models are arguments."""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from kb import inline
from kb.conflict import Conflict, said
from kb.library import Library
from kb.model import Card, Claim, ReleaseNote
from kb.staleness import since
from search.judge import Pair, Verdict

if TYPE_CHECKING:
    from search.engine.numeric import F32

OURS = ("Proof points",)
"""Sections whose claims are about us: nothing that they ship contradicts those."""
THRESHOLD = 0.2
"""Probability from which a person is asked: a claim that nobody looks at costs more than a look."""
NEAR = 0.38
"""Cosine below which a claim and a change are about different things, and are not judged: the judge hears more how things are said."""

ADVISORY = re.compile(r"security( advisory| fix| update)?:|.{0,60}\b(cve|vulnerabilit)", re.I)
"""How a notice begins that something harmful is mended: it says what was wrong, not what is so."""

Embed = Callable[[Sequence[str]], "F32"]
Judging = Callable[[Sequence[Pair]], Sequence[Verdict]]

_ABOUT_US = re.compile(r"(?:as of [\d-]+, )?(?:we|our|ours|with us)\b", re.I)


def of_them(claim: Claim) -> str:
    """The sentences of a claim that are not about us; empty when all are."""
    return " ".join(sentence for sentence in re.split(r"(?<=[.!?;])\s+", said(claim)) if not _ABOUT_US.match(sentence))


def published(change: str) -> str:
    """A change's text without its marks."""
    return inline.words(change)


def near(pairs: Sequence[Pair], embed: Embed) -> list[bool]:
    """Are claim and change about things that have something to do with each other? Each text is embedded once."""
    texts = sorted({text for pair in pairs for text in pair})
    if not texts:
        return []
    vectors = dict(zip(texts, embed(texts), strict=True))
    return [float(vectors[claim] @ vectors[change]) >= NEAR for claim, change in pairs]


def conflicts(claims: Sequence[Claim], releases: Mapping[str, ReleaseNote], embed: Embed, judge: Judging) -> list[Conflict]:
    """The likely contradictions, the likeliest first. A claim that cites a release knows it; a fix contradicts nothing."""
    changes = [(path, note.version, f"c{n}", change) for path, note in releases.items() for n, change in enumerate(note.changes, 1)]
    both = [(claim, *one) for claim in claims for one in changes if one[3].kind != "fix" and not _cites(claim, one[0], one[2])]
    pairs = [(of_them(claim), published(change.text)) for claim, *_, change in both]
    worth = [
        (one, pair)
        for one, pair, close in zip(both, pairs, near(pairs, embed), strict=True)
        if close and pair[0] and not ADVISORY.match(pair[1])
    ]
    found = [
        Conflict(*one, round(verdict.score, 3), verdict.rule)
        for (one, _), verdict in zip(worth, judge([pair for _, pair in worth]), strict=True)
        if verdict.score >= THRESHOLD
    ]
    return sorted(found, key=lambda c: (-c.score, c.path, c.change_id, c.claim.line))


def _cites(claim: Claim, path: str, change: str) -> bool:
    """Does the claim link this change, or the release as a whole? Then it has taken it into account."""
    name = "/".join(path.split("/")[-2:])
    ends = (link.href.partition("#") for link in claim.evidence)
    return any(where.endswith(name) and anchor in ("", "release", change) for where, _, anchor in ends)


def of_card(library: Library, card: Card, embed: Embed, judge: Judging) -> list[Conflict]:
    """The conflicts of a card's claims about them with what they have published since it was reviewed."""
    claims = [claim for claim in card.claims if claim.section not in OURS]
    return conflicts(claims, since(library, card), embed, judge)
