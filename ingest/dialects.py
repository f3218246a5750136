"""Inline markup of every dialect → the three marks of `kb.inline`: code, bold, links to the web. Pure."""

import re

_IMAGE = re.compile(r"!\[([^\[\]]*)\]\([^()\s]*(?:\s+\"[^\"]*\")?\)")
_LINK = re.compile(r"(?<!!)\[((?:[^\[\]]|\[[^\[\]]*\])+)\]\(\s*<?([^\s()<>]*(?:\([^\s()]*\)[^\s()<>]*)*)>?(?:\s+[\"'][^\"')]*[\"'])?\s*\)")
_RST_LINK = re.compile(r"`([^`<>]+?)\s*<(https?://[^\s<>`]+)>`__?")
_RST_ROLE = re.compile(r":[a-z][\w:.-]*:`([^`<>]+?)(?:\s*<[^<>`]*>)?`", re.I)
_DOUBLE = re.compile(r"``(?!`)([^`]+?)``(?!`)")
_ADOC_LINK = re.compile(r"(?:link:)?(https?://[^\s\[\]]+)\[([^\[\]]*)\]")
_ADOC_REF = re.compile(r"\{[a-z][\w-]*\}[\w/.-]*\[([^\[\]]+)\]")
_AUTO = re.compile(r"<(https?://[^\s<>]+)>")
_BOLD = re.compile(r"(?<![\w_])__(?=[^\s_])([^_\n]+?)(?<=\S)__(?![\w_])")


def marks(text: str) -> str:
    """`text` with the marks of `kb.inline` and no others that are known; links that lead nowhere on the web become their words."""
    text = _IMAGE.sub(r"\1", text)
    text = _RST_LINK.sub(lambda m: _web(m[1], m[2]), text)
    text = _DOUBLE.sub(r"`\1`", _RST_ROLE.sub(r"`\1`", text))
    text = _LINK.sub(lambda m: _web(m[1], m[2]), text)
    text = _ADOC_REF.sub(r"\1", _ADOC_LINK.sub(lambda m: _web(m[2] or m[1], m[1]) if _outside(m) else m[0], text))
    return _BOLD.sub(r"**\1**", _AUTO.sub(lambda m: _web(m[1], m[1]), text))


def _outside(match: re.Match[str]) -> bool:
    """Not the address of a link that is done already."""
    return match.string[max(match.start() - 2, 0) : match.start()] != "]("


def _web(words: str, url: str) -> str:
    words = " ".join(re.sub(r"[\[\]]", "", words).split())
    if not re.match(r"https?://[^\s/]", url) or not words:
        return words
    return f"[{words}]({re.sub(r'[^A-Za-z0-9_.~:/?#@!&=%+,;-]', lambda m: _percent(m[0]), url)})"


def _percent(char: str) -> str:
    return "".join(f"%{byte:02X}" for byte in char.encode("utf-8", "replace"))
