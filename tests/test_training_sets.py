"""What the shipped models were trained on: well formed, and apart from all that they are measured by."""

import pytest

from benchmarks.vendors import KEPT_ASIDE, as_cards, ident, rows, vendors
from kb import library
from search import golden
from search.passages import answers
from tests.conftest import PROJECT

MEASURED = (PROJECT / "tests/golden.jsonl", PROJECT / "benchmarks/fitting/harborkeep/questions.jsonl")


@pytest.mark.parametrize("vendor", [*vendors(), *KEPT_ASIDE])
def test_every_expected_answer_of_a_vendor_exists(vendor: str) -> None:
    """A question expects ids of the vendor's own objections, and each objection is expected by some question."""
    known = {one["id"] for one in rows(vendor, "objections")}
    expected = {name for one in rows(vendor, "questions") for name in one["expect"]}
    assert len(known) == len(rows(vendor, "objections"))
    assert expected == known


def test_what_is_measured_was_not_trained_on() -> None:
    """No question of the golden set, of Harborkeep or of a vendor kept aside is among those that the model was trained on."""
    trained = {
        one["query"].lower().strip(" ?.!") for vendor in vendors() for one in rows(vendor, "questions") if len(one["query"].split()) > 3
    }
    measured = [one.query for path in MEASURED for one in golden.read(path)]
    measured += [one["query"] for vendor in KEPT_ASIDE for one in rows(vendor, "questions")]
    assert trained and not {query.lower().strip(" ?.!") for query in measured} & trained


def test_a_vendor_is_written_as_a_knowledge_base(tmp_path) -> None:
    """Every objection becomes an answer with all its phrasings, under the id that the questions expect."""
    as_cards("marlowe", tmp_path)
    found = {answer.id: answer for answer in answers(library.load(tmp_path)) if answer.kind == "objection"}
    assert {ident(one): (one["title"], *one["heard"]) for one in rows("marlowe", "objections")} == {
        a.id: a.phrasings for a in found.values()
    }
    assert {name for one in golden.read(tmp_path / "questions.jsonl") for name in one.expect} <= set(found)
