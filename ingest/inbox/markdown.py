"""Markdown and plain text: one note with front matter, several between rules or under H2 headings, or the whole file as one. Pure."""

import re
from collections.abc import Iterator

from ingest.dates import find_date
from ingest.inbox.heard import FIELDS, Heard, iso, said, tidy
from kb import frontmatter

_RULE = re.compile(r"^(?:-{3,}|\*{3,}|_{3,})\s*$")
_H2 = re.compile(r"^## +(.*?)[ #]*$")
_FENCE = re.compile(r"^\s{0,3}(```|~~~)")


def read(text: str, file: str) -> list[Heard]:
    """The notes of a file. Raises MarkdownError (path, line) for front matter that cannot be understood."""
    text = text.lstrip("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    if re.match(r"---[ \t]*\n\s*\w[\w -]*:", text):
        front = frontmatter.read(text, file)
        values = said(**{key: front.text(key) for key in FIELDS})
        return [Heard(file, front.body_line, tidy(front.body), values)]
    return [heard for line, head, body in _pieces(text) if (heard := _heard(file, line, head, body)).text]


def _pieces(text: str) -> Iterator[tuple[int, str, str]]:
    """(line, heading, body) of what stands between rules and headings; fences hide both."""
    line, head, fence = 1, "", ""
    body: list[str] = []
    for n, raw in enumerate(text.split("\n"), 1):
        if mark := _FENCE.match(raw):
            fence = "" if fence == mark[1] else fence or mark[1]
        heading = None if fence else _H2.match(raw)
        if heading or (not fence and _RULE.match(raw)):
            yield line, head, "\n".join(body)
            line, head, body = n if heading else n + 1, heading[1] if heading else "", []
        else:
            body.append(raw)
    yield line, head, "\n".join(body)


def _heard(file: str, line: int, head: str, body: str) -> Heard:
    """A date in the heading is the note's day; what else the heading says is its first sentence."""
    found = find_date(head)
    if found:
        head = f"{head[: found[1]]} {head[found[2] :]}"
    head = re.sub(r"\s+", " ", head).strip(" -–—:·|,.")
    begins = re.match(r"(?:\s*# .*(?:\n|\Z))?\s*", body)  # the title of the whole file is nobody's note
    skipped = body.count("\n", 0, begins.end()) if begins and not head else 0
    body = body[begins.end() :] if begins else body
    text = tidy(f"{head}.\n\n{body}" if head and body.strip() else body)
    return Heard(file, line + skipped, text, said(date=iso(found[0] if found else None)))
