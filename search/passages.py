"""A Library → its answers, and each answer's passages. Pure.

An *answer* is an objection, a claim, a landmine, a talk track, a proof point or a field note. A *passage* is one piece of
text that stands for it in the index: each phrasing that a buyer used, and the whole entry.
"""

import hashlib
from collections.abc import Iterator

from kb.library import Library
from kb.markdown import headings, links, plain, without_evidence
from kb.model import Card, Claim, FieldNote, Objection, Section
from search.answer import Answer, Passage

_SECTION_KIND = {
    "Why we win": "claim", "Why we lose": "claim", "Pricing and packaging": "claim", "Feature comparison": "claim",
    "Landmines to lay": "landmine", "Landmines to defuse": "landmine", "Proof points": "proof-point",
}  # fmt: skip


def answers(library: Library) -> list[Answer]:
    """Every possible answer, ids unique, in the order of the files."""
    found: dict[str, Answer] = {}
    for answer in _all(library):
        found.setdefault(answer.id, answer)
    return list(found.values())


def _all(library: Library) -> Iterator[Answer]:
    for path, page in library.pages.items():
        review = page.reviewed.on.isoformat() if page.reviewed else None
        yield _objection(
            page.objection, f"objections/{page.objection.id}", path, page.competitors, page.stages, page.audience, review, page.review_every
        )
    for path, card in library.cards.items():
        yield from _card(path, card)
    for path, note in library.notes.items():
        yield _note(path, note)


def _card(path: str, card: Card) -> Iterator[Answer]:
    review = card.reviewed.on.isoformat() if card.reviewed else None
    base = f"battlecards/{card.competitor}"
    for objection in card.objections:
        yield _objection(objection, f"{base}#{objection.id}", path, (card.competitor,), (), card.audience, review, card.review_every)
    for claim in card.claims:
        if claim.section != "Feature comparison":
            yield _claim(claim, base, path, card, review)
    for section in card.sections:
        if section.name == "Talk tracks":
            yield from _talk_tracks(section, base, path, card, review)


def _objection(
    objection: Objection, ident: str, path: str, competitors: tuple[str, ...], stages: tuple[str, ...], audience: str,
    review: str | None, every: str | None,
) -> Answer:  # fmt: skip
    heading = plain(objection.heading)
    body = " ".join(plain(text) for _, text in objection.parts)
    evidence = tuple(link for _, text in objection.evidence for link in links(text))
    phrasings = (heading, *(plain(p) for p in objection.also_heard))
    return Answer(
        ident, "objection", heading, competitors, plain(objection.say_this), path, objection.line, audience, review,
        every or "90d", evidence, stages, phrasings, f"{' '.join(phrasings)} {plain(objection.say_this)} {body}",
    )  # fmt: skip


def _claim(claim: Claim, base: str, path: str, card: Card, review: str | None) -> Answer:
    text = plain(without_evidence(claim.text))
    ident = claim.id or "claim-" + hashlib.sha256(text.encode()).hexdigest()[:8]
    return Answer(
        f"{base}#{ident}", _SECTION_KIND[claim.section], f"{card.title}: {claim.section}", (card.competitor,), text, path,
        claim.line, card.audience, review, card.review_every or "90d", claim.evidence, (), (), text,
    )  # fmt: skip


def _talk_tracks(section: Section, base: str, path: str, card: Card, review: str | None) -> Iterator[Answer]:
    lines = section.body.split("\n")
    for heading in headings(section.body):
        if heading.level == 3:
            text = plain(" ".join(lines[heading.line : heading.end - 1]))
            stage = heading.text.lower()
            yield Answer(
                f"{base}#{heading.id}", "talk-track", f"{card.title}: {heading.text}", (card.competitor,), text, path,
                section.line + heading.line - 1, card.audience, review, card.review_every or "90d", (), (stage,), (), text,
            )  # fmt: skip


def _note(path: str, note: FieldNote) -> Answer:
    text = plain(note.body)
    ident = path.removeprefix("docs/").removesuffix(".md")
    return Answer(
        ident, "note", f"Heard on {note.date} ({note.source}, {note.confidence} confidence)", (note.competitor,), text, path, 1,
        "internal", note.date.isoformat(), "180d", links(note.body), (note.stage,), (), text,
    )  # fmt: skip


def passages(answer: Answer) -> list[Passage]:
    """The texts by which an answer is found: every phrasing on its own, and the whole entry."""
    texts = [(f"p{n}", text) for n, text in enumerate(answer.phrasings)] + [("whole", answer.whole)]
    return [Passage(f"{answer.id}:{which}", answer.id, text) for which, text in texts if text]
