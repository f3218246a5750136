"""Which words the answers hold: BM25, worked out when the index is made, so that a question only adds up. Pure.

Every word of an answer's whole text has a weight there: idf · tf · (K1 + 1) / (tf + K1 · (1 − B + B · length / mean length)).
"""

from search.pack import table_of
from search.table import as_bytes, build, floats

TYPE_CHECKING = False
if TYPE_CHECKING:  # what a cold process does not import
    from collections.abc import Sequence

    from search.pack import Pack

_K1, _B = 1.2, 0.75
MASK = "they"
"""What stands for a competitor's name in a question."""
STOP = frozenset(
    """a an the and or but if to of in on at for with by from as is are was were be been it its this that these those i we you he
    she they our your their my me us them do does did have has had will would can could should so what how who when where why there
    just""".split()
)


def words(text: str) -> list[str]:
    """Lower-case words without stop words, crudely stemmed."""
    separate = "".join(c if c.isalnum() or c == "_" else " " for c in text.lower())  # `re` costs 4 ms to import
    return [_stem(w) for w in separate.split() if w not in STOP]


def _stem(word: str) -> str:
    for ending in ("ing", "ed", "es", "s"):
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            return word[: -len(ending)]
    return word


def sections(texts: "Sequence[str]") -> dict[str, bytes]:
    """What a pack keeps of the words of all answers: a table of words, and for each the answers that hold it, with weights."""
    import math
    from array import array
    from collections import Counter

    bags = [Counter(words(text)) for text in texts]
    mean = sum(map(Counter.total, bags)) / len(bags) if bags else 0.0
    holders: dict[str, list[tuple[int, int]]] = {}
    for number, bag in enumerate(bags):
        for word, times in bag.items():
            holders.setdefault(word, []).append((number, times))
    starts, answers, weights = array("I", [0]), array("I"), array("f")
    for word in sorted(holders):
        idf = math.log(1 + (len(bags) - len(holders[word]) + 0.5) / (len(holders[word]) + 0.5))
        for number, times in holders[word]:
            length = _K1 * (1 - _B + _B * bags[number].total() / mean)
            answers.append(number)
            weights.append(idf * times * (_K1 + 1) / (times + length))
        starts.append(len(answers))
    text, offsets, slots = build(sorted(holders))
    parts = {"text": text, "offsets": offsets, "slots": slots, "starts": as_bytes(starts), "answers": as_bytes(answers)}
    return {f"words:{name}": data for name, data in parts.items()} | {"words:weights": as_bytes(weights)}


def lexical(query: str, pack: "Pack", answers: int) -> "memoryview[float]":
    """The BM25 score of every answer, 0 where no word is shared."""
    found = floats(answers)
    table = table_of(pack, "words")
    starts, holders = pack.section("words:starts", "I"), pack.section("words:answers", "I")
    weights = pack.floats("words:weights")
    for word in set(words(query)) - {MASK}:
        if (number := table.get(word)) is not None:
            for at in range(starts[number], starts[number + 1]):
                found[holders[at]] += weights[at]
    return found
