"""`kb diff BASE`: a change told claim by claim, in a real git repository."""

import json
import subprocess
from datetime import date
from pathlib import Path

import pytest

from kb.conflict import Answer, Record, digest, render_record
from tests.conftest import PROJECT, kb
from tests.test_check import HEAD, OBJECTION, READ, RELEASE


def git(root: Path, *args: str) -> str:
    who = ["-c", "user.name=Dana", "-c", "user.email=dana@ours.example", "-c", "commit.gpgsign=false", "-c", "init.defaultBranch=main"]
    return subprocess.run(["git", *who, *args], cwd=root, check=True, capture_output=True, text=True).stdout


WIN = "## Why we win\n\n{}\n## Objections\n\n### Dear {{#dear}}\n\n**Also heard**\n\n- costly\n\n**Say this:** {}\n\n**Explore:** Why?\n"
BEFORE = (
    "- No single sign-on below Enterprise. [r](releases/4.2.0.md#c1) {#no-sso}\n- They sample at the head. [r](releases/4.2.0.md#c1) {#head}\n"
    "- Support answers in English only *(inference)*\n- Metrics are kept for 90 days *(inference)* {#kept}\n"
)
AFTER = (
    "- They sample at the head, unless one pays. [r](releases/4.2.0.md#c1) {#head}\n- Support answers in English and in German only *(inference)*\n"
    "- Metrics are kept for 90 days [page, read 2026-10-02](https://acme.example/p) {#kept}\n- Dashboards cannot be shared *(inference)* {#share}\n"
)


@pytest.fixture
def changed(base: Path) -> Path:
    """A repository whose card was committed, then changed."""
    acme = base / "docs/battlecards/acme"
    (acme / "releases").mkdir(parents=True)
    (base / "docs/objections").mkdir()
    (acme / "releases/4.2.0.md").write_text(RELEASE)
    (acme / "index.md").write_text(HEAD + READ + WIN.format(BEFORE, "We are not."))
    git(base, "init", "-q")
    git(base, "add", "-A")
    git(base, "commit", "-qm", "one")
    (acme / "index.md").write_text(
        HEAD.replace("2026-11-01", "2026-11-20") + READ + WIN.format(AFTER, "Per host we are.").replace("- costly", "- pricey")
    )
    newer = RELEASE.replace("4.2.0", "4.4.0").replace("\nsource", "\ndate: 2026-11-10\nsource")
    (acme / "releases/4.4.0.md").write_text(newer.replace("**fix**: One", "**launch**: SAML single sign-on on every plan"))
    (base / "docs/objections/slow.md").write_text(OBJECTION.format("acme", "No.").replace("Too dear", "You are slow"))
    return base


def test_a_change_is_told_claim_by_claim(changed: Path) -> None:
    """Retired, reworded with and without an id, other evidence, added; the objection's parts; the review; what ingest brought."""
    text = kb(changed, "diff", "HEAD").stdout
    for line in (
        "- `acme#no-sso` retired: No single sign-on below Enterprise. — because: Acme 4.4.0, it seems: SAML single sign-on on every plan",
        "- `acme#head` reworded: They sample at the head. → They sample at the head, unless one pays.",
        "- `acme` reworded: Support answers in English only → Support answers in English and in German only",
        "- `acme#kept` evidence changed: inference → https://acme.example/p",
        "- `acme#share` added: Dashboards cannot be shared",
        "- `acme#dear` **Say this** changed: We are not. → Per host we are.",
        "- `acme#dear` no longer heard: costly; also heard: pricey",
        "- `acme` reviewed 2026-11-20 by dana (before: 2026-11-01)",
        "- `objections/slow` added: You are slow",
        "- `acme/releases/4.4.0`: launch: SAML single sign-on on every plan",
    ):
        assert line in text, line
    assert "`acme#kept` reworded" not in text


def test_the_owner_s_word_is_the_reason(changed: Path) -> None:
    """A claim that went by an answer to a release is told with that answer; a claim that none touches gets no reason."""
    card, gone = changed / "docs/battlecards/acme/index.md", BEFORE.splitlines(keepends=True)
    words = digest("No single sign-on below Enterprise."), digest("SAML single sign-on on every plan")
    answer = Answer("no-sso@4.4.0#c1", "retired", "every plan has it now", "dana", date(2026, 11, 20), *words)
    card.with_name("reviews.yml").write_text(render_record(Record((answer,))))
    card.write_text(HEAD + READ + WIN.format(gone[1] + gone[3], "We are not."))
    told = kb(changed, "diff", "HEAD").stdout
    assert "- `acme#no-sso` retired: No single sign-on below Enterprise. — because: every plan has it now (dana, of 4.4.0#c1)\n" in told
    assert "- `acme` retired: Support answers in English only\n" in told


