"""`kb check`: every message has a test that shows what brings it about."""

import datetime as dt
import json
import subprocess
from pathlib import Path

import pytest

from kb.check import check
from kb.commands.check import _touching, main
from kb.library import Problem, load
from tests.conftest import kb

TODAY = dt.date(2026, 11, 23)
HEAD = "---\ntitle: Acme\ncompetitor: acme\nowner: d@ours.example\nreviewed: {on: 2026-11-01, by: dana}\n---\n\n# Acme\n\n"
READ = "## Thirty-second read\n\n- x\n\n"
RELEASE = "---\ntitle: Acme 4.2.0\nversion: 4.2.0\nsource: https://acme.example/feed\nsha256: ab\n---\n\n# Acme\n\n- **fix**: One {#c1}\n"
NOTE = "---\ndate: 2026-09-12\nauthor: priya\ncompetitor: acme\nstage: poc\nsource: buyer-said\n---\n\n{}\n"
OBJECTION = "---\ntitle: Dear\ncompetitors: [{}]\nowner: d@ours.example\nreviewed: {{on: 2026-11-01, by: d}}\n---\n\n# Too dear\n\n**Say this:** {}\n"


def problems(base: Path, card: str | None = None, note: str | None = None, objection: str | None = None) -> list[str]:
    acme = base / "docs/battlecards/acme"
    (acme / "releases").mkdir(parents=True)
    (acme / "notes").mkdir()
    (base / "docs/objections").mkdir()
    (acme / "index.md").write_text(HEAD + READ if card is None else card)
    (acme / "releases/4.2.0.md").write_text(RELEASE)
    if note is not None:
        (acme / "notes/2026-09-12-x.md").write_text(note)
    if objection is not None:
        (base / "docs/objections/dear.md").write_text(objection)
    return [str(p) for p in check(load(base), TODAY, {})]


CARDS = [
    (HEAD.replace("competitor: acme", "competitor: acne") + READ, 3, '`competitor: acne` must be the folder\'s name, "acme"'),
    (HEAD + READ + "## Why we wim\n\n- x\n", 14, '"Why we wim" is not a section of a battlecard. Did you mean "Why we win"?'),
    (HEAD + "## Why we win\n\n- x *(inference)*\n", 1, 'needs a section "## Thirty-second read"'),
    (HEAD + READ + "## Why we lose\n\n- a *(inference)*\n\n## Why we win\n\n- b *(inference)*\n", 18, 'must come before "Why we lose"'),
    (HEAD + READ + "## Why we win\n\n- SSO costs extra\n", 16, 'no evidence for "SSO costs extra…"'),
    (
        HEAD + READ + "## Why we win\n\n- a [r](releases/9.9.9.md)\n",
        16,
        "leads to no file: expected docs/battlecards/acme/releases/9.9.9.md",
    ),
    (HEAD + READ + "## Why we win\n\n- a [r](releases/4.2.0.md#c7)\n", 16, 'docs/battlecards/acme/releases/4.2.0.md has no "c7"'),
    (HEAD + READ + "## Why we win\n\n- a [r](../../../../../etc/passwd)\n", 16, "leads to no file"),
    (HEAD + READ + "## Why we win\n\n- a *(inference)* {#x}\n- b *(inference)* {#x}\n", 17, "the id {#x} is used on line 16 already"),
    (HEAD + READ + "## Landmines to lay\n\n" + "- a *(inference)*\n" * 4, 19, "at most three landmines"),
    (HEAD + READ + "## Objections\n\n### Dear {#d}\n\n**Say this:** One. Two. Three.\n", 16, "more than two sentences"),
    (HEAD.replace("2026-11-01", "2026-01-01") + READ, 5, "review overdue since 2026-04-01 (last by dana on 2026-01-01)"),
    (HEAD.replace("2026-11-01", "2027-11-01") + READ, 5, "which is in the future"),
    (HEAD.replace("by: dana", "by: dana, head: 4.3.0") + READ, 5, 'reviewed.head "4.3.0" is no release note of acme.'),
    (HEAD.replace("reviewed: {on: 2026-11-01, by: dana}\n", "") + READ, 1, "never reviewed"),
    (HEAD.replace("d@ours.example", "dana") + READ, 4, 'the owner "dana" is no address'),
]


