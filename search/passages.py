"""A Library → its answers, and each answer's passages. Pure.

An *answer* is an objection, a claim, a landmine, a talk track, a proof point or a field note. A *passage* is one piece of
text that stands for it in the index: each phrasing that a buyer used, and the whole entry.
"""

import hashlib
import re
from collections.abc import Iterator
from datetime import timedelta

from kb.library import Library
from kb.markdown import audience_of, headings, links, plain, split_id, without_evidence
from kb.model import Card, Claim, FieldNote, Objection, Review, Section
from kb.review import due
from kb.templates import HEARD, NOTE, SAY_THIS
from search.answer import Answer, Passage

_SECTION_KIND = {
    "Why we win": "claim", "Why we lose": "claim", "Pricing and packaging": "claim", "Feature comparison": "claim",
    "Landmines to lay": "landmine", "Landmines to defuse": "landmine", "Proof points": "proof-point",
}  # fmt: skip

_RELATION = re.compile(r"^(?:Supports|Contradicts):.*$", re.M)
"""A field note's line about claims, which nobody says aloud."""
NOTE_LASTS = timedelta(days=180)
"""How long a field note is fresh that does not say when it expires."""
_Vouched = tuple[str | None, str | None]
"""Reviewed on, fresh until: ISO days."""


def answers(library: Library) -> list[Answer]:
    """Every possible answer, ids unique, in the order of the files."""
    found: dict[str, Answer] = {}
    for answer in _all(library):
        if answer.say_this in (SAY_THIS, NOTE):
            continue  # a template that nobody has filled in is no answer
        found.setdefault(answer.id, answer)
    return list(found.values())


def _all(library: Library) -> Iterator[Answer]:
    for path, page in library.pages.items():
        vouched = _vouched(page.reviewed, page.review_every)
        said, audience = page.objection, page.objection.audience or page.audience
        yield _objection(said, f"objections/{said.id}", path, page.competitors, page.stages, audience, vouched)
    for path, card in library.cards.items():
        yield from _card(path, card)
    for path, note in library.notes.items():
        yield _note(path, note)


def _card(path: str, card: Card) -> Iterator[Answer]:
    vouched = _vouched(card.reviewed, card.review_every)
    base = f"battlecards/{card.competitor}"
    for objection in card.objections:
        yield _objection(objection, f"{base}#{objection.id}", path, (card.competitor,), (), objection.audience or card.audience, vouched)
    for claim in card.claims:
        if claim.section != "Feature comparison":
            yield _claim(claim, base, path, card, vouched)
    for section in card.sections:
        if section.name == "Talk tracks":
            yield from _talk_tracks(section, base, path, card, vouched)


def _vouched(review: Review | None, every: str | None) -> _Vouched:
    return (review.on.isoformat(), due(review, every).isoformat()) if review else (None, None)


def _objection(
    objection: Objection, ident: str, path: str, competitors: tuple[str, ...], stages: tuple[str, ...], audience: str, vouched: _Vouched,
) -> Answer:  # fmt: skip
    heading = plain(objection.heading)
    body = " ".join(plain(text) for _, text in objection.parts)
    evidence = tuple(link for _, text in objection.evidence for link in links(text))
    phrasings = (heading, *(plain(p) for p in objection.also_heard if p != HEARD))
    return Answer(
        ident, "objection", heading, competitors, plain(objection.say_this), path, objection.line, audience, *vouched,
        evidence, stages, phrasings, f"{' '.join(phrasings)} {plain(objection.say_this)} {body}",
    )  # fmt: skip


def _claim(claim: Claim, base: str, path: str, card: Card, vouched: _Vouched) -> Answer:
    text = plain(without_evidence(claim.text))
    ident = claim.id or "claim-" + hashlib.sha256(text.encode()).hexdigest()[:8]
    return Answer(
        f"{base}#{ident}", _SECTION_KIND[claim.section], f"{card.title}: {claim.section}", (card.competitor,), text, path,
        claim.line, claim.audience or card.audience, *vouched, claim.evidence, (), (), text,
    )  # fmt: skip


def _talk_tracks(section: Section, base: str, path: str, card: Card, vouched: _Vouched) -> Iterator[Answer]:
    lines = section.body.split("\n")
    for heading in headings(section.body):
        if heading.level == 3:
            said = lines[heading.line : heading.end - 1]
            text = plain(" ".join(split_id(line)[0] for line in said))
            inside = "internal" if any(audience_of(line) == "internal" for line in said) else heading.audience or section.audience
            stage = heading.text.lower()
            yield Answer(
                f"{base}#{heading.id}", "talk-track", f"{card.title}: {heading.text}", (card.competitor,), text, path,
                section.line + heading.line - 1, inside or card.audience, *vouched, (), (stage,), (), text,
            )  # fmt: skip


def _note(path: str, note: FieldNote) -> Answer:
    text = plain(_RELATION.sub("", note.body))
    ident = path.removeprefix("docs/").removesuffix(".md")
    return Answer(
        ident, "note", f"Heard on {note.date} ({note.source}, {note.confidence} confidence)", (note.competitor,), text, path, 1,
        "internal", note.date.isoformat(), (note.expires or note.date + NOTE_LASTS).isoformat(), links(note.body), (note.stage,), (), text,
    )  # fmt: skip


def passages(answer: Answer) -> list[Passage]:
    """The texts by which an answer is found: every phrasing on its own, and the whole entry."""
    texts = [(f"p{n}", text) for n, text in enumerate(answer.phrasings)] + [("whole", answer.whole)]
    return [Passage(f"{answer.id}:{which}", answer.id, text) for which, text in texts if text]
