"""Every claim proves itself: the chain down to the words, and a message for each way in which evidence can be weak."""

import json
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from kb import library
from kb.check import check
from kb.provenance import weaknesses
from tests.conftest import kb

RELEASE = """\
---
title: Acme 4.2.0
version: 4.2.0
date: 2026-05-19
source: https://acme.example/feed
sha256: aa11
revisions:
  - {sha256: bb22, date: 2026-05-18}
---

# Acme 4.2.0 {#release}

Published 2026-05-19.

- **launch** (sso): Single sign-on with SAML is now on the Pro plan. {#c1}
- **pricing** (pricing): A seat costs 12 USD. {#c2}
"""
NOTE = "---\ndate: {day}\nauthor: {author}\ncompetitor: acme\nstage: poc\nsource: {source}\ndeal: {deal}\n---\n\nThey said it.\n"
TODAY = date(2026, 11, 24)


@pytest.fixture
def card(base: Path, add_card: Callable[..., Path]) -> Callable[[str, str], list[str]]:
    """Put one claim into a section of a card with release notes and field notes around it; what is said about it."""
    path = add_card("acme")
    folder = path.parent
    (folder / "releases").mkdir()
    (folder / "notes").mkdir()
    (folder / "releases/4.2.0.md").write_text(RELEASE)
    for name, author, source, deal in (
        ("one", "tom", "buyer-said", "d-1"), ("same", "ines", "buyer-said", "d-1"), ("two", "tom", "buyer-said", "d-2"),
        ("rumour", "sam", "rumour", "d-3"),
    ):  # fmt: skip
        (folder / f"notes/{name}.md").write_text(NOTE.format(day="2026-09-01", author=author, source=source, deal=deal))
    for name, author in (("lower", "priya"), ("upper", "Priya ")):
        (folder / f"notes/{name}.md").write_text(NOTE.format(day="2026-09-01", author=author, source="buyer-said", deal=""))
    for name in ("old-1", "old-2"):
        text = NOTE.format(day="2026-01-01", author="tom", source="buyer-said", deal=name)
        (folder / f"notes/{name}.md").write_text(text.replace("stage:", "expires: 2026-06-01\nstage:"))
    (base / "docs/index.md").write_text("# Home\n")
    (folder / "notes/tomorrow.md").write_text(NOTE.format(day="2027-09-01", author="tom", source="buyer-said", deal="d-9"))
    written = path.read_text()

    def said(claim: str, section: str = "Why we win") -> list[str]:
        path.write_text(f"{written}\n## {section}\n\n- {claim}\n")
        known = library.load(base)
        assert not known.problems
        (name,) = known.cards
        return [problem.message for problem in weaknesses(known, name, known.cards[name].claims, TODAY)]

    return said


@pytest.mark.parametrize(
    ("claim", "message"),
    [
        ("They are slow. [page](https://acme.example/speed)", "https://acme.example/speed has no date: write [its name, read YYYY-MM-DD]"),
        (
            "They are slow. [page, read 2027-01-02](https://acme.example/speed)",
            "is of 2027-01-02, which is in the future: correct the date",
        ),
        ("They will. [a](notes/tomorrow.md), [b](notes/one.md)", '"notes/tomorrow.md" is of 2027-09-01, which is in the future'),
        ('"SAML is on every plan" [Acme 4.2.0](releases/4.2.0.md#c1)', 'releases/4.2.0.md does not say "SAML is on every plan" (any more)'),
        ("They shrink. [home](../../index.md)", '"../../index.md" is a page of ours, which proves nothing: link a release note'),
        ("They shrink. [see also](#log-price)", '"#log-price" is a page of ours'),
        ("They shrink. [a rumour](notes/rumour.md), [see also](#log-price)", "rests only on a rumour"),
        ("They shrink. [a](notes/old-1.md), [b](notes/old-2.md)", "field notes that no longer count since 2026-06-01: ask again"),
        ("They shrink. [a](notes/lower.md), [b](notes/upper.md)", "rests on field notes needs two of different deals"),
        ("„SAML is on every plan“ [Acme 4.2.0](releases/4.2.0.md#c1)", 'does not say "SAML is on every plan"'),
        ("“SAML is on every plan” [Acme 4.2.0](releases/4.2.0.md#c1)", 'does not say "SAML is on every plan"'),
        ("'SAML's on every plan', [Acme 4.2.0](releases/4.2.0.md#c1)", 'does not say "SAML\'s on every plan"'),
        ('["SAML is on every plan"](releases/4.2.0.md#c1)', 'does not say "SAML is on every plan"'),
        ('[Acme 4.2.0](releases/4.2.0.md#c1): "SAML is on every plan"', 'does not say "SAML is on every plan"'),
        ("They shrink. [a rumour](notes/rumour.md)", "rests only on a rumour: find better evidence, or mark it *(inference)*"),
        ("They discount. [one](notes/one.md)", "rests on field notes needs two of different deals"),
        ("They discount. [one](notes/one.md), [same deal](notes/same.md)", "rests on field notes needs two of different deals"),
        ("They discount. [one](notes/one.md), [a rumour](notes/rumour.md)", "rests on field notes needs two of different deals"),
    ],
)
def test_weak_evidence_is_told(card: Callable[[str, str], list[str]], claim: str, message: str) -> None:
    """One message, which says what is weak and what to do."""
    (found,) = card(claim, "Why we win")
    assert message in found


