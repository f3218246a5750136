"""The second look: question and answer read together. What it says, when it is asked, and that nothing else comes of it."""

import json
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from transformers import AutoModel

from kb.config import load
from search import current, rank
from search.engine import adapter
from search.engine.model import load as load_model
from search.engine.wordpiece import token_ids
from search.index import update
from search.pack import table_of
from search.reader import ANSWER, NAME, QUESTION, Reader
from search.reading import reading
from search.session import Question, Session
from tests.conftest import PROJECT, kb

if TYPE_CHECKING:
    pass

QUESTIONS = ["your agents eat our CPU", "who answers at three in the morning", "we want it on our own iron", "日本語 🙂 zzz"]


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> Session:
    root = tmp_path_factory.mktemp("reader")
    shutil.copytree(PROJECT / "docs", root / "docs")
    (root / "kb.toml").write_text("")
    update(load(str(root), root))
    return Session(str(root))


def reader(session: Session) -> Reader:
    return Reader(session.pack, session.current.reader_file)


def listened(session: Session, monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str]]:
    """What the session reads from now on: question and answer's id. It is read all the same."""
    asked: list[tuple[str, str]] = []
    said = session.said

    def heard(question: str, answer: int) -> float:
        asked.append((question, session.pack.record("answers", answer)["id"]))
        return said(question, answer)

    monkeypatch.setattr(session, "said", heard)
    return asked


def test_what_is_said_is_what_transformers_computes(session: Session) -> None:
    """Of questions beside the first twenty answers: the model by torch, mean of the states, last layer; to a thousandth of a logit."""
    folder = adapter.folder(NAME)
    model, last, find = AutoModel.from_pretrained(str(folder)), adapter.head(NAME), table_of(session.pack, "vocabulary").get
    starts, tokens = session.pack.section("reading:starts", "I"), session.pack.section("reading", "H")
    for question in QUESTIONS:
        pairs = [[*token_ids(question, find, QUESTION + 2), *tokens[starts[n] : starts[n + 1]]] for n in range(20)]
        assert all(len(pair) <= QUESTION + ANSWER + 3 for pair in pairs)
        with torch.no_grad():
            states = [model(input_ids=torch.tensor([pair])).last_hidden_state[0].mean(0).numpy() for pair in pairs]
        wanted = [float(last["head.weight"][0] @ (s / np.linalg.norm(s)) + last["head.bias"][0]) for s in states]
        np.testing.assert_allclose([reader(session)(question, n, find) for n in range(20)], wanted, atol=1e-3)


def test_c_and_numpy_say_the_same(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    """The kernel in C reads as numpy does."""
    find = table_of(session.pack, "vocabulary").get
    for question in QUESTIONS:
        said = [reader(session)(question, n, find) for n in range(8)]
        monkeypatch.setenv("KB_KERNEL", "numpy")
        np.testing.assert_allclose([reader(session)(question, n, find) for n in range(8)], said, atol=1e-3)
        monkeypatch.delenv("KB_KERNEL")


def test_a_wrong_answer_is_kept_back_that_nearness_alone_would_give(session: Session) -> None:
    """Of the sample's questions without an answer, fewer are answered than without the second look."""
    outside = [
        row["query"] for line in (PROJECT / "tests/golden.jsonl").read_text().splitlines() if not (row := json.loads(line))["expect"]
    ]
    after = [session.ranked(Question(query), 1)[0].score >= session.threshold for query in outside]
    without = Session(session.current.pack.path.removesuffix("/.kb/lookup.pack"))
    without.reads = False
    before = [without.ranked(Question(query), 1)[0].score >= session.threshold for query in outside]
    assert sum(after) < sum(before)


def test_what_is_sure_is_not_read(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    """A question that is nearly a phrasing, and one that is near nothing, cost no second look; one in between does, of the first answer."""
    asked = listened(session, monkeypatch)
    session.ranked(Question("Your agents eat our CPU"))
    session.ranked(Question("sing me a lullaby"))
    assert asked == []
    hits = session.ranked(Question("what happens when the contract ends"))
    assert asked == [("what happens when the contract ends", hits[0].row["id"])]


def test_a_question_is_read_as_it_is_compared(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    """The competitor's name is masked before the question is read, as before it is embedded."""
    asked = listened(session, monkeypatch)
    session.ranked(Question("is there a point in having you next to Brontide"))
    assert [question for question, _ in asked] == ["is there a point in having you next to they"]


@given(st.lists(st.floats(0, 1), min_size=1, max_size=12), st.floats(0, 1))
def test_what_was_not_read_stays_behind_what_was(before: list[float], first: float) -> None:
    """Whatever is said of the first answer, it stays the first, and the others keep their order."""
    after = rank.after(sorted(before, reverse=True), first)
    assert after[0] == first
    assert after == sorted(after, reverse=True)


def test_a_model_with_other_words_is_not_read(tmp_path: Path) -> None:
    """Tokens are shared with the model that embeds: where its vocabulary is another one, or there is no such model, nothing is read."""
    assert reading(None) is None
    other = tmp_path / "other"
    shutil.copytree(adapter.base(), other)
    bert = load_model(str(other))
    assert bert is not None
    assert reading(bert) is not None
    words = (other / "vocab.txt").read_text().split("\n")
    (other / "vocab.txt").write_text("\n".join([*words[:2000], words[2001], words[2000], *words[2002:]]))
    assert reading(load_model(str(other))) is None


def test_a_reader_that_is_gone_is_made_again(tmp_path: Path) -> None:
    """The file of weights may be deleted: the next search brings it back, and says the same."""
    shutil.copytree(PROJECT / "docs/objections", tmp_path / "docs/objections")
    (tmp_path / "kb.toml").write_text("")
    ask = ("search", "who answers at three in the morning", "--json")
    first = json.loads(kb(tmp_path, *ask).stdout)
    memory = json.loads(Path(current.path_of(str(tmp_path))).read_text())
    memory["reader_file"], moved = str(tmp_path / "gone.safetensors"), memory["reader_file"]
    Path(current.path_of(str(tmp_path))).write_text(json.dumps(memory))
    assert current.open_current(str(tmp_path)) is None
    assert json.loads(kb(tmp_path, *ask).stdout)["hits"] == first["hits"]
    assert json.loads(Path(current.path_of(str(tmp_path))).read_text())["reader_file"] == moved
