"""The shapes of what lies in a pack, for the type checker alone: a cold process never imports this."""

from typing import TypedDict

Facet = tuple[str, list[str], list[str], str]
"""Kind, competitors, stages, audience."""


class Row(TypedDict):
    """An answer as `kb search` gives it."""

    id: str
    kind: str
    title: str
    competitors: list[str]
    say_this: str
    path: str
    line: int
    reviewed: str | None
    fresh_until: str | None
    """The last ISO day on which it is not stale; None: never reviewed."""
    evidence: list[list[str]]
    """Text and href, relative to `path`."""
    related: list[str]
    """Ids of objections that are asked in much the same situation."""


class Ranking(TypedDict):
    """The constants of search/rank.py."""

    best: float
    whole: float
    centroid: float
    lexical: float
    saturation: float
    boost: float
    other_kinds: float
    read: float
    """What a second look counts (search/reader.py); 0: nothing was read."""
    steepness: float
    middle: float
