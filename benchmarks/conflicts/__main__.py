"""Recall and precision of search/judge.py, with 95 % intervals; `--misses` lists what it missed and what it flagged wrongly.

What is measured was never trained on: half of the first and second authors' claims, and all of six other authors'.
`choose` also shows other thresholds.
"""

import argparse
import random
from pathlib import Path

from benchmarks.conflicts import cards, contrasts, pairs, strangers, texts
from kb import config
from search.conflicts import NEAR, THRESHOLD, near
from search.judge import Judge
from search.vectors import embedder

STRANGERS = 10
"""Pairs of a claim with changes that were written for others, for each claim."""


def figures(said, truth):
    """(recall, precision)"""
    both = sum(s and t for s, t in zip(said, truth, strict=True))
    return both / max(1, sum(truth)), both / max(1, sum(said))


def interval(said, truth, which, draws=2000):
    """95 % of resampled sets lie within."""
    rng, rows = random.Random(1), list(zip(said, truth, strict=True))
    found = sorted(figures(*zip(*rng.choices(rows, k=len(rows)), strict=True))[which] for _ in range(draws))
    return found[int(0.025 * draws)], found[int(0.975 * draws) - 1]


def scores(rows, embed, judge):
    """Probability of each pair; 0 for those that are not near enough to be judged."""
    both = texts(rows)
    return [v.score if close else 0.0 for v, close in zip(judge(both), near(both, embed), strict=True)]


def sets(half):
    """Title → rows: pairs by author, claims beside one change, and whole cards beside whole releases."""
    found = {f"{by}, pairs": pairs(half, by) for by in dict.fromkeys(row["by"] for row in pairs(half))}
    if half != "dev":
        found |= {"all pairs": pairs(half)}
        found |= {f"{by}, one change, seven claims": contrasts(half, by) for by in dict.fromkeys(row["by"] for row in contrasts(half))}
        found |= {"whole cards": [row for card in cards(half) for row in card]}
    return {title: rows for title, rows in found.items() if rows}


def report(half, title, rows, embed, judge, misses):
    found, truth = scores(rows, embed, judge), [row["conflict"] for row in rows]
    said = [score >= THRESHOLD for score in found]
    told = "  ".join(f"{figures(said, truth)[n]:.3f} ({low:.2f} to {high:.2f})" for n in (0, 1) for low, high in [interval(said, truth, n)])
    unrelated = scores(strangers(rows, STRANGERS), embed, judge)
    flagged = sum(score >= THRESHOLD for score in unrelated)
    print(f"| {half} | {title} | {sum(truth)} of {len(rows)} | {told.replace('  ', ' | ')} | {flagged} of {len(unrelated)} |", flush=True)
    if half == "choose":
        for threshold in (0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5):
            recall, precision = figures([score >= threshold for score in found], truth)
            print(f"    at {threshold:.2f}: {recall:.3f}, {precision:.3f}")
    for row, score, flag in zip(rows, found, said, strict=True) if misses else ():
        if flag != row["conflict"]:
            print(f"  {'missed' if row['conflict'] else 'false '} {score:.2f} {row['kind']}: {row['claim']} / {row['change']}")


def main():
    parser = argparse.ArgumentParser("python -m benchmarks.conflicts", description=__doc__)
    parser.add_argument("--half", choices=("dev", "choose", "test"))
    parser.add_argument("--misses", action="store_true")
    options = parser.parse_args()
    embed, judge = embedder(config.load(None, Path.cwd())), Judge()
    print(f"threshold {THRESHOLD}, near {NEAR}")
    print("| half | what | conflicts | recall | precision | unrelated pairs flagged |\n|---|---|---|---|---|---|")
    for half in [options.half] if options.half else ["choose", "test"]:
        for title, rows in sets(half).items():
            report(half, title, rows, embed, judge, options.misses)


if __name__ == "__main__":
    main()
