"""Published changes that contradict a claim: how many are found, and how many flags are right, with the real model."""

import json
from pathlib import Path

import pytest

from kb import config
from kb.card import parse_card
from kb.markdown import plain
from kb.model import Change, ReleaseNote
from search import conflicts
from search.vectors import embedder

PROJECT = Path(__file__).parent.parent
PAIRS = [json.loads(line) for line in (PROJECT / "benchmarks/conflicts/pairs.jsonl").read_text().splitlines()]
HEAD = "---\ntitle: Acme\ncompetitor: acme\nowner: d@ours.example\n---\n\n# Acme\n\n## Why we win\n\n"


@pytest.fixture(scope="module")
def embed():
    return embedder(config.load(str(PROJECT), PROJECT))


# by whom the pairs were written: the rules were made on the dev pairs of the first author, and widened on those of the second
FLOORS = [("dev", "first", 0.92, 0.77), ("test", "first", 0.90, 0.78), ("dev", "second", 0.87, 0.82), ("test", "second", 0.70, 0.74)]


@pytest.mark.parametrize(("half", "by", "recall", "precision"), FLOORS)
def test_contradicted_claims_are_found(embed, half, by, recall, precision):
    """Recall and precision on each half of each author's pairs do not fall below what was measured, less a margin."""
    rows = [row for row in PAIRS if (row["half"], row["by"]) == (half, by)]
    verdicts = conflicts.judge([(plain(row["claim"]), row["change"]) for row in rows], embed)
    flagged = [v.score >= conflicts.fitted().threshold for v in verdicts]
    right = sum(flag and row["conflict"] for flag, row in zip(flagged, rows, strict=True))
    assert right / sum(row["conflict"] for row in rows) >= recall
    assert right / sum(flagged) >= precision


def test_no_claim_is_in_both_halves():
    """What is fitted on the dev half has not seen the claims of the test half; both have at least 85 halves of the pairs promised."""
    claims = {half: {row["claim"] for row in PAIRS if row["half"] == half} for half in ("dev", "test")}
    assert not claims["dev"] & claims["test"]
    assert sum(row["conflict"] for row in PAIRS) >= 170
    assert sum(not row["conflict"] for row in PAIRS) >= 170


RULES = [
    ("Acme has no audit log.", "Introduces an audit log.", "absence → launch"),
    ("Retention is limited to 30 days.", "Raised the retention limit to 400 days.", "limit → raised or lifted"),
    ("SSO is only in the Enterprise plan.", "SSO is now included in every plan.", "plan restriction → other plans"),
    ("They support MySQL.", "Dropped support for MySQL.", "presence → deprecation or removal"),
    ("A seat costs 20 USD.", "The price per seat goes from 20 to 25 USD.", "price → pricing change"),
    ("Search is still in beta.", "Search is generally available.", "beta → generally available"),
    ("Start-up takes minutes.", "Start-up is ten times faster.", "slow or heavy → improved"),
    ("The agent needs root.", "The agent now runs unprivileged, root is not needed.", "requirement → no longer needed"),
]


@pytest.mark.parametrize(("claim", "change", "rule"), RULES)
def test_a_rule_tells_why(embed, claim, change, rule):
    """Each rule of polarity fires on its plainest case, and the pair is flagged."""
    (verdict,) = conflicts.judge([(claim, change)], embed)
    assert (verdict.rule, verdict.score >= conflicts.fitted().threshold) == (rule, True)


@pytest.mark.parametrize("change", ["Fixed a crash in the audit log.", "An audit log is on our roadmap."])
def test_a_repaired_fault_and_an_intention_contradict_nothing(change):
    """No rule fires on what was only mended or only promised."""
    assert conflicts.rule_of("Acme has no audit log.", change) == ""


def test_a_claim_is_not_held_against_the_change_that_it_cites(embed):
    """The evidence of a claim is no news to it; the same change is to a claim that does not know it, and never to one about us."""
    note = ReleaseNote("4.4.0", "https://acme.example/f", "ab", changes=(Change("launch", "Adds an audit log."),))
    claims = "- They have no audit log. [Acme 4.4.0](releases/4.4.0.md#c1) {#cites}\n- They have no audit log. {#flagged}\n"
    card = parse_card(HEAD + claims + "- We have no audit log. {#ours}\n", "docs/battlecards/acme/index.md")
    found = conflicts.conflicts(card.claims, {"docs/battlecards/acme/releases/4.4.0.md": note}, embed)
    assert [c.id for c in found] == ["flagged@4.4.0#c1"]
