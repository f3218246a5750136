"""Entries → release notes: which release an entry is, and what its file is called. Pure."""

import hashlib
import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from itertools import groupby

from ingest.blocks import Entry
from ingest.changes import Rules, changes
from ingest.versions import is_prerelease, is_unreleased
from kb.escape import one_line
from kb.model import ReleaseNote


@dataclass(frozen=True)
class Proposal:
    """A release note and the file it would go to."""

    name: str
    note: ReleaseNote
    stem: str = ""
    """What the name of a post without a version begins with; empty for a version."""


def proposals(found: Sequence[Entry], source: str, by: Rules) -> list[Proposal]:
    """One a release, in the order published, whatever the order is.

    An entry with a version is that release. One without (a blog post), or another post about the same version, is known
    by the publisher's own id, or else by its address, or else by its title and date.
    """
    usable = _usable_ids(found)
    made: dict[str, Proposal] = {}
    for entry, is_release in _with_role(found):
        key = entry.ident if entry.ident in usable else f"{entry.url}\n{entry.title}\n{entry.date}"
        proposal = _release(entry, source, by) if is_release else _post(entry, source, str(key), by)
        made.setdefault(proposal.name, proposal)
    return list(made.values())


def _usable_ids(found: Sequence[Entry]) -> set[str]:
    """Ids that name one title only; some publishers give all their posts the same."""
    titles: dict[str, set[str]] = {}
    for entry in found:
        if entry.ident:
            titles.setdefault(entry.ident, set()).add(entry.title)
    return {ident for ident, of in titles.items() if len(of) == 1}


def _with_role(found: Sequence[Entry]) -> list[tuple[Entry, bool]]:
    """Each entry once, and whether it is the release of its version rather than one more post about it.

    Published twice under one title, the later dated stands. Of several titles the earliest dated is the release itself: a
    notice about it comes afterwards.
    """
    order = {id(entry): n for n, entry in enumerate(found)}
    kept: list[tuple[Entry, bool]] = [(entry, False) for entry in found if entry.version is None]
    by_version = sorted((e for e in found if e.version is not None), key=lambda e: slug(e.version or ""))
    for _, same in groupby(by_version, key=lambda e: slug(e.version or "")):
        group = list(same)
        titles = Counter(one_line(e.title).casefold() for e in group)
        latest = [max((e for e in group if one_line(e.title).casefold() == title), key=_stamp) for title in titles]
        release = min(latest, key=_stamp)
        kept += [(entry, entry is release) for entry in latest]
    return sorted(kept, key=lambda pair: order[id(pair[0])])


def _stamp(entry: Entry) -> tuple[str, str]:
    return str(entry.date or "9999"), digest(entry)


def _release(entry: Entry, source: str, by: Rules) -> Proposal:
    return Proposal(f"{slug(entry.version or '')}.md", _note(entry, source, one_line(entry.version or ""), by))


def _post(entry: Entry, source: str, key: str, by: Rules) -> Proposal:
    stem = slug(entry.title)[:60].strip("-.")
    name = "-".join(part for part in (stem, hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()[:8]) if part)
    return Proposal(f"{name}.md", _note(entry, source, one_line(entry.title)[:80].strip() or "untitled", by), stem or "-")


def slug(text: str) -> str:
    """A file name that every system takes: ASCII letters, digits, dots and dashes, lower case, no leading dot."""
    ascii_text = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return re.sub(r"-{2,}", "-", re.sub(r"\.{2,}", ".", re.sub(r"[^a-z0-9.+]+", "-", ascii_text))).strip("-.")[:120]


def _note(entry: Entry, source: str, version: str, by: Rules) -> ReleaseNote:
    title = one_line(entry.title)[:200]
    return ReleaseNote(
        version=version,
        source=source,
        sha256=digest(entry),
        date=entry.date,
        title="" if title == version else title,
        url=entry.url,
        changes=changes(entry.blocks, by),
        state=_state(entry),
    )


def _state(entry: Entry) -> str:
    if entry.state or entry.version is None:
        return entry.state
    opening = [block.text for block in entry.blocks if block.text][:2]
    if entry.date is None and (is_unreleased(entry.title) or any(len(text) < 40 and is_unreleased(text) for text in opening)):
        return "unreleased"
    return "pre-release" if is_prerelease(entry.version) else ""


def digest(entry: Entry) -> str:
    """SHA-256 of the entry as published: its title, date and every block, white space folded."""
    lines = [entry.title, str(entry.date), *(f"{b.kind} {b.level} {b.text}" for b in entry.blocks if b.text)]
    return hashlib.sha256("\n".join(lines).encode("utf-8", "surrogatepass")).hexdigest()


def placed(batch: Sequence[Proposal], existing: Collection[str], read: Callable[[str], ReleaseNote]) -> dict[str, ReleaseNote]:
    """File name → note, where a post that is there already under another name keeps that name.

    Its publisher may have given it another title (the id is the same) or another id (title, and address or date, are the same).
    `read` is asked for the few notes whose names come near.
    """
    found: dict[str, ReleaseNote] = {}
    for proposal in batch:
        name = proposal.name if not proposal.stem or proposal.name in existing else _known_as(proposal, existing, read)
        found.setdefault(name, proposal.note)
    return found


def _known_as(post: Proposal, existing: Collection[str], read: Callable[[str], ReleaseNote]) -> str:
    ident = post.name[-11:]  # eight hexadecimal digits and `.md`
    for name in sorted(existing):
        if name.endswith(f"-{ident}") or name == ident:
            return name
        if name.rpartition("-")[0] == post.stem and _same_post(read(name), post.note):
            return name
    return post.name


def _same_post(known: ReleaseNote, note: ReleaseNote) -> bool:
    return known.version == note.version and (known.date == note.date or (known.url is not None and known.url == note.url))
