"""One answer of a source → release notes. Pure: what the child process runs, and nothing else touches strangers' bytes."""

from dataclasses import dataclass

from ingest.changes import Rules
from ingest.notes import Proposal, proposals
from kb.model import Source


@dataclass(frozen=True)
class Understood:
    """What one answer holds."""

    proposals: tuple[Proposal, ...]
    entries: int
    next: str | None = None
    """Where it goes on, as written."""
    feeds: tuple[str, ...] = ()
    """Feeds that a page names where a feed should be."""


def understand(data: bytes, source: Source, content_type: str, charset: str | None, rules: Rules) -> Understood:
    """Read `data` and make release notes of it. Raises KbError as `ingest.reader.read` does."""
    from ingest.reader import read  # the parsers, a third of a second of imports, are loaded in the child process only

    found = read(data, source, content_type, charset)
    return Understood(tuple(proposals(found.entries, source.url, rules)), len(found.entries), found.next, found.feeds)
