"""Blocks → entries: where does one release end and the next begin? Pure."""

import datetime as dt
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from ingest.blocks import Block, Entry
from ingest.dates import find_date
from ingest.versions import ReleaseLine, is_plain_release_line, release_line, unmark

_DATE_LEADS = frozenset(
    """released;release date;release-date;date;released on;release on;published;published on;released at;released date""".split(";")
)
_DAY_NAME = re.compile(r"\b(?:mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:day)?\b", re.I)
_SUMMARY = re.compile(r"^(?:release )?(?:summary|date|information)$", re.I)
_DATE_WITHIN = 6
"""A date of the release's own stands within this many blocks of its heading."""


@dataclass(frozen=True)
class _Start:
    index: int
    block: Block
    line: ReleaseLine


def entries(blocks: Sequence[Block]) -> list[Entry]:
    """The releases in `blocks`, in order; a version seen twice counts once, with the changes of both."""
    if not any(map(_heads, blocks)):
        blocks = [b for block in blocks for b in _promoted(block)]
    starts = _releases([_Start(i, b, line) for i, b in enumerate(blocks) if (line := _heads(b))])
    ends = [*(start.index for start in starts), len(blocks)][1:]
    above = _dates_above(blocks, starts)
    found: dict[str, Entry] = {}
    for n, (start, end) in enumerate(zip(starts, ends, strict=True)):
        body = [b for b in blocks[start.index + 1 : end] if b.text or b.kind == "text"]
        if n + 1 in above and _only_date(_next(body, len(body), -1)):
            body = [b for b in body if b is not _next(body, len(body), -1)]  # the next release's
        entry = _entry(start, tuple(body), above.get(n))
        before = found.get(start.line.version)
        found[start.line.version] = _joined(before, entry) if before else entry
    return list(found.values())


def _heads(block: Block) -> ReleaseLine | None:
    return release_line(block.text) if block.kind == "heading" else None


def _promoted(block: Block) -> list[Block]:
    """Where no heading names a release, a line or an item with a version and a date does (`<li>2026-03-04 Version 2.1: …`).

    So does a line that is little else than a version: a page of `div`s, or a table whose rows are releases.
    """
    line = release_line(block.text) if block.kind in ("text", "item") else None
    alone = block.kind == "text" and line and is_plain_release_line(block.text)
    return [Block("heading", block.text), block] if line and (line.date or alone) else [block]


def _joined(first: Entry, again: Entry) -> Entry:
    return Entry(first.version, first.title, first.blocks + again.blocks, first.date or again.date, first.url, first.ident)


def _releases(starts: list[_Start]) -> list[_Start]:
    """Without series (`# v1.19` above `## v1.19.2`), numbered sections, and versions named inside a release."""
    marked = [s for s in starts if s.block.level > 0]
    plain = [s for s in starts if s.block.level == 0]
    if len(marked) >= len(plain):
        starts = [s for s in starts if s.block.level > 0 or (s.line.sure and s.line.date)]
    kept = [s for n, s in enumerate(starts) if not _is_series(s, starts[n + 1 :])]
    counted = [s for s in kept if s.block.level > 0] if len(marked) >= len(plain) else kept
    levels = Counter(s.block.level for s in counted if s.line.sure or s.line.parts > 2)
    usual = max(levels, key=lambda level: (levels[level], -level), default=0)
    return [s for n, s in enumerate(kept) if not _is_inside(s, kept[:n], usual)]


def _is_series(start: _Start, later: list[_Start]) -> bool:
    below = []
    for other in later:
        if other.block.level <= start.block.level:
            break
        below.append(other)
    prefix = start.line.version + "."
    return start.line.date is None and any(o.line.version.startswith(prefix) for o in below)


def _is_inside(start: _Start, before: list[_Start], usual: int) -> bool:
    """Deeper than releases usually stand, below one, and without a date: a part of that release with a number in its name.

    A heading that is nothing but another release's version is one, however deep: levels change midway in real files.
    """
    parent = next((o for o in reversed(before) if o.block.level <= usual), None)
    if start.line.date or start.block.level <= usual or parent is None:
        return False
    return not start.line.bare or start.line.parts == 2 or start.line.version == parent.line.version


