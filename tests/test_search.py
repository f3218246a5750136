"""`kb index` and `kb search` with the real model and a real embedded Chroma."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from kb.config import load
from search import current, index, store
from search.lookup import search
from search.pack import Pack
from search.session import Question
from tests.conftest import PROJECT, kb

CARD = """---
title: Acme Observability
competitor: acme
aliases: [Acme Cloud]
owner: dana@ours.example
reviewed: {on: 2020-01-02, by: dana}
---

# Acme

## Thirty-second read

- We win on price.

## Why we win

- They bill for every custom metric. [price list, read 2026-10-02](https://acme.example/pricing) {#metered}

## Objections

### Your agents eat our CPU {#agent-overhead}

**Also heard**

- the collector used a full core on every node
- we can't afford that overhead in production

**Say this:** Ours takes under one percent of a core. Try it on your busiest node.

**Evidence:** [our benchmark](https://ours.example/bench), [Acme](../acme/index.md#metered)
"""
PRICE = """---
title: You are too expensive
competitors: []
stages: [negotiation]
owner: dana@ours.example
---

# You are too expensive

**Also heard**

- your quote is twice what we planned
- the budget does not stretch to this

**Say this:** Compare the whole bill, not the list price. Shall we put both side by side?
"""
KEYS = {
    "id",
    "kind",
    "title",
    "competitor",
    "score",
    "say_this",
    "path",
    "line",
    "url",
    "reviewed",
    "stale",
    "evidence",
    "related",
    "doubts",
}


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("small")
    (root / "docs/battlecards/acme").mkdir(parents=True)
    (root / "docs/objections").mkdir()
    (root / "docs/battlecards/acme/index.md").write_text(CARD)
    (root / "docs/objections/too-expensive.md").write_text(PRICE)
    (root / "kb.toml").write_text("")
    index.update(load(str(root), root))
    return root


@pytest.fixture
def own(small: Path, tmp_path: Path) -> Path:
    """A copy of `small`, index included, that a test may spoil."""
    root = tmp_path / "own"
    shutil.copytree(small, root)
    return root


def test_a_paraphrase_is_answered_with_the_contract_s_json(small: Path) -> None:
    """Words that no card holds find the right objection first; the JSON has the contract's keys; exit 0."""
    done = kb(small, "search", "the collector burns a whole core on each node", "--json")
    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout)
    assert answer["answered"] is True
    assert answer["near"] == []
    first = answer["hits"][0]
    assert set(first) == KEYS
    assert first["id"] == "battlecards/acme#agent-overhead"
    assert (first["path"], first["line"]) == ("docs/battlecards/acme/index.md", 21)
    assert first["url"] == "battlecards/acme/#agent-overhead"
    assert first["stale"] is True
    assert {"text": "Acme", "href": "docs/battlecards/acme/index.md#metered"} in first["evidence"]
    assert 0.5 <= first["score"] <= 1


def test_the_text_begins_with_what_to_say(small: Path) -> None:
    """Say this comes first, then evidence, freshness and the link."""
    lines = kb(small, "search", "the collector burns a whole core on each node").stdout.splitlines()
    assert lines[0] == "Ours takes under one percent of a core. Try it on your busiest node."
    assert any("https://ours.example/bench" in line for line in lines)
    assert any("reviewed 2020-01-02, STALE" in line for line in lines)


def test_no_good_answer_is_said_and_the_question_kept(own: Path) -> None:
    """Something else altogether: exit 3, no hit, near misses, and a line in the file that the text names."""
    done = kb(own, "search", "--json", "what shall we have for lunch")
    assert done.returncode == 3
    answer = json.loads(done.stdout)
    assert (answer["answered"], answer["hits"]) == (False, [])
    assert answer["near"]
    assert json.loads((own / ".kb/gaps.jsonl").read_text())["query"] == "what shall we have for lunch"
    text = kb(own, "search", "what shall we have for lunch").stdout
    assert text.startswith("No good answer. The question is written down in .kb/gaps.jsonl.\n")


@pytest.mark.parametrize("query", ["", "   ", "?!…", "\x00\x07"])
def test_an_empty_question_is_wrong_usage(small: Path, query: str) -> None:
    """Nothing to look for: told so, before any model is loaded."""
    with pytest.raises(Exception, match="holds no word: type what the buyer said"):
        search(str(small), Question(query))


def test_an_empty_question_on_the_command_line_exits_2(small: Path) -> None:
    """Exit 2 and one line on stderr."""
    done = kb(small, "search", "")
    assert done.returncode == 2
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("query", ["x" * 100_000, "почему так дорого", "為什麼這麼貴", "💸💸 too much", "a\x00b\x1b[31m", "ＣＰＵ"])
def test_any_text_is_a_question(small: Path, query: str) -> None:
    """Length, script, emoji and control characters do no harm."""
    result = search(str(small), Question(query))
    assert result.hits or result.near


def test_filters_leave_only_what_fits(small: Path) -> None:
    """Kind, stage and competitor each cut; a competitor may be named by its alias; an unknown one is wrong usage."""
    root = str(small)
    every = search(root, Question("too expensive", kind="claim"))
    assert {h.row["kind"] for h in every.hits + every.near} == {"claim"}
    assert search(root, Question("you are too expensive", stage="negotiation")).hits[0].row["id"] == "objections/too-expensive"
    poc = search(root, Question("you are too expensive", stage="poc"))
    assert "objections/too-expensive" not in [h.row["id"] for h in poc.hits + poc.near]
    assert search(root, Question("agents eat our CPU", competitor="Acme Cloud")).hits
    done = kb(small, "search", "x", "--competitor", "acne")
    assert done.returncode == 2
    assert 'Did you mean "acme"?' in done.stderr


def test_a_missing_index_is_made_and_a_changed_card_is_seen(own: Path) -> None:
    """search brings the index up to date by itself; only what changed is embedded."""
    shutil.rmtree(own / ".kb")
    config = load(str(own), own)
    assert search(str(own), Question("agents eat our CPU")).hits
    assert index.update(config).embedded == 0
    path = own / "docs/objections/too-expensive.md"
    path.write_text(path.read_text().replace("twice what we planned", "thrice what we planned"))
    done = index.update(config)
    assert done.embedded == 2  # the phrasing and the whole entry
    path.unlink()
    done = index.update(config)
    assert (done.embedded, done.deleted) == (0, 4)
    assert "objections/too-expensive" not in [h.row["id"] for h in search(str(own), Question("too expensive")).near]


@pytest.mark.parametrize("spoil", ["rows", "memory", "vectors", "cut short", "older", "foreign", "empty", "another's"])
def test_a_spoilt_index_is_healed(own: Path, spoil: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Rows lost from Chroma, a memory of rubbish, a pack with a flipped bit, cut short, of an older format, or of something else:
    the next search says so in a line, and answers all the same."""
    config = load(str(own), own)
    pack = Path(current.pack_of(str(own)))
    raw = bytearray(pack.read_bytes())
    good = bytes(raw)
    if spoil == "rows":
        store.Store(config, Pack(pack).head["digest"]).delete(["battlecards/acme#agent-overhead:p0"])
        pack.unlink()
    elif spoil == "memory":
        Path(current.path_of(str(own))).write_text("{")
    elif spoil == "another's":
        shutil.copy(pack, own / "elsewhere")
        other = own / "docs/objections/too-expensive.md"
        other.write_text(other.read_text().replace("twice", "thrice"))
        index.update(config)
        other.write_text(other.read_text().replace("thrice", "twice"))
        shutil.copy(own / "elsewhere", pack)
    else:
        raw[Pack(pack).offset("vectors") + 5] ^= 1
        older = raw[:16] + b"\x03\0\0\0" + raw[20:]
        pack.write_bytes({"vectors": raw, "cut short": good[:-64], "older": older, "foreign": b"PK" + good[2:], "empty": b""}[spoil])
    assert search(str(own), Question("Your agents eat our CPU")).hits[0].row["id"] == "battlecards/acme#agent-overhead"
    assert pack.read_bytes() == good
    assert Pack(pack).head["passages"] == store.Store(config, Pack(pack).head["digest"]).count()
    said = capsys.readouterr().err
    assert said.count("\n") == (spoil not in ("rows", "another's"))
    assert "made anew" in said or not said


def test_an_unknown_model_is_told(own: Path) -> None:
    """A model that is neither package nor folder: one line, and no hub is asked."""
    (own / "kb.toml").write_text('[search]\nmodel = "no-such-model"\n')
    done = kb(own, "search", "anything")
    assert done.returncode == 1
    assert "no-such-model: no such model" in done.stderr


def test_an_unwritable_index_is_told(own: Path) -> None:
    """No place for .kb: exit 1, the path and the cause, no traceback."""
    shutil.rmtree(own / ".kb")
    (own / ".kb").write_text("a file in the way")
    done = kb(own, "index")
    assert done.returncode == 1
    assert "cannot be written" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("asked", [["agents eat our CPU"], ["agents eat our CPU", "--json"], ["how is the weather in Lisbon"]])
@pytest.mark.parametrize("kernel", ["", "numpy"])
def test_a_current_index_is_searched_without_torch_or_chroma(small: Path, kernel: str, asked: list[str]) -> None:
    """The cold path imports no library, nor, with the kernel in C, numpy or what else costs milliseconds; that is what makes it quick."""
    heavy = ["torch", "chromadb", "sentence_transformers", "onnxruntime", "ruamel", "markdown_it", "tqdm"]
    dear = ["numpy", "re", "argparse", "json", "dataclasses", "typing", "pathlib", "collections"]
    code = (
        "import sys; from search.commands.search import main; "
        f"code = main([*{asked!r}, '--root', {str(small)!r}]); "
        f"print(code, [m for m in {heavy if kernel else heavy + dear} if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-S", "-c", f"import sys; sys.path[:0] = [{str(PROJECT)!r}]; sys.path += {sys.path!r}; {code}"],
        capture_output=True, text=True, check=True, cwd=PROJECT, env={"KB_KERNEL": kernel},
    )  # fmt: skip
    assert done.stdout.splitlines()[-1] == f"{3 if 'weather' in asked[0] else 0} []"


def test_the_golden_questions_are_answered_as_well_as_before(sample: Path) -> None:
    """On the half that no constant was fitted on: right first, in the first three, and answers to what is out of scope, as measured less a little."""
    golden = [json.loads(line) for line in (PROJECT / "tests/golden.jsonl").read_text().splitlines()]
    first = third = asked = false = outside = 0
    for question in (q for q in golden if q["half"] == "test"):
        result = search(str(sample), Question(question["query"]))
        found = [hit.row["id"] for hit in (result.hits or result.near)[:3]]
        if question["expect"]:
            asked += 1
            first += found[0] in question["expect"]
            third += any(ident in question["expect"] for ident in found)
        else:
            outside += 1
            false += bool(result.hits)
    assert first / asked >= 0.64
    assert third / asked >= 0.77
    assert false / outside <= 0.18


def test_an_empty_knowledge_base_is_no_error(tmp_path: Path) -> None:
    """No card yet: indexed, indexed again, and searched, it has no answer, and says so."""
    (tmp_path / "docs").mkdir()
    (tmp_path / "kb.toml").write_text("")
    for _ in range(2):
        done = kb(tmp_path, "index", "--json")
        assert done.returncode == 0, done.stderr
        assert json.loads(done.stdout)["passages"] == 0
    done = kb(tmp_path, "search", "your agents eat our CPU")
    assert (done.returncode, done.stderr) == (3, "")
    assert "Nothing here comes near." in done.stdout