def test_a_reason_that_the_owner_rejected_is_not_told(changed: Path) -> None:
    """A claim that still holds in spite of a release, by its owner's answer, and is put in other words: the release is not the reason."""
    card = changed / "docs/battlecards/acme/index.md"
    words = digest("No single sign-on below Enterprise."), digest("SAML single sign-on on every plan")
    answer = Answer("no-sso@4.4.0#c1", "still-true", "only as a paid add-on", "dana", date(2026, 11, 20), *words)
    card.write_text(HEAD + READ + WIN.format(BEFORE.replace("below Enterprise", "short of Enterprise"), "We are not."))
    assert "`acme#no-sso` reworded: " in (told := kb(changed, "diff", "HEAD").stdout)
    assert "Enterprise. — because: Acme 4.4.0" in told
    card.with_name("reviews.yml").write_text(render_record(Record((answer,))))
    assert "`acme#no-sso` reworded: " in (told := kb(changed, "diff", "HEAD").stdout)
    assert "because" not in told


def test_the_same_as_json(changed: Path) -> None:
    """Each change with id, what, path and line."""
    changes = json.loads(kb(changed, "diff", "HEAD", "--json").stdout)["changes"]
    assert {"acme#no-sso", "acme#share", "objections/slow"} <= {c["id"] for c in changes}
    assert all((changed / c["path"]).is_file() and c["line"] >= 1 for c in changes)


def test_what_is_no_claim_is_told_as_well(changed: Path) -> None:
    """Who may read it, owner, a forbidden word, a basis, a field note that went; a card that cannot be read retires nothing."""
    card, note = changed / "docs/battlecards/acme/index.md", changed / "docs/battlecards/acme/notes/a.md"
    note.parent.mkdir()
    note.write_text("---\ndate: 2026-06-10\nauthor: tom\ncompetitor: acme\nstage: poc\nsource: buyer-said\n---\n\nThey left.\n")
    text = card.read_text() + "\n## Do not say\n\n- Cheap\n"
    card.write_text(text)
    git(changed, "add", "-A")
    git(changed, "commit", "-qm", "two")
    note.unlink()
    new = text.replace("owner: d@ours.example", "owner: s@ours.example\naudience: external-ok").replace("- Cheap", "- Dear")
    card.write_text(new.replace("{#share}", "{#share .internal}").replace("shared *(inference)*", "shared *(assumption)*"))
    told = kb(changed, "diff", "HEAD").stdout
    for line in (
        "- `acme` its owner changed: d@ours.example → s@ours.example",
        "- `acme` **who may read it** changed: internal → external-ok",
        "- `acme#share` **who may read it** changed: as its card → internal",
        "- `acme#share` evidence changed: inference → assumption",
        "- `acme` Do not say: Cheap → Do not say: Dear",
        "- `acme/notes/a` retired: They left.",
    ):
        assert line in told, told
    card.write_text(text + "<<<<<<< HEAD\nx\n=======\ny\n>>>>>>> other\n")
    told = kb(changed, "diff", "HEAD").stdout
    assert "- `battlecards/acme/index` cannot be read: " in told
    assert "`acme#share` retired" not in told


def test_nothing_changed_is_said(changed: Path) -> None:
    """After the commit there is no difference; an unknown base is wrong usage in a line, without a traceback."""
    git(changed, "add", "-A")
    git(changed, "commit", "-qm", "two")
    assert kb(changed, "diff", "HEAD").stdout == "Nothing that the field may say has changed.\n"
    done = kb(changed, "diff", "no-such-branch")
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert kb(changed, "diff", "--", "--output=x").returncode == 2


def test_a_knowledge_base_below_the_repository_s_top(changed: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    """docs/ may lie in a folder of a larger repository."""
    top = tmp_path_factory.mktemp("top")
    git(top, "init", "-q")
    subprocess.run(["cp", "-r", str(changed / "docs"), str(changed / "kb.toml"), str(top)], check=True)
    (top / "field").mkdir()
    for name in ("docs", "kb.toml"):
        (top / name).rename(top / "field" / name)
    git(top, "add", "-A")
    git(top, "commit", "-qm", "one")
    (top / "field/docs/objections/slow.md").unlink()
    assert "`objections/slow` retired: You are slow" in kb(top / "field", "diff", "HEAD").stdout


def test_moved_golden_questions_are_told(sample: Path, tmp_path: Path) -> None:
    """An objection that goes takes its golden questions with it."""
    subprocess.run(["cp", "-r", str(sample / "docs"), str(sample / "kb.toml"), str(tmp_path)], check=True)
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests/golden.jsonl").write_text('{"query": "are you authorised for government", "expect": ["objections/fedramp"]}\n')
    git(tmp_path, "init", "-q")
    git(tmp_path, "add", "-A")
    git(tmp_path, "commit", "-qm", "one")
    (tmp_path / "docs/objections/fedramp.md").unlink()
    text = kb(tmp_path, "diff", "HEAD", "--search").stdout
    assert "### Search: 1 golden question moved\n\n- are you authorised for government: objections/fedramp → " in text
    assert PROJECT not in tmp_path.parents