@pytest.mark.parametrize(("card", "line", "message"), CARDS, ids=[c[2] for c in CARDS])
def test_a_card_s_fault_is_named_with_its_line(base: Path, card: str, line: int, message: str) -> None:
    """One fault, one message, on the line that must change."""
    (only,) = problems(base, card)
    assert only.startswith(f"docs/battlecards/acme/index.md:{line}: ")
    assert message in only


def test_a_good_card_has_no_problem(base: Path) -> None:
    """Evidence that resolves, an inference, ids, sections in order: nothing to say."""
    card = HEAD.replace("by: dana", "by: dana, head: 4.2.0") + READ
    card += "## Why we win\n\n- a [r](releases/4.2.0.md#c1) {#a}\n- b *(inference)*\n- c [page, read 2026-10-02](https://acme.example/p)\n"
    assert problems(base, card) == []


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("Write to joe@buyer.example about it.", "an e-mail address"),
        ("Call +49 171 234 56 78 for more.", "a phone number"),
        ("Their key is AKIAABCDEFGHIJKLMNOP.", "a secret"),
        ("See [x](../releases/1.0.md).", "leads to no file"),
    ],
)
def test_a_field_note_carries_no_personal_data(base: Path, body: str, message: str) -> None:
    """What slipped through is refused, and not repeated in full."""
    (only,) = problems(base, note=NOTE.format(body))
    assert message in only
    assert "buyer.example" not in only


def test_dates_and_versions_in_a_field_note_are_no_phone_numbers(base: Path) -> None:
    """Plain facts do not trip the check for personal data."""
    assert (
        problems(base, note=NOTE.format("On 2026-09-12 they ran 4.2.0 on 1,200 hosts for 24 USD, 10-20 % CPU, 2026-10-01 to 2026-12-31."))
        == []
    )


def test_an_objection_names_a_known_competitor(base: Path) -> None:
    """A typo in `competitors` is told with the nearest name."""
    (only,) = problems(base, objection=OBJECTION.format("acne", "No."))
    assert 'no card for the competitor "acne". Did you mean "acme"?' in only


def test_the_command_s_exit_code_and_formats(base: Path) -> None:
    """Errors end with 1, warnings with 0; text, GitHub annotations and JSON say the same."""
    problems(base, HEAD + READ + "## Why we win\n\n- SSO costs extra\n")
    text, github, as_json = (kb(base, "check", "--format", f) for f in ("text", "github", "json"))
    assert {text.returncode, github.returncode, as_json.returncode} == {1}
    assert "docs/battlecards/acme/index.md:16: no evidence" in text.stdout
    assert "::error file=docs/battlecards/acme/index.md,line=16::no evidence" in github.stdout
    assert json.loads(as_json.stdout)["problems"][0]["line"] == 16
    assert kb(base, "check", "docs/nowhere").returncode == 2


def test_a_change_is_told_what_is_like_it_and_what_was_not_looked_for() -> None:
    """Likeness is told when either of the two is new; that something could not be looked for at all, always."""
    like = Problem("docs/battlecards/acme/index.md", 40, "says much the same", "warning", ("docs/objections/slow.md", 9))
    missing = Problem("kb.toml", 1, "claims were not compared", "warning")
    assert _touching([like, missing], {"docs/objections/slow.md": set(range(1, 12))}) == [like, missing]
    assert _touching([like, missing], {"docs/objections/slow.md": {3}}) == [missing]


