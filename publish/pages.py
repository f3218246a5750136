"""Pages that nobody writes, as plain Markdown. Pure: a Library in, path → text out (paths as under docs/)."""

import json
import re
from collections import Counter
from datetime import date
from pathlib import Path
from typing import Any

from kb import inline
from kb.escape import escape
from kb.library import Library
from kb.markdown import plain
from kb.model import Card, Change, FieldNote, ReleaseNote
from kb.staleness import since
from kb.words import STAGES

ACROSS = (("Compare", "compare.md"), ("Releases", "releases.md"))
MORE = (
    ("During the call", "guide/index.md"), ("Glossary", "glossary.md"), ("Gaps", "gaps.md"), ("Contribute", "contribute/index.md"),
    ("Reference", "reference/index.md"), ("Design", "design/index.md"),
)  # fmt: skip
RECENT = 5
"""Releases that a card itself shows."""
LONGEST = 60
"""Entries of a menu's section: nobody reads down a longer one, and it would stand in every page (500 cards: a third of the build)."""

_PLAIN_URL = re.compile(r"https?://[\w.~:/?#@!&=%+,;-]+")
"""What may stand in a Markdown link as it is; anything else is left out of the page, not mended."""


def releases_index(library: Library) -> dict[str, str]:
    """For each card, the table of its release notes."""
    found = {card.competitor: (card, library.releases_of(card.competitor)) for card in library.cards.values()}
    return {f"battlecards/{slug}/releases/index.md": _releases(card, releases) for slug, (card, releases) in found.items() if releases}


def notes_index(library: Library) -> dict[str, str]:
    """For each card, the list of its field notes."""
    found = {card.competitor: (card, library.notes_of(card.competitor)) for card in library.cards.values()}
    return {f"battlecards/{slug}/notes/index.md": _notes(card, notes) for slug, (card, notes) in found.items() if notes}


def menu(library: Library, pages: Path) -> list[dict[str, Any]]:
    """The site's menu, of what is there: home, cards with their indexes, objections, what is made of all cards, and the rest.

    A section that would be too long has its first page alone, which lists the others.
    """
    cards: list[Any] = ["battlecards/index.md"]
    for card in library.cards.values():
        base = f"battlecards/{card.competitor}"
        below = [
            ("Release notes", "releases", library.releases_of(card.competitor)),
            ("Field notes", "notes", library.notes_of(card.competitor)),
        ]
        cards.append({card.title: [f"{base}/index.md", *({name: f"{base}/{folder}/index.md"} for name, folder, found in below if found)]})
    stages = [f"stages/{stage}.md" for stage in STAGES]
    tabs: list[tuple[str, Any]] = [
        ("Home", "index.md"),
        ("Look up", "lookup/index.md"),
        ("Battlecards", cards if len(cards) <= LONGEST else cards[:1]),
        ("Objections", _objections(pages)),
        *ACROSS,
    ]
    tabs += [("By stage", _there(pages, ["stages/index.md", *stages])), ("More", _more(pages))]
    return [{name: what} for name, what in tabs if what and (not isinstance(what, str) or (pages / what).is_file())]


def _objections(pages: Path) -> list[Any]:
    first = _there(pages, ["objections/index.md", "objections/all.md"])
    rest = [f"objections/{p.stem}.md" for p in sorted((pages / "objections").glob("*.md")) if p.stem not in ("index", "all")]
    return [*first, *rest] if len(rest) <= LONGEST else first


def _there(pages: Path, wanted: list[str]) -> list[Any]:
    return [path for path in wanted if (pages / path).is_file()]


def _more(pages: Path) -> list[Any]:
    return [{name: path} for name, path in MORE if (pages / path).is_file()]


def what_changed(card: Card, library: Library) -> str:
    """What they shipped lately, for the end of a card; what the reviewer had not seen is marked. Empty without release notes."""
    releases = newest_first(library.releases_of(card.competitor))
    if not releases:
        return ""
    newer = since(library, card)
    rows = [_release_lines(path, note, path in newer, card) for path, note in releases[:RECENT]]
    return "\n".join([f"{_since(card, len(newer))}\n", *rows, f"\n[All {len(releases)} release notes](releases/index.md)"])


def heard_in_the_field(card: Card, library: Library) -> str:
    """The field notes about a competitor, newest first; empty without any."""
    notes = library.notes_of(card.competitor)
    return _note_list(notes, "notes/") if notes else ""


def release_page(text: str, note: ReleaseNote, card: str) -> str:
    """A release note's page: what ingest wrote, and the way to the publisher and to the card."""
    publisher = f" · [as published]({note.page})" if note.page and _PLAIN_URL.fullmatch(note.page) else ""
    body = text.split("\n---\n", 1)[-1].strip()
    way_back = f"[{escape(card)}](../index.md) · [all release notes](index.md){publisher}"
    title = json.dumps(page_title(note.title or note.version), ensure_ascii=False)  # quoted: MkDocs reads a bare 12:34:56 as a number
    return f"---\ntitle: {title}\n---\n\n{body}\n\n{way_back}\n"


