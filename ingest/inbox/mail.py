"""A mail (.eml): what its author wrote, without what was quoted, signed and attached. Pure."""

import re
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.utils import parseaddr, parsedate_to_datetime

from ingest.inbox.heard import Heard, iso, said, tidy
from ingest.inbox.page import words

_HEADERS = re.compile(rb"(?:[A-Za-z][A-Za-z0-9-]*:[^\r\n]*\r?\n(?:[ \t][^\r\n]*\r?\n)*){2,}")
_WANTED = re.compile(rb"^(?:from|date|subject|message-id|mime-version|received|return-path):", re.I | re.M)
_QUOTE_BEGINS = re.compile(
    r"^(?:-{2,} ?(?:Original Message|Ursprüngliche Nachricht) ?-{2,}|_{10,}|On .{4,120} wrote:|Am .{4,120} schrieb .{1,80}:)\s*$"
)


def is_mail(data: bytes) -> bool:
    """Does it begin with a mail's headers?"""
    head = _HEADERS.match(data.lstrip())
    return head is not None and len(set(_WANTED.findall(head[0].lower()))) >= 2


def read(data: bytes, file: str) -> list[Heard]:
    """One Heard, or none when the mail says nothing of its own."""
    message = message_from_bytes(data.lstrip(), policy=policy.default)
    subject = re.sub(r"^(?:\s*(?:re|aw|fwd?|wg):\s*)+", "", str(message["subject"] or ""), flags=re.I).strip()
    body = own_words(_body(message))
    sentence = f"{subject}." if subject and subject[-1] not in ".!?…" else subject
    text = tidy(f"{sentence}\n\n{body}" if sentence and body else sentence or body)
    name, address = parseaddr(str(message["from"] or ""))
    return [Heard(file, 1, text, said(date=_day(str(message["date"] or "")), author=name or address))] if text else []


def _body(message: EmailMessage) -> str:
    try:
        part = message.get_body(("plain", "html"))
        content = part.get_content() if part else ""
    except (LookupError, ValueError, KeyError, AttributeError):  # an unknown charset, a broken part
        raw = message.get_payload(decode=True)
        return raw.decode("utf-8", "replace") if isinstance(raw, bytes) else ""
    if part is None or not isinstance(content, str):
        return ""
    return words(content) if part.get_content_subtype() == "html" else content


def own_words(body: str) -> str:
    """Up to the signature or the quoted mail, without quoted lines."""
    kept: list[str] = []
    for line in body.replace("\r\n", "\n").split("\n"):
        if line.rstrip("\r") in ("-- ", "--") or _QUOTE_BEGINS.match(line):
            break
        if not line.startswith(">"):
            kept.append(line)
    return tidy("\n".join(kept))


def _day(value: str) -> str:
    try:
        return iso(parsedate_to_datetime(value).date())
    except (ValueError, TypeError, IndexError):
        return ""
