"""Fits the constants of search/rank.py: on the dev halves of three sets by three authors, none of which the model was trained on.

usage: python -m benchmarks.fit

Prints what the present constants give, what a climb over each constant in turn finds on the dev halves, and what that is worth on the
test halves, which it does not look at. The ranking first (right first answers and right ones in three, each set alike), then the curve
from score to probability. People take the numbers over by hand, rounded: a set of some hundred questions does not know a third digit.
"""

import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.vendors import as_cards
from kb.config import load
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
    "unknown": (0.0, 0.05, 0.1, 0.15, 0.2),
}


@dataclass(frozen=True)
class Asked:
    """One question, and what each answer has of it: rows best, whole, centroid, words, named, other kind; columns answers."""

    parts: NDArray[np.float64]
    right: NDArray[np.bool_]
    unknown: float
    half: str
    """`dev` or `test`."""


def asked(root: Path, questions: Path) -> list[Asked]:
    """Every question of a set, asked of the index at `root` as `kb search` asks it."""
    update(load(str(root), root))
    session, numeric = Session(str(root)), Numeric()
    pack, head = session.pack, session.pack.head
    ids = np.array([pack.record("answers", n)["id"] for n in range(head["answers"])])
    facets = [head["facets"][n] for n in pack.section("facets", "H")]
    other = np.array([kind != "objection" for kind, *_ in facets])
    found = []
    for n, g in enumerate(golden.read(questions)):
        masked, named = rank.mask(meant(session.read(Question(g.query))), head["names"])
        words, unknown = lexical(masked, pack, head["answers"])
        there, best, whole, centroid = numeric.parts(pack, session.vector(masked))
        about = np.array([bool(named.intersection(competitors)) for _, competitors, *_ in facets])
        parts = np.stack([best, whole, centroid, np.asarray(words)[there], about[there], other[there]])
        found.append(Asked(parts, np.isin(ids[there], sorted(g.expect)), unknown, g.half or ("dev", "test")[n % 2]))
    return found


def scored(one: Asked, r: Ranking) -> NDArray[np.float64]:
    """The score of every answer: see search/rank.py."""
    best, whole, centroid, words, named, other = one.parts
    base = r["best"] * best + r["whole"] * whole + r["centroid"] * centroid + r["lexical"] * words / (words + r["saturation"])
    found: NDArray[np.float64] = base + r["boost"] * named - r["other_kinds"] * other - r["unknown"] * one.unknown
    return found


def ranks(some: list[Asked], r: Ranking) -> NDArray[np.int64]:
    """The place of the first right answer, from 0, of every question that has one."""
    scores = [(scored(one, r), one.right) for one in some if one.right.any()]
    return np.array([int((s > s[right].max()).sum()) for s, right in scores])


def worth(some: list[Asked], r: Ranking) -> float:
    """Right first, and right in three, alike; a hair for being sure only where it is right."""
    at = ranks(some, r)
    return float((at == 0).mean() + (at < 3).mean()) / 2 + 0.2 * (separation(some, r) or 0.0)


def separation(some: list[Asked], r: Ranking) -> float | None:
    """AUROC of the best score: questions with an answer against those without."""
    inside = [float(scored(one, r).max()) for one in some if one.right.any()]
    return auroc(inside, [float(scored(one, r).max()) for one in some if not one.right.any()])


def climbed(sets: list[list[Asked]], start: Ranking) -> Ranking:
    """The constants that do best, each set counting alike: each in turn until nothing gets better."""
    now, best = start, float(np.mean([worth(some, start) for some in sets]))
    while True:
        before = best
        for name, steps in STEPS.items():
            for step in steps:
                tried: Ranking = {**now, name: step}  # type: ignore[misc]  # a TypedDict's key that is a variable
                if (value := float(np.mean([worth(some, tried) for some in sets]))) > best + 1e-9:
                    now, best = tried, value
        if best <= before + 1e-9:
            return now


def curve(sets: list[list[Asked]], r: Ranking) -> tuple[float, float]:
    """Steepness and middle for all the sets together."""
    tops = [(scored(one, r), one.right) for some in sets for one in some]
    found = fit([float(s.max()) for s, _ in tops], [bool(right[s.argmax()]) for s, right in tops])
    if found is None:
        raise SystemExit("nothing to fit: every first answer is right, or none is")
    return found


def told(name: str, some: list[Asked], r: Ranking) -> str:
    """A line of figures."""
    at = ranks(some, r)
    tops = [(rank.probability(float(scored(one, r).max()), r) >= 0.4, bool(one.right.any())) for one in some]
    false, missed = np.mean([yes for yes, inside in tops if not inside]), np.mean([not yes for yes, inside in tops if inside])
    figures = f"R@1 {np.mean(at == 0):.3f}  R@3 {np.mean(at < 3):.3f}  AUROC {separation(some, r):.3f}"
    return f"  {name:<16}{figures}  false {false:.3f}  missed {missed:.3f}"


def main() -> None:
    with tempfile.TemporaryDirectory() as scratch:
        as_cards("marlowe", Path(scratch), known=False)
        sets = SETS | {"marlowe": (Path(scratch), Path(scratch) / "questions.jsonl")}
        every = {name: asked(*where) for name, where in sets.items()}
    halves = {(name, half): [one for one in some if one.half == half] for name, some in every.items() for half in ("dev", "test")}
    dev = [halves[name, "dev"] for name in every]
    found = climbed(dev, rank.RANKING)
    steepness, middle = curve(dev, found)
    fitted: Ranking = {**found, "steepness": round(steepness, 2), "middle": round(middle, 3)}
    for title, constants in (("as shipped", rank.RANKING), ("fitted on the dev halves", fitted)):
        print(f"{title}: {constants}")
        print("\n".join(told(f"{name} {half}", some, constants) for (name, half), some in halves.items()))


if __name__ == "__main__":
    main()
