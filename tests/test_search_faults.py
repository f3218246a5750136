"""What goes wrong around `kb search` and `kb index` by somebody's mistake: told in a line, nothing lost, nothing said that may not be."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from kb.config import load
from search import index
from search.engine.model import folder_of
from search.pack import Pack, checksum, sum_of
from tests.conftest import PROJECT, kb

FRONT = "---\ntitle: {title}\n{more}owner: dana@ours.example\nreviewed: {{on: 2026-11-01, by: dana}}\naudience: external-ok\n---\n\n"
PAGES = {
    "too-dear": ("Your price is too high", "- too dear\n- double our budget", "Compare the whole bill."),
    "slow": ("Your agent is slow", "- the collector uses a core\n- it slows every node", "It takes under one percent of a core."),
    "hidden": ("Your list of features is short", "- half of it is missing", "Here it is.\n\n- dashboards\n- SECRET feature {.internal}"),
}
CARD = """# Acme

## Why we lose {.internal}

- SECRET: we lose where the mainframe must be monitored.

## Landmines to lay

### Traps {.internal}

- SECRET trap: ask what indexing costs.

## Objections

### They keep logs longer than you

**Say this:** We keep them for as long as you need them.

**Evidence:** [heard](notes/2026-01-01-logs.md), [their page, read 2026-01-05](https://acme.example/logs)

## Talk tracks {.internal}

### POC

SECRET: say nothing of the roadmap.
"""
NOTE = """---
competitor: acme
date: 2026-01-01
source: buyer-said
stage: poc
author: dana
confidence: high
expires: 2026-02-01
---

The buyer measured eleven days of logs.

Supports: no-such-claim
"""


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("made")
    (root / "docs/objections").mkdir(parents=True)
    (root / "docs/battlecards/acme/notes").mkdir(parents=True)
    for name, (title, heard, say) in PAGES.items():
        page = FRONT.format(title=title, more="") + f"# {title}\n\n**Also heard**\n\n{heard}\n\n**Say this:** {say}\n"
        (root / f"docs/objections/{name}.md").write_text(page)
    (root / "docs/battlecards/acme/index.md").write_text(FRONT.format(title="Acme", more="competitor: acme\n") + CARD)
    (root / "docs/battlecards/acme/notes/2026-01-01-logs.md").write_text(NOTE)
    (root / "kb.toml").write_text("[search]\nthreshold = 0.0\n")
    index.update(load(str(root), root))
    return root


@pytest.fixture
def own(made: Path, tmp_path: Path) -> Path:
    """A copy, index included, that a test may spoil."""
    shutil.copytree(made, tmp_path / "own")
    return tmp_path / "own"


def run(*command: str, cwd: Path = PROJECT, **environment: str) -> subprocess.CompletedProcess[bytes]:
    """`kb` through a shell, for what only a shell can do to it."""
    line = " ".join(command).replace("kb ", f"{sys.executable} -m kb ", 1)
    settings = os.environ | {"PYTHONPATH": str(PROJECT)} | environment
    return subprocess.run(["bash", "-c", line], capture_output=True, timeout=120, check=False, cwd=cwd, env=settings)


@pytest.mark.parametrize("asked", ["you lose on the mainframe", "what does indexing cost", "your list of features is short", "roadmap poc"])
def test_an_outsider_hears_nothing_that_a_heading_or_a_line_keeps_inside(made: Path, asked: str) -> None:
    """Below a heading marked {.internal}, and in an objection with such a line, all is internal; everybody else is told it."""
    assert "SECRET" in kb(made, "search", asked, "-n", "50", "--json").stdout
    told = kb(made, "search", asked, "--audience", "external-ok", "-n", "50", "--json").stdout
    assert "SECRET" not in told
    assert '"kind": "note"' not in told


def test_an_outsider_is_given_no_field_note_as_evidence(made: Path) -> None:
    """The page on the web stays; the note that the house knows is for the house."""
    asked = ("search", "they keep logs longer than you", "--json", "--audience")
    inside, outside = (json.loads(kb(made, *asked, who).stdout)["hits"] for who in ("internal", "external-ok"))
    assert not [hit for hit in inside if hit["id"].endswith("longer-than-you")]
    hit = next(hit for hit in outside if hit["id"].endswith("longer-than-you"))
    assert [one["href"] for one in hit["evidence"]] == ["https://acme.example/logs"]


def test_an_objection_whose_evidence_has_ended_is_doubted(own: Path) -> None:
    """The note expired and the page was read too long ago: the answer is given, and marked."""
    assert kb(own, "check").returncode == 1
    hits = json.loads(kb(own, "search", "they keep logs longer than you", "--json").stdout)["hits"]
    assert ["was last read on 2026-01-05" in why for why in next(h for h in hits if h["id"].endswith("longer-than-you"))["doubts"]] == [
        True
    ]


def test_a_note_is_said_without_its_bookkeeping(made: Path) -> None:
    """What it supports is for the card's owner."""
    hit = json.loads(kb(made, "search", "eleven days of logs", "--kind", "note", "--json").stdout)["hits"][0]
    assert hit["say_this"] == "The buyer measured eleven days of logs."


def test_a_card_that_cannot_be_read_is_told_at_every_question(own: Path) -> None:
    """By path, line and cause; the others answer; `kb index` exits 1."""
    card = own / "docs/battlecards/acme/index.md"
    card.write_text(card.read_text().replace("**Say this:**", "**Says this:**"))
    done = kb(own, "index")
    assert done.returncode == 1
    assert done.stderr.startswith("docs/battlecards/acme/index.md:2")
    for _ in range(2):
        asked = kb(own, "search", "your price is too high")
        assert asked.returncode == 0
        assert asked.stdout.startswith("Compare the whole bill.")
        assert "docs/battlecards/acme/index.md:2" in asked.stderr


def test_a_file_whose_name_is_no_text_is_told_by_it(own: Path) -> None:
    """As some archives leave it behind: the index is made, the file is named."""
    page = (own / "docs/objections/slow.md").read_bytes()
    try:
        Path(os.fsdecode(os.fsencode(own / "docs/objections") + b"/caf\xe9.md")).write_bytes(page)
    except OSError:
        pytest.skip("this file system takes only UTF-8")
    done = kb(own, "index")
    assert (done.returncode, done.stderr.count("\n")) == (1, 1)
    assert "caf" in done.stderr
    assert "rename it" in done.stderr


def test_a_model_that_is_not_there_costs_no_index(own: Path) -> None:
    """A typo in kb.toml is told, and once it is mended nothing is embedded again."""
    (own / "kb.toml").write_text('[search]\nmodel = "buyer-minlm"\n')
    done = kb(own, "search", "your price is too high")
    assert done.returncode == 1
    assert "no such model" in done.stderr
    assert "built anew" not in done.stderr
    (own / "kb.toml").write_text("")
    assert kb(own, "index").stdout.split(": ")[1].startswith("0 embedded")


@pytest.mark.parametrize("kept", [0, 30_000, 2_000_000])
@pytest.mark.parametrize("kernel", ["c", "numpy"])
def test_a_model_that_is_cut_short_is_told(own: Path, tmp_path: Path, kept: int, kernel: str) -> None:
    """Neither a crash nor a traceback: the file, and what to do."""
    shutil.copytree(folder_of("buyer-minilm", own), tmp_path / "cut")
    os.truncate(tmp_path / "cut/model.safetensors", kept)
    (own / "kb.toml").write_text(f'[search]\nmodel = "{tmp_path / "cut"}"\n')
    done = run("kb search x --root", str(own), KB_KERNEL=kernel)
    assert done.returncode == 1, done.stderr
    assert b"model.safetensors" in done.stderr
    assert b"cut short" in done.stderr
    assert b"Traceback" not in done.stderr


def test_a_chroma_that_was_deleted_is_made_again(own: Path) -> None:
    """`kb index` leaves an index of record behind, out of the vectors that the pack has."""
    shutil.rmtree(own / ".kb/chroma")
    assert kb(own, "index").returncode == 0
    assert (own / ".kb/chroma/chroma.sqlite3").is_file()


def test_no_sum_hides_starts_that_lead_outside(own: Path) -> None:
    """A pack with a fitting sum whose passages begin beyond the vectors is made anew, and not read past its end."""
    path, memory = own / ".kb/lookup.pack", own / ".kb/current.json"
    at, size = Pack(path).head["sections"]["starts"]
    before, data = sum_of(path.read_bytes()), bytearray(path.read_bytes())
    data[at + size - 4 : at + size] = (1 << 20).to_bytes(4, "little")
    data[32:40] = checksum(memoryview(data)[64:]).to_bytes(8, "little")
    path.write_bytes(data)
    memory.write_text(memory.read_text().replace(str(before), str(sum_of(bytes(data)))))
    done = kb(own, "search", "your price is too high")
    assert done.returncode == 0, done.stderr
    assert "is damaged: made anew" in done.stderr


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("kb search price >/dev/full", 1),
        ("kb search price >&-", 0),
        ("kb search $'price \\xff high' --json", 0),
        ("mkdir gone; cd gone; rmdir ../gone; kb search price", 2),
        ("kb search price --as-of ''", 2),
        ("kb search price --root ''", 2),
    ],
)
def test_whatever_the_shell_does_it_is_a_line(own: Path, line: str, code: int) -> None:
    """A full disk, a closed output, bytes that are no text, a folder that is gone, an option that is empty: never a traceback."""
    for locale in ("C.UTF-8", "C"):
        done = run(line, cwd=own, LC_ALL=locale, PYTHONUTF8="0", PYTHONCOERCECLOCALE="0")
        assert done.returncode == code, done.stderr
        assert b"Traceback" not in done.stderr


def test_a_gap_that_cannot_be_written_down_is_not_said_to_be(own: Path) -> None:
    """Without an answer, and with no room for the question."""
    (own / "kb.toml").write_text("[search]\nthreshold = 1.0\n")
    assert "written down" in kb(own, "search", "lunch").stdout
    (own / ".kb/gaps.jsonl").unlink()
    (own / ".kb/gaps.jsonl").mkdir()
    assert kb(own, "search", "lunch").stdout.startswith("No good answer.\n")
