"""`kb tune`: what it trains on, how sure it is afterwards, and a real training, small."""

import json
import math
import random
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from search.calibrate import fit
from search.sbert.train import rows, steps
from tests.conftest import kb

THEMES = {
    "price": ["you are too dear", "the quote is far too high", "our budget is smaller", "that costs too much"],
    "agents": ["the agent eats our cpu", "your collector is heavy", "too much load on the nodes", "it slows the hosts"],
    "exit": ["how do we get out", "we would be locked in", "leaving must be easy", "what about an export"],
    "support": ["who answers at night", "is support awake at three", "do I reach a person", "how fast do you reply"],
    "cloud": ["it must run on premises", "no cloud for us", "in our own data centre only", "nothing leaves the house"],
    "size": ["you are too small", "will you exist next year", "a start-up is a risk", "how many people are you"],
    "time": ["we have no time now", "call me in spring", "nobody is free for a trial", "not this quarter"],
    "ai": ["where is your copilot", "your assistant is weak", "others explain incidents", "the board wants ai"],
}


@given(st.lists(st.lists(st.text("abc ", min_size=1, max_size=8), min_size=1, max_size=4), max_size=6), st.integers(0, 9))
@settings(max_examples=50)
def test_a_step_holds_whole_objections(entries: list[list[str]], seed: int) -> None:
    """No text stands for two objections, every step shows all rows of the objections in it, and the same seed gives the same steps."""
    known = rows(entries)
    assert len({text for text, _ in known}) == len(known)
    sizes = Counter(number for _, number in known)
    made = steps(known, seed)
    assert bool(made) == bool(known)
    assert all(Counter(number for _, number in step) == sizes for step in made)  # so few fit into one step
    assert made == steps(known, seed)


def test_many_objections_take_turns() -> None:
    """When they do not fit into one step, each is shown about as often as any other, always whole."""
    known = rows([[f"text {n} {i}" for i in range(4)] for n in range(300)])
    shown = Counter(number for step in steps(known, 1) for _, number in step)
    assert set(shown) == set(range(300))
    assert max(shown.values()) - min(shown.values()) <= 4


def test_the_curve_is_found_again() -> None:
    """Scores whose rightness was drawn from a known logistic curve give that curve back; what is all right gives none."""
    draw = random.Random(3)
    scores = [draw.uniform(0, 1) for _ in range(4000)]
    right = [draw.random() < 1 / (1 + math.exp(-9 * (score - 0.4))) for score in scores]
    found = fit(scores, right)
    assert found is not None
    assert found[0] == pytest.approx(9, abs=0.8)
    assert found[1] == pytest.approx(0.4, abs=0.03)
    assert fit([0.1, 0.2], [True, True]) is None


def test_a_model_is_tuned_judged_and_taken_back(tmp_path: Path) -> None:
    """A real training on 32 phrasings: judged by the golden questions, kept or not as they say, searched with, and undone."""
    folder = tmp_path / "docs/objections"
    folder.mkdir(parents=True)
    for name, (title, *others) in THEMES.items():
        heard = "\n".join(f"- {text}" for text in others)
        (folder / f"{name}.md").write_text(
            f"---\ntitle: {title}\ncompetitors: []\nowner: a@b.example\n---\n\n# {title}\n\n**Also heard**\n\n{heard}\n\n**Say this:** {name}.\n"
        )
    (tmp_path / "kb.toml").write_text("")
    (tmp_path / "golden.jsonl").write_text('{"query": "is it expensive", "expect": ["objections/price"]}\n')
    done = kb(tmp_path, "tune", "--queries", str(tmp_path / "golden.jsonl"), "--json", timeout=900)
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert told["phrasings"] == 32
    assert told["kept"] == (tmp_path / ".kb/tuned/tuned.json").is_file()
    assert not list((tmp_path / ".kb").glob("tuning-*"))
    done = kb(tmp_path, "tune", "--json", timeout=900)
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert "set aside" in told["judged_by"]
    if told["kept"]:
        record = json.loads((tmp_path / ".kb/tuned/tuned.json").read_text())
        assert (record["seed"], record["model"]) == (1, "buyer-minilm")
    assert kb(tmp_path, "search", "is support awake at three").stdout.startswith("support.")
    assert kb(tmp_path, "tune", "--undo").returncode == 0
    assert not (tmp_path / ".kb/tuned").exists()
    assert kb(tmp_path, "search", "is support awake at three").stdout.startswith("support.")


def test_what_a_tuning_cannot_be_judged_by_is_told_before_it(tmp_path: Path) -> None:
    """Questions of the test half alone; or two phrasings of each objection, of which none can be spared: one line, nothing trained."""
    (tmp_path / "docs/objections").mkdir(parents=True)
    (tmp_path / "kb.toml").write_text("")
    for n in range(9):
        page = f"---\nowner: d@ours.example\n---\n\n# Matter {n} is bad\n\n**Also heard**\n\n- they hate matter {n}\n\n**Say this:** It is good.\n"
        (tmp_path / f"docs/objections/o{n}.md").write_text(page)
    questions = tmp_path / "q.jsonl"
    questions.write_text('{"query": "matter one", "expect": ["objections/o1"], "half": "test"}\n')
    done = kb(tmp_path, "tune", "--queries", str(questions))
    assert (done.returncode, "no question to judge by" in done.stderr) == (2, True), done.stderr
    done = kb(tmp_path, "tune")
    assert (done.returncode, "nothing to judge a tuning by" in done.stderr) == (1, True), done.stderr


def test_too_little_to_learn_from_is_told(tmp_path: Path) -> None:
    """A knowledge base without objections: exit 1, one line, nothing trained."""
    (tmp_path / "docs").mkdir()
    (tmp_path / "kb.toml").write_text("")
    done = kb(tmp_path, "tune")
    assert done.returncode == 1
    assert "tuning needs" in done.stderr
    assert "Traceback" not in done.stderr
