"""What stands in a file and is not read for a slip of the pen: a heading, a list item, an id, a key. Pure: text in, problems out."""

import re
from collections.abc import Iterator

from kb.frontmatter import did_you_mean
from kb.library import Problem
from kb.markdown import MARKS, audience_of, in_code
from kb.model import CLAIM_SECTIONS, SECTIONS
from kb.schema import keys, kind_of
from kb.words import AUDIENCES

_HEADING = re.compile(r"^[ ]{0,3}(#{1,6}[ \t]*|\*\*|__)([^#*_\s][^*_]*?):?(?:\*\*|__|[ \t]#+)?:?[ \t]*$")
_GLUED = re.compile(r"^[ ]{0,3}(#{2,6})([^\s#].*)$")
_BULLET = re.compile(r"^[ ]{0,3}([•◦‣▪●·–—])[ \t]")
_ID = re.compile(r"(?<![\]\w])(\{[\w-]+\}|\(#[\w:.-]+\)|\{#[\w:.-]+[^{}]*\}[.,;:!]+)[ \t]*$")
_BRACES = re.compile(r"(?<![\])`])\{:?([^{}\"]*(?:\"[^{}\"]*\"[^{}\"]*)*)\}[ \t]*$")
_CLASS = re.compile(r"(?:^|\s)\.([\w-]+)")
_STRAY = re.compile(r"\{[^{}]*\b(?:internal|external-ok)\b[^{}]*\}|(?<![\w/])\(?\.(?:internal|external-ok)(?![\w-])\)?", re.I)
_ANCHOR = re.compile(r"(?<!\])\{:?[ \t]*#[^{}]*\}")
_KEY = re.compile(r"^([A-Za-z][\w-]*):")
_OF_THE_SITE = frozenset({"title", "description", "icon", "hide", "search", "status", "template", "tags", "date", "comments", "subtitle"})
"""Keys of a page that the site's theme reads on any page."""
_CALLED = {section.casefold(): section for section in SECTIONS}


def slips(text: str, path: str) -> list[Problem]:
    """Every slip in the text of the file `path` that a person writes (a card, an objection, a field note)."""
    kind = kind_of(path)
    if kind is None or kind == "release-note":
        return []
    lines = text.lstrip("\ufeff").replace("\r\n", "\n").replace("\r", "\n").split("\n")
    front = next((i for i, line in enumerate(lines[1:], 1) if line.rstrip() == "---"), 0) if lines[0].rstrip() == "---" else 0
    found = [*_keys(path, kind, lines[1:front])]
    if kind in ("card", "objection"):
        found += _body(path, kind, lines, front + 1 if front else 0)
    return found


def _keys(path: str, kind: str, front: list[str]) -> Iterator[Problem]:
    known = keys(kind)
    for number, line in enumerate(front, 2):
        if (found := _KEY.match(line)) and found[1] not in known and found[1] not in _OF_THE_SITE:
            hint = did_you_mean(found[1].lower(), known)
            yield Problem(path, number, f"`{found[1]}` is no key of a {kind.replace('-', ' ')}, so nothing reads it.{hint}", "warning")


def _body(path: str, kind: str, lines: list[str], start: int) -> Iterator[Problem]:
    """Line by line, code left out. `section` is the H2 that a line stands under."""
    section, first, coded = "", dict[str, int](), in_code(lines[start:])
    yield from _unclosed(path, lines[start:], coded, start + 1)
    coded = [code or comment for code, comment in zip(coded, _in_comment(lines[start:]), strict=True)]
    for number, (line, code) in enumerate(zip(lines[start:], coded, strict=True), start + 1):
        if code:
            continue
        if line.startswith("## "):
            section = line[3:].strip()
            if kind == "card" and section in SECTIONS and first.setdefault(section, number) != number:
                yield Problem(path, number, f'the section "{section}" begins on line {first[section]} already: put the two together')
            continue
        said = (_heading(line) if kind == "card" else _glued(line)) or _marks(line)
        if said := said or (_item(line) if kind == "card" and section in CLAIM_SECTIONS else None):
            yield Problem(path, number, said)


def _in_comment(lines: list[str]) -> list[bool]:
    """Which lines are of a comment that begins a line."""
    found, inside = list[bool](), False
    for line in lines:
        inside = inside or line.lstrip().startswith("<!--")
        found.append(inside)
        inside = inside and "-->" not in line
    return found


def _unclosed(path: str, lines: list[str], coded: list[bool], first: int) -> Iterator[Problem]:
    """A comment or a code block that runs to the end of the file: nothing in it is read, and nothing else tells."""
    opened = next((n for n, line in reversed(list(enumerate(lines))) if line.lstrip().startswith("<!--") and not coded[n]), None)
    if opened is not None and "-->" not in "\n".join(lines[opened:]):
        yield Problem(path, first + opened, "a comment `<!--` that does not end, so nothing below is read: write `-->` behind it")
    if coded and coded[-1]:
        begins = next(n for n in range(len(coded) - 1, -1, -1) if n == 0 or not coded[n - 1])
        if not in_code([*lines[begins:], "x"])[-1]:
            return
        yield Problem(path, first + begins, "a code block that does not end, so nothing below is read: repeat its fence below it")


def _heading(line: str) -> str | None:
    """What is wrong with a line that was meant as the heading of a section."""
    found = _HEADING.match(line)
    name = _CALLED.get(found[2].strip().casefold()) if found else None
    return f'"{line.strip()}" does not begin a section: write "## {name}"' if name else _glued(line)


def _glued(line: str) -> str | None:
    found = _GLUED.match(line)
    return f'"{line.strip()[:60]}" is no heading: write a blank behind the {found[1]}' if found else None


def _item(line: str) -> str | None:
    found = _BULLET.match(line)
    return f'a line that begins with "{found[1]}" is no claim: begin it with "- "' if found else None


def _marks(line: str) -> str | None:
    """What is wrong with the braces at a line's end, and with what was meant to stand there."""
    line = re.sub(r"`[^`]*`", "", line).rstrip().removesuffix("|").rstrip()
    marks = _BRACES.search(line)
    inside = re.sub(r'"[^"]*"', "", marks[1]) if marks else ""
    if wrong := next((word for word in _CLASS.findall(inside) if word not in AUDIENCES), None):
        return f'".{wrong}" says nothing of who may read the line: write .{" or .".join(AUDIENCES)}'
    read = MARKS.search(line)
    before = line[: read.start()] if read and (audience_of(line) or "#" in read[1]) else line
    if stray := _STRAY.search(before) or (_STRAY.search(line) if not audience_of(line) else None):
        right = next(word for word in AUDIENCES if word in stray[0].lower())
        return f'"{stray[0]}" says nothing of who may read the line: write {{.{right}}} at its very end'
    if found := _ID.search(line):
        words = re.sub(r"[^\w:.-]+", " ", found[1]).split()
        return f'"{found[1]}" is no id: write "{{#{words[0].strip(".:")}}}", and nothing behind it'
    if found := _ANCHOR.search(before):
        words = [*re.sub(r"[^\w:.-]+", " ", found[0]).split(), "an-id"]
        return f'"{found[0]}" is no id: write "{{#{words[0].strip(".:")}}}" at the very end of the line, and nothing behind it'
    return None
