"""What a claim rests on, as a page shows it: each link with its date, and until when it holds. Pure."""

import posixpath
import re
from datetime import date, timedelta

from kb.library import Library
from kb.markdown import LINK, links, without_evidence
from kb.model import FieldNote
from kb.review import EVERY

_READ = re.compile(r"\bread (\d{4}-\d{2}-\d{2})\b")
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


def resolve(href: str, path: str) -> str:
    """The file under the root that a relative link in `path` leads to; an address on the web stays as it is."""
    where = href.partition("#")[0]
    return where if ":" in where else posixpath.normpath(posixpath.join(posixpath.dirname(path), where)) if where else path


def holds_until(text: str, path: str, library: Library, every: str | None) -> tuple[date, str] | None:
    """The last day on which a claim's youngest evidence of its kind holds, and why it ends then. None: no end is known.

    A release note is a fact for good. A page on the web was read on a day, and is read again as often as the card is
    reviewed; a field note says when it expires. The claim holds as long as one of them does.
    """
    ends = [_end(link.text, resolve(link.href, path), library, int((every or EVERY)[:-1])) for link in links(text)]
    known = [end for end in ends if end is not None]
    return max(known) if known and len(known) == len(ends) else None


def _end(words: str, target: str, library: Library, days: int) -> tuple[date, str] | None:
    if read := _READ.search(words):
        try:
            on = date.fromisoformat(read[1])
        except ValueError:
            return None
        return on + timedelta(days=days), f"its page was last read on {on}"
    note: FieldNote | None = library.notes.get(target)
    return (note.expires, f"its field note of {note.date} expired on {note.expires}") if note and note.expires else None
