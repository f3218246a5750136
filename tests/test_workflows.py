"""The workflows of .github/, run here: every `run:` step for real, in a scratch repository with a real remote. Only `gh` is a stand-in."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from kb.issue import fields
from kb.library import load
from tests.conftest import PROJECT, Site, kb
from tests.test_check import HEAD, READ
from tests.test_diff import git

SCAFFOLD = PROJECT / "kb/scaffold/github"
FEED = """<?xml version="1.0"?><rss version="2.0"><channel><title>Acme</title>{}</channel></rss>"""
ITEM = "<item><title>Acme {v}</title><guid>{v}</guid><pubDate>Mon, 0{n} Jun 2026 10:00:00 GMT</pubDate><description>&lt;ul&gt;&lt;li&gt;New: SAML on Pro in {v}.&lt;/li&gt;&lt;/ul&gt;</description></item>"  # fmt: skip
GH = """#!{python}
import os, pathlib, sys
here = pathlib.Path({folder!r})
open_ = here / "open"
log = here / "log"
args = sys.argv[1:]
said = " ".join(args[:2])
branch = args[args.index("--head") + 1] if "--head" in args else args[2]
there = open_.read_text().split() if open_.exists() else []
if said == "pr list":
    print(*(str(n) for n, name in enumerate(there, 1) if name == branch), sep="\\n")
    sys.exit()
if said == "pr create":
    assert branch not in there, "a second pull request"
    open_.write_text("\\n".join([*there, branch]))
