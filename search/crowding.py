"""How alike the phrasings of a knowledge base are, and what that does to the score from which an answer is likely right. Pure.

Where everything is about one subject (seventy-seven questions to a bank), a question that nobody answers still scores high; where
an objection's phrasings hardly differ, the right answer scores higher, and so must what is given. Without this, one curve from score to
probability cannot serve all: docs/design has the figures.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from search.answer import Answer

if TYPE_CHECKING:
    from search.engine.numeric import F32

LEAST, MOST = 10, 500
"""Objections without which there is nothing to measure, and phrasings that are looked at: evenly spread ones, if there are more."""


@dataclass(frozen=True)
class Likeness:
    """How near (as cosines, on average) a phrasing comes to the nearest phrasing of …"""

    others: float
    """… another objection: how crowded the knowledge base is."""
    own: float
    """… its own objection: how much alike people hear it."""


USUAL = Likeness(0.58, 0.48)
"""About that of the knowledge bases on which the curve was fitted: the sample, Harborkeep and Marlowe Desk."""
SLOPE = Likeness(1.0, 0.3)
"""How much higher the middle of the curve lies, by unit of each."""


def likeness(answers: Sequence[Answer], starts: Sequence[int], vectors: "F32") -> Likeness | None:
    """That of the objections; None where there are too few."""
    import numpy as np

    spans = [
        (s, max(e - 1, s + 1)) for (s, e), answer in zip(pairwise(starts), answers, strict=True) if answer.kind == "objection" and e > s
    ]
    if len(spans) < LEAST:
        return None
    owner = np.concatenate([np.full(end - start, n) for n, (start, end) in enumerate(spans)])
    rows = np.concatenate([vectors[start:end] for start, end in spans])
    asked = np.arange(0, len(rows), -(-len(rows) // MOST))
    near = rows[asked] @ rows.T
    near[np.arange(len(asked)), asked] = -1
    same = owner[asked][:, None] == owner
    own = np.where(same, near, -1).max(axis=1)
    heard = own > -1
    return Likeness(float(np.where(same, -1, near).max(axis=1).mean()), float(own[heard].mean()) if heard.any() else USUAL.own)


def middle(usual: float, found: Likeness | None) -> float:
    """The middle of the curve in a knowledge base whose phrasings are so alike; `usual` is that of a usual one."""
    if found is None:
        return usual
    return round(usual + SLOPE.others * (found.others - USUAL.others) + SLOPE.own * (found.own - USUAL.own), 4)
