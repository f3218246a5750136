"""`kb verify`: what happened since, an answer for each conflict, one line changed in the card, and never blind."""

import json
import subprocess
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kb import library
from kb.conflict import ANSWERS, Answer, Record, parse_record, render_record
from kb.front_line import with_line
from kb.model import Review
from kb.staleness import reasons, since
from tests.conftest import kb
from tests.terminal import on_terminal

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
    assert "→" in done.stdout
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
    record = parse_record((acme / "reviews.yml").read_text(), "reviews.yml")
    (answer,) = record.answers
    assert record.reviews == (Review(date.today(), "sam", "2.0.0"),)
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
    assert 'docs/battlecards/acme/index.md:22: warning: "Introduces an audit log for all plans." (2.0.0) may contradict it: ' in told
    assert "index.md:1: warning: material releases since 1.0.0: 2.0.0. Look, then `kb verify acme`" in told
    assert "index.md:6: warning: review overdue since 2026-08-30" in told


def test_reasons_come_from_facts_first(base: Path, acme: Path) -> None:
    """Before the calendar says anything, a material release does; after a review up to it, neither."""
    known = library.load(base)
    (card,) = known.cards.values()
    assert [note.version for note in since(known, card).values()] == ["2.0.0"]
    assert [one.kind for one in reasons(known, card, [], date(2026, 6, 20))] == ["releases"]
    assert [one.kind for one in reasons(known, card, [], date(2026, 6, 1) + timedelta(days=91))] == ["releases", "overdue"]


NOTE = """\
---
date: {day}
author: tom
competitor: acme
stage: poc
source: buyer-said
{more}---

They showed us a map of all our services.

Contradicts: [slow](../index.md#slow)
"""


def test_a_note_that_contradicts_a_claim_is_a_reason(base: Path, acme: Path) -> None:
    """At the claim's line, with what was heard; not one from before the review, nor one that no longer counts."""
    (acme / "notes").mkdir()
    for name, day, more in (("a", "2026-06-10", ""), ("b", "2026-05-01", ""), ("c", "2026-06-10", "expires: 2026-06-12\n")):
        (acme / f"notes/{name}.md").write_text(NOTE.format(day=day, more=more))
    known = library.load(base)
    (card,) = known.cards.values()
    (reason,) = (one for one in reasons(known, card, [], date(2026, 6, 20)) if one.kind == "note")
    assert (reason.claim, reason.line) == ("slow", 23)
    assert 'the field note a.md contradicts it: "They showed us a map of all our services."' in reason.message


def test_evidence_that_was_rewritten_after_the_review_is_a_reason(base: Path, acme: Path) -> None:
    """A later wording of a cited release is told at the claim; one from before the review is not."""
    note = acme / "releases/1.0.0.md"
    text = note.read_text()
    for day, expected in (("2026-05-20", []), ("2026-06-10", ["no-audit"])):
        rewritten = text.replace("date: 2026-05-01", f"date: {day}")
        note.write_text(rewritten.replace("sha256: 1.0.0aa", "sha256: 1.0.0aa\nrevisions:\n- sha256: bb\n  date: 2026-05-01"))
        known = library.load(base)
        (card,) = known.cards.values()
        assert [one.claim for one in reasons(known, card, [], date(2026, 6, 20)) if one.kind == "revised"] == expected


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


some = st.lists(st.builds(Answer, words, st.sampled_from(ANSWERS), words, words, st.dates(), words, words), max_size=4)
looked = st.lists(st.builds(Review, st.dates(), words, st.none() | words), max_size=3)


@settings(deadline=None)
@given(some, looked)
def test_answers_and_reviews_survive_the_way_to_disk_and_back(answers: list[Answer], reviews: list[Review]) -> None:
    """Whatever a person wrote as the reason is read back."""
    record = Record(tuple(answers), tuple(reviews))
    assert parse_record(render_record(record), "reviews.yml") == record


