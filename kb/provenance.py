"""What a claim rests on: every link followed to the words that bear it, offline. Pure: a Library in, values out."""

import posixpath
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from kb.card import INFERRED
from kb.library import Library, Problem
from kb.markdown import LINK, plain
from kb.model import Claim, FieldNote, Objection, ReleaseNote

PRICING = "Pricing and packaging"
_READ = re.compile(r"\bread (\d{4}-\d{2}-\d{2})\b")
_AS_OF = re.compile(r"\bas of (\d{4})-(\d{2})(?:-(\d{2}))?\b", re.I)
_MARKED = r"(?:[\"“„»«]([^\"“”„»«]+)[\"”“«»]|(?<!\w)['‘‚](\S[^'‘’‚]*(?:['’]\w[^'‘’‚]*)*)['’‘](?!\w))"
_BETWEEN = r"[\s*_(),.:;!?—–-]*"
_INTO = r"(?:\b(?:in|from|per|by|see)\b(?:\s+(?:the|its|their))?\s+)?(?:\*\((?:inference|assumption)\)\*)?"
_BEFORE = re.compile(f"{_MARKED}{_BETWEEN}{_INTO}{_BETWEEN}$")
_WITHIN = re.compile(r"[*_]*" + _MARKED + r"[*_.,]*$")
_AFTER = re.compile(_BETWEEN + r"(?:\b(?:says?|said|reads?|states?|writes?|wrote|promises?)\b)?" + _BETWEEN + _MARKED)
WEB = re.compile(r"https?://[^\s/?#]+", re.I)
"""How the address of a page begins."""
"""Words in quotation marks directly before a link, as its text or directly behind it are what the link's target says."""
_BEARS = ("change", "release", "field note", "page", "nothing")
"""What a fact can rest on. Of a link to nothing the check tells by itself; another page of ours only says it again."""


@dataclass(frozen=True)
class Evidence:
    """One link of a claim, followed."""

    href: str
    """As written."""
    kind: str
    """`change`, `release`, `field note`, `page`, `card`, or `nothing`: it leads nowhere."""
    path: str = ""
    """The file under the root, or the address of a page."""
    day: date | None = None
    """When it was published, heard or read."""
    words: str = ""
    """What it says: the change as ingest wrote it down, the note's text; empty for a page, which is not kept."""
    by: str = ""
    """Who published or heard it, and how."""
    sha256: str = ""
    """Of the entry as published."""
    revisions: int = 0
    """How often the publisher has rewritten the entry since it was first seen."""
    quote: str = ""
    """What the claim quotes of it."""


def evidence(library: Library, path: str, claim: Claim) -> list[Evidence]:
    """Every link of a claim on the card at `path`, followed, in the order written."""
    return followed(library, path, claim.text)


def followed(library: Library, path: str, text: str) -> list[Evidence]:
    """Every link of a piece of Markdown in the file at `path`, followed, in the order written."""
    found = list(LINK.finditer(text))
    ends = [*(match.start() for match in found[1:]), len(text)][: len(found)]
    return [
        _followed(library, path, match[2], match[1], _quote(text[: match.start()], match[1], text[match.end() : end], end < len(text)))
        for match, end in zip(found, ends, strict=True)
    ]


def _quote(before: str, label: str, after: str, more: bool) -> str:
    """What is quoted of a link's target; what stands directly before the next link (`more`) is that one's."""
    said = _BEFORE.search(before) or _WITHIN.match(label) or (None if more and _BEFORE.search(after) else _AFTER.match(after))
    return (said[1] or said[2]).strip() if said else ""


def _followed(library: Library, path: str, href: str, label: str, quote: str) -> Evidence:
    if WEB.match(href):
        read = _READ.search(label)
        return Evidence(href, "page", href, _day(read[1]) if read else None, quote=quote)
    where, _, anchor = href.partition("#")
    target = posixpath.normpath(posixpath.join(posixpath.dirname(path), where)) if where else path
    if target in library.releases:
        return _release(href, target, library.releases[target], anchor, quote)
    if target in library.notes:
        note = library.notes[target]
        by = f"{note.author} ({note.source}, {note.confidence} confidence" + (f", deal {note.deal})" if note.deal else ")")
        return Evidence(href, "field note", target, note.date, plain(note.body), by, quote=quote)
    if target.startswith("docs/") and (library.root / target).is_file():
        return Evidence(href, "card", target, quote=quote)
    return Evidence(href, "nothing", target, quote=quote)


