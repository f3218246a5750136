"""What must be so in a knowledge base, and what had better be. Pure: a Library and today's date in, problems out."""

import posixpath
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from itertools import pairwise
from pathlib import Path
from types import MappingProxyType

from kb import sources, templates
from kb.conflict import Conflict
from kb.customers import NOBODY, Customers
from kb.errors import KbError
from kb.frontmatter import did_you_mean
from kb.library import Library, Problem, text_of
from kb.markdown import headings, links, plain, slug
from kb.model import SECTIONS, Card, Claim, FieldNote, Objection, Review
from kb.owners import is_address
from kb.provenance import WEB, weak_objection, weaknesses
from kb.redact import find
from kb.release import intact
from kb.review import overdue
from kb.staleness import Reason, reasons

_SENTENCE = re.compile(r"[.!?](?=\s+[A-Z\"“]|$)")


_SLIPPED = {"secret": "a secret", "card number": "a card or account number", "e-mail": "an e-mail address", "phone": "a phone number",
            "customer": "a customer's name"}  # fmt: skip
_BROKEN = (
    "was edited by hand, so it no longer proves what was published: put it back (`git restore`), or delete it and run `kb ingest`; "
    "what you know besides belongs on the card or in a field note"
)


def check(library: Library, today: date, memories: Mapping[str, sources.Memory], customers: Customers = NOBODY,
          conflicts: Mapping[str, Sequence[Conflict]] = MappingProxyType({})) -> list[Problem]:  # fmt: skip
    """Every problem, by path and line. Errors are what would make the site or an answer wrong; the rest are warnings.

    `memories` is what ingest remembers of the sources (`kb.sources.load`), `customers` the names that no field note may hold;
    `conflicts` what may contradict a competitor's claims and is not answered (`kb.wiring.conflicts`).
    """
    found = [*library.problems]
    for path, card in library.cards.items():
        found += _sources(library, path, card, memories, today)
        found += [*_card(library, path, card), *weaknesses(library, path, card.claims, today)]
        found += [weak for objection in card.objections for weak in weak_objection(library, path, objection, today)]
        vouched = [*_review(library, path, card.competitor, card.reviewed, today)]
        found += [Problem(path, _at(library, path, key), message, level) for key, message, level in vouched]
        stale = reasons(library, card, conflicts.get(card.competitor, ()), today)
        found += [Problem(path, _line(library, path, reason), reason.message, "warning") for reason in stale]
    for path, page in library.pages.items():
        found += [*_objection(path, page.objection, library), *weak_objection(library, path, page.objection, today)]
        vouched = [*_review(library, path, None, page.reviewed, today)]
        found += [Problem(path, _at(library, path, key), message, level) for key, message, level in vouched]
        if late := overdue(page.reviewed, page.review_every, today):
            found.append(Problem(path, _at(library, path, "reviewed"), late, "warning"))
        found += [_unknown(library, path, slug) for slug in page.competitors if not _known(library, slug)]
    for path, note in library.notes.items():
        found += _note(library, path, note, customers, today)
    found += [Problem(path, 1, _BROKEN) for path, release in library.releases.items() if not intact(release)]
    return sorted(found, key=lambda p: (p.path, p.line, p.message))


def _at(library: Library, path: str, key: str) -> int:
    """The line of a key of the front matter; 1 when it is not there."""
    try:
        lines = text_of(library.root / path, path).splitlines()
    except (KbError, OSError):
        return 1
    return next((n for n, line in enumerate(lines, 1) if line.startswith(f"{key}:")), 1)


def _line(library: Library, path: str, reason: Reason) -> int:
    return _at(library, path, "reviewed") if reason.kind == "overdue" else reason.line


def _sources(library: Library, path: str, card: Card, memories: Mapping[str, sources.Memory], today: date) -> Iterator[Problem]:
    notes = list(library.releases_of(card.competitor).values())
    for source in card.sources:
        memory = memories.get(sources.key(card.competitor, source.url), sources.Memory())
        for finding in sources.findings(memory, sources.dates_seen(notes, source.url), today):
            yield Problem(path, 1, f"{source.url}: {finding.kind}: {finding.message}", "warning")


def _known(library: Library, slug: str) -> bool:
    return any(card.competitor == slug for card in library.cards.values()) or _unread(library, f"docs/battlecards/{slug}/index.md")