def test_a_review_written_by_hand_is_refused(base: Path, acme: Path) -> None:
    """Once a card was verified, its `reviewed` line is what was verified last; a release that there is not is never a head."""
    card = acme / "index.md"
    card.write_text(CARD.replace("head: 1.0.0", "head: 99.9.0"))
    done = kb(base, "check")
    assert done.returncode == 1
    assert 'reviewed.head "99.9.0" is no release note of acme.' in done.stdout
    card.write_text(CARD)
    assert verify(base, "--answer", "no-audit@2.0.0#c1=still-true:only the Enterprise edition ships it").returncode == 0
    assert kb(base, "check").returncode == 0
    card.write_text(card.read_text().replace('by: "sam"', "by: eve"))
    done = kb(base, "check")
    assert done.returncode == 1
    today = date.today().isoformat()
    assert f"acme/index.md:6: `reviewed` is not what was verified last ({today} by sam, head 2.0.0)" in done.stdout


def test_a_review_goes_forward_only(base: Path, acme: Path) -> None:
    """A head that is older than the one that was seen is refused, in a line, before anything is written."""
    card = acme / "index.md"
    card.write_text(CARD.replace("head: 1.0.0", "head: 2.0.0"))
    done = verify(base, "--head", "1.0.0")
    assert done.returncode == 2
    assert "1.0.0: is older than 2.0.0" in done.stderr
    assert not (acme / "reviews.yml").exists()


def test_an_objection_of_its_own_is_verified(base: Path) -> None:
    """What it says is shown and its `reviewed` line set; a name that is none is told with the nearest."""
    page = base / "docs/objections/too-dear.md"
    page.parent.mkdir()
    page.write_text("---\ntitle: Dear\nowner: d@ours.example\n---\n\n# Too dear\n\n**Say this:** We are not.\n")
    for name in ("objections/too-dear", "docs/objections/too-dear.md"):
        done = kb(base, "verify", name, "--by", "sam")
        assert done.returncode == 0, done.stderr
        assert "Say this: We are not." in done.stdout
    assert f'reviewed: {{on: {date.today()}, by: "sam"}}\n---' in page.read_text()
    done = kb(base, "verify", "objections/too-deer", "--by", "sam")
    assert done.returncode == 2
    assert 'Did you mean "docs/objections/too-dear.md"?' in done.stderr


TERMINAL = ("verify", "acme", "--by", "sam")


def test_a_bad_answer_at_the_terminal_is_asked_again(base: Path, acme: Path) -> None:
    """A letter that is no choice and a reason of one word lose nothing; then the review is written."""
    code, shown = on_terminal(base, *TERMINAL, typed="x\ns\nyes\nonly Enterprise ships it\n")
    assert code == 0, shown
    assert '"x" is none of s, c, r' in shown
    assert "at least three" in shown
    (answer,) = parse_record((acme / "reviews.yml").read_text(), "x").answers
    assert (answer.answer, answer.because) == ("still-true", "only Enterprise ships it")


def test_a_claim_is_retired_at_the_terminal(base: Path, acme: Path) -> None:
    """Its lines go, with what is indented below them, nothing else; the answer says what made it so."""
    (acme / "index.md").write_text(CARD.replace("{#no-audit}\n", "{#no-audit}\n  - more\n"))
    code, shown = on_terminal(base, *TERMINAL, typed="r\n")
    assert code == 0, shown
    text = (acme / "index.md").read_text()
    assert "no-audit" not in text
    assert "more" not in text
    assert "- Their dashboards are slow. *(assumption)* {#slow}" in text
    (answer,) = parse_record((acme / "reviews.yml").read_text(), "x").answers
    assert (answer.answer, answer.because) == ("retired", "2.0.0 says: Introduces an audit log for all plans.")


def test_a_claim_is_changed_in_the_editor(base: Path, acme: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    """An editor that changes nothing is told; one that breaks the card is told and undone; one that mends the claim closes it."""
    script = tmp_path_factory.mktemp("editor") / "editor.sh"
    mends = "s|has no audit log|got its audit log in 2.0|"
    broken = f'#!/bin/sh\n[ -e {script}.ran ] && sed -i "{mends}" "$1" || echo > "$1"\ntouch {script}.ran\n'
    for text, typed, said in (("#!/bin/sh\n", "c\n\n", "the card still says so"), (broken, "c\nc\n", "index.md:1: ")):
        script.write_text(text)
        script.chmod(0o755)
        code, shown = on_terminal(base, *TERMINAL, typed=typed, EDITOR=str(script))
        assert said in shown, shown
        assert code == (0 if text == broken else 1), shown
    assert "got its audit log in 2.0" in (acme / "index.md").read_text()
    (answer,) = parse_record((acme / "reviews.yml").read_text(), "x").answers
    assert answer.answer == "changed"


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