def page_title(text: str) -> str:
    """A title for the theme, which puts it into the page as it is, and unescapes entities on the way: lookalikes hold still."""
    return text.translate(_LOOKALIKES)


_LOOKALIKES = str.maketrans({"<": "‹", ">": "›", "&": "＆", '"': "”", "'": "’", "{": "｛", "}": "｝"})


def note_page(note: FieldNote, card: str) -> str:
    """A field note's page: when, where in the deal and from whom, then the paraphrase."""
    until = f" · expires {note.expires}" if note.expires else ""
    facts = f"**{note.source}** · {note.confidence} confidence · {note.stage} · noted by {escape(note.author)}{until}"
    return f"# Heard on {note.date}\n\n{facts}\n\n{note.body}\n\n[{escape(card)}](../index.md) · [all field notes](index.md)\n"


def newest_first(releases: dict[str, ReleaseNote]) -> list[tuple[str, ReleaseNote]]:
    """Path and release note, what has no date last."""
    return sorted(releases.items(), key=lambda item: (item[1].date or date.min, item[0]), reverse=True)


def _since(card: Card, newer: int) -> str:
    """Who vouches for the card, and what they had not seen."""
    if card.reviewed is None:
        return "Nobody has reviewed this card yet."
    count = {0: "nothing", 1: "one release"}.get(newer, f"{newer} releases")
    by = f" by {escape(card.reviewed.by)}" if card.reviewed.by else ""
    return f"Reviewed on {card.reviewed.on}{by}; since then they published **{count}**."


def _release_lines(path: str, note: ReleaseNote, new: bool, card: Card) -> str:
    """One release, and its material changes below it."""
    mark = " — *new since the review*" if new else ""
    if card.reviewed and note.version == card.reviewed.head:
        mark = " — *the last one the reviewer had seen*"
    day = (note.date.isoformat() if note.date else "no date") + (f" · {note.state}" if note.state else "")
    material = [_change_line(c) for c in note.changes if c.kind in ("breaking", "security", "pricing", "deprecation", "launch")][:3]
    return "\n".join([f"- **[{escape(note.version)}](releases/{_name(path)})** · {day}{mark}", *material])


def _change_line(change: Change) -> str:
    return f'    - <b class="rj-kind rj-kind--{change.kind}">{change.kind}</b> {inline.render(change.text)}'


def _releases(card: Card, releases: dict[str, ReleaseNote]) -> str:
    rows = [
        f"| [{escape(note.version)}]({_name(path)}) | {note.date or 'no date'} | {_kinds(note)} |" for path, note in newest_first(releases)
    ]
    head = [f"# {escape(card.title)}: release notes", "", "Written by `kb ingest` from what they publish.", ""]
    return "\n".join([*head, "| Release | Published | Changes |", "|---|---|---|", *rows, ""])


def _kinds(note: ReleaseNote) -> str:
    """What a release holds, in a table's cell: `2 launch, 1 fix`, and its state when it is no release yet."""
    counts = Counter(change.kind for change in note.changes)
    said = ", ".join(f"{n} {kind}" for kind, n in counts.items()) or "nothing said"
    said = said if note.material else f"nothing material: {said}"
    return f"{note.state}: {said}" if note.state else said


def _notes(card: Card, notes: dict[str, FieldNote]) -> str:
    return f"# {escape(card.title)}: field notes\n\n{_note_list(notes, '')}\n"


def _note_list(notes: dict[str, FieldNote], prefix: str) -> str:
    newest = sorted(notes.items(), key=lambda item: (item[1].date, item[0]), reverse=True)
    return "\n".join(f"- [{n.date}]({prefix}{_name(path)}) · {n.stage} · {n.source}: {_first_sentence(n)}" for path, n in newest)


def _first_sentence(note: FieldNote) -> str:
    return escape(re.split(r"(?<=[.!?])\s", plain(note.body), maxsplit=1)[0])


def cards(library: Library) -> str:
    """The list of all cards."""
    rows = [f"| [{escape(c.title)}]({c.competitor}/index.md) | {_reviewed(c)} | {len(c.objections)} |" for c in library.cards.values()]
    return "\n".join(["# Battlecards", "", "| Competitor | Reviewed | Objections |", "|---|---|---|", *rows, ""])


def _reviewed(card: Card) -> str:
    if card.reviewed is None:
        return "never"
    return f"{card.reviewed.on} by {escape(card.reviewed.by)}" if card.reviewed.by else str(card.reviewed.on)


def _name(path: str) -> str:
    return path.rsplit("/", 1)[-1]
