"""What the world published, as inert text inside Markdown and YAML.

Every character that Markdown, an extension of it, HTML or a template could act on becomes a numeric entity *before*
Markdown sees it; cleaning after the fact lets through what an extension makes later. The way back is exact.
"""

import html
import re
import unicodedata

_ACTIVE = re.compile(r"[&<>\"`*_\[\]{}|\\~^$]|#+$")
_INVISIBLE = {"\u200b", "\u2028", "\u2029", "\ufeff"}


def one_line(text: str) -> str:
    """`text` on one line: white space folded, control characters, bidi overrides and invisible breaks removed."""
    visible = (" " if c in "\t\n\r\f\v\x1c\x1d\x1e\x1f\x85\u2028\u2029" else c for c in text)
    kept = (c for c in visible if c not in _INVISIBLE and unicodedata.category(c) not in ("Cc", "Cf", "Cs", "Co", "Cn"))
    return " ".join("".join(kept).split())


def escape(text: str) -> str:
    """One line of plain text as Markdown that renders as exactly that text."""
    return _ACTIVE.sub(lambda m: "".join(f"&#{ord(c)};" for c in m[0]), text)


def unescape(text: str) -> str:
    """The inverse: `unescape(escape(one_line(x))) == one_line(x)`."""
    return html.unescape(text)
