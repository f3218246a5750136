"""How alike the objections of a knowledge base are, and what that does to the score from which an answer is likely right. Pure.

Where everything is about one subject (seventy-seven questions to a bank), a question that nobody answers still scores high; where
subjects differ, much lower. Without this, one curve from score to probability cannot serve both: docs/design has the figures.
"""

from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

from search.answer import Answer

if TYPE_CHECKING:
    from search.engine.numeric import F32

USUAL = 0.58
"""The crowding of the knowledge bases on which the curve was fitted: the sample's 0.58, Harborkeep's 0.57, Marlowe Desk's 0.59."""
SLOPE = 1.0
"""How much higher the middle of the curve lies, by unit of crowding."""
LEAST, MOST = 10, 500
"""Objections without which there is nothing to measure, and phrasings that are looked at: evenly spread ones, if there are more."""


def crowding(answers: Sequence[Answer], starts: Sequence[int], vectors: "F32") -> float | None:
    """How near (as a cosine) a phrasing comes to the nearest phrasing of another objection, on average; None for too few objections."""
    import numpy as np

    spans = [
        (s, max(e - 1, s + 1)) for (s, e), answer in zip(pairwise(starts), answers, strict=True) if answer.kind == "objection" and e > s
    ]
    if len(spans) < LEAST:
        return None
    owner = np.concatenate([np.full(end - start, n) for n, (start, end) in enumerate(spans)])
    rows = np.concatenate([vectors[start:end] for start, end in spans])
    asked = np.arange(0, len(rows), -(-len(rows) // MOST))
    return float(np.mean([np.where(owner == owner[n], -1, rows @ rows[n]).max() for n in asked]))


def middle(usual: float, crowded: float | None) -> float:
    """The middle of the curve in a knowledge base that is so crowded; `usual` is that of a usual one."""
    return usual if crowded is None else round(usual + SLOPE * (crowded - USUAL), 4)
