"""Fits the constants of search/rank.py: on the dev halves of three sets by three authors, none of which the model was trained on.

usage: python -m benchmarks.fit

Prints what the present constants give, what a climb over each constant in turn finds on the dev halves, and what that is worth on the
test halves, which it does not look at. The ranking first (right first answers and right ones in three, each set alike), then the curve
from score to probability. People take the numbers over by hand, rounded: a set of some hundred questions does not know a third digit.
"""

import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import numpy as np
from numpy.typing import NDArray

from benchmarks.vendors import as_cards
from kb.config import Config, load
from search import golden, rank
from search.calibrate import fit
from search.denial import meant
from search.engine.numeric import Numeric
from search.index import update
from search.lexicon import lexical
from search.metrics import auroc
from search.session import Question, Session
from search.shapes import Ranking

PROJECT = Path(__file__).parent.parent
HARBORKEEP = PROJECT / "benchmarks/fitting/harborkeep"
SETS = {"sample": (PROJECT, PROJECT / "tests" / "golden.jsonl"), "harborkeep": (HARBORKEEP, HARBORKEEP / "questions.jsonl")}
STEPS = {
    "whole": (0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5),
    "centroid": (0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.5),
    "lexical": (0.1, 0.2, 0.3, 0.4, 0.5),
    "saturation": (4.0, 8.0, 12.0, 18.0),
    "boost": (0.05, 0.075, 0.1, 0.15, 0.2),
    "other_kinds": (0.05, 0.08, 0.12, 0.16, 0.2, 0.25),
}
WEIGHTS = (0.01, 0.02, 0.03, 0.04, 0.05, 0.06, 0.07, 0.08, 0.1, 0.12)
"""Of what a second look says."""
READ = 4
"""Answers to each question that are read: those that other constants may put first."""


Scores = Callable[["Asked"], NDArray[np.float64]]
"""A question → the score of every answer."""


@dataclass(frozen=True)
class Asked:
    """One question, and what each answer has of it: rows best, whole, centroid, words, named, other kind; columns answers."""

    parts: NDArray[np.float64]
    right: NDArray[np.bool_]
    moved: float
    """By how much the curve lies higher in its knowledge base (search/crowding.py)."""
    half: str
    """`dev` or `test`."""
    said: NDArray[np.float64]
    """What search/reader.py says of each of the likeliest answers; 0 for the others."""


def asked(root: Path, questions: Path) -> list[Asked]:
    """Every question of a set, asked of the index at `root` as `kb search` asks it."""
    update(load(str(root), root))
    session, numeric = Session(str(root)), Numeric()
    pack, head = session.pack, session.pack.head
    ids = np.array([pack.record("answers", n)["id"] for n in range(head["answers"])])
    facets = [head["facets"][n] for n in pack.section("facets", "H")]
    other = np.array([kind != "objection" for kind, *_ in facets])
    found, moved = [], head["unread"]["middle"] - rank.RANKING["middle"]
    for n, g in enumerate(golden.read(questions)):
        masked, named = rank.mask(meant(session.read(Question(g.query))), head["names"])
        words = lexical(masked, pack, head["answers"])
        there, best, whole, centroid = numeric.parts(pack, session.vector(masked))
        about = np.array([bool(named.intersection(competitors)) for _, competitors, *_ in facets])
        parts = np.stack([best, whole, centroid, np.asarray(words)[there], about[there], other[there]])
        one = Asked(parts, np.isin(ids[there], sorted(g.expect)), moved, g.half or ("dev", "test")[n % 2], np.zeros(len(there)))
        likeliest = np.argsort(-near(one, rank.RANKING), kind="stable")[:READ]
        one.said[likeliest] = [session.said(masked, int(answer)) for answer in there[likeliest]]
        found.append(one)
    return found


def near(one: Asked, r: Ranking) -> NDArray[np.float64]:
    """The score of every answer before any is read, as in a usual knowledge base: see search/rank.py."""
    best, whole, centroid, words, named, other = one.parts
    base = r["best"] * best + r["whole"] * whole + r["centroid"] * centroid + r["lexical"] * words / (words + r["saturation"])
    found: NDArray[np.float64] = base + r["boost"] * named - r["other_kinds"] * other - one.moved
    return found


def chances(one: Asked, r: Ranking, read: Ranking) -> NDArray[np.float64]:
    """The probability of every answer, as `kb search` has it: `read` are the constants where the first is read."""
    found = np.array([rank.probability(float(score), r) for score in near(one, r)])
    if rank.unsure(float(found.max())):
        place, first = int(found.argmax()), rank.probability(looked(one, r, read["read"]), read)
        found = np.minimum(found, first - 1e-9)
        found[place] = first
    return found


