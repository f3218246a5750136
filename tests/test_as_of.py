"""`kb search --as-of`: what did we say then, from a real git repository."""

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.conftest import kb, snapshot
from tests.test_diff import git

ASKED = "your agents eat our CPU"


def commit(root: Path, day: str) -> str:
    when = {"GIT_AUTHOR_DATE": f"{day}T12:00:00", "GIT_COMMITTER_DATE": f"{day}T12:00:00"}
    git(root, "add", "-A")
    who = ["-c", "user.name=D", "-c", "user.email=d@ours.example"]
    subprocess.run(["git", *who, "commit", "-qm", day], cwd=root, check=True, env=os.environ | when)
    return git(root, "rev-parse", "HEAD").strip()


@pytest.fixture(scope="module")
def history(sample: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """The sample as it was in March, and with another answer since June; the index is of today."""
    root = tmp_path_factory.mktemp("then")
    shutil.copytree(sample / "docs", root / "docs")
    shutil.copy(sample / "kb.toml", root)
    (root / ".gitignore").write_text(".kb/\n")
    git(root, "init", "-q")
    first = commit(root, "2026-03-01")
    card = root / "docs/battlecards/acme/index.md"
    card.write_text(card.read_text().replace("Our collector takes about 0.6 percent", "Our collector takes about 0.4 percent"))
    commit(root, "2026-06-01")
    assert kb(root, "index").returncode == 0
    return root, first


@pytest.mark.parametrize(
    ("when", "said"),
    [("2026-03-01", "0.6 percent"), ("2026-05-31", "0.6 percent"), ("2026-06-01", "0.4 percent"), ("HEAD~1", "0.6 percent")],
)
def test_the_answer_of_then(history: tuple[Path, str], when: str, said: str) -> None:
    """By day, the last commit of that day or before; by commit; the day is told, and what is there today stays as it is."""
    root, _ = history
    before = snapshot(root)
    done = kb(root, "search", ASKED, "--as-of", when)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("As of 2026-0")
    assert said in done.stdout
    assert snapshot(root) == before
    assert "0.4 percent" in kb(root, "search", ASKED).stdout


def test_a_commit_is_packed_once_and_with_known_vectors(history: tuple[Path, str]) -> None:
    """The second question makes nothing anew; Chroma is not asked at all; JSON names the commit."""
    root, first = history
    answers = [json.loads(kb(root, "search", ASKED, "--as-of", first, "--json").stdout) for _ in range(2)]
    assert answers[0]["as_of"] == {"commit": first, "on": "2026-03-01"}
    folder = root / ".kb/as-of" / first
    stamp = (folder / ".kb/lookup.pack").stat().st_mtime_ns
    kb(root, "search", ASKED, "--as-of", first)
    assert (folder / ".kb/lookup.pack").stat().st_mtime_ns == stamp
    assert not (folder / ".kb/chroma").exists()
    assert answers[0]["hits"][0]["id"] == answers[1]["hits"][0]["id"] == "battlecards/acme#agent-overhead"


def test_a_pack_of_then_follows_the_settings_and_the_program(history: tuple[Path, str]) -> None:
    """Of another format, damaged, or of another threshold: made anew; no question of then is a gap of today, and nothing is left behind."""
    root, first = history
    assert kb(root, "search", ASKED, "--as-of", first).returncode == 0
    folder = root / ".kb/as-of" / first / ".kb"
    data = bytearray((folder / "lookup.pack").read_bytes())
    data[16] -= 1
    (folder / "lookup.pack").write_bytes(data)
    done = kb(root, "search", ASKED, "--as-of", first)
    assert (done.returncode, "made anew" in done.stderr) == (0, True), done.stderr
    (folder / "current.json").write_text("{")
    assert kb(root, "search", ASKED, "--as-of", first).returncode == 0
    settings = (root / "kb.toml").read_text()
    (root / "kb.toml").write_text(settings.replace("threshold = 0.25", "threshold = 1.0"))
    done = kb(root, "search", ASKED, "--as-of", first)
    (root / "kb.toml").write_text(settings)
    assert (done.returncode, "No good answer.\n" in done.stdout) == (3, True), done.stdout
    assert not (folder / "gaps.jsonl").exists()
    assert not [p for p in (root / ".kb/as-of").iterdir() if "." in p.name]


@pytest.mark.parametrize("when", ["2020-01-01", "2026-13-01", "no-such", "--output=x", ""])
def test_a_time_that_git_does_not_know_is_wrong_usage(history: tuple[Path, str], when: str) -> None:
    """One line, exit 2."""
    done = kb(history[0], "search", ASKED, f"--as-of={when or 'x y'}")
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1


def test_without_git_it_says_so(sample: Path) -> None:
    """A knowledge base that is no repository has no past."""
    done = kb(sample, "search", ASKED, "--as-of", "2026-03-01")
    assert done.returncode == 2
    assert "not a git repository" in done.stderr