body = pathlib.Path(args[args.index("--body-file") + 1]).read_text() if "--body-file" in args else args[args.index("--body") + 1]
log.open("a").write(said + " " + branch + "\\n" + body + "\\n")
"""


def workflow(name: str) -> dict:
    return YAML(typ="safe", pure=True).load((PROJECT / f".github/workflows/{name}.yml").read_text())


class Scratch:
    """A clone with a bare remote, a `kb` on the path, and a stand-in for `gh`."""

    def __init__(self, base: Path, outside: Path) -> None:
        self.root, self.outside = base, outside
        (outside / "bin").mkdir()
        self.tool("kb", f'#!/bin/sh\nPYTHONPATH={PROJECT} exec {sys.executable} -m kb "$@"\n')
        self.tool("gh", GH.format(python=sys.executable, folder=str(outside)))
        subprocess.run(["cp", "-r", str(PROJECT / ".github"), str(base)], check=True)
        (base / ".gitignore").write_text(".kb/\nsite/\n")
        (base / "docs/index.md").write_text("# Home\n")
        kb(base, "codeowners")
        git(outside, "init", "-q", "--bare", "origin.git")
        git(base, "init", "-q")
        git(base, "config", "user.name", "Dana")
        git(base, "config", "user.email", "dana@ours.example")
        git(base, "remote", "add", "origin", str(outside / "origin.git"))
        self.commit("one")
        git(base, "push", "-q", "-u", "origin", "main")

    def tool(self, name: str, text: str) -> None:
        (self.outside / "bin" / name).write_text(text)
        (self.outside / "bin" / name).chmod(0o755)

    def commit(self, message: str) -> None:
        git(self.root, "add", "-A")
        git(self.root, "commit", "-qm", message)

    def run(self, name: str, **said: str) -> subprocess.CompletedProcess[str]:
        """Run the steps of a workflow until one fails, `${{ x }}` replaced by what `said` has for it."""
        (job,) = workflow(name)["jobs"].values()
        done = subprocess.CompletedProcess[str]([], 0, "", "")
        for step in (step for step in job["steps"] if "run" in step):
            given = {
                key: re.sub(r"\$\{\{ *(.+?) *\}\}", lambda m: said.get(m[1].replace(".", "_"), ""), value)
                for key, value in step.get("env", {}).items()
            }
            env = (
                os.environ
                | given
                | {"PATH": f"{self.outside / 'bin'}:{os.environ['PATH']}", "GITHUB_STEP_SUMMARY": str(self.outside / "summary")}
            )
            done = subprocess.run(["bash", "-e", "-c", step["run"]], cwd=self.root, env=env, capture_output=True, text=True, check=False)
            if done.returncode:
                break
        return done

    def told(self) -> str:
        return (self.outside / "log").read_text() if (self.outside / "log").exists() else ""


@pytest.fixture
def scratch(base: Path, tmp_path_factory: pytest.TempPathFactory, site: Site) -> Scratch:
    card = base / "docs/battlecards/acme/index.md"
    card.parent.mkdir()
    card.write_text(HEAD.replace("competitor: acme", f"competitor: acme\nsources:\n  - feed: {site.url}/feed") + READ)
    return Scratch(base, tmp_path_factory.mktemp("outside"))


def test_the_project_s_own_github_folder_is_the_scaffold() -> None:
    """One source: what `kb init` gives a team is what runs here; CODEOWNERS alone is made."""
    own = {
        p.relative_to(PROJECT / ".github"): p.read_bytes()
        for p in (PROJECT / ".github").rglob("*")
        if p.is_file() and p.name != "CODEOWNERS"
    }
    assert own == {p.relative_to(SCAFFOLD): p.read_bytes() for p in SCAFFOLD.rglob("*") if p.is_file()}
    assert (PROJECT / ".vscode/tasks.json").read_bytes() == (SCAFFOLD.parent / "vscode/tasks.json").read_bytes()
    assert all(os.access(p, os.X_OK) for p in (PROJECT / ".github/scripts").iterdir())


def test_a_team_s_first_site_and_how_to_write_are_the_project_s_own() -> None:
    """One source again: the settings of the site, and the pages for those who write cards, which link nothing that a team has not."""
    given = SCAFFOLD.parent
    assert (given / "mkdocs.yml").read_bytes() == (PROJECT / "mkdocs.yml").read_bytes()
    pages = {p.name: p.read_text() for p in (PROJECT / "docs/contribute").iterdir()}
    assert pages == {p.name: p.read_text() for p in (given / "docs/contribute").iterdir()}
    assert not [name for name, text in pages.items() if "](../" in text]


def test_installing_from_a_package_fetches_what_draws_diagrams(tmp_path: Path) -> None:
    """A team's own repository installs what REJOINDER names, and after that Mermaid."""
    fake = f'#!/bin/sh\necho "${{0##*/}} $*" >>{tmp_path}/log\n'
    python = f"{fake}mkdir -p .venv/bin\ncp {tmp_path}/bin/pip .venv/bin/pip\ncp {tmp_path}/bin/pip .venv/bin/python\n"
    (tmp_path / "bin").mkdir()
    for name, text in (("pip", fake), ("python3", python)):
        (tmp_path / "bin" / name).write_text(text)
        (tmp_path / "bin" / name).chmod(0o755)
    (tmp_path / "team").mkdir()
    env = {"PATH": f"{tmp_path}/bin:/usr/bin:/bin", "GITHUB_PATH": f"{tmp_path}/path", "REJOINDER": "rejoinder==9"}
    subprocess.run([SCAFFOLD / "scripts/install"], cwd=tmp_path / "team", env=env, check=True)
    assert (tmp_path / "log").read_text().splitlines()[-2:] == ["pip install -q rejoinder==9", "python -m publish.vendored"]


@pytest.mark.parametrize("name", ["check", "ingest", "issue", "publish"])
def test_a_workflow_runs_scripts_and_puts_nothing_foreign_into_a_shell(name: str) -> None:
    """Every run step is one script that is there; what comes from outside comes as a variable, never as text of the command."""
    for job in workflow(name)["jobs"].values():
        for step in job["steps"]:
            if "run" in step:
                assert re.fullmatch(r"\.github/scripts/[a-z]+", step["run"])
                assert (PROJECT / step["run"]).is_file()


def test_the_template_asks_three_things_at_most() -> None:
    """Why, what changed, and the preview."""
    text = (PROJECT / ".github/pull_request_template.md").read_text()
    assert len([line for line in text.splitlines() if line.strip()]) == 3


