"""Front matter: the YAML between two `---` lines, with the line of every key."""

import re
from dataclasses import dataclass
from datetime import date, datetime
from io import StringIO
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from kb.errors import MarkdownError

CONFLICT = re.compile(r"^(?:<{7}|>{7}) ", re.M)


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


def read(text: str, path: str) -> FrontMatter:
    """Split `text` and parse its YAML.

    Raises MarkdownError with path and line for a merge conflict, a missing or unclosed block, and broken YAML.
    """
    text = text.lstrip("\ufeff").replace("\r\n", "\n")
    if conflict := CONFLICT.search(text):
        line = text.count("\n", 0, conflict.start()) + 1
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
    try:
        data: Any = YAML(typ="rt", pure=True).load(block)
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 2 if mark else 2
        cause = error.problem or error.context or "not valid"
        raise MarkdownError(path, line, f"the front matter is not valid YAML: {cause}") from None
    except (YAMLError, ValueError, RecursionError) as error:
        raise MarkdownError(path, 2, f"the front matter is not valid YAML: {error}") from None
    if data is None:
        return {}, {}
    if not isinstance(data, CommentedMap):
        raise MarkdownError(path, 2, "the front matter must be lines of `key: value`")
    return dict(data), {str(k): data.lc.key(k)[0] + 2 for k in data}


def write(values: dict[str, Any], body: str) -> str:
    """Front matter and body as one text; absent (None, empty) values are left out."""
    yaml = YAML(typ="safe", pure=True)
    yaml.default_flow_style = False
    yaml.sort_base_mapping_type_on_output = False  # type: ignore[assignment]  # keeps the order given; the library declares None
    yaml.width = 10_000
    yaml.allow_unicode = True
    out = StringIO()
    kept = {k: v for k, v in values.items() if v not in (None, [], "")}
    yaml.dump(kept, out)
    return f"---\n{out.getvalue()}---\n\n{body.strip(chr(10))}\n"