def _unread(library: Library, path: str) -> bool:
    """Could the file not be read? Then that is told of it, and nothing of those that name it."""
    return any(problem.path == path for problem in library.problems)


def _unknown(library: Library, path: str, slug: str) -> Problem:
    known = sorted(card.competitor for card in library.cards.values())
    return Problem(path, _at(library, path, "competitors"), f'there is no card for the competitor "{slug}".{did_you_mean(slug, known)}')


def _card(library: Library, path: str, card: Card) -> Iterator[Problem]:
    folder = path.split("/")[-2]
    if card.competitor != folder:
        yield Problem(path, _at(library, path, "competitor"), f'`competitor: {card.competitor}` must be the folder\'s name, "{folder}"')
    yield from _section_names(path, card)
    yield from _duplicate_ids(path, card)
    for claim in card.claims:
        yield from _claim(library, path, claim)
    for objection in card.objections:
        yield from _objection(path, objection, library)
    yield from _unsaid(path, card)
    landmines = [c for c in card.claims if c.section == "Landmines to lay"]
    for extra in landmines[3:]:
        yield Problem(path, extra.line, "at most three landmines to lay: nobody remembers a fourth", "warning")


def _section_names(path: str, card: Card) -> Iterator[Problem]:
    known = [s for s in card.sections if s.name in SECTIONS]
    for section in card.sections:
        if section.name not in SECTIONS:
            hint = did_you_mean(section.name, SECTIONS)
            yield Problem(path, section.heading, f'"{section.name}" is not a section of a battlecard.{hint}')
    if card.section(SECTIONS[0]) is None:
        yield Problem(path, 1, f'the card needs a section "## {SECTIONS[0]}"')
    for before, after in pairwise(known):
        if SECTIONS.index(before.name) > SECTIONS.index(after.name):
            yield Problem(path, after.heading, f'the section "{after.name}" must come before "{before.name}"', "warning")


def _duplicate_ids(path: str, card: Card) -> Iterator[Problem]:
    seen = {slug(section.name): section.heading for section in card.sections}
    marked: list[Claim | Objection] = [*(c for c in card.claims if c.id), *card.objections]
    for thing in marked:
        first = seen.setdefault(str(thing.id), thing.line)
        if first != thing.line:
            yield Problem(path, thing.line, f"the id {{#{thing.id}}} is used on line {first} already: ids must be unique")


def _claim(library: Library, path: str, claim: Claim) -> Iterator[Problem]:
    if not claim.evidence and claim.basis == "fact":
        words = plain(claim.text)[:60]
        yield Problem(
            path, claim.line, f'no evidence for "{words}…": link a release note, a field note or a dated page, or mark it *(inference)*'
        )
    for link in claim.evidence:
        yield from _link(library, path, claim.line, link.href)


def _unsaid(path: str, card: Card) -> Iterator[Problem]:
    """What nobody has filled in yet: an error as soon as somebody vouches for the card."""
    for section in card.sections:
        for below, label in templates.unsaid(section.body):
            level = "error" if card.reviewed else "warning"
            yield Problem(path, section.line + below, f'"{label} …" is still the template\'s words: finish the line, or delete it', level)


def _objection(path: str, objection: Objection, library: Library) -> Iterator[Problem]:
    if unfilled := templates.unfilled(objection):
        words = f'"{objection.heading}": still the template\'s words in {", ".join(unfilled)}'
        yield Problem(path, objection.line, f"{words}: write yours, or delete the part")
    if len(_SENTENCE.findall(objection.say_this)) > 2:
        yield Problem(path, objection.line, f'"Say this" of "{objection.heading}" has more than two sentences', "warning")
    for _, text in objection.evidence:
        for link in links(text):
            yield from _link(library, path, objection.line, link.href)