def test_a_pull_request_is_checked_told_and_built(scratch: Scratch) -> None:
    """A good change passes, with its summary and a site; a bad claim fails with an annotation on its line, and the site is still there."""
    git(scratch.root, "checkout", "-qb", "change")
    card = scratch.root / "docs/battlecards/acme/index.md"
    card.write_text(card.read_text() + "## Why we win\n\n- They are slow *(inference)* {#slow}\n")
    done = scratch.run("check", github_base_ref="main")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "`acme#slow` added: They are slow" in (scratch.outside / "summary").read_text()
    assert (scratch.root / "site/battlecards/acme/index.html").is_file()
    card.write_text(card.read_text() + "- They cost 100% more\n")
    done = scratch.run("check", github_base_ref="main")
    assert done.returncode == 1
    assert '::error file=docs/battlecards/acme/index.md,line=19::no evidence for "They cost 100%25 more…"' in done.stdout


def test_a_search_that_got_worse_stops_a_change(scratch: Scratch) -> None:
    """The golden set is the gate: an objection that must be found and is gone."""
    (scratch.root / "tests").mkdir()
    (scratch.root / "tests/golden.jsonl").write_text('{"query": "you are too dear", "expect": ["battlecards/acme#gone"]}\n')
    done = scratch.run("check", github_base_ref="main")
    assert done.returncode == 1
    assert "no such answer: battlecards/acme#gone" in done.stdout


def test_one_pull_request_a_competitor_updated_and_not_doubled(scratch: Scratch, site: Site) -> None:
    """New releases open one; nothing new leaves it alone; another release updates it; a source that is down opens none."""
    site.put("/feed", FEED.format(ITEM.format(v="4.4.0", n=1)), "application/rss+xml")
    done = scratch.run("ingest", github_event_repository_default_branch="main")
    assert done.returncode == 0, done.stderr
    assert scratch.told().count("pr create ingest/acme") == 1
    assert "SAML on Pro in 4.4.0" in scratch.told()
    assert "What the check says" in scratch.told()
    assert "docs/battlecards/acme/releases/4.4.0.md" in git(scratch.root, "ls-tree", "-r", "--name-only", "origin/ingest/acme")
    assert not (scratch.root / "docs/battlecards/acme/releases").exists()  # back on main
    before = scratch.told()
    assert scratch.run("ingest", github_event_repository_default_branch="main").returncode == 0
    assert scratch.told() == before
    site.put("/feed", FEED.format(ITEM.format(v="4.5.0", n=2) + ITEM.format(v="4.4.0", n=1)), "application/rss+xml")
    assert scratch.run("ingest", github_event_repository_default_branch="main").returncode == 0
    assert scratch.told().count("pr create") == 1
    assert scratch.told().count("pr edit ingest/acme") == 1
    assert git(scratch.root, "rev-list", "--count", "origin/main..origin/ingest/acme").strip() == "2"


def test_what_a_person_pushed_onto_the_proposal_stays(scratch: Scratch, site: Site) -> None:
    """A claim that was edited on the pull request's branch, and what came to main meanwhile, are both there after the next release."""
    site.put("/feed", FEED.format(ITEM.format(v="4.4.0", n=1)), "application/rss+xml")
    assert scratch.run("ingest", github_event_repository_default_branch="main").returncode == 0
    card = scratch.root / "docs/battlecards/acme/index.md"
    git(scratch.root, "checkout", "-q", "ingest/acme")
    card.write_text(card.read_text() + "\nMine.\n")
    scratch.commit("mine")
    git(scratch.root, "push", "-q", "origin", "ingest/acme")
    git(scratch.root, "checkout", "-q", "main")
    (scratch.root / "docs/index.md").write_text("# Another home\n")
    scratch.commit("home")
    git(scratch.root, "push", "-q", "origin", "main")
    assert scratch.run("ingest", github_event_repository_default_branch="main").returncode == 0
    assert scratch.told().count("pr edit") == 0, "nothing was published"
    site.put("/feed", FEED.format(ITEM.format(v="4.5.0", n=2) + ITEM.format(v="4.4.0", n=1)), "application/rss+xml")
    done = scratch.run("ingest", github_event_repository_default_branch="main")
    assert done.returncode == 0, done.stderr
    git(scratch.root, "fetch", "-q")
    assert "Mine." in git(scratch.root, "show", "origin/ingest/acme:docs/battlecards/acme/index.md")
    assert "Another home" in git(scratch.root, "show", "origin/ingest/acme:docs/index.md")
    assert scratch.told().count("pr edit ingest/acme") == 1


