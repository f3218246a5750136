"""Debian changelogs: a header, indented changes, and a trailer with the date. Pure."""

import datetime as dt
import re
from email.utils import parsedate_to_datetime

from ingest.blocks import Block, Entry
from ingest.text import text_blocks

_HEADER = re.compile(r"^[a-z0-9][a-z0-9+.-]+ \(([0-9][\w.:+~-]*)\)(?: [\w.+-]+)+;.*$", re.M | re.I)
_TRAILER = re.compile(r"^ -- [^\n]*?>\s+(\w{3}, +\d+ \w{3} \d{4} [^\n]*)$", re.M)


def debian_entries(text: str) -> list[Entry]:
    """The releases of a Debian changelog; none when it is something else."""
    heads = list(_HEADER.finditer(text))
    if not heads or heads[0].start() > 200:
        return []
    ends = [head.start() for head in heads[1:]] + [len(text)]
    return [_entry(head, text[head.end() : end]) for head, end in zip(heads, ends, strict=True)]


def _entry(head: re.Match[str], body: str) -> Entry:
    trailer = _TRAILER.search(body)
    changes = body[: trailer.start()] if trailer else body
    blocks = [Block("text", b.text) if b.kind == "heading" else b for b in text_blocks(changes)]
    unreleased = "unreleased" if "UNRELEASED" in head[0] else ""
    return Entry(head[1], head[1], tuple(blocks), _day(trailer[1]) if trailer else None, state=unreleased)


def _day(text: str) -> dt.date | None:
    try:
        return parsedate_to_datetime(text).date()
    except (ValueError, TypeError, IndexError):
        return None
