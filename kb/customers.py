"""The names that the team keeps out of its notes: a list in a file, and where a text holds one of them."""

import re
from collections.abc import Iterable, Iterator
from functools import cached_property, lru_cache

from kb import files
from kb.config import Config
from kb.errors import USAGE, KbError

_LEGAL = (
    r"Inc|INC|Incorporated|Corp|CORP|Corporation|LLC|LLP|LTD|Ltd|Limited|PLC|plc|GmbH(?:\s*&\s*Co\.?\s*KG)?|KG|KGaA|AG|SE|SA|SAS|SARL|Srl|SRL"
    r"|SpA|BV|B\.V|NV|N\.V|AB|AS|ASA|Oy|Oyj|ApS|Pty|Pte|KK"
)
"""Legal forms as they are written: `Globex as a whole` has none."""
_TAIL = re.compile(rf"(?:,?\s+(?:{_LEGAL})\.?)+$")
_WORD = re.compile(r"\w+")


class Customers:
    """Names, ready to be looked for as whole words in any case, with a possessive or a legal form after them."""

    def __init__(self, names: Iterable[str]) -> None:
        """`names` may carry their legal form: `Globex Inc.` is also found as `Globex` and as `Globex Ltd`."""
        self.names = tuple(sorted({bare for name in names if len(bare := _bare(name)) > 1}, key=lambda n: (-len(n), n)))

    @cached_property
    def _by_first_word(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for name in self.names:
            found.setdefault(_WORD.findall(name)[0].lower(), []).append(name)
        return found

    def find(self, text: str) -> Iterator[tuple[int, int]]:
        """Where a name stands: (start, end) in order. Ten thousand names cost no more than the few whose first word is there."""
        words = {word.lower() for word in _WORD.findall(text)}
        there = tuple(name for first in sorted(words & self._by_first_word.keys()) for name in self._by_first_word[first])
        return (match.span() for match in _pattern(there).finditer(text)) if there else iter(())


NOBODY = Customers(())


def _bare(name: str) -> str:
    bare = _TAIL.sub("", name.strip()) or name.strip()
    return bare if _WORD.search(bare) else ""


@lru_cache(maxsize=256)
def _pattern(names: tuple[str, ...]) -> re.Pattern[str]:
    longest_first = sorted(names, key=lambda n: -len(n))
    forms = "|".join(r"[\W_]{1,3}".join(re.escape(word) for word in re.split(r"[\W_]+", name) if word) for name in longest_first)
    return re.compile(
        rf"(?<!\w)(?:{forms})(?-i:(?:,?\s{{1,3}}(?:{_LEGAL}|Co|Company|Group|Holdings?)(?!\w)\.?){{1,2}})?(?:['’]s)?(?!\w)", re.I
    )


def load(config: Config) -> Customers:
    """The list that kb.toml names: one name a line, `#` begins a comment; nobody when it names none.

    Raises KbError (wrong usage) when the file is missing or lies where the site would publish it: a name that reaches git
    history stays there, so nothing is written without the list that was promised.
    """
    if not config.customers:
        return NOBODY
    path = config.root / config.customers
    if path.resolve().is_relative_to(config.docs.resolve()):
        raise KbError(config.customers, "lies under docs/, where it would be published: keep the list of customers beside kb.toml", USAGE)
    if not path.is_file():
        raise KbError(config.customers, "is missing: [notes] customers in kb.toml names it; ask whoever keeps the list", USAGE)
    lines = (line.split("#", 1)[0].strip() for line in files.read(path).lstrip("\ufeff").splitlines())
    return Customers(line for line in lines if line)
