"""The changes of an entry, each with its kind and topics, by the table changes.toml. Pure but for reading that table."""

import re
import tomllib
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path

from ingest.blocks import Block
from ingest.versions import unmark
from kb.escape import one_line
from kb.model import Change

EXCERPT = 280
"""Characters of a change that a release note keeps."""
_TAG = re.compile(r"^\[([A-Z][A-Za-z /-]{1,20})\]:? +")


def changes(blocks: Sequence[Block]) -> tuple[Change, ...]:
    """The top-level list items of an entry, or its paragraphs when it has no list; empty when it says nothing."""
    lines = list(_items(blocks)) or list(_paragraphs(blocks))
    return tuple(change(text, heading) for heading, text in lines)


def _items(blocks: Sequence[Block]) -> Iterator[tuple[str, str]]:
    heading, parts = "", list[str]()
    top = min((b.level for b in blocks if b.kind == "item"), default=1)
    for block in [*blocks, Block("heading", "")]:
        if block.kind == "text" and block.text and parts:
            parts.append(block.text)  # an item that runs on over several lines
            continue
        if parts and not (block.kind == "item" and block.level > top):
            if text := _clean(" ".join(parts)):
                yield heading, text
            parts = []
        if block.kind == "heading":
            heading = unmark(block.text)
        elif block.kind == "item" and block.level == top:
            parts = [block.text]


def _paragraphs(blocks: Sequence[Block]) -> Iterator[tuple[str, str]]:
    heading, parts = "", list[str]()
    for block in [*blocks, Block("heading", "")]:
        if block.kind == "text" and block.text:
            parts.append(block.text)
            continue
        if text := _clean(" ".join(parts)):
            yield heading, text
        parts = []
        if block.kind == "heading":
            heading = unmark(block.text)


def _clean(text: str) -> str:
    text = one_line(unmark_inline(text))
    return text if re.search(r"\w", text) else ""


def unmark_inline(text: str) -> str:
    """The words of a line: links by their text, no emphasis marks; code keeps its backticks."""
    text = re.sub(r"!?\[([^\[\]]*)\]\([^()\s]*\)", r"\1", text)
    return re.sub(r"(\*\*|__)(?=\S)(.+?)(?<=\S)\1", r"\2", text)


def change(text: str, heading: str = "") -> Change:
    """One change. The heading above it (`Bug fixes`) decides its kind, else the word it begins with, else any word in it."""
    tag = _TAG.match(text)
    above = f"{heading} {tag[1]}" if tag else heading
    words = text[tag.end() :] if tag else text
    kinds, topics = _table()
    named = next((name for name, pattern in kinds if name != "launch" and pattern.search(above)), None)
    begun = named or next((name for name, pattern in kinds if pattern.match(words)), None)
    kind = begun or next((name for name, pattern in kinds if pattern.search(words)), "launch")
    return Change(kind, _excerpt(words), tuple(name for name, pattern in topics if pattern.search(words)))


def _excerpt(text: str) -> str:
    if len(text) <= EXCERPT:
        return text
    return text[: EXCERPT - 1].rsplit(" ", 1)[0].rstrip(" ,;:") + "…"


@cache
def _table() -> tuple[list[tuple[str, re.Pattern[str]]], list[tuple[str, re.Pattern[str]]]]:
    data = tomllib.loads(Path(__file__).with_name("changes.toml").read_text(encoding="utf-8"))
    return [_row(row) for row in data["kind"]], [_row(row) for row in data["topic"]]


def _row(row: dict[str, object]) -> tuple[str, re.Pattern[str]]:
    words = row["words"]
    assert isinstance(words, list)
    return str(row["name"]), re.compile(r"(?<!\w)(?:" + "|".join(map(re.escape, words)) + r")(?!\w)", re.I)
