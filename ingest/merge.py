"""What is known + what was published now → what to write. Pure, and the same whichever source comes first."""

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from kb.model import ReleaseNote, Revision, Sighting, Source

Rank = Callable[[str], tuple[int, str]]
"""Which of two sources of one release its note follows: the lower."""
_ORDER = ("changelog", "page", "feed")


@dataclass(frozen=True)
class Merge:
    """What a batch changes: file name → note, and how many of each kind."""

    write: dict[str, ReleaseNote]
    new: int
    revised: int


def rank(sources: tuple[Source, ...]) -> Rank:
    """A changelog before a page before a feed (feeds cut short and drop the old), then by address; a former source comes last."""
    kinds = {source.url: _ORDER.index(source.kind) for source in sources}
    return lambda url: (kinds.get(url, len(_ORDER)), url)


def merge(known: Mapping[str, ReleaseNote], batch: Mapping[str, ReleaseNote], order: Rank) -> Merge:
    """What to write so that `known` also holds `batch`.

    The same wording changes nothing. Another wording from the same source is a revision: the newer one stands, the older
    one's hash is kept. The same release seen through another source is one note still, with a sighting more.
    """
    merged = {name: _merged(known.get(name), note, order) for name, note in batch.items()}
    write = {name: note for name, note in merged.items() if note != known.get(name)}
    new = sum(name not in known for name in write)
    revised = sum(_revisions(note) > _revisions(known[name]) for name, note in write.items() if name in known)
    return Merge(write, new, revised)


def _revisions(note: ReleaseNote) -> int:
    return len(note.revisions) + sum(len(seen.revisions) for seen in note.also)


def _merged(old: ReleaseNote | None, note: ReleaseNote, order: Rank) -> ReleaseNote:
    if old is None:
        return note
    if note.source == old.source:
        if note.sha256 == old.sha256:
            return replace(old, changes=note.changes, state=note.state)  # the same words; the table that sorts them may be another
        return _settled(_revised(old, note), old.also, order)
    seen = _seen(note)
    known = next((s for s in old.also if s.source == note.source), None)
    if known and known.sha256 == seen.sha256:
        return old
    if known:
        seen = replace(seen, revisions=(*known.revisions, Revision(known.sha256, known.date)))
    others = tuple(s for s in old.also if s.source != note.source)
    if order(note.source) < order(old.source):
        return _settled(replace(note, revisions=seen.revisions), (*others, _seen(old)), order)
    return _settled(old, (*others, seen), order)


def _revised(old: ReleaseNote, note: ReleaseNote) -> ReleaseNote:
    return replace(note, revisions=(*old.revisions, Revision(old.sha256, _own_date(old))))


def _own_date(note: ReleaseNote) -> dt.date | None:
    return None if note.dated_by else note.date


def _seen(note: ReleaseNote) -> Sighting:
    return Sighting(note.source, note.sha256, _own_date(note), note.url, note.revisions)


def _settled(note: ReleaseNote, also: tuple[Sighting, ...], order: Rank) -> ReleaseNote:
    """The note with its sightings in order; a date that its own source does not give comes from the first that does."""
    ordered = tuple(sorted(also, key=lambda seen: order(seen.source)))
    own = _own_date(note)
    lender = next((seen for seen in ordered if seen.date), None) if own is None else None
    return replace(note, also=ordered, date=lender.date if lender else own, dated_by=lender.source if lender else None)
