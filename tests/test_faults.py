"""Killed, full, read-only, two at once, damaged: nothing written by hand is ever lost, and the next run heals the rest."""

import os
import resource
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from benchmarks.kills import kill_at_random
from kb.failpoints import POINTS
from tests.conftest import PROJECT, Site, kb, snapshot

AddCard = Callable[..., Path]
OLD = "## 1.1.0 - 2026-02-01\n\n- Added SSO\n\n## 1.0.0 - 2026-01-01\n\n- First\n"
NEW = "## 1.2.0 - 2026-03-01\n\n- Added SCIM\n\n" + OLD.replace("Added SSO", "Added SSO on Enterprise")
INGEST_POINTS = POINTS[:6]
INDEX_POINTS = POINTS[6:]


def command(base: Path, *args: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run `kb` with more in its environment."""
    return subprocess.run(
        [sys.executable, "-m", "kb", *args, "--root", str(base)],
        capture_output=True, text=True, timeout=120, check=False, cwd=PROJECT, env=os.environ | environment,
    )  # fmt: skip


def settled(base: Path) -> dict[str, bytes]:
    return {name: data for name, data in snapshot(base).items() if ".kb-tmp-" not in name}


@pytest.mark.parametrize("point", [f"{name}:{n}" for name in INGEST_POINTS for n in (1, 3)])
def test_an_ingest_killed_anywhere_leaves_old_or_new_and_the_next_run_heals_it(
    site: Site, base: Path, add_card: AddCard, point: str
) -> None:
    """kill -9 at each named point: every file is as before or as after, never between; then one run makes it whole and sweeps strays."""
    add_card("acme", f"changelog: {site.put('/log', OLD)}")
    assert command(base, "ingest").returncode == 0
    before = settled(base)
    site.put("/log", NEW)
    killed = command(base, "ingest", KB_FAIL_AT=point)
    reached = killed.returncode == -signal.SIGKILL
    assert reached or point.endswith(":3")
    between = settled(base)
    assert command(base, "ingest").returncode == 0
    after = snapshot(base)
    assert not [name for name in after if ".kb-tmp-" in name]
    assert len([name for name in after if "/releases/" in name]) == 3
    for name, data in between.items():
        assert data in (before.get(name), after.get(name)), name
    assert before.keys() <= between.keys()


@pytest.mark.parametrize("point", [*INDEX_POINTS, "file-synced:2"])
def test_an_index_killed_anywhere_answers_rightly_afterwards(indexed: Path, tmp_path: Path, point: str) -> None:
    """kill -9 at each named point of `kb index`: the next search answers from a whole index."""
    base = tmp_path / "kb"
    shutil.copytree(indexed, base)
    card = base / "docs/objections/price.md"
    card.write_text(card.read_text().replace("You are too expensive", "Your price made us laugh"))
    gone = base / "docs/objections/gone.md"
    gone.unlink()
    assert command(base, "index", KB_FAIL_AT=point).returncode == -signal.SIGKILL
    done = command(base, "search", "your price made us laugh")
    assert done.returncode == 0, done.stderr
    assert "Compare the whole bill" in done.stdout
    assert "passages" in command(base, "index", "--json").stdout


PAGE = "---\nowner: me@ours.example\n---\n\n# {heading}\n\n**Say this:** {say}\n"


@pytest.fixture(scope="module")
def indexed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small knowledge base with an index."""
    root = tmp_path_factory.mktemp("indexed")
    (root / "docs/objections").mkdir(parents=True)
    (root / "docs/battlecards").mkdir()
    (root / "kb.toml").write_text("")
    (root / "docs/objections/price.md").write_text(PAGE.format(heading="You are too expensive", say="Compare the whole bill. Shall we?"))
    (root / "docs/objections/gone.md").write_text(
        PAGE.format(heading="You have no FedRAMP", say="That is true today. When do you need it?")
    )
    assert command(root, "index").returncode == 0
    return root


@pytest.mark.parametrize("damage", ["rubbish", "segment gone", "older version", "other dimension", "cut short"])
def test_a_damaged_index_is_built_anew_with_a_line(indexed: Path, tmp_path: Path, damage: str) -> None:
    """A database of rubbish or cut short, lost segments, an older Chroma's tables, a model of another dimension: rebuilt, and told in one line."""
    base = tmp_path / "kb"
    shutil.copytree(indexed, base)
    database = base / ".kb/chroma/chroma.sqlite3"
    if damage == "rubbish":
        database.write_bytes(b"rubbish " * 4000)
    elif damage == "cut short":
        database.write_bytes(database.read_bytes()[:5000])
    elif damage == "older version":
        import sqlite3

        with sqlite3.connect(database) as connection:
            connection.execute("delete from migrations where dir = 'sysdb' and version > 3")
            connection.execute("drop table if exists collections")
    elif damage == "segment gone":
        for segment in [p for p in (base / ".kb/chroma").iterdir() if p.is_dir()]:
            shutil.rmtree(segment)
    else:
        other_dimension(base)
    page = base / "docs/objections/price.md"
    page.write_text(page.read_text().replace("You are too expensive", "Your price made us laugh"))
    done = command(base, "search", "your price made us laugh")
    assert done.returncode == 0, done.stderr
    assert "Compare the whole bill" in done.stdout
    assert "Traceback" not in done.stderr
    if damage != "segment gone":  # Chroma itself makes a lost segment again from its log
        assert [line for line in done.stderr.splitlines() if "built anew" in line], done.stderr
    again = command(base, "search", "no fedramp")
    assert "That is true today" in again.stdout
    assert again.stderr == ""


def other_dimension(base: Path) -> None:
    """Put rows of three numbers where the model's 384 belong, as another model would have left them."""
    code = (
        "import chromadb, sys; c = chromadb.PersistentClient(sys.argv[1]); c.delete_collection('rejoinder-passages');"
        "r = c.create_collection('rejoinder-passages', metadata={'model': 'three'}, embedding_function=None);"
        "r.add(ids=['a', 'b', 'c', 'd'], embeddings=[[1.0, 0.0, 0.0]] * 4)"
    )
    subprocess.run([sys.executable, "-c", code, str(base / ".kb/chroma")], check=True, capture_output=True)


def test_two_ingests_at_once_take_turns(site: Site, base: Path, add_card: AddCard) -> None:
    """The second waits and says so; both end well and the tree is that of one."""
    add_card("acme", f"changelog: {site.put('/log', OLD)}")
    running = [
        subprocess.Popen(
            [sys.executable, "-m", "kb", "ingest", "--root", str(base)],
            cwd=PROJECT,
            stderr=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(3)
    ]
    said = [process.communicate(timeout=120) for process in running]
    assert [process.returncode for process in running] == [0, 0, 0]
    assert sorted("2 new" in out for out, _ in said) == [False, False, True]
    assert "is at work here: waiting for it" in "".join(err for _, err in said)
    assert len([name for name in snapshot(base) if "/releases/" in name]) == 2


def test_two_indexings_at_once_take_turns(indexed: Path, tmp_path: Path) -> None:
    """Both end well, and the index holds every passage once."""
    base = tmp_path / "kb"
    shutil.copytree(indexed, base)
    shutil.rmtree(base / ".kb")
    args = [sys.executable, "-m", "kb", "index", "--json", "--root", str(base)]
    running = [subprocess.Popen(args, cwd=PROJECT, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    said = [process.communicate(timeout=300)[0] for process in running]
    assert [process.returncode for process in running] == [0, 0]
    assert all('"passages": 4' in out for out in said)


def test_a_disk_that_is_full_loses_nothing(site: Site, base: Path, add_card: AddCard) -> None:
    """The kernel refuses to write on (a limit on file size, as a full disk would): exit 1, the path and the cause, the old files whole."""
    add_card("acme", f"changelog: {site.put('/log', OLD)}")
    assert command(base, "ingest").returncode == 0
    before = settled(base)
    site.put("/log", NEW)
    done = subprocess.run(
        [sys.executable, "-m", "kb", "ingest", "--root", str(base)], capture_output=True, text=True, check=False, cwd=PROJECT,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100)),
    )  # fmt: skip
    assert done.returncode == 1
    assert "could not be written" in done.stderr
    assert "Traceback" not in done.stderr
    assert {name: data for name, data in settled(base).items() if name in before} == before
    assert command(base, "ingest").returncode == 0
    assert len([name for name in snapshot(base) if "/releases/" in name]) == 3


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may mount a file system")
@pytest.mark.parametrize("kind", ["full", "read-only"])
def test_a_real_full_or_read_only_file_system_is_told(site: Site, base: Path, add_card: AddCard, kind: str, tmp_path: Path) -> None:
    """A mounted file system without room, or mounted read-only: one line each for ingest and index, no traceback, nothing lost."""
    card = add_card("acme", f"changelog: {site.put('/log', OLD)}")
    mount = tmp_path / "mount"
    mount.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(mount)], capture_output=True, check=False).returncode:
        pytest.skip("mounting is not allowed here")
    try:
        shutil.copytree(base / "docs", mount / "docs")
        shutil.copy(base / "kb.toml", mount)
        if kind == "full":
            with pytest.raises(OSError), (mount / "filler").open("wb") as filler:
                filler.write(b"x" * 200_000)
        else:
            subprocess.run(["mount", "-o", "remount,ro", str(mount)], check=True)
        for name in ("ingest", "index"):
            done = command(mount, name)
            assert done.returncode == 1, done.stderr
            assert "Traceback" not in done.stderr
            assert any(word in done.stderr.lower() for word in ("disk is full", "no space", "read-only"))
            assert "built anew" not in done.stderr
        assert (mount / "docs/battlecards/acme/index.md").read_bytes() == card.read_bytes()
    finally:
        subprocess.run(["umount", "-l", str(mount)], check=False)


