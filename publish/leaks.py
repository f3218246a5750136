"""The last look before a site leaves the house: is there an internal word in any byte of it? Pure but for reading the files given.

This reads docs/ by itself, line by line, and shares nothing with publish/audience.py: a mistake there is to be found here.
"""

import gzip
import hashlib
import html
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

RUN = 6
"""Words in a row that only an internal text has."""
STITCH = 4
"""A run that begins or ends with as many words of a shared text is that text, next to something: a title in a list, say."""
_WORD = re.compile(r"[^\W_]+")
_LETTERS = re.compile(r"[^\W\d_]")
_TAG = re.compile(r"<[^<>]*>")
_MARKED = re.compile(r"\{[^{}\n]*\.(internal|external-ok)(?![\w-])[^{}\n]*\}[ \t]*\|?[ \t]*$")
_HEAD = re.compile(r"(#{1,6}) ")
_COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.S)


def split(text: str, external: bool) -> tuple[list[str], list[str]]:
    """The lines of a Markdown file's body as (internal, external); `external` is what the file itself is for."""
    inside: list[str] = _COMMENT.findall(text)
    outside: list[str] = []
    heading: tuple[int, bool] | None = None
    for block in _blocks(_COMMENT.sub("", text)):
        head, mark = _HEAD.match(block), _mark(block)
        if head and heading and len(head[1]) <= heading[0]:
            heading = None
        if head and mark:
            heading = (len(head[1]), mark == "external-ok")
        shown = mark == "external-ok" if mark else heading[1] if heading else external
        (outside if shown else inside).append(block)
    return inside, outside


def _mark(block: str) -> str | None:
    marks = [found[1] for line in block.split("\n") if (found := _MARKED.search(line))]
    return "internal" if "internal" in marks else next(iter(marks), None)


def _blocks(text: str) -> Iterator[str]:
    """Pieces that a mark speaks for: a list item, a row, a heading, a paragraph."""
    piece: list[str] = []
    for line in text.split("\n"):
        if piece and (not line.strip() or re.match(r"\s*(?:[-*+]|\d+[.)])\s|\||#{1,6} ", line)):
            yield "\n".join(piece)
            piece = []
        if line.strip():
            piece.append(line)
    if piece:
        yield "\n".join(piece)


class Watch:
    """The words and runs of words that must not get out."""

    def __init__(self, internal: Iterable[str], external: Iterable[str], program: Iterable[str]) -> None:
        inside = [_words(text) for text in internal]
        known = [_words(text) for text in [*external, *program]]
        self.words = {word for words in inside for word in words if len(word) > 3 and _LETTERS.search(word)}
        """Words that stand in no text that may be shared, nor in the program's own."""
        self.words -= {word for words in known for word in words}
        said = {part for words in known for part in _runs(words, STITCH)}
        self.runs = {
            run for words in inside for run in _runs(words) if not {_cut(run, slice(STITCH)), _cut(run, slice(-STITCH, None))} & said
        }

    def found(self, data: bytes) -> list[str]:
        """What of it is in `data`, as it stands, unpacked, or behind entities and JSON escapes."""
        if data[:2] == b"\x1f\x8b":
            data = gzip.decompress(data)
        text = data.decode("utf-8", "replace")
        text = re.sub(r"\\u([0-9a-fA-F]{4})", lambda m: chr(int(m[1], 16)), html.unescape(html.unescape(text)))
        told = set(_words(text)) & self.words
        bare = _words(_TAG.sub(" ", re.sub(r"\\[nrt]", " ", text)))
        return [*sorted(told), *sorted(set(_runs(bare)) & self.runs)]


def _words(text: str) -> list[str]:
    return [word.lower() for word in _WORD.findall(text)]


def _runs(words: list[str], length: int = RUN) -> Iterator[str]:
    return (" ".join(words[n : n + length]) for n in range(len(words) - length + 1))


def _cut(run: str, part: slice) -> str:
    return " ".join(run.split(" ")[part])


def leaks(site: Path, watch: Watch, program: Iterable[Path], vocabulary: bytes = b"") -> list[tuple[Path, str]]:
    """File and words for every leak in the site, its files' names included.

    What is byte for byte a file of the program's is not read, nor is the model's `vocabulary`, a block of the lookup's data.
    """
    own = {_digest(path) for path in program}
    found = []
    for path in sorted(p for p in site.rglob("*") if p.is_file() and _digest(p) not in own):
        name = path.relative_to(site).as_posix()
        data = path.read_bytes()
        data = data.replace(vocabulary, b"\n") if vocabulary else data
        found += [(path, words) for words in [*watch.found(name.encode()), *watch.found(data)]]
    return found


def _digest(path: Path) -> bytes:
    return hashlib.sha256(path.read_bytes()).digest()
