"""How sure a score makes us: the logistic curve through what was right and what was not. Pure."""

import math
from collections.abc import Sequence


def fit(scores: Sequence[float], right: Sequence[bool], ridge: float = 1e-3) -> tuple[float, float] | None:
    """Steepness and middle of the likeliest curve, by Newton's method; None unless some were right and some were not.

    `ridge` keeps the curve finite when a score parts the two without a mistake.
    """
    if all(right) or not any(right):
        return None
    slope, offset = 1.0, 0.0
    for _ in range(100):
        chances = [1 / (1 + math.exp(-max(-500.0, min(500.0, slope * s + offset)))) for s in scores]
        errors = [c - r for c, r in zip(chances, right, strict=True)]
        spread = [max(c * (1 - c), 1e-9) for c in chances]
        ga = sum(e * s for e, s in zip(errors, scores, strict=True)) + ridge * slope
        gb = sum(errors)
        haa = sum(w * s * s for w, s in zip(spread, scores, strict=True)) + ridge
        hab, hbb = sum(w * s for w, s in zip(spread, scores, strict=True)), sum(spread)
        determinant = haa * hbb - hab * hab
        if abs(determinant) < 1e-12:
            break
        da, db = (hbb * ga - hab * gb) / determinant, (haa * gb - hab * ga) / determinant
        slope, offset = slope - da, offset - db
        if abs(da) + abs(db) < 1e-9:
            break
    return (slope, -offset / slope) if slope > 0 else None
