"""What a person starts from: `kb new`, the schema that the editor reads, and whom a change asks for review."""

import datetime as dt
import json
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator
from ruamel.yaml import YAML

from kb.check import check
from kb.library import load
from kb.schema import KINDS, as_files, kind_of, schema
from kb.templates import SAY_THIS
from search.passages import answers
from tests.conftest import PROJECT, kb


def front_matter(path: Path) -> object:
    """As an editor's YAML sees it: dates are text."""
    return json.loads(json.dumps(YAML(typ="safe", pure=True).load(path.read_text().split("\n---\n")[0]), default=str))


def test_what_is_new_is_refused_only_for_the_template_s_words(base: Path) -> None:
    """A card, an objection and a note, made one after the other: each fits its schema, and nothing is wrong but what is not filled in."""
    assert (
        kb(base, "new", "competitor", "Acme Observability", "--owner", "dana@ours.example", "--feed", "https://acme.example/f").returncode
        == 0
    )
    assert (
        kb(
            base, "new", "objection", "Too dear: 2x?", "--owner", "d@ours.example", "--competitor", "acme observability", "--stage", "poc"
        ).returncode
        == 0
    )
    made = kb(base, "new", "note", "acme-observability", "They mailed joe@buyer.example about the price.")
    assert "redacted: 1 e-mail address" in made.stdout
    done = kb(base, "check")
    assert done.returncode == 1
    told = [line for line in done.stdout.splitlines() if "never reviewed" not in line]
    assert len(told) == 6, done.stdout  # four lines of the card, the objection, and how many there are
    assert all("still the template's words" in line for line in told[:-1])
    assert "1 errors, 6 warnings" in told[-1]
    for path in (base / "docs").rglob("*.md"):
        kind = kind_of(path.relative_to(base).as_posix())
        assert kind
        Draft202012Validator(schema(kind)).validate(front_matter(path))


def test_a_template_is_no_answer(base: Path) -> None:
    """An objection and a note that nobody has filled in are not indexed; the words that a person adds are, without the template's."""
    kb(base, "new", "competitor", "Acme", "--owner", "d@ours.example")
    kb(base, "new", "objection", "You are too expensive", "--owner", "d@ours.example")
    kb(base, "new", "note", "acme")
    assert answers(load(base)) == []
    page = base / "docs/objections/you-are-too-expensive.md"
    page.write_text(page.read_text().replace(SAY_THIS, "Per host, we are cheaper."))
    (only,) = answers(load(base))
    assert only.phrasings == ("You are too expensive",)
    told = [p.message for p in check(load(base), dt.date.today(), {}) if p.level == "error"]
    assert any("template's words in Also heard, Acknowledge, Explore" in message for message in told)
    assert any(message.startswith("the note is still the template's words") for message in told)


def test_an_unfilled_card_is_refused_once_it_is_vouched_for(base: Path) -> None:
    """`We win when …` is a warning in a draft and an error on a card that says it was reviewed."""
    kb(base, "new", "competitor", "Acme", "--owner", "d@ours.example")
    card = base / "docs/battlecards/acme/index.md"
    levels = []
    for text in (card.read_text(), card.read_text().replace("audience:", "reviewed: {on: 2026-11-01, by: dana}\naudience:")):
        card.write_text(text)
        levels.append({p.level for p in check(load(base), dt.date(2026, 11, 2), {}) if p.message.startswith('"We win when …"')})
    assert levels == [{"warning"}, {"error"}]


def test_new_writes_over_nothing(base: Path) -> None:
    """The second of the same name is wrong usage, and so is a name without a letter."""
    for code in (0, 2):
        assert kb(base, "new", "competitor", "Acme", "--owner", "d@ours.example").returncode == code
    assert kb(base, "new", "competitor", "!!!", "--owner", "d@ours.example").returncode == 2


def test_a_question_must_find_its_answer(base: Path) -> None:
    """The line is added behind what is there; an answer that does not exist is refused, with the nearest; `kb eval` holds the card to it."""
    assert kb(base, "new", "objection", "You are too expensive", "--owner", "d@ours.example").returncode == 0
    page = base / "docs/objections/you-are-too-expensive.md"
    page.write_text(page.read_text().replace(SAY_THIS, "Count what a host costs."))
    golden = base / "tests/golden.jsonl"
    golden.parent.mkdir()
    golden.write_text('{"query": "who won the match", "expect": []}')  # without a line end
    wrong = kb(base, "new", "question", "that is a lot of money", "--find", "objections/you-are-too-dear")
    assert wrong.returncode == 2
    assert "objections/you-are-too-expensive" in wrong.stderr
    assert kb(base, "new", "question", "that is a lot of money", "--find", "objections/you-are-too-expensive").returncode == 0
    one, two = [json.loads(line) for line in golden.read_text().splitlines()]
    assert one["query"] == "who won the match"
    assert two == {"query": "that is a lot of money", "expect": ["objections/you-are-too-expensive"], "form": "spoken", "must": True}
    assert kb(base, "eval").returncode == 0
    assert kb(base, "new", "competitor", "Acme", "--owner", "d@ours.example").returncode == 0
    card = base / "docs/battlecards/acme/index.md"
    card.write_text(card.read_text() + "\n## Feature comparison\n\n| | Us | Acme |\n|---|---|---|\n| SSO {#sso-row} | yes | no |\n")
    row = kb(base, "new", "question", "do they have single sign-on", "--find", "acme#sso-row")
    assert row.returncode == 2  # a table's row is no answer: `kb eval` would fail for ever


@pytest.mark.parametrize("kind", KINDS)
def test_the_sample_fits_the_schema(kind: str) -> None:
    """Every file of each kind that ships; and the schema is one."""
    Draft202012Validator.check_schema(schema(kind))
    paths = [p for p in (PROJECT / "docs").rglob("*.md") if kind_of(p.relative_to(PROJECT).as_posix()) == kind]
    assert paths
    for path in paths:
        Draft202012Validator(schema(kind)).validate(front_matter(path))


def test_the_schema_refuses_what_the_check_refuses() -> None:
    """A slip in a closed list, a missing owner, a source without a kind."""
    good = {"title": "A", "competitor": "a", "owner": "d"}
    card = Draft202012Validator(schema("card"))
    assert card.is_valid(good)
    for bad in (
        {"audience": "all"},
        {"review_every": "3 months"},
        {"sources": [{"rss": "https://x.example"}]},
        {"reviewed": {"on": "1 Nov", "by": "d"}},
    ):
        assert not card.is_valid(good | bad)
    assert not card.is_valid({"title": "A", "competitor": "a"})


def test_the_committed_schema_is_current() -> None:
    """schemas/ is what `kb schema` writes."""
    assert {p.name: p.read_text() for p in (PROJECT / "schemas").glob("*.json")} == as_files()


def test_the_committed_codeowners_are_current(base: Path) -> None:
    """Here as in CI; a card whose owner changed is told, and a plain name is nobody whom the host could ask."""
    assert kb(PROJECT, "codeowners", "--check").returncode == 0
    kb(base, "new", "competitor", "Acme", "--owner", "@team/intel")
    kb(base, "new", "competitor", "Brontide", "--owner", "dana")
    assert kb(base, "codeowners", "--check").returncode == 1
    assert kb(base, "codeowners").stdout == ".github/CODEOWNERS\n"
    assert kb(base, "codeowners", "--check").returncode == 0
    assert (base / ".github/CODEOWNERS").read_text().splitlines()[1:] == ["/docs/battlecards/acme/ @team/intel"]
