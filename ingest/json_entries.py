"""JSON Feed, and the release lists of the GitHub, Gitea and GitLab APIs, as entries. Pure: bytes in, values out."""

import datetime as dt
import json
from typing import Any

from ingest.blocks import Block, Entry, Reading
from ingest.dates import find_date
from ingest.html import html_blocks, soup_of
from ingest.text import text_blocks
from ingest.versions import release_line
from kb.errors import KbError


def is_json(data: bytes) -> bool:
    """Does `data` begin as a JSON object or list does?"""
    head = data[:200].lstrip(b"\xef\xbb\xbf \t\r\n")
    return head.startswith(b"{") or (head.startswith(b"[") and head[1:].lstrip()[:1] in (b"{", b"]"))


def json_reading(data: bytes, name: str) -> Reading:
    """The entries in the order published. Raises KbError when it is no JSON or none of the kinds known."""
    try:
        value: Any = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise KbError(name, f"is not valid JSON ({str(error)[:80]})") from None
    if isinstance(value, dict) and isinstance(value.get("items"), list):
        return Reading(tuple(_feed_item(item) for item in value["items"] if isinstance(item, dict)), _text(value, "next_url") or None)
    releases = value if isinstance(value, list) else [value]
    if not all(isinstance(release, dict) and "tag_name" in release for release in releases):
        said = f': it says "{_text(value, "message")[:80]}"' if isinstance(value, dict) and value.get("message") else ""
        raise KbError(name, f"0 releases, format unknown: JSON, but neither a JSON Feed nor a list of releases{said}")
    return Reading(tuple(_release(release) for release in releases))


def _feed_item(item: dict[str, Any]) -> Entry:
    page = _text(item, "content_html")
    title = _text(item, "title")
    line = release_line(title)
    blocks = html_blocks(soup_of(page)) if page else text_blocks(_text(item, "content_text") or _text(item, "summary"))
    return Entry(
        version=line.version if line else None,
        title=title or next((b.text for b in blocks if b.text), ""),
        blocks=tuple(blocks),
        date=_day(item, "date_published", "date_modified") or (line.date if line else None),
        url=_address(item, "url"),
        ident=_text(item, "id") or None,
    )


def _release(item: dict[str, Any]) -> Entry:
    tag = _text(item, "tag_name")
    title = _text(item, "name") or tag
    line = release_line(tag) or release_line(title)
    links = item.get("_links")
    return Entry(
        version=line.version if line else None,
        title=title,
        blocks=_markdown(_text(item, "body") or _text(item, "description")),
        date=_day(item, "published_at", "released_at", "created_at"),
        url=_address(item, "html_url") or (_address(links, "self") if isinstance(links, dict) else None),
        ident=tag or None,
        state="unreleased" if item.get("draft") or item.get("upcoming_release") else "pre-release" if item.get("prerelease") else "",
    )


def _markdown(text: str) -> tuple[Block, ...]:
    return tuple(text_blocks(text))


def _text(item: dict[str, Any], key: str) -> str:
    value = item.get(key)
    return value if isinstance(value, str) else str(value) if isinstance(value, int) else ""


def _day(item: dict[str, Any], *keys: str) -> dt.date | None:
    """The first date among `keys`, as a day in UTC."""
    for key in keys:
        text = _text(item, key)
        try:
            return dt.datetime.fromisoformat(text).astimezone(dt.UTC).date()
        except (ValueError, OverflowError):
            if found := find_date(text):
                return found[0]
    return None


def _address(item: dict[str, Any], key: str) -> str | None:
    url = _text(item, key)
    return url if url.startswith(("http://", "https://")) and not any(c.isspace() for c in url) else None
