"""The words of the field as frozen values. Pure: no disk, no clock, no Markdown (see `card`, `release`, `note`).

Lines count from 1 in the file that a value was read from. They say where a value stood, not what it is, so they
do not take part in comparison.
"""

import datetime as dt
from dataclasses import dataclass, field
from typing import Literal

Stage = Literal["lead", "qualification", "discovery", "presentation", "poc", "negotiation", "close"]
Basis = Literal["fact", "inference", "assumption"]
CATEGORIES = (
    "pricing", "integration", "migration", "support", "security", "performance", "lock-in", "roadmap", "feature-gap",
)  # fmt: skip
SOURCE_KINDS = ("feed", "page", "changelog")
CHANGE_KINDS = ("launch", "fix", "security", "pricing", "deprecation", "breaking")
RELEASE_STATES = ("", "pre-release", "unreleased")
NOTE_SOURCES = ("buyer-said", "document-seen", "public", "rumour")
CONFIDENCES = ("high", "medium", "low")

SECTIONS = (
    "Thirty-second read", "Why we win", "Why we lose", "Landmines to lay", "Landmines to defuse", "Objections",
    "Talk tracks", "Proof points", "Pricing and packaging", "Feature comparison", "Demo and POC", "Do not say",
    "What changed", "Win/loss",
)  # fmt: skip
CLAIM_SECTIONS = (
    "Why we win", "Why we lose", "Landmines to lay", "Landmines to defuse", "Proof points",
    "Pricing and packaging", "Feature comparison",
)  # fmt: skip


@dataclass(frozen=True)
class Link:
    """A Markdown link: its words and where it goes."""

    text: str
    href: str


@dataclass(frozen=True)
class Source:
    """Where a competitor publishes its release notes."""

    kind: str
    """One of SOURCE_KINDS."""
    url: str
    entry: str | None = None
    """CSS selector of one release, for a page."""


@dataclass(frozen=True)
class Review:
    """The last time a person vouched for a card or an objection."""

    on: dt.date
    by: str
    head: str | None = None
    """Version of the newest release note that the reviewer had seen."""


@dataclass(frozen=True)
class Claim:
    """One statement that the field may repeat, and what it rests on."""

    section: str
    text: str
    """The item's Markdown without its id."""
    id: str | None = None
    basis: Basis = "fact"
    evidence: tuple[Link, ...] = ()
    line: int = field(default=0, compare=False)
    audience: str | None = None
    """internal or external-ok, when the line or a heading above it says otherwise than its card."""


@dataclass(frozen=True)
class Objection:
    """What a buyer says, and the response to it."""

    id: str
    """The anchor in a card (`agent-overhead`), or the file's stem under docs/objections/."""
    heading: str
    """The buyer's words."""
    say_this: str
    """Two speakable sentences at most."""
    also_heard: tuple[str, ...] = ()
    parts: tuple[tuple[str, str], ...] = ()
    """The rest of the anatomy in the order written: ("Acknowledge", "…"), ("Explore", "…"), …"""
    line: int = field(default=0, compare=False)
    audience: str | None = None
    """internal or external-ok, when a heading says otherwise than its card; internal as well when what is said, or its evidence, is."""

    @property
    def evidence(self) -> tuple[tuple[str, str], ...]:
        """The parts labelled Evidence (as Markdown)."""
        return tuple(part for part in self.parts if part[0] == "Evidence")


@dataclass(frozen=True)
class Section:
    """One H2 of a card: its name and its Markdown, without the heading."""

    name: str
    body: str
    line: int = field(default=0, compare=False)
    audience: str | None = None
    """internal or external-ok, when the heading says otherwise than its card."""
    heading: int = field(default=0, compare=False)
    """The line of the heading."""


@dataclass(frozen=True)
class Card:
    """A battlecard. `claims` and `objections` are read out of `sections`, so they are not written twice."""

    title: str
    competitor: str
    owner: str
    sections: tuple[Section, ...]
    claims: tuple[Claim, ...] = ()
    objections: tuple[Objection, ...] = ()
    aliases: tuple[str, ...] = ()
    backup_owner: str | None = None
    reviewed: Review | None = None
    review_every: str | None = None
    audience: str = "internal"
    tags: tuple[str, ...] = ()
    sources: tuple[Source, ...] = ()
    intro: str = ""
    """What stands between the title and the first section."""

    def section(self, name: str) -> Section | None:
        """The section of that name, if the card has it."""
        return next((s for s in self.sections if s.name == name), None)


@dataclass(frozen=True)
class ObjectionPage:
    """An objection that is not about one competitor: a file in docs/objections/."""

    objection: Objection
    title: str
    owner: str
    competitors: tuple[str, ...] = ()
    stages: tuple[str, ...] = ()
    category: str | None = None
    reviewed: Review | None = None
    review_every: str | None = None
    audience: str = "internal"


@dataclass(frozen=True)
class Change:
    """One thing that a release did. Its id in the note is `c1`, `c2`, … by position."""

    kind: str
    text: str
    """A short excerpt on one line, as plain text."""
    topics: tuple[str, ...] = ()
    because: str = ""
    """The words that decided kind and topics, as the rules write them: `fix: crash; agent: CPU`."""


@dataclass(frozen=True)
class Revision:
    """An earlier or later wording of the same release by its publisher."""

    sha256: str
    date: dt.date | None = None


@dataclass(frozen=True)
class Sighting:
    """The same release seen through another source of the card."""

    source: str
    sha256: str
    date: dt.date | None = None
    url: str | None = None
    revisions: tuple[Revision, ...] = ()


@dataclass(frozen=True)
class ReleaseNote:
    """What a competitor published about one release."""

    version: str
    source: str
    sha256: str
    """Of the entry as published."""
    date: dt.date | None = None
    """As published; None when it was absent or could not be read."""
    title: str = ""
    url: str | None = None
    changes: tuple[Change, ...] = ()
    revisions: tuple[Revision, ...] = ()
    """Superseded wordings, oldest first."""
    state: str = ""
    """One of RELEASE_STATES: empty for a release."""
    also: tuple[Sighting, ...] = ()
    """Through which other sources it was seen."""
    dated_by: str | None = None
    """The source that `date` is from, when it is not `source`."""
    written: str = field(default="", compare=False)
    """A checksum of the file's body, as it was read."""
    seal: str = field(default="", compare=False)
    """As it stands in the file: what `kb.release.seal` gave when ingest wrote it; empty in notes that older versions wrote."""

    @property
    def material(self) -> bool:
        """Is there anything in it that could matter to a deal? A release of nothing but fixes has no material change."""
        return any(change.kind != "fix" for change in self.changes)

    @property
    def page(self) -> str | None:
        """Where the publisher shows it."""
        return self.url or next((seen.url for seen in self.also if seen.url), None)


@dataclass(frozen=True)
class FieldNote:
    """What one of us heard. Never a customer's name, e-mail, phone number or secret."""

    date: dt.date
    author: str
    competitor: str
    stage: str
    source: str
    body: str
    confidence: str = "medium"
    deal: str | None = None
    """An id that says nothing outside our own systems."""
    expires: dt.date | None = None
    line: int = field(default=0, compare=False)
    """On which `body` begins."""
