"""`kb verify`: what happened since, an answer for each conflict, one line changed in the card, and never blind."""

import json
import subprocess
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kb import library
from kb.conflict import ANSWERS, Answer, parse_answers, render_answers
from kb.front_line import with_line
from kb.staleness import reasons, since
from tests.conftest import kb

RELEASE = """\
---
title: Acme {version}
version: {version}
date: {day}
source: https://acme.example/feed
sha256: {version}aa
---

# Acme {version} {{#release}}

Published {day}.

- **launch** (security): {text} {{#c1}}
"""
CARD = """\
---
title: Acme
competitor: acme
# who looks after it
owner: dana@ours.example
reviewed:
  on: 2026-06-01   # by hand
  by: dana
  head: 1.0.0
review_every: 90d
tags: [one,   two]
---

# Acme

## Thirty-second read

- **We win when** they count hosts.

## Why we win

- Acme has no audit log. [Acme 1.0.0](releases/1.0.0.md) {#no-audit}
- Their dashboards are slow. *(assumption)* {#slow}
"""


@pytest.fixture
def acme(base: Path) -> Path:
    """A card that was reviewed when 1.0.0 was the newest; 2.0.0 contradicts one of its claims."""
    folder = base / "docs/battlecards/acme"
    (folder / "releases").mkdir(parents=True)
    (folder / "releases/1.0.0.md").write_text(RELEASE.format(version="1.0.0", day="2026-05-01", text="Groups of users."))
    (folder / "releases/2.0.0.md").write_text(
        RELEASE.format(version="2.0.0", day="2026-07-01", text="Introduces an audit log for all plans.")
    )
    (folder / "index.md").write_text(CARD)
    return folder


def verify(root: Path, *args: str) -> subprocess.CompletedProcess[str]:
    return kb(root, "verify", "acme", "--by", "sam", *args)


def test_a_review_is_refused_while_a_conflict_is_open(base: Path, acme: Path) -> None:
    """Both texts and the rule are shown, exit 1, and not a byte of the card changes."""
    done = verify(base)
    assert done.returncode == 1
    assert "we say:   Acme has no audit log." in done.stdout
    assert "they say: Introduces an audit log for all plans." in done.stdout
    assert "absence → launch" in done.stdout
    assert "1 conflicts are not answered" in done.stderr
    assert (acme / "index.md").read_text() == CARD
    found = json.loads(verify(base, "--json").stdout)
    assert [one["id"] for one in found["conflicts"]] == ["no-audit@2.0.0#c1"]


def test_an_answer_closes_it_and_only_the_review_changes(base: Path, acme: Path) -> None:
    """The answer is a file beside the card with who, when and why; in the card only `reviewed` is another; a second run asks nothing."""
    done = verify(base, "--answer", "no-audit@2.0.0#c1=still-true:only the Enterprise edition ships it")
    assert done.returncode == 0, done.stderr
    today = date.today().isoformat()
    was = "reviewed:\n  on: 2026-06-01   # by hand\n  by: dana\n  head: 1.0.0\n"
    assert (acme / "index.md").read_text() == CARD.replace(was, f'reviewed: {{on: {today}, by: "sam", head: "2.0.0"}}\n')
    (answer,) = parse_answers((acme / "reviews.yml").read_text(), "reviews.yml")
    assert (answer.answer, answer.by, answer.on.isoformat()) == ("still-true", "sam", today)
    assert answer.because == "only the Enterprise edition ships it"
    assert verify(base).returncode == 0
    (acme / "index.md").write_text(
        (acme / "index.md")
        .read_text()
        .replace("no audit log", "no audit log at all")
        .replace('"2.0.0"', '"1.0.0"')
        .replace(today, "2026-06-01")
    )
    assert verify(base).returncode == 1, "the claim says something else now, so the answer no longer holds"


def test_a_claim_that_was_edited_or_deleted_is_no_conflict(base: Path, acme: Path) -> None:
    """Citing the release takes it into account; deleting the line retires the claim."""
    for new in ("- Their audit log came in 2.0.0. [Acme 2.0.0](releases/2.0.0.md#c1) {#no-audit}", ""):
        (acme / "index.md").write_text(CARD.replace("- Acme has no audit log. [Acme 1.0.0](releases/1.0.0.md) {#no-audit}", new))
        assert verify(base).returncode == 0


