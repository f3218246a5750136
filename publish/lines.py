"""The list items and table rows of a piece of Markdown, changed one by one; all else stays as it was written. Pure."""

import re
from collections.abc import Callable
from itertools import pairwise

from markdown_it import MarkdownIt
from markdown_it.token import Token

from kb.markdown import cells

_PARSER = MarkdownIt("commonmark").enable("table").disable("inline")
_MARKER = re.compile(r"^(\s*(?:[-*+]|\d+[.)])\s+)")
_BRACES = re.compile(r"[ \t]*\{:?[ \t]*([#.][^{}\n]*)\}[ \t]*$")


def rewrite_items(body: str, change: Callable[[str], str]) -> str:
    """`body` with the first paragraph of every top-level list item, given on one line, put through `change`."""
    lines = body.split("\n")
    tokens = _PARSER.parse(body)
    for start, end in reversed(_spans(tokens)):
        marker = _MARKER.match(lines[start])
        if marker:
            text = " ".join(line.strip() for line in [lines[start][marker.end() :], *lines[start + 1 : end]])
            lines[start:end] = (marker[1] + change(text)).split("\n")
    return "\n".join(lines)


def _spans(tokens: list[Token]) -> list[tuple[int, int]]:
    """From and to line of the first paragraph of each top-level item."""
    return [
        (int(follower.map[0]), int(follower.map[1]))
        for token, follower in pairwise(tokens)
        if token.type == "list_item_open" and token.level == 1 and follower.type == "paragraph_open" and follower.map
    ]


def rewrite_rows(body: str, change: Callable[[list[str]], list[str]]) -> str:
    """`body` with the cells of every body row of its tables put through `change`."""
    lines = body.split("\n")
    inside = False
    for token in _PARSER.parse(body):
        if token.type in ("tbody_open", "tbody_close"):
            inside = token.type == "tbody_open"
        elif token.type == "tr_open" and inside and token.map:
            lines[token.map[0]] = "| " + " | ".join(change(cells(lines[token.map[0]]))) + " |"
    return "\n".join(lines)


def braces(text: str) -> tuple[str, str]:
    """`words {#id .class}` as (words, what stands in the braces)."""
    found = _BRACES.search(text)
    return (text[: found.start()].rstrip(), found[1].strip()) if found else (text, "")


def with_braces(words: str, *marks: str) -> str:
    """The inverse; empty marks are left out."""
    kept = " ".join(mark for mark in marks if mark)
    return f"{words} {{{kept}}}" if kept else words


def verdict(cell: str) -> str:
    """Yes and no are told by shape and colour as well as by the word."""
    word = cell.lower()
    return f'<span class="rj-{word}">{cell}</span>' if word in ("yes", "no") else cell


def quoted(text: str) -> str:
    """`text` as the value of an attribute in braces or in HTML: what could end it, or begin a tag, becomes a lookalike."""
    return " ".join(text.translate(_HARMLESS).split())


_HARMLESS = str.maketrans({'"': "”", "{": "(", "}": ")", "<": "‹", ">": "›", "&": "＆", "\\": "/", "`": "’"})
