"""What a change does to what the field may say, claim by claim. Pure: two libraries in, entries out."""

import difflib
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from kb import inline
from kb.conflict import Conflict, digest, said, still_open
from kb.library import Library
from kb.markdown import plain, without_evidence
from kb.model import CLAIM_SECTIONS, Card, Claim, Objection, ObjectionPage

T = TypeVar("T", Claim, Objection)
_BASIS = re.compile(r"\s*\*?\((?:inference|assumption)\)\*?")
ALIKE = 0.6
"""How alike two claims without an id must be to count as one that was reworded."""


@dataclass(frozen=True)
class Entry:
    """One thing that a reviewer should look at."""

    id: str
    """`acme#no-sso`, `acme` for what has no id, `objections/too-expensive`."""
    what: str
    """added, retired, reworded, evidence, moved, audience, section…; reviewed; broken; release, note (added, or say something else)."""
    path: str
    line: int
    before: str = ""
    after: str = ""
    because: str = ""
    """Why a claim went or says something else: what its owner answered to a release, else the release that may be the reason."""


def diff(before: Library, after: Library) -> list[Entry]:
    """Every entry, cards in order, then objections, then what ingest and the field brought."""
    return [*_broken(after), *_cards(before, after), *_pages(before, after), *_new(before, after)]


def who_lost_claims(entries: Sequence[Entry]) -> set[str]:
    """Competitors of which a claim went, or says something else."""
    return {entry.id.partition("#")[0] for entry in entries if entry.what in ("retired", "reworded") and "/battlecards/" in entry.path}


def explained(entries: Sequence[Entry], before: Library, after: Library, found: Mapping[str, Sequence[Conflict]]) -> list[Entry]:
    """The entries, each with the reason there is. `found`: competitor → what contradicts the claims of before, the likeliest first."""
    reasons: dict[tuple[str, str], str] = {}
    for path, card in before.cards.items():
        said_so = after.answers_of(card.competitor)
        contradicted = {conflict.claim.line: conflict for conflict in reversed(still_open(found.get(card.competitor, ()), said_so))}
        answered = {answer.claim: answer for answer in said_so if answer.answer != "still-true"}
        for claim in card.claims:
            answer, conflict = answered.get(digest(said(claim))), contradicted.get(claim.line)
            if answer and answer.because:
                reasons[path, _words(claim)] = f"{answer.because} ({answer.by}, of {answer.conflict.partition('@')[2]})"
            elif conflict:
                change = inline.words(inline.shorten(conflict.change.text, 140))
                reasons[path, _words(claim)] = f"{card.title} {conflict.version}, it seems: {change}"
    return [
        replace(one, because=reasons.get((one.path, one.before), "")) if one.what in ("retired", "reworded") else one for one in entries
    ]


def _broken(after: Library) -> Iterator[Entry]:
    """What cannot be read says nothing about its claims; the reason is told instead."""
    for problem in after.problems:
        yield Entry(problem.path.removeprefix("docs/").removesuffix(".md"), "broken", problem.path, problem.line, "", problem.message)


def _cards(before: Library, after: Library) -> Iterator[Entry]:
    for path in sorted(before.cards.keys() | after.cards.keys()):
        old, new = before.cards.get(path), after.cards.get(path)
        name = path.split("/")[-2]
        if old is None or new is None:
            if path in {p.path for p in after.problems}:
                continue
            gone = new is None
            if old is None or gone:
                yield Entry(name, "retired" if gone else "added", path, 1, *_titles(old, new))
            if old is None and new is None:
                continue
        yield from _pairs(name, path, old.claims if old else (), new.claims if new else (), _claim)
        yield from _pairs(name, path, old.objections if old else (), new.objections if new else (), _objection)
        if old and new:
            yield from _front(name, path, old, new)
            yield from _sections(name, path, old, new)
        if old and new and old.reviewed != new.reviewed and new.reviewed:
            seen = f" (has seen {new.reviewed.head})" if new.reviewed.head else ""
            yield Entry(
                name,
                "reviewed",
                path,
                1,
                str(old.reviewed.on) if old.reviewed else "never",
                f"{new.reviewed.on} by {new.reviewed.by}{seen}",
            )


def _front(name: str, path: str, old: Card | ObjectionPage, new: Card | ObjectionPage) -> Iterator[Entry]:
    for key in ("title", "owner", "review_every", "audience"):
        was, now = getattr(old, key), getattr(new, key)
        if was != now:
            yield Entry(name, key, path, 1, was or "not set", now or "not set")


def _sections(name: str, path: str, old: Card, new: Card) -> Iterator[Entry]:
    """Sections that hold no claims and no objections, such as "Do not say": their lines that went and came."""
    for title in dict.fromkeys(section.name for section in (*old.sections, *new.sections)):
        if title in (*CLAIM_SECTIONS, "Objections"):
            continue
        was, now = (_lines(card, title) for card in (old, new))
        gone, came = ([one for one in some if one not in others] for some, others in ((was, now), (now, was)))
        if gone or came:
            section = new.section(title)
            told = (f"{title}: {' / '.join(lines) or 'nothing'}" for lines in (gone, came))
            yield Entry(name, "section", path, section.line if section else 1, *told)


def _lines(card: Card, title: str) -> list[str]:
    section = card.section(title)
    return [plain(re.sub(r"^\s*[-*+] ", "", line)) for line in section.body.split("\n") if line.strip()] if section else []


