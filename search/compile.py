"""Answers and vectors → the bytes of a pack. Pure: the same in, the same bytes out."""

import json
from array import array
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from search import lexicon, pack, spelling, table
from search.answer import Answer, Passage
from search.crowding import Likeness, likeness, middle
from search.rank import RANKING, READ
from search.reading import Reading, sections
from search.related import related, starts_of
from search.table import as_bytes

if TYPE_CHECKING:
    from search.engine.model import Bert
    from search.engine.numeric import F32
    from search.shapes import Ranking


def compiled(
    answers: Sequence[Answer], passages: Sequence[Passage], vectors: "F32", names: Mapping[str, Sequence[str]],
    bert: "Bert | None", reads: Reading | None, model: str, way: str, tuned: "Mapping[str, float]",
) -> bytes:  # fmt: skip
    """The pack. `passages` are those of `answers`, in their order, as are `vectors`; `model`: its digest; `way`: see search/vectors.py.

    `reads`: what reads the first answer, if anything does. `tuned`: constants that were fitted on this knowledge base itself; without
    them the curve is moved by how alike the phrasings are.
    """
    alike = likeness(answers, starts_of(answers, passages), vectors)
    usual = READ if reads else RANKING
    unread, ranking = (_settled(base, usual, tuned, alike) for base in (RANKING, usual))
    head, made = parts(answers, passages, vectors, names, ranking, bert, model, way)
    head |= {"reader": reads.bert.head() if reads else None, "unread": unread}
    return pack.encode(head, made | (sections(answers, reads) if reads else {}))


def _settled(base: "Ranking", usual: "Ranking", tuned: Mapping[str, float], alike: Likeness | None) -> "Ranking":
    """`base` with its curve as this knowledge base has it: moved as `kb tune` moved that of `usual`, or by how alike its phrasings are."""
    if not tuned:
        return {**base, "middle": middle(base["middle"], alike)}
    return {
        **base,
        "middle": round(base["middle"] + tuned["middle"] - usual["middle"], 4),
        "steepness": round(base["steepness"] * tuned["steepness"] / usual["steepness"], 4),
    }


def parts(
    answers: Sequence[Answer], passages: Sequence[Passage], vectors: "F32", names: Mapping[str, Sequence[str]],
    ranking: "Ranking", bert: "Bert | None", model: str, way: str,
) -> tuple[dict[str, Any], dict[str, bytes]]:  # fmt: skip
    """The head and the sections of that pack."""
    starts = starts_of(answers, passages)
    facets = sorted({json.dumps(answer.facet) for answer in answers})
    numbers = {facet: n for n, facet in enumerate(facets)}
    head: dict[str, Any] = {
        "answers": len(answers), "passages": len(passages), "dimension": int(vectors.shape[1]),
        "names": {slug: list(forms) for slug, forms in names.items()}, "facets": [json.loads(facet) for facet in facets],
        "ranking": ranking, "model": bert.head() if bert else None, "digest": model, "way": way,
    }  # fmt: skip
    near = related(answers, starts, vectors)
    vocabulary = table.build(bert.vocabulary if bert else ())
    made = {
        "vectors": vectors.astype("<f4").tobytes(),
        "starts": as_bytes(array("I", starts)),
        "norms": as_bytes(array("f", _norms(starts, vectors))),
        "facets": as_bytes(array("H", (numbers[json.dumps(answer.facet)] for answer in answers))),
        **records("answers", [answer.row([answers[n].id for n in near.get(i, ())]) for i, answer in enumerate(answers)]),
        **records("passages", [[passage.id, passage.digest] for passage in passages]),
        **lexicon.sections([answer.whole for answer in answers]),
        **spelling.sections([*(answer.whole for answer in answers), *(form for forms in names.values() for form in forms)]),
        **dict(zip(("vocabulary:text", "vocabulary:offsets", "vocabulary:slots"), vocabulary, strict=True)),
    }
    return head, made


def _norms(starts: Sequence[int], vectors: "F32") -> Iterable[float]:
    """One over the length of the mean of each answer's phrasings: cosine with it = mean of the cosines · this."""
    for first, end in pairwise(starts):
        phrasings = vectors[first : max(end - 1, first + 1)]
        length = float((phrasings.mean(axis=0) ** 2).sum()) ** 0.5 if len(phrasings) else 1.0
        yield 1 / max(length, 1e-6)


def records(name: str, values: Iterable[Any]) -> dict[str, bytes]:
    """JSON values one after the other, and where each begins."""
    raw = [json.dumps(value, ensure_ascii=False, sort_keys=True).encode() for value in values]
    starts = array("Q", [0])
    for text in raw:
        starts.append(starts[-1] + len(text))
    return {name: b"".join(raw), f"{name}:starts": as_bytes(starts)}
