"""What every format is read into, and how bytes become text. Pure."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from kb.errors import KbError

FIELDS = ("date", "author", "competitor", "stage", "source", "confidence", "deal", "expires")
_BOMS = ((b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be"))


@dataclass(frozen=True)
class Heard:
    """One thing that somebody wrote down, as the file has it: nothing is judged or redacted yet."""

    file: str
    line: int
    """From 1, where it begins in the file."""
    text: str
    said: Mapping[str, str] = field(default_factory=dict)
    """What the file says of it: some of FIELDS, never empty."""
    error: str | None = None
    """Why it cannot be a note, when that is known already."""


def decode(data: bytes, name: str) -> str:
    """The text of a file, by its byte order mark, else as UTF-8, else as Windows-1252, which spreadsheets still write.

    Raises KbError for what is no text.
    """
    for mark, encoding in _BOMS:
        if data.startswith(mark):
            return data[len(mark) :].decode(encoding, "replace")
    if b"\0" in data[:4096]:
        head = data[:4096]
        odd, even = head[1::2].count(0), head[::2].count(0)
        if max(odd, even) < len(head) // 4 or min(odd, even) > len(head) // 16:
            raise KbError(name, "is not text: export it as CSV, JSON, .eml, Markdown or plain text")
        return data.decode("utf-16-le" if odd > even else "utf-16-be", "replace")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode("cp1252", "replace")


def day_of(stamp: str) -> str:
    """The day of an ISO time stamp, as it is written."""
    match = re.match(r"\d{4}-\d\d-\d\d", stamp)
    return match[0] if match else stamp


def iso(day: date | None) -> str:
    """A day as text; empty when there is none."""
    return day.isoformat() if day else ""


def said(**values: str | None) -> dict[str, str]:
    """Only what is there."""
    return {key: value.strip() for key, value in values.items() if value and value.strip()}


def tidy(text: str) -> str:
    """Paragraphs without trailing blanks, at most one empty line between them."""
    lines = (line.rstrip() for line in text.replace("\r\n", "\n").replace("\r", "\n").replace("\xa0", " ").split("\n"))
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip("\n")
