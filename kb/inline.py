"""The little formatting that a release note keeps: code, bold, links to the web. All else in it is text. Pure.

A change's text is written with three marks, `` `code` ``, `**bold**` and `[words](https://…)`; everything between and within
them is plain text. Only a mark that is whole is one: what looks like half of it, or like anything else, stays what it says.
"""

import html
import re
from collections.abc import Iterator

from kb.escape import escape

_URL = r"https?://[\w.~:/?#@!&=%+,;-]+"
SPAN = re.compile(rf"`([^`\n]+)`|\*\*(?=[^\s*])([^*\n]+?)(?<=\S)\*\*|\[([^\[\]\n]*[^\[\]\s][^\[\]\n]*)\]\(({_URL})\)")
_PLAIN_CODE = re.compile(r"[\w .,:;/=+@%#'-]+")
"""Code that nothing could take for anything else, so that it can be written the usual way."""


def render(text: str) -> str:
    """The text as Markdown that shows exactly these words, code, bold and links, and does nothing."""
    return "".join(_rendered(text))


def _rendered(text: str) -> Iterator[str]:
    at = 0
    for match in SPAN.finditer(text):
        yield escape(text[at : match.start()])
        yield _span(match)
        at = match.end()
    yield escape(text[at:])


def _span(match: re.Match[str]) -> str:
    code, bold, words, url = match.groups()
    if code is not None:
        usual = _PLAIN_CODE.fullmatch(code) and code == code.strip()
        return f"`{code}`" if usual else f"<code>{escape(code)}</code>"
    if bold is not None:
        return f"**{render(bold)}**"
    return f"[{render(words)}]({url.replace('&', '&amp;')})"


def parse(markdown: str) -> str:
    """The inverse: `parse(render(text)) == text`."""
    return html.unescape(re.sub(r"</?code>", "`", markdown))


def words(text: str) -> str:
    """Only the words: no marks, links by their text."""
    return SPAN.sub(lambda m: m[1] or words(m[2] or m[3]), text)


def shorten(text: str, most: int) -> str:
    """At most `most` visible characters, cut between words and never within a mark; an ellipsis tells of the cut."""
    if len(words(text)) <= most:
        return text
    kept, left = "", most - 1
    for piece in _pieces(text):
        if len(words(piece)) > left:
            break
        kept, left = kept + piece, left - len(words(piece))
    kept = kept or words(text)[: most - 1]
    return kept.rstrip(" ,;:") + "…"


def _pieces(text: str) -> Iterator[str]:
    at = 0
    for match in SPAN.finditer(text):
        yield from re.findall(r"\S+\s*|\s+", text[at : match.start()])
        yield match[0]
        at = match.end()
    yield from re.findall(r"\S+\s*|\s+", text[at:])
