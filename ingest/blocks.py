"""What every format is read into: a flat run of blocks, and the entries cut out of it. Pure values."""

import datetime as dt
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Block:
    """A heading, a list item, a paragraph's line, or a date that the markup states."""

    kind: Literal["heading", "item", "text", "date"]
    text: str
    """Plain text on one line."""
    level: int = 0
    """Of a heading: 1 is the highest; 0 is a plain line that may be one. Of an item: its depth, from 1."""


@dataclass(frozen=True)
class Entry:
    """One release as published, before it is a ReleaseNote."""

    version: str | None
    """None when the publisher names no version (a blog post, say)."""
    title: str
    blocks: tuple[Block, ...]
    date: dt.date | None = None
    url: str | None = None
    ident: str | None = None
    """The publisher's own id, when the format has one."""
    state: str = ""
    """What the publisher itself says: "" (released), "pre-release" or "unreleased"."""


@dataclass(frozen=True)
class Reading:
    """What one answer of a source holds."""

    entries: tuple[Entry, ...]
    next: str | None = None
    """Where the publisher says that it goes on, as written."""
    feeds: tuple[str, ...] = ()
    """Feeds that a page names, when a feed was wanted and a page came."""