def _titles(old: Card | None, new: Card | None) -> tuple[str, str]:
    return (old.title if old else "", new.title if new else "")


def _pairs(
    name: str, path: str, old: Sequence[T], new: Sequence[T], changes: Callable[[T, T], Iterator[tuple[str, str, str]]]
) -> Iterator[Entry]:
    """Each thing of before beside its like of after; what is alone on its side is retired or added."""
    fates = dict(_matched(old, new))
    for i, thing in enumerate(old):
        if i not in fates:
            yield Entry(_id(name, thing), "retired", path, thing.line, _words(thing))
            continue
        now = new[fates[i]]
        for what, was, is_now in changes(thing, now):
            yield Entry(_id(name, now), what, path, now.line, was, is_now)
    for j, thing in enumerate(new):
        if j not in fates.values():
            yield Entry(_id(name, thing), "added", path, thing.line, "", _words(thing))


def _matched(old: Sequence[T], new: Sequence[T]) -> Iterator[tuple[int, int]]:
    """By id, then word for word, then by likeness among what is left."""
    left = set(range(len(new)))
    waiting = list[int]()
    ids = {thing.id: j for j, thing in enumerate(new) if thing.id}
    for i, thing in enumerate(old):
        same = ids.get(thing.id) if thing.id else next((j for j in sorted(left) if not new[j].id and _words(new[j]) == _words(thing)), None)
        if same in left and same is not None:
            left.discard(same)
            yield i, same
        else:
            waiting.append(i)
    for i in waiting:
        scored = [(difflib.SequenceMatcher(None, _words(old[i]), _words(new[j])).ratio(), j) for j in sorted(left)]
        best, j = max(scored, default=(0.0, 0), key=lambda s: (s[0], -s[1]))
        if best >= ALIKE:
            left.discard(j)
            yield i, j


def _id(name: str, thing: Claim | Objection) -> str:
    return f"{name}#{thing.id}" if thing.id else name


def _words(thing: Claim | Objection) -> str:
    return _BASIS.sub("", plain(without_evidence(thing.text))).strip() if isinstance(thing, Claim) else thing.heading


def _claim(old: Claim, new: Claim) -> Iterator[tuple[str, str, str]]:
    if _words(old) != _words(new):
        yield "reworded", _words(old), _words(new)
    was, now = (", ".join(link.href for link in claim.evidence) or claim.basis for claim in (old, new))
    if was != now:
        yield "evidence", was, now
    elif old.basis != new.basis:
        yield "evidence", old.basis, new.basis
    yield from _audience(old, new)
    if old.section != new.section:
        yield "moved", old.section, new.section
    if old.id and new.id and old.id != new.id:
        yield "renamed", old.id, new.id


def _audience(old: Claim | Objection, new: Claim | Objection) -> Iterator[tuple[str, str, str]]:
    if old.audience != new.audience:
        yield "audience", old.audience or "as its card", new.audience or "as its card"


def _objection(old: Objection, new: Objection) -> Iterator[tuple[str, str, str]]:
    if old.heading != new.heading:
        yield "reworded", old.heading, new.heading
    yield from _audience(old, new)
    if old.say_this != new.say_this:
        yield "say this", plain(old.say_this), plain(new.say_this)
    changed = [
        label for label in dict.fromkeys([*dict(old.parts), *dict(new.parts)]) if dict(old.parts).get(label) != dict(new.parts).get(label)
    ]
    if changed:
        yield "anatomy", "", ", ".join(changed)
    more = [phrase for phrase in new.also_heard if phrase not in old.also_heard]
    fewer = [phrase for phrase in old.also_heard if phrase not in new.also_heard]
    if more or fewer:
        yield "also heard", "; ".join(fewer), "; ".join(more)


def _pages(before: Library, after: Library) -> Iterator[Entry]:
    for path in sorted(before.pages.keys() | after.pages.keys()):
        old, new = ([lib.pages[path].objection] if path in lib.pages else [] for lib in (before, after))
        if path in {p.path for p in after.problems}:
            continue
        ident = path.removeprefix("docs/").removesuffix(".md")
        if path in before.pages and path in after.pages:
            yield from _front(ident, path, before.pages[path], after.pages[path])
        for entry in _pairs("", path, old, new, _objection):
            yield Entry(ident, entry.what, path, entry.line, entry.before, entry.after)


def _new(before: Library, after: Library) -> Iterator[Entry]:
    """Release notes and field notes that were not there, or say something else now."""
    yield from _notes(
        "release",
        before.releases,
        after.releases,
        lambda note: "; ".join(f"{c.kind}: {plain(c.text)}" for c in note.changes if c.kind != "fix"),
    )
    broken = {problem.path for problem in after.problems}
    for path, note in before.notes.items():
        if path not in after.notes and path not in broken:
            ident = path.removeprefix("docs/battlecards/").removesuffix(".md")
            yield Entry(ident, "retired", path, 1, plain(note.body.split("\n\n", maxsplit=1)[0]))
    yield from _notes("note", before.notes, after.notes, lambda note: plain(note.body.split("\n\n", maxsplit=1)[0]))


N = TypeVar("N")


def _notes(what: str, before: Mapping[str, N], after: Mapping[str, N], words: Callable[[N], str]) -> Iterator[Entry]:
    for path, note in after.items():
        if before.get(path) != note:
            ident = path.removeprefix("docs/battlecards/").removesuffix(".md")
            yield Entry(ident, what, path, 1, words(before[path]) if path in before else "", words(note))