def _entry(start: _Start, blocks: tuple[Block, ...], above: dt.date | None) -> Entry:
    body = tuple(Block("text", b.text) if b.kind == "heading" and b.level == 0 else b for b in blocks)
    return Entry(start.line.version, unmark(start.block.text), body, start.line.date or above or date_in(body))


def _dates_above(blocks: Sequence[Block], starts: list[_Start]) -> dict[int, dt.date]:
    """Number of a start → the date that stands above it: in a heading over it, or in the block before it.

    The latter only when dates stand before the releases more often than after them.
    """
    before = {n: day for n, s in enumerate(starts) if (day := _only_date(_next(blocks, s.index, -1)))}
    behind = sum(bool(_only_date(_next(blocks, s.index, 1))) for s in starts)
    if len(before) <= behind and len(before) < len(starts):
        before = {}
    return before | _dates_over(blocks, starts)


def _next(blocks: Sequence[Block], index: int, step: int) -> Block:
    """The nearest block that says anything, before or behind `index`."""
    while 0 <= index + step < len(blocks):
        index += step
        if blocks[index].text:
            return blocks[index]
    return Block("text", "")


def _dates_over(blocks: Sequence[Block], starts: list[_Start]) -> dict[int, dt.date]:
    """Number of a start → the date that is all of the next higher heading over it (`## April 5, 2026`, `### Agent 3.2.0`)."""
    numbers = {s.index: n for n, s in enumerate(starts)}
    found: dict[int, dt.date] = {}
    over: tuple[int, dt.date] | None = None
    for index, block in enumerate(blocks):
        if block.kind != "heading":
            continue
        if over and block.level <= over[0]:
            over = None
        if index in numbers and over:
            found[numbers[index]] = over[1]
        elif day := _only_date(block):
            over = (block.level, day)
    return found


def _only_date(block: Block) -> dt.date | None:
    """The date of a block that says nothing else."""
    found = find_date(block.text) if len(block.text) < 40 else None
    if not found:
        return None
    rest = _DAY_NAME.sub("", block.text[: found[1]] + block.text[found[2] :])
    return found[0] if block.kind == "date" or not rest.strip(" *_:–—-(),.") else None


def date_in(blocks: Sequence[Block]) -> dt.date | None:
    """The date that the first blocks of a release state: in markup, or in a line that is little more than a date."""
    near = [b for b in blocks if b.text][:_DATE_WITHIN]
    for block in near:
        found = find_date(block.text)
        if block.kind == "heading" and not _SUMMARY.match(block.text):
            break  # a section of the release; what follows is about its changes
        if found and (block.kind == "date" or _states_date(block, found[1], found[2])):
            return found[0]
    return None


def _states_date(block: Block, start: int, end: int) -> bool:
    """`Released 2026-06-24`, `**June 23, 2026** — …`, `:release-date: …`; not a sentence that mentions one."""
    text = block.text
    lead = _DAY_NAME.sub("", text[:start]).strip(" *_:–—-(|,>").lower()
    if lead in _DATE_LEADS:
        return True
    if lead or (block.kind == "item" and text[end:].strip(" *_).")):
        return False  # `- 2026-03-04: fixed it` is a change with a date
    return len(text) - end < 24 or text[end : end + 3].strip(" *_)") in ("", "—", "–", "-")


def entry_of(blocks: Sequence[Block]) -> Entry:
    """All of `blocks` as one entry: its title is the first heading, or else the first words."""
    title = next((b for b in blocks if b.kind == "heading" and _heads(b)), None)
    title = title or next((b for b in blocks if b.kind == "heading"), None) or next((b for b in blocks if b.text), None)
    words = title.text if title else ""
    line = release_line(words)
    rest = tuple(b for b in blocks if b is not title)
    return Entry(line.version if line else None, unmark(words), rest, (line.date if line else None) or date_in(rest))
