"""Objections that are much alike: some belong together in a call, some should be one. Pure: vectors in, pairs out."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from search.answer import Answer, Passage

if TYPE_CHECKING:
    from search.engine.numeric import F32

RELATED, MOST = 0.5, 3
"""The least likeness (the cosine of what buyers say) at which an objection is related, and how many are named."""
BLOCK = 1_000
"""Objections that are compared with all others at once: what bounds the memory."""
PLENTY = 20_000
"""Objections above which none is called related: the work grows with the square, and would take minutes."""
SAME = 0.8
"""The likeness from which two objections are probably one: docs/design says what it finds."""


def directions(answers: Sequence[Answer], starts: Sequence[int], vectors: "F32") -> tuple[list[int], "F32"]:
    """The numbers of the objections, and the mean direction of each one's phrasings, a unit vector."""
    import numpy as np

    which = [n for n, answer in enumerate(answers) if answer.kind == "objection" and starts[n + 1] > starts[n]]
    rows = np.stack([vectors[starts[n] : max(starts[n + 1] - 1, starts[n] + 1)].mean(axis=0) for n in which]) if which else vectors[:0]
    return which, (rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-6)).astype(np.float32)


def _alike(rows: "F32", left: list[int], right: list[int], least: float) -> Iterator[tuple[int, list[tuple[float, int]]]]:
    """Each number of `left`, and those of `right` that are at least so like it: their cosines, rounded, and numbers."""
    import numpy as np

    others = rows[right].T
    for at in range(0, len(left), BLOCK):
        for i, cosines in zip(left[at : at + BLOCK], rows[left[at : at + BLOCK]] @ others, strict=True):
            alike = ((round(float(cosines[n]), 4), right[n]) for n in np.flatnonzero(cosines >= least - 1e-4))
            yield i, [(score, j) for score, j in alike if j != i and score >= least]


def related(answers: Sequence[Answer], starts: Sequence[int], vectors: "F32") -> dict[int, list[int]]:
    """Number of an objection → numbers of those that are related, the nearest first; other competitors' own are not."""
    which, rows = directions(answers, starts, vectors)
    if len(which) > PLENTY:
        return {}
    found, every = {}, list(range(len(which)))
    for i, alike in _alike(rows, every, every, RELATED):
        near = sorted((-score, which[j]) for score, j in alike if _together(answers[which[i]], answers[which[j]]))
        found[which[i]] = [n for _, n in near[:MOST]]
    return found


def same(answers: Sequence[Answer], starts: Sequence[int], vectors: "F32") -> list[tuple[Answer, Answer, float]]:
    """Pairs of objections that say much the same of the same competitor, with their likeness; the likest first."""
    which, rows = directions(answers, starts, vectors)
    found = {
        (max(i, j), min(i, j)): score
        for left, right in _heard_together([answers[n] for n in which])
        for i, alike in _alike(rows, left, right, SAME)
        for score, j in alike
    }
    return [(answers[which[i]], answers[which[j]], score) for (i, j), score in sorted(found.items(), key=lambda item: (-item[1], item[0]))]


def _heard_together(answers: Sequence[Answer]) -> Iterator[tuple[list[int], list[int]]]:
    """Numbers, and the numbers to compare them with: no competitor's with each other, a competitor's with its own and those."""
    general = [n for n, answer in enumerate(answers) if not answer.competitors]
    own: dict[str, list[int]] = {}
    for n, answer in enumerate(answers):
        for slug in answer.competitors:
            own.setdefault(slug, []).append(n)
    yield general, general
    yield from ((numbers, [*general, *numbers]) for numbers in own.values())


def starts_of(answers: Sequence[Answer], passages: Sequence[Passage]) -> list[int]:
    """The number of each answer's first passage, and the number of passages; `passages` in the order of `answers`."""
    starts, at = [0], 0
    for answer in answers:
        while at < len(passages) and passages[at].answer == answer.id:
            at += 1
        starts.append(at)
    return starts


def _together(one: Answer, two: Answer) -> bool:
    return not one.competitors or not two.competitors or bool(set(one.competitors) & set(two.competitors))
