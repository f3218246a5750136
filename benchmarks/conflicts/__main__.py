"""`python -m benchmarks.conflicts [--fit]`: how well contradictions between claims and release notes are found.

dev.tsv and test.tsv hold 90 lines each: a claim, a change that contradicts it, and a distractor (a change about the same subject that does
not), written for made-up products of many kinds. The word lists and weights were made on the dev half; `--fit` prints the weights anew. The
same author wrote both halves and the word lists, so the test half is a guard, not evidence. Changes of other lines are no contradiction
either: how many of those pairs are flagged is told as well, since on a card most pairs are of that kind.
"""

import sys
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from kb.config import load
from kb.wiring import embedder
from search import conflicts

HERE = Path(__file__).parent
PROJECT = HERE.parent.parent
RIDGE = 0.0005


def halves() -> dict[str, list[list[str]]]:
    return {half: [line.split("\t") for line in (HERE / f"{half}.tsv").read_text().splitlines()] for half in ("dev", "test")}


def pairs(rows: list[list[str]]) -> tuple[list[dict[str, float]], list[bool], list[dict[str, float]]]:
    """Features of every claim with its contradiction and its distractor, which of the two it is, and features of all other pairs."""
    embed = embedder(load(str(PROJECT), PROJECT))
    told = [change.split(": ", 1) for row in rows for change in row[1:]]
    alike = conflicts.likeness([row[0] for row in rows], [text for _, text in told], embed)
    own, other = [], []
    for i, row in enumerate(rows):
        for j, (kind, text) in enumerate(told):
            if alike[i, j] >= conflicts.LIKE or j // 2 == i:
                (own if j // 2 == i else other).append(conflicts.features(row[0], kind, text, float(alike[i, j])))
    return own, [n % 2 == 0 for n in range(len(own))], other


def flagged(found: dict[str, float]) -> bool:
    return found["alike"] >= conflicts.LIKE and conflicts.probability(found) >= conflicts.LIKELY


def measured(rows: list[list[str]]) -> tuple[float, float, float, list[str]]:
    """Recall, precision, flags among a thousand unrelated pairs, and what went wrong."""
    own, right, other = pairs(rows)
    yes = [flagged(found) for found in own]
    wrong = [
        f"{'missed' if r else 'false'}: {rows[n // 2][0]} | {rows[n // 2][1 + n % 2]}"
        for n, (y, r) in enumerate(zip(yes, right, strict=True))
        if y != r
    ]
    hits = sum(y and r for y, r in zip(yes, right, strict=True))
    stray = 1000 * sum(map(flagged, other)) / (2 * len(rows) * (len(rows) - 1))
    return hits / sum(right), hits / max(1, sum(yes)), stray, wrong


def fitted(rows: list[list[str]]) -> dict[str, float]:
    """The likeliest weights of a logistic curve, by Newton's method; unrelated pairs that are alike enough count as one more distractor each."""
    own, right, other = pairs(rows)
    names = list(own[0])
    x = np.array([[1.0, *(found[name] for name in names)] for found in [*own, *other]])
    y = np.array([*right, *[False] * len(other)], dtype=float)
    share: NDArray[np.float64] = np.array([1.0] * len(own) + [len(rows) / max(1, len(other))] * len(other))
    weights = np.zeros(x.shape[1])
    ridge = RIDGE * len(own) * np.diag([0.0] + [1.0] * len(names))
    for _ in range(50):
        chance = 1 / (1 + np.exp(-x @ weights))
        slope = x.T @ (share * (chance - y)) + ridge @ weights
        weights -= np.linalg.solve(x.T @ (x * (share * chance * (1 - chance))[:, None]) + ridge, slope)
    return {name: round(float(value), 2) for name, value in zip(["bias", *names], weights, strict=True)}


def main() -> None:
    every = halves()
    if "--fit" in sys.argv:
        print(
            "\n".join(f"{f'{chr(34)}{name}{chr(34)}' if ' ' in name else name} = {value}" for name, value in fitted(every["dev"]).items())
        )
        return
    for half, rows in every.items():
        recall, precision, stray, wrong = measured(rows)
        print(
            f"{half}: recall {recall:.3f}, precision {precision:.3f} ({len(rows)} contradictions, as many distractors); {stray:.1f} of 1,000 unrelated pairs flagged"
        )
        print("\n".join(f"  {line}" for line in wrong))


if __name__ == "__main__":
    main()
