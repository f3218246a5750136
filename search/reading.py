"""What a pack holds of the model that reads the first answer (search/reader.py): made with the index, out of the files."""

from array import array
from collections.abc import Sequence
from dataclasses import dataclass

from search.answer import Answer
from search.engine import adapter
from search.engine.model import Bert, load, weights_of
from search.engine.wordpiece import token_ids
from search.reader import ANSWER, NAME
from search.table import as_bytes


@dataclass(frozen=True)
class Reading:
    """The model as it is installed."""

    bert: Bert
    weights: str
    """Its file."""
    last: tuple[float, ...]
    """Its last layer: the weights of the one output, and the bias."""


def reading(bert: Bert | None) -> Reading | None:
    """The model that reads, for an index whose passages are embedded by `bert`; None when their words differ."""
    folder = str(adapter.folder(NAME)) if bert else ""
    own = load(folder) if bert else None
    if own is None or bert is None or own.vocabulary != bert.vocabulary:
        return None
    last = adapter.head(NAME)
    return Reading(own, weights_of(folder), (*map(float, last["head.weight"][0]), float(last["head.bias"][0])))


def sections(answers: Sequence[Answer], model: Reading) -> dict[str, bytes]:
    """The tokens that are read of each answer, behind those of a question, and the last layer."""
    numbers = {word: n for n, word in enumerate(model.bert.vocabulary)}
    tokens, starts = array("H"), array("I", [0])
    for answer in answers:
        tokens.extend(token_ids(answer.whole, numbers.get, ANSWER + 2)[1:])
        starts.append(len(tokens))
    return {"reading": as_bytes(tokens), "reading:starts": as_bytes(starts), "reading:last": as_bytes(array("f", model.last))}
