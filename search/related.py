"""Objections that are much alike: some belong together in a call, some should be one. Pure: vectors in, pairs out."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from search.answer import Answer, Passage

if TYPE_CHECKING:
    from search.engine.numeric import F32

RELATED, MOST = 0.5, 3
"""The least likeness (the cosine of what buyers say) at which an objection is related, and how many are named."""
SAME = 0.8
"""The likeness from which two objections are probably one: docs/design says what it finds."""


def likeness(answers: Sequence[Answer], starts: Sequence[int], vectors: "F32") -> tuple[list[int], "F32"]:
    """The numbers of the objections, and the cosine of each two: of the mean directions of their phrasings."""
    import numpy as np

    which = [n for n, answer in enumerate(answers) if answer.kind == "objection" and starts[n + 1] > starts[n]]
    rows = np.stack([vectors[starts[n] : max(starts[n + 1] - 1, starts[n] + 1)].mean(axis=0) for n in which]) if which else vectors[:0]
    rows = rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-6)
    return which, (rows @ rows.T).astype(np.float32)


def related(answers: Sequence[Answer], starts: Sequence[int], vectors: "F32") -> dict[int, list[int]]:
    """Number of an objection → numbers of those that are related, the nearest first; other competitors' own are not."""
    which, alike = likeness(answers, starts, vectors)
    found = {}
    for i, n in enumerate(which):
        near = sorted(((-round(float(alike[i, j]), 4), m) for j, m in enumerate(which) if m != n and _together(answers[n], answers[m])))
        found[n] = [m for score, m in near[:MOST] if -score >= RELATED]
    return found


def same(answers: Sequence[Answer], starts: Sequence[int], vectors: "F32") -> list[tuple[Answer, Answer, float]]:
    """Pairs of objections that say much the same of the same competitor, with their likeness; the likest first."""
    which, alike = likeness(answers, starts, vectors)
    pairs = [(answers[which[i]], answers[which[j]], float(alike[i, j])) for i in range(len(which)) for j in range(i) if alike[i, j] >= SAME]
    return sorted((pair for pair in pairs if _together(pair[0], pair[1])), key=lambda pair: -pair[2])


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
