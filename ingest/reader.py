"""Bytes of any known format → entries. Pure; the format is told by the bytes, not by the name or the header."""

from bs4.dammit import UnicodeDammit

from ingest.blocks import Entry
from ingest.feed import feed_entries, is_feed
from ingest.html import html_blocks, selected_entries, soup_of
from ingest.segment import entries
from ingest.text import text_blocks
from kb.errors import KbError
from kb.model import Source


def read(data: bytes, source: Source, content_type: str = "", charset: str | None = None) -> list[Entry]:
    """The entries that `data`, the answer of `source`, holds, as published.

    Raises KbError when it is not what the source should be, or when nothing in it is understood.
    """
    if source.kind == "feed" or is_feed(data):
        found = feed_entries(data, source.url, content_type)
        unknown = "the feed has no entries"
    elif _is_html(data, content_type):
        soup = soup_of(data, charset)
        found = selected_entries(soup, source.entry) if source.entry else entries(html_blocks(soup))
        unknown = f"nothing matches `entry: {source.entry}`" if source.entry else "0 releases, format unknown"
    else:
        found = entries(text_blocks(_decoded(data, charset)))
        unknown = "0 releases, format unknown"
    if not found:
        raise KbError(source.url, unknown if data.strip() else "the answer is empty")
    return found


def _is_html(data: bytes, content_type: str) -> bool:
    head = data[:4000].lower()
    return b"<html" in head or b"<!doctype html" in head or (b"<body" in head) or ("html" in content_type and b"<" in head)


def _decoded(data: bytes, charset: str | None) -> str:
    if not data:
        return ""
    text = UnicodeDammit(data, known_definite_encodings=[charset] if charset else [], override_encodings=["utf-8"]).unicode_markup
    return text if text is not None else data.decode("utf-8", "replace")