@pytest.mark.parametrize(
    "claim",
    [
        "They are slow. [page, read 2026-10-02](https://acme.example/speed)",
        '"single sign-on with SAML" [Acme 4.2.0](releases/4.2.0.md#c1)',
        '"A seat costs 12 USD." [Acme 4.2.0](releases/4.2.0.md)',
        "They discount. [one](notes/one.md), [two](notes/two.md)",
        "They discount. [one](notes/one.md), [two](notes/two.md), [see also](../../index.md)",
        '[page, read 2026-10-02](https://acme.example/x), "a seat costs 12 USD" [Acme 4.2.0](releases/4.2.0.md)',
        "Their buyers' plan isn't one [Acme 4.2.0](releases/4.2.0.md#c1)",
        "They discount. *(inference)* [one](notes/one.md)",
        '**Ask:** "Where is your SAML?" **It draws:** silence. [Acme 4.2.0](releases/4.2.0.md#c1)',
    ],
)
def test_sound_evidence_is_left_alone(card: Callable[[str, str], list[str]], claim: str) -> None:
    """A dated page, words that are there, two deals, or an inference that says so."""
    assert card(claim, "Why we win") == []


@pytest.mark.parametrize(
    ("claim", "message"),
    [
        ("A seat is 12 USD. [Acme 4.2.0](releases/4.2.0.md#c2)", "a price without a date"),
        ("As of 2027-03, a seat is 12 USD. [Acme 4.2.0](releases/4.2.0.md#c2)", '"As of 2027-03" is in the future'),
        ("As of 2026-11-30, a seat is 12 USD. [Acme 4.2.0](releases/4.2.0.md#c2)", '"As of 2026-11-30" is in the future'),
        ("As of 2026-13, a seat is 12 USD. [Acme 4.2.0](releases/4.2.0.md#c2)", '"As of 2026-13" is no date: write it like'),
        ("As of 2026-05, a seat is 12 USD. [Acme 4.2.0](releases/4.2.0.md#c2)", None),
    ],
)
def test_a_price_says_when(card: Callable[[str, str], list[str]], claim: str, message: str | None) -> None:
    """Prices carry the month in which they were last seen, which is not one to come."""
    found = card(claim, "Pricing and packaging")
    assert [message in one for one in found] == ([True] if message else [])


@pytest.mark.parametrize(
    ("evidence", "message"),
    [
        ("[page](https://acme.example/speed)", "https://acme.example/speed has no date"),
        ("[page, read 2027-01-02](https://acme.example/speed)", "is in the future"),
        ("[a rumour](notes/rumour.md)", "rests only on a rumour"),
        ("*(inference)* [a rumour](notes/rumour.md)", None),
        ("[Acme 4.2.0](releases/4.2.0.md#c1)", None),
    ],
)
def test_an_objection_s_evidence_is_held_to_the_same(
    base: Path, card: Callable[[str, str], list[str]], evidence: str, message: str | None
) -> None:
    """An undated or future page or only a rumour is as weak below an objection as below a claim."""
    card("x *(inference)*", "Why we win")
    path = base / "docs/battlecards/acme/index.md"
    path.write_text(path.read_text() + f"\n## Objections\n\n### Dear {{#dear}}\n\n**Say this:** No.\n\n**Evidence:** {evidence}\n")
    found = [p.message for p in check(library.load(base), TODAY, {}) if p.level == "error" and "/notes/" not in p.path]
    assert [message in one for one in found if message] == ([True] if message else [])
    assert len(found) == bool(message)


def test_a_claim_is_traced_to_the_words(sample: Path) -> None:
    """Of every claim of the sample that has an id: each link ends at words with a hash, a dated page or a field note; and the text shows them."""
    known = library.load(sample)
    for card in known.cards.values():
        for claim in card.claims:
            if claim.id and claim.section == "Why we win":
                done = kb(sample, "trace", f"{card.competitor}#{claim.id}", "--json")
                assert done.returncode == 0, done.stderr
                for one in json.loads(done.stdout)["evidence"]:
                    assert one["kind"] in ("change", "release", "field note", "page")
                    assert one["day"]
                    assert one["words"] or one["kind"] == "page"
                    assert one["sha256"] or one["kind"] in ("page", "field note")
    shown = kb(sample, "trace", "battlecards/acme#log-price").stdout
    assert "Log indexing moves from 1.70 USD to 2.10 USD" in shown
    assert "sha256 8961d28d16dd" in shown


def test_an_unknown_claim_is_told_with_the_nearest(sample: Path) -> None:
    """Wrong usage, one line, and the id that was probably meant; a competitor that does not exist likewise."""
    done = kb(sample, "trace", "acme#log-prise")
    assert done.returncode == 2
    assert 'Did you mean "log-price"?' in done.stderr
    assert kb(sample, "trace", "acmee#log-price").returncode == 2
