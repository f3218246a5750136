"""A Teams export: Microsoft Graph's chatMessage, as a list or in `value`. Replies stay with what they answer. Pure."""

from typing import Any

from ingest.inbox.heard import Heard, day_of, said, tidy
from ingest.inbox.page import words


def messages(data: Any) -> list[dict[str, Any]] | None:
    """The messages, replies among them; None when this is no Teams export."""
    listed = data.get("value") if isinstance(data, dict) else data
    if not isinstance(listed, list):
        return None
    found = [m for m in listed if isinstance(m, dict) and "createdDateTime" in m]
    if listed and not found:
        return None
    replies = [{"replyToId": m.get("id"), **r} for m in found for r in m.get("replies") or () if isinstance(r, dict)]
    return [*found, *replies]


def read(found: list[dict[str, Any]], text: str, file: str) -> list[Heard]:
    """One Heard a conversation; what was deleted, and what the system or a bot says, is skipped."""
    threads: dict[str, list[dict[str, Any]]] = {}
    for n, message in enumerate(found):
        if _spoken(message):
            threads.setdefault(str(message.get("replyToId") or message.get("id") or n), []).append(message)
    return [heard for thread in threads.values() if (heard := _heard(thread, text, file)).text]


def _spoken(message: dict[str, Any]) -> bool:
    kind = message.get("messageType", "message")
    return kind == "message" and not message.get("deletedDateTime") and bool(_user(message)) and isinstance(message.get("body"), dict)


def _user(message: dict[str, Any]) -> dict[str, Any]:
    sender = message.get("from")
    user = sender.get("user") if isinstance(sender, dict) else None
    return user if isinstance(user, dict) else {}


def _heard(thread: list[dict[str, Any]], text: str, file: str) -> Heard:
    ordered = sorted(thread, key=lambda m: (bool(m.get("replyToId")), str(m.get("createdDateTime"))))
    first = ordered[0]
    created = str(first.get("createdDateTime") or "")
    body = tidy("\n\n".join(part for part in map(_words, ordered) if part))
    line = text.count("\n", 0, max(text.find(f'"{first.get("id") or created}"'), 0)) + 1
    return Heard(file, line, body, said(date=day_of(created), author=str(_user(first).get("displayName") or "")))


def _words(message: dict[str, Any]) -> str:
    content = str(message["body"].get("content") or "")
    return words(content) if str(message["body"].get("contentType", "")).lower() == "html" else tidy(content)
