"""Which answer fits the question, and how sure that is. Pure: similarities and words in, ranked answers out.

score = mean of the best phrasing and the whole entry (cosine) + LEXICAL · saturated BM25 + BOOST for the competitor named;
probability = logistic(STEEPNESS · (score − MIDDLE)), fitted on the dev half of tests/golden.jsonl (docs/design/index.md).
"""

import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from search.answer import Answer

LEXICAL = 0.2
SATURATION = 6.0
BOOST = 0.06
OTHER_KINDS = 0.08
"""What an answer that is no objection loses: the buyer spoke, so an objection comes first when scores are close."""
CANDIDATES = 100
STEEPNESS = 8.23
MIDDLE = 0.409
_K1, _B = 1.2, 0.75
_STOP = frozenset(
    """a an the and or but if to of in on at for with by from as is are was were be been it its this that these those i we you he
    she they our your their my me us them do does did have has had will would can could should so what how who when where why there
    just""".split()
)


@dataclass(frozen=True)
class Hit:
    """An answer with its probability of being right."""

    answer: Answer
    score: float


def words(text: str) -> list[str]:
    """Lower-case words without stop words, crudely stemmed."""
    return [_stem(w) for w in re.findall(r"\w+", text.lower()) if w not in _STOP]


def _stem(word: str) -> str:
    for ending in ("ing", "ed", "es", "s"):
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            return word[: -len(ending)]
    return word


def frequencies(answers: Sequence[Answer]) -> dict[str, Any]:
    """What BM25 needs to know of all answers: in how many each word stands, how many there are, their mean length."""
    bags = [Counter(words(answer.whole)) for answer in answers]
    found = Counter(term for bag in bags for term in bag)
    return {"documents": dict(found), "count": len(bags), "mean": sum(map(Counter.total, bags)) / len(bags) if bags else 0.0}


def lexical(query: str, texts: Sequence[str], known: Mapping[str, Any]) -> list[float]:
    """BM25 of `query` against each text, saturated to 0…1; `known` as `frequencies` gives it."""
    terms = set(words(query))
    count, mean, documents = known["count"], known["mean"] or 1.0, known["documents"]
    idf = {t: math.log(1 + (count - documents[t] + 0.5) / (documents[t] + 0.5)) for t in terms if t in documents}
    found = []
    for text in texts:
        bag = Counter(words(text))
        length = _K1 * (1 - _B + _B * bag.total() / mean)
        raw = sum(weight * bag[t] * (_K1 + 1) / (bag[t] + length) for t, weight in idf.items() if bag[t])
        found.append(raw / (raw + SATURATION))
    return found


def mask(query: str, names: Mapping[str, Sequence[str]]) -> tuple[str, set[str]]:
    """`query` with competitors' names as "they", and the competitors named. `names`: slug → slug, title, aliases."""
    named: set[str] = set()
    for slug, forms in names.items():
        for form in sorted(forms, key=len, reverse=True):
            masked, times = re.subn(rf"(?<!\w){re.escape(form)}(?:'s|’s)?(?!\w)", "they", query, flags=re.I)
            if times:
                query, named = masked, named | {slug}
    return query, named


def rank(
    query: str, answers: Sequence[Answer], similarity: Mapping[str, float], named: Iterable[str], known: Mapping[str, Any]
) -> list[Hit]:
    """The likeliest answers first. `similarity`: passage id → cosine; `known`: see `frequencies`.

    Words are compared for the CANDIDATES that are nearest by meaning: words alone never lift another one to the top.
    """
    best: dict[str, float] = {}
    whole: dict[str, float] = {}
    for passage, cosine in similarity.items():
        answer, _, which = passage.rpartition(":")
        if which == "whole":
            whole[answer] = cosine
        best[answer] = max(best.get(answer, -1.0), cosine)
    near = sorted((a for a in answers if a.id in best), key=lambda a: (-best[a.id] - whole.get(a.id, best[a.id]), a.id))[:CANDIDATES]
    lexicals = lexical(query, [a.whole for a in near], known)
    wanted = set(named)
    hits = [
        Hit(a, probability(_score(a, best[a.id], whole.get(a.id, best[a.id]), lex, wanted))) for a, lex in zip(near, lexicals, strict=True)
    ]
    return sorted(hits, key=lambda hit: (-hit.score, hit.answer.id))


def _score(answer: Answer, best: float, whole: float, lex: float, named: set[str]) -> float:
    boost = BOOST if named.intersection(answer.competitors) else 0.0
    return (best + whole) / 2 + LEXICAL * lex + boost - (0.0 if answer.kind == "objection" else OTHER_KINDS)


def probability(score: float) -> float:
    """The calibrated probability that an answer of this score is right."""
    return 1 / (1 + math.exp(-STEEPNESS * (score - MIDDLE)))
