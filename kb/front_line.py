"""One key of a file's front matter changed, and nothing else: comments, order and spacing of all other lines stay. Pure."""

import re


def with_line(text: str, key: str, line: str) -> str:
    """`text` with the front matter's `key` written as `line`; a value over several lines is replaced whole, a missing key is added."""
    end_of_line = "\r\n" if "\r\n" in text.partition("\n")[0] + "\n" else "\n"
    lines = text.splitlines(keepends=True)
    close = next(n for n, one in enumerate(lines[1:], 1) if one.rstrip() == "---")
    first = next((n for n in range(1, close) if re.match(rf"{re.escape(key)}\s*:", lines[n])), None)
    if first is None:
        return "".join([*lines[:close], line + end_of_line, *lines[close:]])
    last = first + 1
    while last < close and (lines[last][:1] in (" ", "\t", "-") or not lines[last].strip()):
        last += 1
    return "".join([*lines[:first], line + end_of_line, *lines[last:]])