def test_a_change_is_told_what_it_touches(base: Path) -> None:
    """With --base: a warning on a changed line, one anywhere on a card that got a field note, every error; the rest is counted."""
    problems(base, HEAD.replace("reviewed: {on: 2026-11-01, by: dana}\n", "") + READ + "## Why we win\n\n- SSO costs extra *(inference)*\n")
    card = base / "docs/battlecards/acme/index.md"
    for args in (["init", "-q"], ["add", "-A"], ["-c", "user.name=d", "-c", "user.email=d@x.example", "commit", "-qm", "one"],
                 ["config", "diff.mnemonicPrefix", "true"]):  # fmt: skip
        subprocess.run(["git", *args], cwd=base, check=True)

    def told() -> tuple[list[int], str]:
        done = kb(base, "check", "--base", "HEAD", "--format", "json")
        return [problem["line"] for problem in json.loads(done.stdout)["problems"]], done.stderr

    every = [p["line"] for p in json.loads(kb(base, "check", "--format", "json").stdout)["problems"]]
    assert every
    assert told() == ([], f"{len(every)} warnings on lines that this change leaves alone: `kb check` tells them\n")
    card.write_text(card.read_text() + "- Nothing bears this\n")
    assert card.read_text().count("\n") in told()[0]
    assert not set(every) & set(told()[0])
    note = base / "docs/battlecards/acme/notes/2026-06-10-a.md"
    note.write_text("---\ndate: 2026-06-10\nauthor: tom\ncompetitor: acme\nstage: poc\nsource: buyer-said\n---\n\nThey left.\n")
    assert set(every) <= set(told()[0])  # git need not know it yet
    note.unlink()
    assert not set(every) & set(told()[0])
    (base / "docs/battlecards/acme/releases/4.2.0.md").unlink()
    assert set(every) <= set(told()[0])
    assert kb(base, "check", "--base", "nowhere").returncode == 2


def test_the_sample_has_no_error(sample: Path) -> None:
    """What ships passes its own check: every claim has evidence, and every link leads somewhere."""
    found = [str(p) for p in check(load(sample), TODAY, {}) if p.level == "error"]
    assert found == []


def test_the_sample_has_the_size_that_it_claims(sample: Path) -> None:
    """Four competitors, about forty objections, sixty release notes, twenty-five field notes, all said to be fictional."""
    library = load(sample)
    objections = sum(len(card.objections) for card in library.cards.values()) + len(library.pages)
    assert len(library.cards) == 4
    assert objections >= 38
    assert len(library.releases) == 60
    assert len(library.notes) == 25
    assert "fictional" in (sample / "docs/index.md").read_text().lower()


def test_a_check_does_not_embed_a_whole_knowledge_base(base: Path) -> None:
    """Many objections that no index has seen: one warning that names the command, at once, and no error."""
    one = "### Dear {n} {{#d{n}}}\n\n**Also heard**\n\n- costly {n}\n- pricey {n}\n- beyond {n}\n\n**Say this:** No.\n\n"
    problems(base, HEAD + READ + "## Objections\n\n" + "".join(one.format(n=n) for n in range(200)))
    done = kb(base, "check")
    assert done.returncode == 0
    assert "objections that are much alike were not looked for: the index: has not seen" in done.stdout
    assert "run `kb index`" in done.stdout


def test_with_a_path_only_its_cards_are_compared_with_releases(base: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The dear part of the check is done for the cards that were asked for, for all without a PATH, for none when no card is asked for."""
    for name in ("acme", "brontide"):
        (base / f"docs/battlecards/{name}").mkdir(parents=True)
        (base / f"docs/battlecards/{name}/index.md").write_text(HEAD.replace("acme", name) + READ)
    asked: list[set[str]] = []

    def conflicts(config: object, library: object, only: set[str]) -> dict[str, list[object]]:
        asked.append(only)
        return {}

    monkeypatch.setattr("kb.commands.check.conflicts", conflicts)
    for paths in ([], [str(base / "docs/battlecards/acme")], [str(base / "kb.toml")]):
        main([*paths, "--root", str(base)])
    assert asked == [{"acme", "brontide"}, {"acme"}]