def test_a_conflict_marker_in_a_card_is_named_and_nothing_is_touched(site: Site, base: Path, add_card: AddCard) -> None:
    """A card left in a merge conflict: path and line, exit 1, its bytes as they were, the other cards ingested."""
    add_card("good", f"changelog: {site.put('/log', OLD)}")
    card = add_card("acme", f"changelog: {site.url}/log")
    card.write_text(card.read_text() + "\n<<<<<<< HEAD\n- ours\n=======\n- theirs\n>>>>>>> main\n")
    before = card.read_bytes()
    done = kb(base, "ingest")
    assert done.returncode == 1
    line = before.decode().split("\n").index("<<<<<<< HEAD") + 1
    assert f"docs/battlecards/acme/index.md:{line}: a git merge conflict" in done.stderr
    assert card.read_bytes() == before
    assert list((base / "docs/battlecards/good/releases").iterdir())
    assert not (base / "docs/battlecards/acme/releases").exists()


def test_a_release_note_that_somebody_broke_is_named_and_kept(site: Site, base: Path, add_card: AddCard) -> None:
    """A conflict marker inside a release note: that source fails with path and line, and the file keeps its bytes."""
    add_card("acme", f"changelog: {site.put('/log', OLD)}")
    kb(base, "ingest")
    note = base / "docs/battlecards/acme/releases/1.1.0.md"
    note.write_text(note.read_text() + "\n<<<<<<< HEAD\n")
    before = note.read_bytes()
    done = kb(base, "ingest")
    assert done.returncode == 1
    assert "docs/battlecards/acme/releases/1.1.0.md:" in done.stderr
    assert note.read_bytes() == before


def test_random_kills_lose_nothing(tmp_path: Path) -> None:
    """Thirty kills at random moments of ingest and index (the full thousand: `make kills`); cards untouched, every note old or new, then healed."""
    outcome = kill_at_random(tmp_path, times=30, seed=7)
    assert outcome.killed >= 10
    assert outcome.faults == []
