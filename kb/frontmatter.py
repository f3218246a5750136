"""Front matter: the YAML between two `---` lines, with the line of every key."""

import re
from dataclasses import dataclass
from datetime import date, datetime
from io import StringIO
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.reader import ReaderError

from kb import plainyaml
from kb.errors import MarkdownError

CONFLICT = re.compile(r"^(?:<{7}|>{7})(?: |$)|^\|{7} ", re.M)
_MIDDLE = re.compile(r"(?:\A|\n\n|\n---\n|^[ \t]*(?:(?:[-*+]|\d+[.)])[ \t]|[|>]|#{1,6}[ \t]).*\n)={7}$", re.M)
"""What is left of a merge when only its first and last marks were deleted; under a line of plain text it would be a heading,
under a list item, a row, a quotation or a heading it is nothing."""
_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")
_SAID = {
    "mapping values are not allowed": 'a colon within a value: put the value in quotes, as in `title: "Acme: the card"`',
    "duplicate key": "a key stands there twice: keep one of the two",
    "found unexpected end of stream": "a quote is opened and not closed",
    "unknown escape": "a backslash in double quotes: use single quotes",
    "that cannot start any token": "a value must not begin with this character: put it in quotes",
    "undefined alias": "a value must not begin with `*`: put it in quotes",
    "could not determine a constructor": "a value must not begin with `!`: put it in quotes",
    "expected ',' or": "a list or braces are not closed: `[one, two]`, `{on: 2026-10-02, by: dana}`",
    "could not find expected ':'": "a line that is no `key: value`",
    "expected <block end>": "a line is indented unlike the lines around it, or has words after a closing quote",
    "expected the node content": "a value is missing, or begins with a character that must stand in quotes",
    "expected a mapping": "a key must not be `<<`",
    "but found another document": "a line `...` or `%…` within the front matter: delete it",
    "incompatible YAML document": "a line `...` or `%…` within the front matter: delete it",
    "special characters are not allowed": "a character that cannot be seen: delete it and type the line anew",
}
"""What the YAML library says → what must be done, in plain words."""


@dataclass(frozen=True)
class FrontMatter:
    """The values, the line of each top-level key, and the Markdown that follows."""

    values: dict[str, Any]
    lines: dict[str, int]
    body: str
    body_line: int
    """Line of the file on which `body` begins."""
    path: str

    def fail(self, key: str, message: str) -> MarkdownError:
        """An error that points at `key`."""
        return MarkdownError(self.path, self.lines.get(key, 1), message)

    def text(self, key: str) -> str | None:
        """A scalar as text, None when absent or empty."""
        value = self.values.get(key)
        if isinstance(value, (list, dict)):
            raise self.fail(key, f"`{key}` must be a single value, not a list")
        return None if value is None or str(value).strip() == "" else str(value).strip()

    def required(self, key: str) -> str:
        """A scalar that must be there."""
        value = self.text(key)
        if value is None:
            raise self.fail(key, f"`{key}` is missing from the front matter: add a line `{key}: …`")
        return value

    def words(self, key: str) -> tuple[str, ...]:
        """A list of scalars; a single value counts as a list of one."""
        value = self.values.get(key) or []
        if isinstance(value, dict):
            raise self.fail(key, f"`{key}` must be a list such as [one, two]")
        return tuple(str(v).strip() for v in value) if isinstance(value, list) else (str(value).strip(),)

    def day(self, key: str) -> date | None:
        """A date, None when absent."""
        return self.as_day(key, self.values.get(key))

    def as_day(self, key: str, value: Any) -> date | None:
        """`value`, found somewhere under `key`, as a date."""
        if value is None or value == "":
            return None
        if isinstance(value, datetime):
            return value.date()
        if isinstance(value, date):
            return value
        try:
            return date.fromisoformat(str(value))
        except ValueError:
            raise self.fail(key, f'"{value}" is not a date: write it as YYYY-MM-DD') from None

    def one_of(self, key: str, allowed: tuple[str, ...], default: str | None = None) -> str:
        """A value out of a closed list."""
        value = self.text(key) or default
        if value is None:
            value = self.required(key)
        if value not in allowed:
            raise self.fail(key, f'"{key}: {value}" isn\'t one of {", ".join(allowed)}.{did_you_mean(value, allowed)}')
        return value


def did_you_mean(word: str, allowed: tuple[str, ...] | list[str]) -> str:
    """` Did you mean "x"?`, or nothing when no allowed word is near."""
    from difflib import get_close_matches  # 5 ms that only an error needs

    near = get_close_matches(word, list(allowed), n=1)
    return f' Did you mean "{near[0]}"?' if near else ""