def test_a_proposal_that_contradicts_main_is_told_and_left_alone(scratch: Scratch, site: Site) -> None:
    """Exit 1 and the branch as it was; main is checked out afterwards."""
    site.put("/feed", FEED.format(ITEM.format(v="4.4.0", n=1)), "application/rss+xml")
    assert scratch.run("ingest", github_event_repository_default_branch="main").returncode == 0
    was = git(scratch.root, "rev-parse", "origin/ingest/acme")
    note = scratch.root / "docs/battlecards/acme/releases/4.4.0.md"
    note.parent.mkdir()
    note.write_text("Something else.\n")
    scratch.commit("another")
    git(scratch.root, "push", "-q", "origin", "main")
    done = scratch.run("ingest", github_event_repository_default_branch="main")
    assert done.returncode == 1
    assert "ingest/acme cannot be merged with main" in done.stderr
    assert git(scratch.root, "rev-parse", "origin/ingest/acme") == was
    assert git(scratch.root, "branch", "--show-current").strip() == "main"


def test_a_source_that_is_down_fails_the_run_and_opens_nothing(scratch: Scratch) -> None:
    """Exit 1, so that somebody looks; no empty pull request."""
    assert scratch.run("ingest", github_event_repository_default_branch="main").returncode == 1
    assert scratch.told() == ""


def test_what_was_merged_is_published_as_one_commit(scratch: Scratch) -> None:
    """The branch `site` holds the pages and nothing else, however often; the clone's own state is as before."""
    for _ in range(2):
        done = scratch.run("publish")
        assert done.returncode == 0, done.stderr
    names = git(scratch.root, "ls-tree", "-r", "--name-only", "origin/site").split()
    git(scratch.root, "fetch", "-q")
    assert "index.html" in names
    assert not any(name.startswith("docs/") for name in names)
    assert git(scratch.root, "rev-list", "--count", "origin/site").strip() == "1"
    assert git(scratch.root, "status", "--porcelain") == ""


OBJECTION = "### What the buyer says\n\n\"You are too dear\"\n\n### Other ways they say it\n\n- pricey\n- costly\n\n### What we should answer\n\nPer host we are not.\n\n### Competitors\n\nAcme\n\n### Stage\n\nnegotiation\n\n### What it rests on\n\n_No response_\n"  # fmt: skip
WRONG = "### Which competitor\r\n\r\nacme\r\n\r\n### Which claim\r\n\r\n_No response_\r\n\r\n### What the card says\r\n\r\nNo SSO\r\n\r\n### What is true instead\r\n\r\nSSO is on Pro, says joe@buyer.example.\r\n<script>x</script>\r\n\r\n### How do you know\r\n\r\ndocument-seen\r\n"  # fmt: skip
HEARD = "### Which competitor\n\nAcme\n\n### What was said\n\nThey dropped to 12 USD.\n# not a heading\n\n### Stage\n\npoc\n\n### How do you know\n\nbuyer-said\n\n### Deal\n\nGlobex renewal\n"