def looked(one: Asked, r: Ranking, weight: float) -> float:
    """The score of the first answer, after it was read."""
    found = near(one, r)
    return float(found.max() + weight * one.said[found.argmax()])


def places(some: list[Asked], scores: Scores) -> NDArray[np.int64]:
    """The place of the first right answer, from 0, of every question that has one."""
    return np.array([int((s > s[one.right].max()).sum()) for one in some if one.right.any() for s in [scores(one)]])


def separation(some: list[Asked], scores: Scores) -> float | None:
    """AUROC of the best score: questions with an answer against those without."""
    tops = [(float(scores(one).max()), bool(one.right.any())) for one in some]
    return auroc([top for top, inside in tops if inside], [top for top, inside in tops if not inside])


def worth(some: list[Asked], scores: Scores) -> float:
    """Right first, and right in three, alike; a hair for being sure only where it is right."""
    at = places(some, scores)
    return float((at == 0).mean() + (at < 3).mean()) / 2 + 0.2 * (separation(some, scores) or 0.0)


def climbed(sets: list[list[Asked]], start: Ranking) -> Ranking:
    """The constants that do best, each set counting alike: each in turn until nothing gets better. Nothing is read yet."""
    now, best = start, 0.0
    while True:
        before = best
        for name, steps in STEPS.items():
            for step in steps:
                tried = cast("Ranking", {**now, name: step})
                value = float(np.mean([worth(some, lambda one, tried=tried: near(one, tried)) for some in sets]))
                if value > best + 1e-9:
                    now, best = tried, value
        if best <= before + 1e-9:
            return now


def curved(tops: list[tuple[float, bool]], start: Ranking) -> Ranking:
    """`start` with the likeliest curve from first answers' scores, and whether each is right, to probability."""
    found = fit([top for top, _ in tops], [right for _, right in tops])
    if found is None:
        raise SystemExit("nothing to fit: every first answer is right, or none is")
    return {**start, "steepness": round(found[0], 2), "middle": round(found[1], 3)}


def first(some: list[Asked], r: Ranking) -> Ranking:
    """The curve where nothing is read."""
    return curved([(float(found.max()), bool(one.right[found.argmax()])) for one in some for found in [near(one, r)]], r)


def second(sets: list[list[Asked]], r: Ranking) -> Ranking:
    """What a second look counts: what best parts questions with an answer from those without, each set alike; and the curve then."""
    tried = [_after(sets, {**r, "read": weight}) for weight in WEIGHTS]
    return max(tried, key=lambda read: np.mean([separation(some, lambda one: chances(one, r, read)) or 0.0 for some in sets]))


def _after(sets: list[list[Asked]], r: Ranking) -> Ranking:
    unsure = [one for some in sets for one in some if rank.unsure(rank.probability(float(near(one, r).max()), r))]
    return curved([(looked(one, r, r["read"]), bool(one.right[near(one, r).argmax()])) for one in unsure], r)


def told(name: str, some: list[Asked], r: Ranking, read: Ranking | None) -> str:
    """A line of figures; without `read`: as if nothing was read."""

    def scores(one: Asked) -> NDArray[np.float64]:
        return chances(one, r, read) if read else np.array([rank.probability(float(s), r) for s in near(one, r)])

    at = places(some, scores)
    tops = [(float(scores(one).max()) >= Config.threshold, bool(one.right.any())) for one in some]
    false, missed = np.mean([yes for yes, inside in tops if not inside]), np.mean([not yes for yes, inside in tops if inside])
    figures = f"R@1 {np.mean(at == 0):.3f}  R@3 {np.mean(at < 3):.3f}  AUROC {separation(some, scores):.3f}"
    return f"  {name:<16}{figures}  false {false:.3f}  missed {missed:.3f}"


def main() -> None:
    with tempfile.TemporaryDirectory() as scratch:
        as_cards("marlowe", Path(scratch), known=False)
        sets = SETS | {"marlowe": (Path(scratch), Path(scratch) / "questions.jsonl")}
        every = {name: asked(*where) for name, where in sets.items()}
    halves = {(name, half): [one for one in some if one.half == half] for name, some in every.items() for half in ("dev", "test")}
    dev = [halves[name, "dev"] for name in every]
    together = [one for some in dev for one in some]
    best = climbed(dev, rank.RANKING)
    fitted = first(together, best)
    for title, r, read in (
        ("as shipped", rank.RANKING, rank.READ), ("as shipped, the second look fitted", rank.RANKING, second(dev, rank.RANKING)),
        ("nothing read", rank.RANKING, None), ("all fitted on the dev halves", fitted, second(dev, fitted)),
    ):  # fmt: skip
        print(f"{title}: {r} {read}")
        print("\n".join(told(f"{name} {half}", some, r, read) for (name, half), some in halves.items()))


if __name__ == "__main__":
    main()
