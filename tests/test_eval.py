"""`kb eval`: the figures are what their names say, and a golden set that is wrong says so."""

import json
from pathlib import Path

import pytest

from search.metrics import Outcome, auroc, intervals, measures
from tests.conftest import PROJECT, kb


def outcome(expect: str, ranked: str, score: float, answered: bool = True) -> Outcome:
    return Outcome("q", frozenset(expect.split()), tuple(ranked.split()), score, answered)


def test_the_measures_by_hand() -> None:
    """Four questions worked out on paper: ranks 1, 3 and none inside; one false answer outside."""
    outcomes = [
        outcome("a", "a b c", 0.9),
        outcome("c", "a b c", 0.8),
        outcome("z", "a b c", 0.2, answered=False),
        outcome("", "a b c", 0.5),
        outcome("", "a b c", 0.1, answered=False),
    ]
    found = measures(outcomes)
    assert found["recall@1"] == pytest.approx(1 / 3, abs=1e-4)
    assert found["recall@3"] == found["recall@5"] == pytest.approx(2 / 3, abs=1e-4)
    assert found["mrr@10"] == pytest.approx((1 + 1 / 3) / 3, abs=1e-4)
    assert found["ndcg@10"] == pytest.approx((1 + 0.5) / 3, abs=1e-4)
    assert found["auroc"] == pytest.approx(5 / 6, abs=1e-4)
    assert (found["false_answer_rate"], found["missed_answer_rate"]) == (0.5, pytest.approx(1 / 3, abs=1e-4))


def test_what_cannot_be_measured_is_absent() -> None:
    """No question out of scope: no AUROC and no false answers, rather than a number."""
    found = measures([outcome("a", "a", 0.9)])
    assert found["auroc"] is None
    assert found["false_answer_rate"] is None
    assert auroc([0.5], [0.5]) == 0.5


def test_an_interval_holds_the_measure() -> None:
    """The bootstrap interval lies about the figure, and is the same for the same seed."""
    outcomes = [outcome("a", "a" if n % 4 else "b", 0.9) for n in range(40)]
    low, high = intervals(outcomes)["recall@1"] or (1, 0)
    assert low < 0.75 < high
    assert intervals(outcomes)["recall@1"] == (low, high)


def test_the_command_has_the_contract_s_keys(sample: Path) -> None:
    """JSON with the contract's keys, and the forms; the text shows intervals and the worst misses; the gap log stays as it was."""
    golden = PROJECT / "tests/golden.jsonl"
    done = kb(sample, "eval", "--queries", str(golden), "--json")
    assert done.returncode == 0, done.stderr
    keys = {"queries", "recall@1", "recall@3", "recall@5", "mrr@10", "ndcg@10", "auroc", "false_answer_rate", "missed_answer_rate"}
    found = json.loads(done.stdout)
    assert set(found) == keys | {"forms"}
    assert set(found["forms"]["oblique"]) == keys
    assert found["queries"] == len(golden.read_text().splitlines())
    text = kb(sample, "eval", "--queries", str(golden), "--half", "test").stdout
    assert "Surest wrong answers:" in text
    assert " to " in text


@pytest.mark.parametrize(
    ("line", "code", "message"),
    [
        ('{"query": "x"}', 2, "g.jsonl:1: must be"),
        ("nonsense", 2, "g.jsonl:1: must be"),
        ('{"query": "x y", "expect": [], "half": "Dev"}', 2, "g.jsonl:1: must be"),
        ('{"query": "x y", "expect": [], "must": "no"}', 2, "g.jsonl:1: must be"),
        ('{"query": "x y", "expect": [], "competitor": 5}', 2, "g.jsonl:1: must be"),
        ('{"query": "\\ud800 x", "expect": []}', 2, "g.jsonl:1: must be"),
        ('{"query": "!", "expect": []}', 2, "g.jsonl:1: must be"),
        ("[" * 100_000, 2, "g.jsonl:1: must be"),
        ("", 2, "holds no question"),
        ('{"query": "agents", "expect": ["battlecards/acme#gone"]}', 1, "no such answer: battlecards/acme#gone"),
    ],
)
def test_a_wrong_golden_set_is_told(sample: Path, tmp_path: Path, line: str, code: int, message: str) -> None:
    """Path and line for what is no question; an expected answer that does not exist ends with 1."""
    path = tmp_path / "g.jsonl"
    path.write_text(line + "\n")
    done = kb(sample, "eval", "--queries", str(path))
    assert done.returncode == code
    assert message in done.stdout + done.stderr
    assert "Traceback" not in done.stderr


def test_what_must_be_found_fails_the_evaluation(sample: Path, tmp_path: Path) -> None:
    """A line with "must": true and another first hit, or one that is not said: exit 1, and the text says which; found: exit 0."""
    for query, expect, said in (
        ("your agents eat our CPU", ["battlecards/acme#agent-overhead"], ""),
        (
            "your agents eat our CPU",
            ["objections/too-expensive"],
            "must find objections/too-expensive, finds battlecards/acme#agent-overhead",
        ),
        ("what's a good place for lunch near your office", [], ""),
        ("your agents eat our CPU", [], "must find nothing, finds battlecards/acme#agent-overhead"),
        (
            "what's a good place for lunch near your office",
            ["objections/data-residency"],
            "must find objections/data-residency, says nothing",
        ),
    ):
        path = tmp_path / "g.jsonl"
        path.write_text("\ufeff" + json.dumps({"query": query, "expect": expect, "must": True}) + "\n")
        for option in ([], ["--json"]):
            done = kb(sample, "eval", "--queries", str(path), *option)
            assert done.returncode == bool(said), done.stderr
            assert said in (done.stderr if option else done.stdout)
