"""Bytes of any known format → entries. Pure; the format is told by the bytes, not by the name or the header."""

from bs4 import BeautifulSoup
from bs4.dammit import UnicodeDammit

from ingest.blocks import Entry, Reading
from ingest.debian import debian_entries
from ingest.decoding import GZIP, TooLarge, inflate
from ingest.errors import SourceError
from ingest.feed import feed_reading, is_feed
from ingest.html import feeds_of, html_blocks, next_of, selected_entries, soup_of
from ingest.json_entries import is_json, json_reading
from ingest.segment import entries
from ingest.text import text_blocks
from kb.errors import KbError
from kb.model import Source

UNKNOWN = "0 releases, format unknown"


def read(data: bytes, source: Source, content_type: str = "", charset: str | None = None) -> Reading:
    """What `data`, the answer of `source`, holds, as published.

    A page where a feed should be yields the feeds that it names and no entries. Raises KbError when `data` is not what the
    source should be, or when nothing in it is understood.
    """
    data = _unpacked(data, source)
    if not data.strip():
        raise SourceError(source.url, "the answer is empty", "empty")
    if is_json(data):
        found, unknown = json_reading(data, source.url), "the list has no entries"
    elif is_feed(data):
        found, unknown = feed_reading(data, source.url, content_type), "the feed has no entries"
    elif _is_html(data, content_type):
        found, unknown = _page(data, source, charset)
    elif source.kind == "feed":
        found, unknown = feed_reading(data, source.url, content_type), "the feed has no entries"
    else:
        text = _decoded(data, charset)
        found, unknown = Reading(tuple(debian_entries(text) or entries(text_blocks(text)))), UNKNOWN
    if not found.entries and not found.feeds:
        kind = "login" if "login page" in unknown else "empty" if "no entries" in unknown else "unreadable"
        raise SourceError(source.url, unknown, kind)
    return found


def _unpacked(data: bytes, source: Source) -> bytes:
    """A file that is itself compressed (`changelog.gz`), undone."""
    if not data.startswith(GZIP):
        return data
    try:
        return inflate(data)
    except (TooLarge, ValueError) as error:
        raise KbError(source.url, f"cannot be unpacked: {str(error) or 'it is too large'}") from None


def _page(data: bytes, source: Source, charset: str | None) -> tuple[Reading, str]:
    whole = BeautifulSoup(data, "lxml", from_encoding=charset)
    if source.kind == "feed":
        cause = "is not a feed: it is a login page" if _is_login(whole) else "is not a feed (it is an HTML page) and names none"
        return Reading((), None, feeds_of(whole)), f"{cause}: check the address in the card's sources"
    following = next_of(whole)
    soup = soup_of(data, charset)
    found: list[Entry] = selected_entries(soup, source.entry) if source.entry else entries(html_blocks(soup))
    if not found and _is_login(whole):
        return Reading(()), "has become a login page: check the address in the card's sources"
    return Reading(tuple(found), following), f"nothing matches `entry: {source.entry}`" if source.entry else UNKNOWN


def _is_login(soup: BeautifulSoup) -> bool:
    return soup.find("input", type="password") is not None


def _is_html(data: bytes, content_type: str) -> bool:
    head = data[:4000].lower().replace(b"\0", b"").lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n")
    if head.startswith(b"<") and any(mark in head for mark in (b"<html", b"<!doctype html", b"<body")):
        return True  # a changelog may well speak of <body>, but does not begin with a tag
    return "html" in content_type and b"<" in head


def _decoded(data: bytes, charset: str | None) -> str:
    text = UnicodeDammit(data, known_definite_encodings=[charset] if charset else [], override_encodings=["utf-8"]).unicode_markup
    return text if text is not None else data.decode("utf-8", "replace")
