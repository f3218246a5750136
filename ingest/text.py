"""Plain-text changelogs (Markdown, reStructuredText, AsciiDoc, ruled text) as blocks. Pure: text in, blocks out."""

import re
from collections.abc import Iterator
from html import unescape

from ingest.blocks import Block
from ingest.versions import is_plain_release_line

_ATX = re.compile(r"^ {0,3}(#{1,6})(?:[ \t]+|(?=\[?v?\d+\.))(.*?)[ \t#]*$")
_ASCIIDOC = re.compile(r"^(={1,6}) +(\S.*?)(?: +=+)?$")
_RULE = re.compile(r"^([=\-~^\"'*+#`:.])\1{2,}[ \t]*$")
_ITEM = re.compile(r"^([ \t]*)(?:[-*+•][ \t]+|\*{2,5} |\d{1,3}[.)][ \t]+)(.*)$")
_JSX = re.compile(r"^\s*<(?:Update|Release|ReleaseNote|Version)\s([^<>]*)>\s*$")
"""A documentation site's own element around a release."""
_HTML_HEADING = re.compile(r"^\s*<h([1-6])\b[^>]*>(.*?)</h\1>\s*$", re.I)


def text_blocks(text: str) -> list[Block]:
    """Blocks of a changelog, whatever light markup it uses."""
    lines = _without_comments(text.replace("\r\n", "\n").replace("\r", "\n").replace("\x00", "")).split("\n")
    end = _front_matter_end(lines)
    return [*_front_matter(lines[:end]), *_blocks(lines, end)]


def _front_matter_end(lines: list[str]) -> int:
    if lines and lines[0].rstrip() == "---":
        return next((i + 1 for i, line in enumerate(lines[1:400], 1) if line.rstrip() == "---"), 0)
    return 0


def _front_matter(lines: list[str]) -> Iterator[Block]:
    """A page a release: its front matter says which and when."""
    values = dict(re.findall(r"""^(\w+):\s*["']?(.*?)["']?\s*$""", "\n".join(lines), re.M))
    version = values.get("version")
    day = next((values[key] for key in ("releaseDate", "release_date", "date") if key in values), "")
    if version:
        yield Block("heading", f"Version {version} {day}".strip(), 1)


def _without_comments(text: str) -> str:
    """Closed comments that begin a line go, and those within a line; an unclosed one, or code that looks like one, hides nothing."""
    text = re.sub(r"^[ \t]*<!--(?!#).*?-->", lambda m: "\n" * m[0].count("\n"), text, flags=re.S | re.M)
    text = re.sub(r"<!--(?!#)[^\n]*?-->", "", text)
    return re.sub(r"^////+\n.*?^////+$", lambda m: "\n" * m[0].count("\n"), text, flags=re.S | re.M)


def _blocks(lines: list[str], start: int) -> Iterator[Block]:
    levels: dict[str, int] = {}
    fence = ""
    skip = -1
    for n in range(start, len(lines)):
        line = lines[n]
        if fence or n <= skip:
            fence = "" if fence and line.strip().startswith(fence) else fence
        elif _starts_fence(lines, n):
            fence = line.strip()[:3]
        elif (level := _underlined(lines, n, levels)) is not None:
            skip = n + 1
            yield Block("heading", line.strip(), level)
        else:
            yield from _line(line)


def _starts_fence(lines: list[str], n: int) -> bool:
    """Code fences; an unclosed one hides nothing."""
    match = re.match(r"^ {0,3}(```+|~~~~*)", lines[n])
    if not match or (_RULE.match(lines[n]) and lines[n].strip()[0] == "~"):
        return False
    return any(line.strip().startswith(match[1][:3]) for line in lines[n + 1 : n + 400])


def _underlined(lines: list[str], n: int, levels: dict[str, int]) -> int | None:
    """Level of the setext, reStructuredText or ruled heading at line `n`; levels are given as the marks appear."""
    line = lines[n]
    rule = _RULE.match(lines[n + 1]) if n + 1 < len(lines) else None
    if not rule or not line.strip() or _RULE.match(line) or _ITEM.match(line) or line.startswith((" ", "\t", "|", ">")):
        return None
    overlined = n > 0 and bool(_RULE.match(lines[n - 1]))
    if len(rule[0].strip()) < min(len(line.strip()), 3) or (rule[1] in "-*" and len(line) > 120):
        return None
    return levels.setdefault(f"{rule[1]}{overlined}", len(levels) + 1)


def _line(raw: str) -> Iterator[Block]:
    line = unescape(raw) if "&" in raw else raw
    if (match := _ATX.match(line)) or (match := _ASCIIDOC.match(line)):
        yield Block("heading", match[2], len(match[1]))
    elif match := _HTML_HEADING.match(line):
        yield Block("heading", re.sub(r"<[^>]*>", "", match[2]), int(match[1]))
    elif match := _JSX.match(line):
        yield Block("heading", " ".join(re.findall(r"""(?:label|version|title|date|description)=["']([^"']*)["']""", match[1])), 2)
    elif line.startswith("* ") and is_plain_release_line(line):
        yield Block("heading", line[2:].strip(), 0)  # GNU's outline: `* Noteworthy changes in release 4.9`
    elif match := _ITEM.match(line):
        yield Block("item", match[2].strip(), 1 + len(match[1].expandtabs(4)) // 2)
    elif line.startswith("|") and line.rstrip().endswith("|"):
        yield from (Block("text", cell.strip()) for cell in line.strip(" |").split("|") if cell.strip(" :-"))
    elif _RULE.match(line) or not line.strip():
        yield Block("text", "")
    elif is_plain_release_line(line):
        yield Block("heading", line.strip(), 0)
    else:
        yield Block("text", line.strip())
