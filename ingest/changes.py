"""The changes of an entry, each with its kind and topics, by the table changes.toml. Pure but for reading that table."""

import re
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any

from ingest.blocks import Block
from ingest.dialects import marks
from ingest.versions import unmark
from kb import inline
from kb.errors import USAGE, KbError
from kb.escape import one_line
from kb.model import CHANGE_KINDS, Change

EXCERPT = 600
"""Characters of a change that a release note keeps."""
DEFAULT = "no other rule fits"
"""What decides when no word does."""
_LABEL = re.compile(r"[^.!?]{1,40}")
_TAG = re.compile(r"^\[([A-Z][A-Za-z /-]{1,20})\]:? +")


Row = tuple[str, re.Pattern[str]]


@dataclass(frozen=True)
class Rules:
    """Which words make a change of which kind, and which topics; rows in order, the first that fits decides a kind."""

    kinds: tuple[Row, ...]
    topics: tuple[Row, ...]


def changes(blocks: Sequence[Block], by: Rules) -> tuple[Change, ...]:
    """The list items of an entry and the paragraphs beside them that a rule knows; all its paragraphs when it has no list.

    Empty when it says nothing. A paragraph of no known kind beside a list is an introduction ("This release is out").
    """
    items = [change(text, heading, by) for heading, text in _items(blocks)]
    prose = [change(text, heading, by) for heading, text in _paragraphs(blocks)]
    return (*(c for c in prose if not items or not c.because.startswith(f"launch: {DEFAULT}")), *items)


def _items(blocks: Sequence[Block]) -> Iterator[tuple[str, str]]:
    """Heading above and text of each item, whatever its depth; an item that only names what those below it are is a heading."""
    heading, over, parts = "", "", list[str]()
    top = min((b.level for b in blocks if b.kind == "item"), default=1)
    level = top
    for block in [*blocks, Block("heading", "")]:
        if block.kind == "text" and block.text and parts:
            parts.append(block.text)  # an item that runs on over several lines
            continue
        if block.kind == "text" and parts and not block.text:
            continue
        text = _clean(" ".join(parts))
        if parts and block.kind == "item" and block.level > level and _LABEL.fullmatch(text):
            over = text
        elif text:
            yield f"{heading} {over}".strip(), text
        parts = []
        if block.kind == "heading":
            heading, over = unmark(block.text), ""
        elif block.kind == "item":
            over = "" if block.level == top else over
            level, parts = block.level, [block.text]


def _paragraphs(blocks: Sequence[Block]) -> Iterator[tuple[str, str]]:
    heading, parts, in_item = "", list[str](), False
    for block in [*blocks, Block("heading", "")]:
        if block.kind == "text" and block.text:
            parts += [] if in_item else [block.text]
            continue
        if (text := _clean(" ".join(parts))) and not text.endswith(":"):
            yield heading, text
        parts, in_item = [], block.kind == "item"
        if block.kind == "heading":
            heading = unmark(block.text)


def _clean(text: str) -> str:
    text = one_line(marks(text))
    return text if re.search(r"\w", text) else ""


def change(text: str, heading: str, by: Rules) -> Change:
    """One change. The heading above it (`Bug fixes`) decides its kind, else the word it begins with, else any word in it.

    What it says of its reasons are words of the table, not of the publisher.
    """
    tag = _TAG.match(text)
    above = f"{heading} {tag[1]}" if tag else heading
    said = text[tag.end() :] if tag else text
    words = inline.words(said)
    rules = chain(
        ((name, pattern.search(above)) for name, pattern in by.kinds if name != "launch"),
        ((name, pattern.match(words)) for name, pattern in by.kinds),
        ((name, pattern.search(words)) for name, pattern in by.kinds),
    )
    kind, word = next(((name, found[0]) for name, found in rules if found), ("launch", DEFAULT))
    about = [(name, found[0]) for name, pattern in by.topics if (found := pattern.search(words))]
    because = "; ".join(f"{name}: {said.lower()}" for name, said in [(kind, word), *about])
    return Change(kind, inline.shorten(said, EXCERPT), tuple(name for name, _ in about), because)


def rules(own: str = "", name: str = "changes.toml") -> Rules:
    """The table that ships, after the rows of a team's `own` (TOML of the same shape). Raises KbError naming what is wrong in it."""
    try:
        ours, shipped = tomllib.loads(own), tomllib.loads(Path(__file__).with_name("changes.toml").read_text(encoding="utf-8"))
        rows = {what: [_row(row) for row in [*ours.get(what, []), *shipped[what]]] for what in ("kind", "topic")}
    except (tomllib.TOMLDecodeError, KeyError, TypeError, ValueError) as error:
        raise KbError(name, f"is not a table of changes: {error}; see ingest/changes.toml", USAGE) from None
    unknown = [word for word, _ in rows["kind"] if word not in CHANGE_KINDS]
    if unknown:
        raise KbError(name, f'"{unknown[0]}" is no kind of change: it must be one of {", ".join(CHANGE_KINDS)}', USAGE)
    return Rules(tuple(rows["kind"]), tuple(rows["topic"]))


def _row(row: dict[str, Any]) -> Row:
    """Raises ValueError for a word or name that cannot be quoted in a release note."""
    name, words = row["name"], row["words"]
    for word in (name, *words):
        if not isinstance(word, str) or not word.strip() or set('"{}();:\n') & set(word):
            raise ValueError(f'{word!r} may not hold any of " {{ }} ( ) ; : nor be empty')
    return name, re.compile(r"(?<!\w)(?:" + "|".join(map(re.escape, words)) + r")(?!\w)", re.I)
