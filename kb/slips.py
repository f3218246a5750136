"""What stands in a file and is not read for a slip of the pen: a heading, a list item, an id, a key. Pure: text in, problems out."""

import re
from collections.abc import Iterator

from kb.frontmatter import did_you_mean
from kb.library import Problem
from kb.model import CLAIM_SECTIONS, SECTIONS
from kb.schema import choices, keys, kind_of

_FENCE = re.compile(r"^\s*(```|~~~)")
_HEADING = re.compile(r"^[ ]{0,3}(#{1,6}[ \t]*|\*\*|__)([^#*_\s][^*_]*?):?(?:\*\*|__|[ \t]#+)?:?[ \t]*$")
_GLUED = re.compile(r"^[ ]{0,3}(#{2,6})([^\s#].*)$")
_BULLET = re.compile(r"^[ ]{0,3}([•◦‣▪●·–—])[ \t]")
_ID = re.compile(r"(?<![\]\w])(\{[\w-]+\}|\(#[\w:.-]+\)|\{#[\w:.-]+[^{}]*\}[.,;:!]+)[ \t]*$")
_MARK = re.compile(r"\{[^{}\"]*\.((?!internal\b|external-ok\b)[\w-]*(?:ext|int)[\w-]*)[^{}]*\}[ \t]*$", re.I)
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
    section, first, fenced = "", dict[str, int](), False
    for number, line in enumerate(lines[start:], start + 1):
        fenced ^= bool(_FENCE.match(line))
        if fenced:
            continue
        if line.startswith("## "):
            section = line[3:].strip()
            if kind == "card" and section in SECTIONS and first.setdefault(section, number) != number:
                yield Problem(path, number, f'the section "{section}" begins on line {first[section]} already: put the two together')
            continue
        said = (_heading(line) if kind == "card" else _glued(line)) or _marks(line)
        if said := said or (_item(line) if kind == "card" and section in CLAIM_SECTIONS else None):
            yield Problem(path, number, said)


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
    """What is wrong with the braces at a line's end."""
    if found := _ID.search(line):
        words = re.sub(r"[^\w:.-]+", " ", found[1]).split()
        return f'"{found[1]}" is no id: write "{{#{words[0].strip(".:")}}}", and nothing behind it'
    if found := _MARK.search(line):
        return f'".{found[1]}" says nothing of who may read the line: write .{" or .".join(choices("card")["audience"])}'
    return None