def conflict(text: str) -> "re.Match[str] | None":
    """What looks like a git merge conflict that nobody has resolved."""
    return CONFLICT.search(text) or _MIDDLE.search(text)


def read(text: str, path: str) -> FrontMatter:
    """Split `text` and parse its YAML.

    Raises MarkdownError with path and line for a merge conflict, a missing or unclosed block, and broken YAML.
    """
    text = text.lstrip("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    if not text.strip():
        raise MarkdownError(path, 1, "the file is empty: write a card, or delete the file")
    if left := conflict(text):
        line = text.count("\n", 0, left.end()) + 1
        raise MarkdownError(path, line, "a git merge conflict is left in the file: keep one side, delete the marks")
    lines = text.split("\n")
    if lines[0].rstrip() != "---":
        raise MarkdownError(path, 1, "the file must begin with front matter between two lines `---`")
    end = next((i for i, line in enumerate(lines[1:], 1) if line.rstrip() == "---"), None)
    if end is None:
        raise MarkdownError(path, 1, "the front matter is not closed: add a line `---` after it")
    values, key_lines = _yaml("\n".join(lines[1:end]), path)
    return FrontMatter(values, key_lines, "\n".join(lines[end + 1 :]), end + 2, path)


def _yaml(block: str, path: str) -> tuple[dict[str, Any], dict[str, int]]:
    if "\t" in block:
        line = block[: block.index("\t")].count("\n") + 2
        raise MarkdownError(path, line, "a tab in the front matter: indent with spaces")
    if escaped := _SURROGATE.search(block):
        line = block.count("\n", 0, escaped.start()) + 2
        raise MarkdownError(path, line, f"`{escaped[0]}…` is half a character: type the character itself")
    if plain := plainyaml.read(block):
        return plain[0], {key: line + 2 for key, line in plain[1].items()}
    try:
        data: Any = YAML(typ="rt", pure=True).load(block)
    except MarkedYAMLError as error:
        opened = str(error.context).startswith(("while scanning", "while parsing a flow"))  # then it is the beginning that must change
        mark = (error.context_mark if opened else error.problem_mark) or error.problem_mark or error.context_mark
        line = mark.line + 2 if mark else 2
        raise MarkdownError(
            path, line, f"the front matter is not valid YAML: {_plainly(error.problem or error.context or 'not valid')}"
        ) from None
    except ReaderError as error:
        line = block.count("\n", 0, error.position) + 2
        raise MarkdownError(path, line, f"the front matter is not valid YAML: {_plainly(error.reason)}") from None
    except ValueError as error:
        raise _no_date(block, path, error) from None
    except (YAMLError, TypeError, NotImplementedError, RecursionError) as error:
        said = (str(error) or type(error).__name__).splitlines()[0]
        raise MarkdownError(path, 2, f"the front matter is not valid YAML: {said}") from None
    if data is None:
        return {}, {}
    if not isinstance(data, CommentedMap):
        raise MarkdownError(path, 2, "the front matter must be lines of `key: value`")
    return dict(data), {str(k): data.lc.key(k)[0] + 2 for k in data}


def _no_date(block: str, path: str, error: ValueError) -> MarkdownError:
    """What looks like a date to YAML is read as one, and 2026-13-45 is none."""
    for found in re.finditer(r"\b(\d{4})-(\d\d?)-(\d\d?)\b", block):
        try:
            date(*map(int, found.groups()))
        except ValueError:
            line = block.count("\n", 0, found.start()) + 2
            return MarkdownError(path, line, f'"{found[0]}" is not a date: write it as YYYY-MM-DD')
    return MarkdownError(path, 2, f"the front matter is not valid YAML: {error}")


def _plainly(said: str) -> str:
    return next((plain for sign, plain in _SAID.items() if sign in said), said.splitlines()[0])


def write(values: dict[str, Any], body: str) -> str:
    """Front matter and body as one text; absent (None, empty) values are left out."""
    kept = {k: v for k, v in values.items() if v not in (None, [], "")}
    return f"---\n{dumped(kept, 10_000)}---\n\n{body.strip(chr(10))}\n"


def dumped(value: Any, width: int) -> str:
    """YAML in blocks, mappings in the order given, lines of up to `width` characters."""
    yaml, out = YAML(typ="safe", pure=True), StringIO()
    yaml.default_flow_style, yaml.width, yaml.allow_unicode = False, width, True
    yaml.sort_base_mapping_type_on_output = False  # type: ignore[assignment]  # the library declares None, and documents a bool
    yaml.dump(value, out)
    return out.getvalue()
