"""RSS, Atom and RDF feeds as entries. Pure: bytes in, values out; feedparser never sees an address."""

import calendar
import datetime as dt
import io
from typing import Any

import feedparser

from ingest.blocks import Block, Entry, Reading
from ingest.dates import find_date
from ingest.html import html_blocks, soup_of
from ingest.text import text_blocks
from ingest.versions import release_line
from kb.errors import KbError


def is_feed(data: bytes) -> bool:
    """Does `data` begin as a feed does, in whatever encoding?"""
    head = data[:4000].replace(b"\0", b"").lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n").lower()
    is_page = b"<html" in head or b"<!doctype html" in head
    return head.startswith(b"<") and not is_page and any(mark in head for mark in (b"<rss", b"<feed", b"<rdf:rdf", b"<atom:feed"))


def feed_reading(data: bytes, name: str, content_type: str = "") -> Reading:
    """The live entries, newest first as published, and the feed's next page.

    Raises KbError when `data` is no feed (an HTML error page, for instance: feedparser itself reports no error there).
    """
    headers = {"content-type": content_type} if content_type else {}
    feed = feedparser.parse(io.BytesIO(data), response_headers=headers, resolve_relative_uris=False, sanitize_html=False)
    if not feed.version:
        raise KbError(name, "is not a feed (it is neither RSS, Atom, RDF nor JSON Feed): check the address in the card's sources")
    following = next((link.get("href") for link in feed.feed.get("links", []) if link.get("rel") == "next"), None)
    return Reading(tuple(_entry(item) for item in feed.entries), following)


def _entry(item: Any) -> Entry:
    title = str(item.get("title") or "")
    blocks = _content(item)
    line = release_line(title)
    return Entry(
        version=line.version if line else None,
        title=title or next((b.text for b in blocks if b.text), ""),
        blocks=tuple(blocks),
        date=_date(item) or (line.date if line else None),
        url=_url(item),
        ident=str(item.get("id") or item.get("link") or "") or None,
    )


def _content(item: Any) -> list[Block]:
    contents = item.get("content") or []
    longest = max((str(c.get("value") or "") for c in contents), key=len, default="")
    value = longest or str(item.get("summary") or "")
    return html_blocks(soup_of(value)) if "<" in value or "&" in value else text_blocks(value)


def _date(item: Any) -> dt.date | None:
    """The day of publication in UTC; `updated` only when there is no `published`."""
    for key in ("published", "updated", "created"):
        parsed = item.get(f"{key}_parsed")
        if parsed:
            return dt.datetime.fromtimestamp(calendar.timegm(parsed), dt.UTC).date()
        found = find_date(str(item.get(key) or ""))
        if found:
            return found[0]
    return None


def _url(item: Any) -> str | None:
    url = str(item.get("link") or "")
    return url if url.startswith(("http://", "https://")) and not any(c.isspace() for c in url) else None
