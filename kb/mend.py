"""What has only one right answer, mended in a file's text: nothing else in it moves. Pure: text in, text and what was done out."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from difflib import get_close_matches

from kb.markdown import in_code
from kb.model import CLAIM_SECTIONS, SECTIONS
from kb.schema import choices, kind_of


@dataclass(frozen=True)
class Mend:
    """One thing put right."""

    line: int
    what: str
    """What was there and what is there now: `"stage: pocc" → "stage: poc"`."""
    told: bool = True
    """Does `kb check` tell it by itself? What the parser or a check refuses anyway is not told twice."""


Step = Callable[[list[str], list[Mend]], None]
"""Changes the lines in place, and appends what it did."""

_BOM = "\ufeff"
_ODD_SPACE = re.compile("[\u00a0\u2007\u202f]")
_CURLY = re.compile(r"^([\w-]+:[ ]+|[ ]*-[ ]+)[“”„]([^“”„\"\\]*)[“”](?=\s*(?:#.*)?$)")
_LISTED = re.compile(r"([\[,{]\s*|:[ ]+)[“”„]([^“”„\"\\]*)[“”](?=\s*[,\]}])")
_BULLET = re.compile(r"^([ ]{0,3})([•◦‣▪●·])[ \t]+(?=\S)")


def mended(text: str, path: str) -> tuple[str, list[Mend]]:
    """The text of the file `path` (from the root, with the line ends that it has on disk) put right, and what was done, in order."""
    kind = kind_of(path)
    if kind is None or kind == "release-note":  # a job's file: nobody edits it, so nobody mends it
        return text, []
    done: list[Mend] = []
    lines = _plain_lines(text, done)
    steps: list[Step] = [_spaces, _tabs, _quotes, _blanks, _Words(kind), _Folder(kind, path)]
    for step in [*steps, *([_sections, _bullets] if kind == "card" else [])]:
        step(lines, done)
    return "\n".join(lines), done


def _plain_lines(text: str, done: list[Mend]) -> list[str]:
    if text.startswith(_BOM):
        done.append(Mend(1, "a byte order mark before the first line → removed"))
        text = text.lstrip(_BOM)
    if at := re.search(r"\r", text):
        line = text.count("\n", 0, at.start()) + 1
        done.append(Mend(line, "Windows line ends → plain ones"))
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    return text.split("\n")


def _front(lines: list[str]) -> range:
    """The numbers (from 0) of the lines between the two `---`; empty when there is no such block."""
    if not lines or lines[0].rstrip() != "---":
        return range(0)
    end = next((i for i, line in enumerate(lines[1:], 1) if line.rstrip() == "---"), 1)
    return range(1, end)


def _fenced(lines: list[str]) -> list[bool]:
    front = len(_front(lines)) + 1 if _front(lines) else 0
    return [False] * front + in_code(lines[front:])


def _spaces(lines: list[str], done: list[Mend]) -> None:
    odd = [i for i, line in enumerate(lines) if _ODD_SPACE.search(line)]
    for i in odd:
        lines[i] = _ODD_SPACE.sub(" ", lines[i])
    if odd:
        done.append(Mend(odd[0] + 1, f"non-breaking spaces on {_count(odd)} → plain ones"))


def _tabs(lines: list[str], done: list[Mend]) -> None:
    """Two spaces for a tab that indents, one for a tab elsewhere in the front matter: YAML takes no tab."""
    for i in _front(lines):
        if "\t" in lines[i]:
            indent = re.match(r"[ \t]*", lines[i])
            head = indent[0] if indent else ""
            lines[i] = head.replace("\t", "  ") + re.sub(r"[ \t]*\t[ \t]*", " ", lines[i][len(head) :])
            done.append(Mend(i + 1, "a tab in the front matter → spaces", told=False))


def _quotes(lines: list[str], done: list[Mend]) -> None:
    for i in _front(lines):
        shape = _LISTED if re.match(r"[\w-]+:[ ]+[\[{]", lines[i]) else _CURLY
        straight = shape.sub(r'\1"\2"', lines[i])
        if straight != lines[i]:
            lines[i] = straight
            done.append(Mend(i + 1, "curly quotes around a value → straight ones"))


def _blanks(lines: list[str], done: list[Mend]) -> None:
    """Blanks at the end of a line; two of them before a line with text are a line break in Markdown, and stay."""
    front, changed = _front(lines), list[int]()
    for i, (line, fenced) in enumerate(zip(lines, _fenced(lines), strict=True)):
        bare = line.rstrip(" \t")
        following = lines[i + 1].strip() if i + 1 < len(lines) else ""
        is_break = i not in front and bare and line.endswith("  ") and following and not bare.startswith("#")
        if bare != line and not fenced and not is_break:
            lines[i] = bare
            changed.append(i)
    if changed:
        done.append(Mend(changed[0] + 1, f"blanks at the end of {_count(changed)} → removed", told=False))


def _count(numbers: list[int]) -> str:
    return f"{len(numbers)} lines" if len(numbers) > 1 else "a line"


def near(word: str, allowed: tuple[str, ...], cutoff: float = 0.7) -> str | None:
    """The one allowed word that `word` must be a slip of; None when none is near, or two are."""
    lower = {known.lower(): known for known in allowed if known}
    if found := lower.get(word.strip().lower()):
        return found
    close = get_close_matches(word.strip().lower(), list(lower), n=2, cutoff=cutoff)
    return lower[close[0]] if len(close) == 1 else None


class _Words:
    """Slips in the words of a closed list: `stage: pocc`."""

    def __init__(self, kind: str) -> None:
        self._choices = choices(kind)

    def __call__(self, lines: list[str], done: list[Mend]) -> None:
        """Mend them where the key and its word stand on one line, or the words in a list below it."""
        key = ""
        for i in _front(lines):
            if found := re.match(r"([\w-]+):", lines[i]):
                key = found[1]
            if key in self._choices:
                cutoff = 1.0 if key == "audience" else 0.7  # who may read it is no guess: `external-no` means the contrary of its neighbour
                for slip, right in self._slips(lines[i], self._choices[key], cutoff):
                    lines[i] = re.sub(rf"(?<![\w-]){re.escape(slip)}(?![\w-])", right, lines[i], count=1)
                    done.append(Mend(i + 1, f'`{key}`: "{slip}" → "{right}"', told=False))

    def _slips(self, line: str, allowed: tuple[str, ...], cutoff: float) -> Iterator[tuple[str, str]]:
        value = re.sub(r"\s#.*$|^([\w-]+:|\s*-\s)", "", re.sub(r"\s#.*$", "", line))
        for word in re.findall(r"[\w-]+(?: [\w-]+)*", value):
            right = near(word, allowed, cutoff)
            if word not in allowed and right:
                yield word, right


class _Folder:
    """`competitor:` says the folder's name, or it says something wrong."""

    def __init__(self, kind: str, path: str) -> None:
        self._folder = None if kind == "objection" else path.split("/")[2]

    def __call__(self, lines: list[str], done: list[Mend]) -> None:
        """Mend the line, its comment kept."""
        for i in _front(lines):
            found = re.match(r"(competitor:[ ]+)(\"[^\"]*\"|'[^']*'|[^\s#\[{](?:[^#\[{]*[^\s#\[{])?)(\s*|\s+#.*)$", lines[i])
            if found and self._folder and found[2].strip("\"'") != self._folder:
                lines[i] = f"{found[1]}{self._folder}{found[3]}"
                done.append(Mend(i + 1, f'`competitor: {found[2]}` → the folder\'s name, "{self._folder}"', told=False))


def _sections(lines: list[str], done: list[Mend]) -> None:
    """Slips in the name of a section that the card does not have yet."""
    there = {line[3:].strip() for line in lines if line.startswith("## ")}
    free = tuple(name for name in SECTIONS if name not in there)
    for i, (line, fenced) in enumerate(zip(lines, _fenced(lines), strict=True)):
        name = line[3:].strip()
        if not fenced and line.startswith("## ") and name not in SECTIONS and (right := near(name, free, 0.85)):
            lines[i] = f"## {right}"
            free = tuple(other for other in free if other != right)
            done.append(Mend(i + 1, f'the section "{name}" → "{right}"', told=False))


def _bullets(lines: list[str], done: list[Mend]) -> None:
    """A bullet that a word processor draws, where a claim is to begin."""
    claims = False
    for i, (line, fenced) in enumerate(zip(lines, _fenced(lines), strict=True)):
        claims = line[3:].strip() in CLAIM_SECTIONS if line.startswith("## ") and not fenced else claims
        found = _BULLET.match(line) if claims and not fenced else None
        if found:
            lines[i] = f"{found[1]}- {line[found.end() :]}"
            done.append(Mend(i + 1, f'"{found[2]}" at the beginning of a claim → "-"', told=False))
