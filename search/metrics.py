"""How good a ranking is: recall, reciprocal rank, nDCG, AUROC, wrong and missed answers. Pure: outcomes in, numbers out."""

import math
import random
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

RESAMPLES = 1_000


@dataclass(frozen=True)
class Outcome:
    """What one question of the golden set got."""

    query: str
    expect: frozenset[str]
    """Ids of the right answers; empty when the question is out of scope."""
    ranked: tuple[str, ...]
    """Ids, the likeliest first, whether or not they were good enough."""
    score: float
    """Probability of the first; 0 when there is none."""
    answered: bool

    @property
    def rank(self) -> int | None:
        """Of the first right answer, from 1; None when it is not among the ranked."""
        return next((n for n, ident in enumerate(self.ranked, 1) if ident in self.expect), None)


def measures(outcomes: Sequence[Outcome]) -> dict[str, float | None]:
    """The contract's figures, None where there is nothing to measure them on."""
    inside = [o for o in outcomes if o.expect]
    outside = [o for o in outcomes if not o.expect]
    return {
        **{f"recall@{k}": _mean([o.rank is not None and o.rank <= k for o in inside]) for k in (1, 3, 5)},
        "mrr@10": _mean([1 / o.rank if o.rank and o.rank <= 10 else 0.0 for o in inside]),
        "ndcg@10": _mean([_ndcg(o) for o in inside]),
        "auroc": auroc([o.score for o in inside], [o.score for o in outside]),
        "false_answer_rate": _mean([o.answered for o in outside]),
        "missed_answer_rate": _mean([not o.answered for o in inside]),
    }


def _mean(values: Sequence[float]) -> float | None:
    return round(sum(values) / len(values), 4) if values else None


def _ndcg(outcome: Outcome) -> float:
    gains = (1 / math.log2(n + 1) for n, ident in enumerate(outcome.ranked[:10], 1) if ident in outcome.expect)
    ideal = sum(1 / math.log2(n + 1) for n in range(1, min(len(outcome.expect), 10) + 1))
    return sum(gains) / ideal


def auroc(inside: Sequence[float], outside: Sequence[float]) -> float | None:
    """Probability that a question with an answer scores higher than one without; ties count half."""
    if not inside or not outside:
        return None
    order = sorted(outside)
    wins = sum(bisect_left(order, a) + bisect_right(order, a) for a in inside) / 2
    return round(wins / (len(inside) * len(outside)), 4)


def intervals(outcomes: Sequence[Outcome], seed: int = 1) -> dict[str, tuple[float, float] | None]:
    """95 % bootstrap interval of every measure; None for one that cannot be measured."""
    rng = random.Random(seed)
    drawn = [measures(rng.choices(outcomes, k=len(outcomes))) for _ in range(RESAMPLES if outcomes else 0)]
    found = {name: sorted(value for one in drawn if (value := one[name]) is not None) for name in measures(outcomes)}
    return {name: (some[int(0.025 * len(some))], some[int(0.975 * len(some)) - 1]) if some else None for name, some in found.items()}
