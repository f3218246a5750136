"""What a claim rests on, as a page shows it: each link with its date. Pure."""

import re
from datetime import date

from kb.holding import resolve
from kb.library import Library
from kb.markdown import LINK, links, without_evidence

_ISO = re.compile(r"\b\d{4}-\d{2}-\d{2}\b")


def dated(text: str, path: str, library: Library) -> str:
    """`text` with its evidence, the links at its end, as chips that carry the date of what they lead to."""
    words = without_evidence(text)
    tail = text[len(words) :]
    return " ".join([words, *chips(tail, path, library)]).strip()


def chips(text: str, path: str, library: Library) -> list[str]:
    """Every link in `text` as a chip."""
    return [_chip(link.text, link.href, path, library) for link in links(text)]


def chipped(text: str, path: str, library: Library) -> str:
    """`text` with each of its links turned into a chip where it stands."""
    return LINK.sub(lambda m: _chip(m[1], m[2], path, library), text)


def _chip(words: str, href: str, path: str, library: Library) -> str:
    found = when(href, path, library)
    day = f" <small>{found}</small>" if found and not _ISO.search(words) else ""
    return f"[{words}{day}]({href}){{.rj-ev}}"


def when(href: str, path: str, library: Library) -> date | None:
    """The day of the release note or field note that `href`, written in `path`, leads to."""
    target = resolve(href, path)
    note = library.releases.get(target) or library.notes.get(target)
    return note.date if note else None
