"""The structure of Markdown that cards need: headings, list items, table rows, links, ids. Pure text in, values out."""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from markdown_it import MarkdownIt
from markdown_it.token import Token

from kb.model import Link

MARKS = re.compile(r"[ \t]*\{:?[ \t]*([#.](?=\w)[^}\n]*)\}[ \t]*$")
"""What stands in braces at the end of a line: `{#lasting-id}`, `{.external-ok}`, `{#c2 because="fix: crash"}`."""
_ID = re.compile(r"(?:^|\s)#([\w:.-]+)")
_AUDIENCE = re.compile(r"(?:^|\s)\.(internal|external-ok)(?=\s|$)")
BECAUSE = re.compile(r'because="([^"]*)"')
LINK = re.compile(r"(?<!!)\[((?:[^\[\]]|\[[^\[\]]*\])*)\]\(\s*<?([^()\s<>]*(?:\([^()\s]*\)[^()\s<>]*)*)>?(?:\s+\"[^\"]*\")?\s*\)")
_PARSER = MarkdownIt("commonmark").enable("table").disable("inline")  # only blocks are looked at: half the time


@dataclass(frozen=True)
class Heading:
    """A heading and the lines it owns: from its own line to just before the next of its level or above."""

    level: int
    text: str
    id: str
    line: int
    """From 1, in the text given."""
    end: int
    """First line (from 1) that is no longer its own."""
    audience: str | None = None
    """As its own mark says, `{.external-ok}` or `{.internal}`, or that of the nearest heading above it that has one."""


@dataclass(frozen=True)
class Item:
    """A top-level list item or a table row, as Markdown on one line, without its id."""

    text: str
    id: str | None
    line: int
    attributes: str = ""
    """What stands in the braces behind it: `{#c2 because="fix: crash"}`."""
    audience: str | None = None
    """As its own mark says, `{.external-ok}` or `{.internal}`; internal as well when anything in it is."""


_FENCE = re.compile(r"\s*(`{3,}|~{3,})")


def in_code(lines: Sequence[str]) -> list[bool]:
    """Which lines are of a code block between fences, the fences included."""
    found, fence = list[bool](), ""
    for line in lines:
        mark = _FENCE.match(line)
        found.append(bool(fence or mark))
        if mark and not fence:
            fence = mark[1]
        elif mark and mark[1].startswith(fence) and not line.strip().strip(fence[0]):
            fence = ""
    return found


def slug(text: str) -> str:
    """The anchor that the site gives a heading (Python-Markdown's own rule)."""
    ascii_text = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return re.sub(r"[-\s]+", "-", re.sub(r"[^\w\s-]", "", ascii_text).strip().lower())


def split_id(text: str) -> tuple[str, str | None]:
    """`words {#id}` as (words, id)."""
    match = MARKS.search(text)
    if match is None:
        return text.rstrip(), None
    ident = _ID.search(_unquoted(match[1]))
    return text[: match.start()].rstrip(), ident[1] if ident else None


def audience_of(text: str) -> str | None:
    """Who may read the line: `internal` or `external-ok`, by the mark in the braces at its end; None: as its file says."""
    match = MARKS.search(text)
    found = _AUDIENCE.search(_unquoted(match[1]).rstrip()) if match else None
    return found[1] if found else None


def _unquoted(marks: str) -> str:
    return re.sub(r'"[^"]*"', '""', marks)


def links(text: str) -> tuple[Link, ...]:
    """The inline links of a piece of Markdown, in order, code spans left out."""
    return tuple(Link(m[1], m[2]) for m in LINK.finditer(re.sub(r"`[^`]*`", "", text)))


def without_evidence(text: str) -> str:
    """A claim without the links at its end: what a person would say."""
    text = split_id(text)[0]
    while (found := list(LINK.finditer(text))) and not text[found[-1].end() :].strip(" .,;"):
        text = text[: found[-1].start()].rstrip(" ,;")
    return text


def plain(text: str) -> str:
    """Inline Markdown as the words a person would say: links by their text, no emphasis, no ids."""
    text = LINK.sub(r"\1", split_id(text)[0])
    text = re.sub(r"(\*\*|__|`)", "", text)
    return re.sub(r"\s+", " ", re.sub(r"(?<!\w)[*_](\S[^*_]*)[*_](?!\w)", r"\1", text)).strip()


def cells(row: str) -> list[str]:
    """The cells of a table's row, as written."""
    return [cell.strip() for cell in re.split(r"(?<!\\)\|", row.strip().removeprefix("|").removesuffix("|"))]


def headings(text: str) -> list[Heading]:
    """Every heading outside code and quotes, in order."""
    return list(_all_headings(text))


@lru_cache(maxsize=16)  # a card's body is asked for its sections, its introduction, its title
def _all_headings(text: str) -> tuple[Heading, ...]:
    found = list(_headings(_blocks(text)))
    last = text.count("\n") + 2
    ends = [next((h.line for h in found[i + 1 :] if h.level <= head.level), last) for i, head in enumerate(found)]
    told: list[Heading] = []
    for h, end in zip(found, ends, strict=True):
        told.append(Heading(h.level, h.text, h.id, h.line, end, h.audience or audience_at(told, h.line)))
    return tuple(told)


def audience_at(heads: Sequence[Heading], line: int) -> str | None:
    """Who may read a line, as the innermost heading above it says; `heads` in their order."""
    return next((h.audience for h in reversed(heads) if h.line <= line < h.end), None)


@lru_cache(maxsize=16)
def _blocks(text: str) -> tuple[Token, ...]:
    return tuple(_PARSER.parse(text))


def _headings(tokens: tuple[Token, ...]) -> Iterator[Heading]:
    for token, inline in pairwise(tokens):
        if token.type == "heading_open" and token.level == 0 and token.map:
            said = inline.content.replace("\n", " ")  # a line `---` makes a heading of the whole paragraph above
            words, anchor = split_id(said)
            yield Heading(int(token.tag[1]), words, anchor or slug(plain(words)), token.map[0] + 1, 0, audience_of(said))


def items(text: str) -> list[Item]:
    """The top-level list items and the body rows of tables."""
    lines = text.split("\n")
    found: list[Item] = []
    in_body = False
    for token in _blocks(text):
        if token.type in ("tbody_open", "tbody_close"):
            in_body = token.type == "tbody_open"
        if token.map is None:
            continue
        if token.type == "list_item_open" and token.level == 1:
            first, *more = [line.strip() for line in "\n".join(lines[token.map[0] : token.map[1]]).rstrip().split("\n")]
            found.append(_item([re.sub(r"^(?:[-*+]|\d+[.)])\s+", "", first), *more], token.map[0] + 1))
        elif token.type == "tr_open" and in_body:
            found.append(_item([lines[token.map[0]].strip("| \t")], token.map[0] + 1))
    return found


def _item(lines: list[str], line: int) -> Item:
    said = {audience_of(part) for part in lines}
    raw = " ".join(split_id(part)[0] if audience_of(part) and part is not lines[-1] else part for part in lines).strip()
    words, anchor = split_id(raw)
    return Item(words, anchor, line, raw[len(words) :].strip(), "internal" if "internal" in said else audience_of(raw))
