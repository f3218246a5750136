"""The YAML that front matter is mostly made of, read in a fraction of the library's time. Whatever is unusual is left to it. Pure.

It reads lines of `key: value`, `key: [a, b]`, `key: {a: b}` and a list of one-key lines below a key; values are words, dates and
versions that YAML takes for nothing else. A test holds it against the library.
"""

import re
from datetime import date
from typing import Any

_WORD = r"[A-Za-z](?:[!-\"$-+\--9;-Z^-z|]|\\|:(?=//)| (?=[!-\"$-+\--9;-Z^-z|]))*"
"""Printable ASCII without `#`, `,`, brackets and braces; a colon only in an address, single blanks only between words."""
_SCALAR = rf"(?:{_WORD}|\d{{4}}-\d\d-\d\d|\d+\.\d+\.\d+|\d+d|(?=\d*[a-df])[0-9a-f]{{64}})"
_LIST = rf"\[(?:{_SCALAR}(?:, {_SCALAR})*)?\]"
_MAP = rf"\{{[a-z_]+: {_SCALAR}(?:, [a-z_]+: {_SCALAR})*\}}"
_LINE = re.compile(rf"(?:([a-z][a-z_0-9]*):(?: ({_SCALAR}|{_LIST}|{_MAP}))?|  - ([a-z]+): ({_SCALAR}))")
_DATE = re.compile(r"\d{4}-\d\d-\d\d")
_SPECIAL = frozenset({"true", "false", "null", "yes", "no", "on", "off", "y", "n"})
_UNSURE = (ValueError, KeyError, TypeError)


def read(block: str) -> tuple[dict[str, Any], dict[str, int]] | None:
    """Values, and the line of each key counted from 0; None when the library should look."""
    try:
        return _read(block)
    except _UNSURE:
        return None


def _read(block: str) -> tuple[dict[str, Any], dict[str, int]]:
    values: dict[str, Any] = {}
    lines: dict[str, int] = {}
    open_lists: dict[str, list[Any]] = {}
    last = ""
    for number, line in enumerate(block.split("\n")):
        found = _LINE.fullmatch(line)
        if found is None or found[1] in values:
            raise ValueError(line)
        if found[1]:
            last, lines[found[1]] = found[1], number
            values[last] = _value(found[2]) if found[2] else None
        else:
            opened = open_lists.setdefault(last, [])
            if values[last] is not None and values[last] is not opened:
                raise ValueError(line)
            values[last] = opened
            opened.append({found[3]: _scalar(found[4])})
    return values, lines


def _value(text: str) -> Any:
    if text[0] == "[":
        return [_scalar(part) for part in text[1:-1].split(", ")] if text != "[]" else []
    if text[0] == "{":
        pairs = [part.split(": ", 1) for part in text[1:-1].split(", ")]
        if len({key for key, _ in pairs}) < len(pairs):
            raise ValueError(text)
        return {key: _scalar(value) for key, value in pairs}
    return _scalar(text)


def _scalar(text: str) -> str | date:
    if text.lower() in _SPECIAL:
        raise ValueError(text)
    return date.fromisoformat(text) if _DATE.fullmatch(text) else text
