"""How the sources are doing: what each run saw, remembered in .kb/, and what a person should know of it. Pure but for load and save.

The memory may be deleted at any time; then only what the release notes themselves tell (a source gone quiet) is known.
"""

import datetime as dt
import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from itertools import pairwise
from pathlib import Path
from statistics import median

from kb import files
from kb.model import ReleaseNote

QUIET_TIMES = 4
"""A source is frozen when it has published nothing for this many of its usual intervals …"""
QUIET_DAYS = 30
"""… and at least this many days."""
FEWEST_DATES = 4
"""Dated releases from which an interval is usual."""
FAILURES = ("dead", "empty", "login", "unreadable", "quarantined")
KINDS = (*FAILURES, "shrunken", "frozen", "moved")


@dataclass(frozen=True)
class Finding:
    """One thing to know about a source."""

    kind: str
    """One of KINDS."""
    message: str


@dataclass(frozen=True)
class Memory:
    """What is remembered of one source."""

    entries: int = 0
    """How many entries it held when it was last whole: what `shrunken` is measured against."""
    held: int = 0
    """How many it held last time."""
    failure: str | None = None
    """The kind of its failure, None when it was read last time."""
    error: str = ""
    failed_since: str | None = None
    moved: str | None = None

    def read(self, entries: int, moved: str | None) -> "Memory":
        """After a run that read it."""
        whole = max(entries, 1) * 2 > self.entries
        return Memory(entries if whole else self.entries, entries, moved=moved)

    def failed(self, kind: str, error: str, today: dt.date) -> "Memory":
        """After a run that could not."""
        return replace(self, failure=kind, error=error, failed_since=self.failed_since or today.isoformat())


def path_of(local: Path) -> Path:
    """Where the memory lies."""
    return local / "sources.json"


def load(local: Path) -> dict[str, Memory]:
    """`competitor source` → memory; what cannot be read is forgotten."""
    try:
        data = json.loads(path_of(local).read_bytes())
        return {key: Memory(**values) for key, values in data.items()}
    except (OSError, ValueError, TypeError, AttributeError):
        return {}


def save(local: Path, memories: dict[str, Memory]) -> None:
    """Remember."""
    files.write(path_of(local), json.dumps({key: asdict(memory) for key, memory in sorted(memories.items())}, indent=1))


def key(competitor: str, source: str) -> str:
    """Under which name a source is remembered."""
    return f"{competitor} {source}"


def findings(memory: Memory, dates: Iterable[dt.date], today: dt.date) -> list[Finding]:
    """What to know of a source; `dates` are those of the releases seen through it."""
    found = []
    if memory.failure:
        found.append(Finding(memory.failure, f"{memory.error} (since {memory.failed_since})"))
    if memory.held * 2 <= memory.entries > 0 and not memory.failure:
        found.append(Finding("shrunken", f"holds {memory.held} entries, it held {memory.entries}: has the page changed?"))
    if memory.moved:
        found.append(Finding("moved", f"has moved for good to {memory.moved}: put that address into the card"))
    if quiet := frozen(sorted(set(dates)), today):
        found.append(Finding("frozen", quiet))
    return found


def frozen(dates: list[dt.date], today: dt.date) -> str | None:
    """Why a source that published on `dates` (ascending) seems to have stopped, or None."""
    if len(dates) < FEWEST_DATES:
        return None
    usual = median((later - earlier).days for earlier, later in pairwise(dates[-20:]))
    silent = (today - dates[-1]).days
    if silent <= max(QUIET_TIMES * usual, QUIET_DAYS):
        return None
    return f"nothing new since {dates[-1]}, {silent} days; usual are {usual:.0f}: has it moved elsewhere?"


def dates_seen(notes: Iterable[ReleaseNote], source: str) -> list[dt.date]:
    """The dates of the releases seen through `source`."""
    return [note.date for note in notes if note.date and (note.source == source or any(s.source == source for s in note.also))]
