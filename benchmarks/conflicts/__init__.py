"""Pairs of a claim and a published change, by fourteen authors, and how well search/judge.py tells which of them contradict each other."""

import json
from pathlib import Path

from kb.markdown import plain
from search.conflicts import published

PAIRS = Path(__file__).parent / "pairs.jsonl"
WAY = {
    "absence_launch": 1, "limit_raised": 2, "plan_opened": 3, "beta_ga": 4, "presence_removed": 5, "price_change": 6,
    "requirement_dropped": 7, "platform_added": 8, "slow_improved": 9, "number_changed": 10,
}  # fmt: skip
"""A pair's kind → which of search.judge.WAYS it is."""


def pairs(half=None, by=None):
    """`half`: dev (trained on), choose (the threshold was chosen on it) or test; `by`: the author."""
    rows = [json.loads(line) for line in PAIRS.read_text(encoding="utf-8").splitlines()]
    return [row for row in rows if half in (None, row["half"]) and by in (None, row["by"])]


def texts(rows):
    """Claim and change as the judge reads them."""
    return [(plain(row["claim"]), published(row["change"])) for row in rows]