def _link(library: Library, path: str, line: int, href: str) -> Iterator[Problem]:
    """A relative link must lead to a file that is there, and an anchor to something in it."""
    if re.match(r"[a-z][a-z0-9+.-]*:", href, re.I):
        if not WEB.match(href):
            yield Problem(path, line, f'"{href}" is no address of a page: link a release note, a field note or https://…')
        return
    where, _, anchor = href.partition("#")
    target = posixpath.normpath(posixpath.join(posixpath.dirname(path), where)) if where else path
    if not target.startswith("docs/") or not _there(library.root / target):
        yield Problem(path, line, f'"{href}" leads to no file: expected {target}.{_renamed(library, target)}')
    elif anchor and anchor not in (ids := anchors(library, target)) and not _unread(library, target):
        yield Problem(path, line, f'"{href}": {target} has no "{anchor}".{did_you_mean(anchor, sorted(ids)) or _moved(library, anchor)}')


def _there(path: Path) -> bool:
    try:
        return path.is_file()
    except OSError:  # a name longer than the disk takes
        return False


def _renamed(library: Library, target: str) -> str:
    return did_you_mean(target, [*library.cards, *library.pages, *library.notes, *library.releases])


def _moved(library: Library, anchor: str) -> str:
    """Where else an id stands now, if that is one place."""
    there = [path for path in (*library.cards, *library.pages) if anchor in anchors(library, path)]
    return f" {there[0]} has it: link that." if len(there) == 1 else ""


def anchors(library: Library, path: str) -> set[str]:
    """The ids that a link into `path` can name."""
    if path in library.releases:
        return {f"c{n}" for n in range(1, len(library.releases[path].changes) + 1)}
    if path in library.cards:
        card = library.cards[path]
        ids = {c.id for c in card.claims if c.id} | {o.id for o in card.objections}
        return ids | {slug(s.name) for s in card.sections}
    try:
        return {h.id for h in headings(text_of(library.root / path, path))}
    except KbError:
        return set()  # reading the library has told what is wrong with it


def _review(library: Library, path: str, competitor: str | None, review: Review | None, today: date) -> Iterator[tuple[str, str, str]]:
    """What is wrong with who vouches for a file: the key that says it, the message, the level."""
    if review and review.on > today:
        yield "reviewed", f"reviewed on {review.on}, which is in the future", "error"
    if not is_address(owner := (library.cards[path] if competitor else library.pages[path]).owner):
        yield "owner", f'the owner "{owner}" is no address: write an e-mail address, @user or @organisation/team', "warning"
    if competitor is None:
        return
    versions = [note.version for note in library.releases_of(competitor).values()]
    folder = f"docs/battlecards/{competitor}/releases/"
    unread = any(problem.path.startswith(folder) for problem in library.problems)  # it may be the one that cannot be read
    if review and review.head and review.head not in versions and not unread:
        hint = did_you_mean(review.head, versions)
        yield "reviewed", f'reviewed.head "{review.head}" is no release note of {competitor}.{hint}', "error"
    verified = library.reviews_of(competitor)
    if verified and review != verified[-1]:
        last = verified[-1]
        seen = f"{last.on} by {last.by}" + (f", head {last.head}" if last.head else "")
        told = f"`reviewed` is not what was verified last ({seen}): put that back, then `kb verify {competitor}`"
        yield "reviewed", told, "error"


def _note(library: Library, path: str, note: FieldNote, customers: Customers, today: date) -> Iterator[Problem]:
    if note.competitor != path.split("/")[-3]:
        yield Problem(path, _at(library, path, "competitor"), f"`competitor: {note.competitor}` must be the folder's name")
    if note.date > today:
        yield Problem(path, _at(library, path, "date"), f"noted on {note.date}, which is in the future: correct the date")
    if note.expires and note.expires < note.date:
        yield Problem(path, _at(library, path, "expires"), f"expires on {note.expires}, before it was noted: correct the date", "warning")
    if not any(char.isalnum() for char in note.body):
        yield Problem(path, note.line, "the note says nothing: write what was said, or delete the file")
    if plain(note.body) == templates.NOTE:
        yield Problem(path, note.line, "the note is still the template's words: write what was said, or delete the file")
    for first_line, text in ((1, note.author), (1, note.deal or ""), (note.line, note.body)):
        for found in find(text, customers):
            line = first_line + text.count("\n", 0, found.start)
            begins = text[found.start : min(found.start + 4, found.end)]
            yield Problem(path, line, f'holds {_SLIPPED[found.kind]} ("{begins}…"): field notes carry no personal data')
    for link in links(note.body):
        yield from _link(library, path, note.line, link.href)