@pytest.mark.parametrize(
    ("args", "code", "said"),
    [
        (["--answer", "no-audit@2.0.0#c1=maybe:x"], 2, "must be one of still-true, changed, retired"),
        (["--answer", "no-audit@2.0.0#c1=still-true:yes"], 2, "say in a few words why it is still true"),
        (["--answer", "no-audit@2.0.0#c1=retired:gone"], 1, "the card still says so in line 22: delete its line first"),
        (["--answer", "no-audit@2.0.0#c9=still-true:because I say so"], 2, 'Did you mean "no-audit@2.0.0#c1"?'),
        (["--head", "9.9.9", "--answer", "no-audit@2.0.0#c1=still-true:because it is so"], 2, "is no release note of acme"),
    ],
)
def test_what_is_no_answer_is_told(base: Path, acme: Path, args: list[str], code: int, said: str) -> None:
    """One line that names what was given and what must be; no review is written."""
    done = verify(base, *args)
    assert (done.returncode, said in done.stderr) == (code, True), done.stderr
    assert "Traceback" not in done.stderr
    assert (acme / "index.md").read_text() == CARD


def test_kb_check_tells_the_same(base: Path, acme: Path) -> None:
    """The conflict at the claim's line, the material release and the overdue review at the top, each a warning."""
    told = kb(base, "check").stdout
    assert (
        'docs/battlecards/acme/index.md:22: warning: "Introduces an audit log for all plans." (2.0.0) may contradict it: absence → launch'
        in told
    )
    assert "index.md:1: warning: material releases since 1.0.0: 2.0.0. Look, then `kb verify acme`" in told
    assert "index.md:1: warning: review overdue since 2026-08-30" in told


def test_reasons_come_from_facts_first(base: Path, acme: Path) -> None:
    """Before the calendar says anything, a material release does; after a review up to it, neither."""
    known = library.load(base)
    (card,) = known.cards.values()
    assert [note.version for note in since(known, card).values()] == ["2.0.0"]
    assert [one.kind for one in reasons(known, card, [], date(2026, 6, 20))] == ["releases"]
    assert [one.kind for one in reasons(known, card, [], date(2026, 6, 1) + timedelta(days=91))] == ["releases", "overdue"]


def test_a_broken_reviews_file_is_told_with_its_line(base: Path, acme: Path) -> None:
    """Not YAML, or not answers: path, line, what must be; no traceback."""
    for text in ("- conflict: [", "- {conflict: x}", "just words", "- {answer: perhaps}"):
        (acme / "reviews.yml").write_text(text)
        done = kb(base, "check")
        assert done.returncode == 1
        assert "docs/battlecards/acme/reviews.yml:" in done.stdout
        assert "Traceback" not in done.stderr


words = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Zl", "Zp")), min_size=1, max_size=40).map(
    lambda s: " ".join(s.split()) or "x"
)


@given(st.lists(st.builds(Answer, words, st.sampled_from(ANSWERS), words, words, st.dates(), words, words), max_size=4))
def test_answers_survive_the_way_to_disk_and_back(answers: list[Answer]) -> None:
    """Whatever a person wrote as the reason is read back."""
    assert parse_answers(render_answers(answers), "reviews.yml") == answers


@given(st.sampled_from(["\n", "\r\n"]), st.booleans(), st.booleans())
def test_one_key_is_written_and_nothing_else(end: str, block: bool, there: bool) -> None:
    """Written twice it is the same; all other lines stay, comments, order and line ends included."""
    value = ["reviewed:", "  on: 2026-01-01"] if block else ["reviewed: {on: 2026-01-01}"]
    before, after = ["---", "# a comment", "title:  A"], ["tags: [a,  b]", "---", "", "# A", "reviewed: no front matter"]
    text = end.join([*before, *(value if there else []), *after])
    once = with_line(text, "reviewed", "reviewed: X")
    assert with_line(once, "reviewed", "reviewed: X") == once
    rest = [line for line in once.split(end) if line != "reviewed: X"]
    assert rest == [*before, *after]
