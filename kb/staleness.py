"""Why a card, or a claim on it, is to be looked at again: a fact, not a calendar alone. Pure: one function for all who ask.

`kb check`, `kb verify` and the site tell what it finds.
"""

import posixpath
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from kb.conflict import Conflict
from kb.library import Library
from kb.markdown import links, plain
from kb.model import Card, Claim, Objection, ReleaseNote
from kb.provenance import PRICING
from kb.review import EVERY, overdue

PRICES_LAST = timedelta(days=45)
"""After which a price is to be looked at again, if `review_every` is not shorter."""


@dataclass(frozen=True)
class Reason:
    """One reason."""

    kind: str
    """`conflict`, `note`, `revised`, `releases`, `overdue` or `pricing`."""
    message: str
    line: int = 1
    claim: str | None = None
    """The claim's id, when it is about one that has an id."""


def since(library: Library, card: Card) -> dict[str, ReleaseNote]:
    """Path → release that came after the one the reviewer had seen (or after the review, when none is named), the oldest first.

    What has no date counts only when no head is named that has one: it cannot be said to be newer.
    """
    releases = {path: note for path, note in library.releases_of(card.competitor).items() if not note.state}
    if card.reviewed is None:
        return _by_day(releases)
    head = next((note for note in releases.values() if note.version == card.reviewed.head), None)
    seen = head.date if head and head.date else card.reviewed.on
    later = {p: n for p, n in releases.items() if n.date and n.date > seen}
    same = {p: n for p, n in releases.items() if head and head.date and n.date == seen and n is not head and n.date > card.reviewed.on}
    return _by_day(later | same)


def _by_day(releases: dict[str, ReleaseNote]) -> dict[str, ReleaseNote]:
    return dict(sorted(releases.items(), key=lambda item: (item[1].date or date.min, item[0])))


def reasons(library: Library, card: Card, still_open: Sequence[Conflict], today: date) -> list[Reason]:
    """Every reason to look at a card again: `still_open` conflicts and what the field heard, then what was shipped, then the calendar."""
    found = [*(_conflict(one) for one in still_open), *_notes(library, card, today), *_revised(library, card)]
    new = [note.version for note in since(library, card).values() if note.material]
    if new and card.reviewed:
        names = ", ".join(new[-3:]) if len(new) <= 3 else f"{len(new)} releases, the last {new[-1]}"
        head = card.reviewed.head or f"the review of {card.reviewed.on}"
        found.append(Reason("releases", f"material releases since {head}: {names}. Look, then `kb verify {card.competitor}`"))
    if late := overdue(card.reviewed, card.review_every, today):
        found.append(Reason("overdue", late))
    return [*found, *_prices(card, today)]


def _conflict(one: Conflict) -> Reason:
    text = f'"{one.change.text}" ({one.version}) may contradict it: {one.rule} ({one.score:.0%}). Answer with `kb verify`'
    return Reason("conflict", text, one.claim.line, one.claim.id)


_CONTRADICTS = re.compile(r"^Contradicts:(.*)$", re.M)


def _notes(library: Library, card: Card, today: date) -> Iterator[Reason]:
    """Field notes after the review that say they contradict a claim, as long as they count."""
    marked: list[Claim | Objection] = [*card.claims, *card.objections]
    things = {thing.id: thing for thing in marked if thing.id}
    for path, note in library.notes_of(card.competitor).items():
        if (note.expires and note.expires < today) or (card.reviewed and note.date <= card.reviewed.on):
            continue
        words = plain(note.body.split("\n\n", maxsplit=1)[0])
        hrefs = [link.href for line in _CONTRADICTS.findall(note.body) for link in links(line)]
        for ident in dict.fromkeys(href.rpartition("#")[2] for href in hrefs):
            if thing := things.get(ident):
                text = f'the field note {path.rpartition("/")[2]} contradicts it: "{words}". Mend it, then `kb verify {card.competitor}`'
                yield Reason("note", text, thing.line, ident)


def _revised(library: Library, card: Card) -> Iterator[Reason]:
    """Claims whose release note its publisher has rewritten since the review; a rewriting that kept its old date cannot be told."""
    if card.reviewed is None:
        return
    folder = f"docs/battlecards/{card.competitor}"
    for claim in card.claims:
        for path in dict.fromkeys(posixpath.normpath(f"{folder}/{link.href.partition('#')[0]}") for link in claim.evidence):
            note = library.releases.get(path)
            later = [*(revision.date for revision in note.revisions[1:]), note.date] if note and note.revisions else []
            if note and any(day and day > card.reviewed.on for day in later):
                text = f"{note.version} was rewritten by its publisher after the review: read it again, then `kb verify {card.competitor}`"
                yield Reason("revised", text, claim.line, claim.id)


def _prices(card: Card, today: date) -> list[Reason]:
    if card.reviewed is None or today - card.reviewed.on <= min(PRICES_LAST, timedelta(days=int((card.review_every or EVERY)[:-1]))):
        return []
    prices = [claim for claim in card.claims if claim.section == PRICING]
    text = f"the prices were last looked at on {card.reviewed.on}: look again, they change sooner than features"
    return [Reason("pricing", text, prices[0].line)] if prices else []