@pytest.mark.parametrize(("form", "where"), [(OBJECTION, "docs/objections/you-are-too-dear.md"), (WRONG, "/notes/"), (HEARD, "/notes/")])
def test_a_form_becomes_a_valid_file(scratch: Scratch, form: str, where: str) -> None:
    """Each issue form's text, as the host has it: a file that passes the check, redacted, harmless, in a pull request that closes it."""
    done = scratch.run(
        "issue",
        github_event_repository_default_branch="main",
        github_event_issue_number="7",
        github_event_issue_user_login="tom",
        github_event_issue_body=form,
    )
    assert done.returncode == 0, done.stderr
    made = git(scratch.root, "diff", "--name-only", "origin/main", "origin/issue/7").split()
    (path,) = (name for name in made if name != ".github/CODEOWNERS")
    assert where in path
    text = git(scratch.root, "show", f"origin/issue/7:{path}")
    assert "<script" not in text
    assert "buyer.example" not in text
    assert "Globex" not in text
    assert not load(scratch.root).problems
    assert kb(scratch.root, "check").returncode == kb(scratch.root, "codeowners", "--check").returncode == 0
    assert "pr create issue/7\nCloses #7." in scratch.told()


@pytest.mark.parametrize(
    ("form", "message"),
    [
        ("hello", "is none of the forms"),
        (WRONG.replace("_No response_", "log-price"), 'the card of acme has no claim "log-price"'),
        (OBJECTION.replace("\nAcme\n", "\nAcne\n"), "Acne: no such competitor. Known: acme."),
    ],
)
def test_a_form_that_is_no_use_is_answered_in_the_issue(scratch: Scratch, form: str, message: str) -> None:
    """No file, no branch: the person is told what is missing."""
    said = {"github_event_repository_default_branch": "main", "github_event_issue_number": "7", "github_event_issue_user_login": "tom"}
    assert scratch.run("issue", **said, github_event_issue_body=form).returncode == 1
    assert scratch.told().startswith("issue comment 7\n")
    assert message in scratch.told()


def test_an_edited_issue_leaves_a_person_s_work_alone(scratch: Scratch) -> None:
    """As long as nobody worked on the proposal, an edit replaces it; afterwards it changes nothing."""
    said = {"github_event_repository_default_branch": "main", "github_event_issue_number": "7", "github_event_issue_user_login": "tom"}
    for form in (OBJECTION, OBJECTION.replace("Per host we are not.", "We are not.")):
        assert scratch.run("issue", **said, github_event_issue_body=form).returncode == 0
    page = scratch.root / "docs/objections/you-are-too-dear.md"
    assert "**Say this:** We are not." in page.read_text()
    page.write_text(page.read_text().replace("We are not.", "Look at the hosts."))
    scratch.commit("better words")
    git(scratch.root, "push", "-q", "origin", "issue/7")
    git(scratch.root, "fetch", "-q")
    done = scratch.run("issue", **said, github_event_issue_body=OBJECTION)
    assert done.returncode == 0, done.stderr
    assert "Look at the hosts." in git(scratch.root, "show", "origin/issue/7:docs/objections/you-are-too-dear.md")


def test_a_form_is_known_without_labels() -> None:
    """The workflow runs when an issue is opened or edited, and asks for the headings by which `kb from-issue` knows a form."""
    text = (PROJECT / ".github/workflows/issue.yml").read_text()
    assert "types: [opened, edited, labeled]" in text
    assert all(f"'### {label}'" in text for label in ("What the buyer says", "What was said", "What is true instead"))


@pytest.mark.parametrize("name", ["objection", "card-is-wrong", "field-note"])
def test_the_labels_of_a_form_are_those_that_are_read(name: str) -> None:
    """A form's labels, as the host writes them into an issue, are what `kb from-issue` knows."""
    form = YAML(typ="safe", pure=True).load((PROJECT / f".github/ISSUE_TEMPLATE/{name}.yml").read_text())
    labels = [part["attributes"]["label"] for part in form["body"]]
    assert set(fields("".join(f"### {label}\n\nx\n\n" for label in labels))) == set(labels)
    source = (PROJECT / "kb/issue.py").read_text()
    assert all(f'"{label}"' in source or f"'{label}'" in source for label in labels)