def _release(href: str, target: str, note: ReleaseNote, anchor: str, quote: str) -> Evidence:
    number = int(anchor[1:]) if re.fullmatch(r"c\d{1,4}", anchor) else 0
    one = 0 < number <= len(note.changes)
    words = note.changes[number - 1].text if one else " ".join(change.text for change in note.changes)
    by = f"{note.title or note.version}, {note.source}"
    return Evidence(href, "change" if one else "release", target, note.date, words, by, note.sha256, len(note.revisions), quote)


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def weaknesses(library: Library, path: str, claims: Sequence[Claim], today: date) -> Iterator[Problem]:
    """What is wrong with what the claims of one card rest on. That a link leads nowhere is said elsewhere (`kb.check`)."""
    for claim in claims:
        found = evidence(library, path, claim)
        for one in found:
            yield from (Problem(path, claim.line, message) for message in _wrong(one, today))
        if claim.basis == "fact":
            yield from _thin(library, path, claim.line, found, today)
        if claim.section == PRICING:
            yield from (Problem(path, claim.line, message) for message in _undated(claim, today))


def _wrong(one: Evidence, today: date) -> Iterator[str]:
    if one.kind == "page" and one.day is None:
        yield f"{one.href} has no date: write [its name, read YYYY-MM-DD]({one.href}), since a page changes without telling"
    if one.day and one.day > today:
        yield f'the evidence "{one.href}" is of {one.day}, which is in the future: correct the date'
    if one.quote and one.words and _squeezed(one.quote) not in _squeezed(one.words):
        yield f'{one.path} does not say "{one.quote}" (any more): quote what it says now, or drop the quotation marks'


def _squeezed(text: str) -> str:
    return " ".join(re.sub(r"[^\w%$€.,]+", " ", plain(text).casefold()).split()).strip(" .,")


def weak_objection(library: Library, path: str, objection: Objection, today: date) -> Iterator[Problem]:
    """What is wrong with the Evidence of an objection: what would be wrong with it below a claim."""
    for _, text in objection.evidence:
        found = followed(library, path, text)
        for one in found:
            yield from (Problem(path, objection.line, message) for message in _wrong(one, today))
        claimed = any(one.path in library.cards and "#" in one.href for one in found)  # a claim, which has evidence of its own
        if not claimed and not INFERRED.search(text):
            yield from _thin(library, path, objection.line, found, today)


def _thin(library: Library, path: str, line: int, found: Sequence[Evidence], today: date) -> Iterator[Problem]:
    """A fact that rests on nothing from outside, or on what was heard alone."""
    unread = {problem.path for problem in library.problems}
    bearing = [one for one in found if one.kind in _BEARS or one.path in unread]
    if found and not bearing:
        text = f'"{found[0].href}" is a page of ours, which proves nothing: link a release note, a field note or a dated page'
        yield Problem(path, line, f"{text}, or mark it *(inference)*")
    if not bearing or any(one.kind != "field note" for one in bearing):
        return
    notes = [library.notes[one.path] for one in bearing]
    fresh = [note for note in notes if not (note.expires and note.expires <= today)]
    if weak := _heard(notes):
        yield Problem(path, line, weak)
    elif _heard(fresh):
        day = max(note.expires for note in notes if note.expires and note.expires <= today)
        text = f"a fact that rests on field notes that no longer count since {day}: ask again, or mark it *(inference)*"
        yield Problem(path, line, text, "warning")


def _heard(notes: Sequence[FieldNote]) -> str | None:
    """What is wrong with a fact that rests on these alone."""
    if all(note.source == "rumour" for note in notes):
        return "a fact that rests only on a rumour: find better evidence, or mark it *(inference)*"
    if not independent(notes):
        return "a fact that rests on field notes needs two of different deals: link a second one, or mark it *(inference)*"
    return None


def independent(notes: Sequence[FieldNote]) -> bool:
    """Are there two that do not repeat each other: of two deals, or of two people where the deal is not said? A rumour counts as none."""
    heard = [note for note in notes if note.source != "rumour"]
    return any(
        one.deal != two.deal if one.deal and two.deal else _who(one) != _who(two) for n, one in enumerate(heard) for two in heard[:n]
    )


def _who(note: FieldNote) -> str:
    return note.author.split("@")[0].strip().casefold()


def _undated(claim: Claim, today: date) -> Iterator[str]:
    said = _AS_OF.search(claim.text)
    if said is None:
        yield 'a price without a date: begin with "As of YYYY-MM", when it was last seen to be so'
        return
    try:
        day = date(int(said[1]), int(said[2]), int(said[3] or 1))
    except ValueError:
        yield f'"{said[0]}" is no date: write it like "As of 2026-05"'
        return
    if day > today:
        yield f'"{said[0]}" is in the future: give the date when it was last seen to be so, and say what comes when'
