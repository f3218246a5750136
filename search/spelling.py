"""Misspelt words of a question, mended with the knowledge base's own words. Pure.

A word is left alone when the knowledge base or the model's vocabulary has it, or a form of it: a good word that is changed
costs more than a bad one that stays.
"""

from search.pack import table_of
from search.table import build

TYPE_CHECKING = False
if TYPE_CHECKING:  # what a cold process does not import
    from collections.abc import Iterable

    from search.pack import Pack
    from search.table import Table

SHORTEST, LONG = 4, 8
"""Letters that a word must have to be mended at all, and to be mended although two letters are wrong."""
ENDINGS = (
    "s", "es", "ed", "d", "ing", "er", "ers", "ly", "able", "ness", "less", "ful", "ish", "y", "n", "ment", "ments",
    "al", "ity", "ize", "ise",
)  # fmt: skip
BEGINNINGS = ("un", "re", "non", "pre", "over", "under", "mis", "dis", "out", "multi", "sub", "inter", "self", "co", "de", "up", "down")


def sections(texts: "Iterable[str]") -> dict[str, bytes]:
    """What a pack keeps: the words of all texts, the commonest first."""
    from collections import Counter

    counted = Counter(word for text in texts for word in _split(text.lower()) if len(word) >= SHORTEST and word.isalpha())
    text, offsets, slots = build(sorted(counted, key=lambda word: (-counted[word], word)))
    return {"spelling:text": text, "spelling:offsets": offsets, "spelling:slots": slots}


class Speller:
    """Mends questions."""

    def __init__(self, pack: "Pack", vocabulary: "Table") -> None:
        """`vocabulary`: the model's; its whole words are common ones."""
        self._own = table_of(pack, "spelling")
        self._vocabulary = vocabulary
        self._by_letter: dict[str, list[tuple[int, str]]] = {}

    def mended(self, query: str) -> str:
        """`query` with the words that are likely misspelt replaced; as it is when there are none."""
        if not len(self._vocabulary):  # a model of another shape: without its words, too few are known to be good
            return query
        return "".join(self._word(part) if len(part) >= SHORTEST and part.isalpha() else part for part in _split(query))

    def _word(self, word: str) -> str:
        low = word.lower()
        if (word.isupper() and len(word) < LONG) or self._is_good(low):
            return word
        most = 2 if len(low) >= LONG else 1
        near = [(edits, n, own) for n, own in self._beginning(low) if (edits := distance(low, own, most)) <= most]
        return min(near)[2] if near else word

    def _beginning(self, word: str) -> list[tuple[int, str]]:
        """The knowledge base's words with the first letter of `word`, or its second, should the two be swapped."""
        if not self._by_letter:
            for n, own in enumerate(self._own.words()):
                self._by_letter.setdefault(own[0], []).append((n, own))
        return [pair for letter in {word[0], word[1]} for pair in self._by_letter.get(letter, ())]

    def _is_good(self, word: str) -> bool:
        """Is it, or what it is made of, a word that somebody knows?"""
        if self._knows(word):
            return True
        stems = {word[: -len(e)] for e in ENDINGS if word.endswith(e)}
        stems |= {stem + "e" for stem in stems} | {stem[:-1] + "y" for stem in stems if stem.endswith("i")}
        stems |= {stem[:-1] for stem in stems if len(stem) > 2 and stem[-1] == stem[-2]}
        stems |= {word[len(b) :] for b in BEGINNINGS if word.startswith(b)}
        if any(len(stem) >= 3 and self._knows(stem) for stem in stems):
            return True
        return any(self._knows(word[:n]) and self._knows(word[n:]) for n in range(4, len(word) - 3))  # "spreadsheet"

    def _knows(self, word: str) -> bool:
        return self._own.get(word) is not None or self._vocabulary.get(word) is not None


def _split(text: str) -> list[str]:
    """Runs of letters, and what is between them; joined, the text again."""
    parts, start = [], 0
    for n in range(1, len(text) + 1):
        if n == len(text) or text[n].isalpha() != text[start].isalpha():
            parts.append(text[start:n])
            start = n
    return parts


def distance(one: str, two: str, most: int) -> int:
    """Letters to drop, add, change or swap with their neighbour to make `two` of `one`; some number above `most` when it is more.

    The first letter must be right, or swapped: fingers rarely miss it, and it keeps other words out.
    """
    if abs(len(one) - len(two)) > most or (one[0] != two[0] and one[:2] != two[1::-1]):
        return most + 1
    before: list[int] = []
    row = list(range(len(two) + 1))
    for i, a in enumerate(one, 1):
        older, before, row = before, row, [i]
        for j, b in enumerate(two, 1):
            cost = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (a != b))
            if i > 1 and j > 1 and a == two[j - 2] and one[i - 2] == b:
                cost = min(cost, older[j - 2] + 1)
            row.append(cost)
        if min(row) > most:
            return most + 1
    return row[-1]
