"""Entries → release notes: what a file is called, what is new, what is a revision. Pure."""

import hashlib
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from ingest.blocks import Entry
from ingest.changes import changes
from kb.escape import one_line
from kb.model import ReleaseNote, Revision


@dataclass(frozen=True)
class Merge:
    """What a batch changes: file name → note, and how many of each kind."""

    write: dict[str, ReleaseNote]
    new: int
    revised: int


def named(found: Sequence[Entry], source: str) -> dict[str, ReleaseNote]:
    """File name → release note for a batch of entries, in the order published.

    An entry with a version is that release. One without (a blog post), or a second one of the same version, is known by
    the publisher's own id, or else by its address and title.
    """
    notes: dict[str, ReleaseNote] = {}
    versions: set[str] = set()
    for entry in found:
        first = entry.version is not None and entry.version not in versions
        versions.add(entry.version or "")
        notes.setdefault(_file_name(entry, first), _note(entry, source, first))
    return notes


def _file_name(entry: Entry, by_version: bool) -> str:
    if by_version:
        return f"{slug(entry.version or '')}.md"
    known_by = entry.ident or f"{entry.url}\n{entry.title}\n{entry.date}\n{entry.blocks}"
    digest = hashlib.sha256(known_by.encode()).hexdigest()[:8]
    return "-".join(part for part in (slug(entry.title)[:60].strip("-."), digest) if part) + ".md"


def slug(text: str) -> str:
    """A file name that every system takes: ASCII letters, digits, dots and dashes, lower case, no leading dot."""
    ascii_text = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return re.sub(r"-{2,}", "-", re.sub(r"\.{2,}", ".", re.sub(r"[^a-z0-9.+]+", "-", ascii_text))).strip("-.")


def _note(entry: Entry, source: str, by_version: bool) -> ReleaseNote:
    title = one_line(entry.title)[:200]
    version = one_line(entry.version or "") if by_version else title[:80].strip() or "untitled"
    return ReleaseNote(
        version=version,
        source=source,
        sha256=digest(entry),
        date=entry.date,
        title="" if title == version else title,
        url=entry.url,
        changes=changes(entry.blocks),
    )


def digest(entry: Entry) -> str:
    """SHA-256 of the entry as published: its title, date and every block, white space folded."""
    lines = [entry.title, str(entry.date), *(f"{b.kind} {b.level} {b.text}" for b in entry.blocks if b.text)]
    return hashlib.sha256("\n".join(lines).encode("utf-8", "surrogatepass")).hexdigest()


def merge(known: Mapping[str, ReleaseNote], batch: Mapping[str, ReleaseNote]) -> Merge:
    """What to write so that `known` also holds `batch`.

    The same wording changes nothing. Another wording from the same source is a revision: the newer one stands, the older
    one's hash is kept. The same release seen through a second source stays with the first.
    """
    write: dict[str, ReleaseNote] = {}
    new = 0
    for name, note in batch.items():
        old = known.get(name)
        if old is None:
            write[name], new = note, new + 1
        elif old.source == note.source and old.sha256 != note.sha256:
            write[name] = replace(note, revisions=(*old.revisions, Revision(old.sha256, old.date)))
    return Merge(write, new, len(write) - new)
