"""Published changes that contradict a claim: how many are found, and how many flags are right, with the real models."""

import pytest

from benchmarks.conflicts import WAY, cards, contrasts, pairs, strangers, texts
from benchmarks.conflicts.__main__ import figures, scores
from kb import config
from kb.card import parse_card
from kb.model import Change, ReleaseNote
from search import conflicts
from search.judge import WAYS, Judge
from search.vectors import embedder
from tests.conftest import PROJECT

HEAD = "---\ntitle: Acme\ncompetitor: acme\nowner: d@ours.example\n---\n\n# Acme\n\n## Why we win\n\n"


@pytest.fixture(scope="module")
def embed():
    return embedder(config.load(str(PROJECT), PROJECT))


@pytest.fixture(scope="module")
def judge():
    return Judge()


@pytest.mark.parametrize(
    ("rows", "least"),
    [
        pytest.param(pairs("test"), (0.81, 0.72), id="pairs"),
        pytest.param(contrasts("test"), (0.74, 0.68), id="seven claims beside one change"),
        pytest.param([row for card in cards("test") for row in card], (0.77, 0.49), id="whole cards"),
    ],
)
def test_contradicted_claims_are_found(embed, judge, rows, least):
    """Never trained on, by authors most of whom were never trained on: recall and precision do not fall below what was measured, less a margin."""
    found, truth = scores(rows, embed, judge), [row["conflict"] for row in rows]
    recall, precision = figures([score >= conflicts.THRESHOLD for score in found], truth)
    assert recall >= least[0]
    assert precision >= least[1]


def test_what_has_nothing_to_do_with_a_claim_is_left_alone(embed, judge):
    """Of claims beside changes that were written for others, at most one in twenty is flagged."""
    rows = strangers(pairs("test"), 1)
    assert sum(score >= conflicts.THRESHOLD for score in scores(rows, embed, judge)) <= len(rows) / 20


def test_no_claim_is_in_two_halves():
    """What was trained on, or chosen by, has not seen the test half's claims; there are more than 150 conflicts and as many distractors in it."""
    halves = {half: [*pairs(half), *contrasts(half), *(row for card in cards(half) for row in card)] for half in ("dev", "choose", "test")}
    claims = {
        half: {row["claim"] for row in rows if len(row["claim"].split()) > 2} for half, rows in halves.items()
    }  # anybody writes "No SCIM."
    assert not claims["test"] & (claims["dev"] | claims["choose"])
    assert sum(row["conflict"] for row in pairs("test")) >= 150
    assert sum(not row["conflict"] for row in pairs("test")) >= 150


PLAIN = [
    ("Acme has no audit log.", "Introduces an audit log."),
    ("Retention is limited to 30 days.", "Raised the retention limit to 400 days."),
    ("SSO is only in the Enterprise plan.", "SSO is now included in every plan."),
    ("They support MySQL.", "Dropped support for MySQL."),
    ("A seat costs 20 USD.", "The price per seat goes from 20 to 25 USD."),
    ("Search is still in beta.", "Search is generally available."),
    ("Start-up takes minutes.", "Start-up is ten times faster."),
    ("The agent needs root.", "The agent now runs unprivileged, root is not needed."),
]


SAYS_SO = [
    ("Acme has had an audit log since 2.0.", "Introduces an audit log for all plans."),
    ("Acme got its audit log in 2.0.", "Introduces an audit log for all plans."),
    ("Retention is up to 13 months.", "Logs can now be kept for up to 13 months."),
    ("SSO is part of every plan since June.", "SAML single sign-on is now part of every plan, Starter included."),
    ("MySQL is no longer supported.", "Dropped support for MySQL."),
]


@pytest.mark.parametrize(("claim", "change"), SAYS_SO)
def test_a_claim_that_says_what_the_change_says_is_left_alone(judge, claim, change):
    """Mended after the release, it is not flagged again: else no edit would ever close a conflict."""
    (verdict,) = judge([(claim, change)])
    assert verdict.score < conflicts.THRESHOLD


@pytest.mark.parametrize(("claim", "change"), PLAIN)
def test_each_way_of_contradicting_is_flagged_on_its_plainest_case(judge, claim, change):
    """No word of the pair is hard, and the pair is flagged."""
    (verdict,) = judge([(claim, change)])
    assert verdict.score >= conflicts.THRESHOLD


def test_a_flag_tells_why(judge):
    """The way in which a change contradicts a claim is named rightly for at least seven of ten conflicts of an author who was not trained on."""
    rows = [row for row in pairs("test", "fourteenth") if row["conflict"]]
    named = [verdict.rule == WAYS[WAY[row["kind"]]] for row, verdict in zip(rows, judge(texts(rows)), strict=True)]
    assert sum(named) / len(named) >= 0.7


@pytest.mark.parametrize("change", ["Fixed a crash in the audit log.", "An audit log is on our roadmap.", "The invoice can be sorted."])
def test_a_repaired_fault_an_intention_and_something_else_contradict_nothing(judge, change):
    """What was only mended, only promised, or about something else, is not flagged."""
    (verdict,) = judge([("Acme has no audit log.", change)])
    assert verdict.score < conflicts.THRESHOLD


def test_a_claim_is_not_held_against_the_change_that_it_cites(embed, judge):
    """The evidence of a claim is no news to it; the same change is to a claim that does not know it, and never to one about us."""
    note = ReleaseNote("4.4.0", "https://acme.example/f", "ab", changes=(Change("launch", "Adds an audit log."),))
    claims = "- They have no audit log. [Acme 4.4.0](releases/4.4.0.md#c1) {#cites}\n- They have no audit log. {#flagged}\n"
    card = parse_card(HEAD + claims + "- We have no audit log. {#ours}\n", "docs/battlecards/acme/index.md")
    found = conflicts.conflicts(card.claims, {"docs/battlecards/acme/releases/4.4.0.md": note}, embed, judge)
    assert [c.id for c in found] == ["flagged@4.4.0#c1"]
