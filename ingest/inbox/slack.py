"""A Slack export: a channel's day is a list of messages; threads stay together as one note. Pure."""

import datetime as dt
import html
import re
from collections.abc import Iterator, Mapping
from typing import Any

from ingest.inbox.heard import Heard, iso, said, tidy

_KEPT = {None, "", "thread_broadcast", "me_message", "file_share"}
_LINK = re.compile(r"<([^<>|]*)(?:\|([^<>]*))?>")
_EMOJI = re.compile(r"(?<![\w:]):[a-z0-9_+'-]+:(?:(?::skin-tone-\d:))?(?![\w:])")


def is_slack(data: Any) -> bool:
    """A list of messages with Slack's `ts`?"""
    return isinstance(data, list) and any(isinstance(m, dict) and "ts" in m and ("text" in m or m.get("type") == "message") for m in data)


def users(data: Any) -> dict[str, str]:
    """Id → name, of an export's users.json."""
    people = [u for u in data if isinstance(u, dict) and "id" in u] if isinstance(data, list) else []
    return {str(u["id"]): str(u.get("real_name") or _of(u, "profile", "real_name") or u.get("name") or "") for u in people}


def _of(value: Any, *keys: str) -> Any:
    for key in keys:
        value = value.get(key) if isinstance(value, dict) else None
    return value


def read(days: Mapping[str, tuple[str, Any]], names: Mapping[str, str]) -> list[Heard]:
    """`days`: file → (its text, its messages). A reply goes to its parent's note, though it was written on another day."""
    threads: dict[tuple[str, str], list[tuple[str, dict[str, Any]]]] = {}
    for file, (_, messages) in days.items():
        channel = file.rsplit("/", 1)[0] if "/" in file else ""
        for message in _spoken(messages):
            threads.setdefault((channel, str(message.get("thread_ts") or message["ts"])), []).append((file, message))
    return [heard for thread in threads.values() if (heard := _heard(days, thread, names)).text]


def _spoken(messages: Any) -> Iterator[dict[str, Any]]:
    for message in messages if isinstance(messages, list) else ():
        if isinstance(message, dict) and "ts" in message and message.get("subtype") in _KEPT and not message.get("bot_id"):
            yield message


def _heard(days: Mapping[str, tuple[str, Any]], thread: list[tuple[str, dict[str, Any]]], names: Mapping[str, str]) -> Heard:
    once = {str(message["ts"]): (file, message) for file, message in thread}  # a reply sent to the channel too comes twice
    ordered = [once[ts] for ts in sorted(once, key=_seconds)]
    file, parent = ordered[0]
    paragraphs = (plain(str(message.get("text") or ""), names) for _, message in ordered)
    text = tidy("\n\n".join(p for p in paragraphs if p))
    return Heard(file, _line(days[file][0], str(parent["ts"])), text, said(date=_day(str(parent["ts"])), author=_author(parent, names)))


def _seconds(ts: str) -> float:
    try:
        return float(ts)
    except ValueError:
        return 0.0


def _day(ts: str) -> str:
    try:
        return iso(dt.datetime.fromtimestamp(float(ts), dt.UTC).date())
    except (ValueError, OverflowError, OSError):
        return ""


def _author(message: dict[str, Any], names: Mapping[str, str]) -> str:
    profile = message.get("user_profile")
    return str(_of(profile, "real_name") or names.get(str(message.get("user"))) or _of(profile, "name") or message.get("username") or "")


def _line(text: str, ts: str) -> int:
    at = text.find(f'"ts": "{ts}"')
    return text.count("\n", 0, at if at >= 0 else max(text.find(f'"{ts}"'), 0)) + 1


def plain(text: str, names: Mapping[str, str]) -> str:
    """Slack's own markup as words: links by their text and address, people by first name, no emoji."""

    def link(match: re.Match[str]) -> str:
        target, label = match[1], match[2]
        if target.startswith("@"):
            name = label or names.get(target[1:], "")
            return f"@{name.lstrip('@').split()[0]}" if name.strip("@ ") else "@colleague"
        if target.startswith(("#", "!")):
            return f"#{label or target[1:]}" if target[0] == "#" else f"@{(label or target[1:]).lstrip('@')}"
        if target.startswith(("mailto:", "tel:")):
            return label or target.split(":", 1)[1]
        return f"{label} ({target})" if label and label not in target else target

    return html.unescape(_EMOJI.sub("", _LINK.sub(link, text))).strip()
