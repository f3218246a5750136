"""Pairs of a claim and a published change, by many authors, and how well search/judge.py tells which of them contradict each other.

Three files, each line marked with its author and half (`dev`: trained on; `choose`: the threshold was chosen on it; `test`):
pairs.jsonl: a claim and a change. contrasts.jsonl: a change beside claims that say different things, two contradicted, two that say just
what it says, two about the same that stand, one about something else. cards.jsonl: the claims and changes of one fictional competitor,
and every pair of them that contradicts each other.
"""

import json
import random
from pathlib import Path

from kb.markdown import plain
from search.conflicts import published

HERE = Path(__file__).parent
WAY = {
    "absence_launch": 1, "limit_raised": 2, "plan_opened": 3, "beta_ga": 4, "presence_removed": 5, "price_change": 6,
    "requirement_dropped": 7, "platform_added": 8, "slow_improved": 9, "number_changed": 10,
}  # fmt: skip
"""A pair's kind → which of search.judge.WAYS it is."""


def pairs(half=None, by=None):
    """Written pair by pair. Rows of `claim`, `change`, `conflict`, `kind`, `half` and `by`."""
    return _of("pairs", half, by)


def changes(half=None, by=None):
    """Rows of `change`, `claims` (each `text`, `conflict`, `kind`), `half` and `by`, as written."""
    return _of("contrasts", half, by)


def contrasts(half=None, by=None):
    """The claims beside each change as rows of the same keys."""
    return [
        {
            "claim": claim["text"],
            "change": row["change"],
            "conflict": claim["conflict"],
            "kind": claim["kind"],
            "half": row["half"],
            "by": row["by"],
        }
        for row in changes(half, by)
        for claim in row["claims"]
    ]


def cards(half=None, by=None):
    """A list for each competitor: every claim beside every change, as rows of the same keys."""
    return [_crossed(row) for row in _of("cards", half, by)]


def _crossed(row):
    kinds = {(claim, change): kind for claim, change, kind in row["conflicts"]}
    return [
        {"claim": claim, "change": change, "conflict": (i, j) in kinds, "kind": kinds.get((i, j), ""), "half": row["half"], "by": row["by"]}
        for i, claim in enumerate(row["claims"])
        for j, change in enumerate(row["changes"])
    ]


def _of(name, half, by):
    rows = [json.loads(line) for line in (HERE / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()]
    return [row for row in rows if half in (None, row["half"]) and by in (None, row["by"])]


def strangers(rows, each):
    """Each claim beside changes that were written for others."""
    rng = random.Random(1)
    claims = sorted({row["claim"] for row in rows})
    others = {claim: [row["change"] for row in rows if row["claim"] != claim] for claim in claims}
    return [{"claim": claim, "change": change, "conflict": False} for claim in claims for change in rng.sample(others[claim], each)]


def texts(rows):
    """Claim and change as the judge reads them."""
    return [(plain(row["claim"]), published(row["change"])) for row in rows]
