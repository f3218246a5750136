"""Models that ship as a small change to another one: made once, whole or not at all, and the same as the library computes them."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from kb.errors import KbError
from search.engine import adapter
from search.engine.model import folder_of
from search.judge import NAME, Judge
from search.reader import NAME as READER
from search.vectors import library, of_folder
from tests.conftest import PROJECT
from tests.test_engine import strings

BUYER = "buyer-minilm"


def tensors(path: Path) -> dict[str, np.ndarray]:
    raw = path.read_bytes()
    size = int.from_bytes(raw[:8], "little")
    return {
        name: np.frombuffer(raw, "<f4", count=int(np.prod(entry["shape"])), offset=8 + size + entry["data_offsets"][0]).reshape(
            entry["shape"]
        )
        for name, entry in json.loads(raw[8 : 8 + size]).items()
        if entry.get("dtype") == "F32"
    }


@pytest.mark.parametrize("name", [BUYER, NAME, READER])
def test_the_matrices_are_changed_by_what_the_adapter_holds(name: str) -> None:
    """Each of the 36 matrices is W + B·A; biases, norms and embeddings are those of the model that is changed."""
    before, after = tensors(adapter.base() / adapter.WEIGHTS), tensors(adapter.folder(name) / adapter.WEIGHTS)
    with np.load(PROJECT / f"search/adapters/{name}.npz") as held:
        changed = {
            key.removesuffix(".A"): held[key.removesuffix("A") + "B"].astype(float) @ held[key].astype(float)
            for key in held
            if key.endswith(".A")
        }
    assert len(changed) == 36
    for key, value in before.items():
        more = changed.get(key.removesuffix(".weight"), 0.0) if key.endswith(".weight") else 0.0
        np.testing.assert_allclose(after[key], value + more, atol=1e-6)


def test_our_arithmetic_gives_the_library_s_vectors_of_the_changed_model() -> None:
    """Of a hundred strings of every script and length, sentence-transformers and the kernel agree to a cosine of 0.99999."""
    folder = folder_of(BUYER, PROJECT)
    some = [text.encode("utf-8", "replace").decode() for text in strings(100)]
    assert ((of_folder(folder)(some) * library(folder)(some)).sum(axis=1) >= 0.99999).all()


def test_a_model_is_made_once_by_however_many(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Three processes that want it at once get one whole folder, and leave nothing else behind."""
    code = f"import sys; sys.prefix = {str(tmp_path)!r}; from search.engine import adapter; print(adapter.folder({BUYER!r}))"
    running = [subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True, cwd=PROJECT) for _ in range(3)]
    said = {process.communicate()[0].strip() for process in running}
    assert all(process.returncode == 0 for process in running)
    (place,) = said
    assert [p.name for p in (tmp_path / "share/rejoinder").iterdir()] == [Path(place).name]
    assert (Path(place) / adapter.WEIGHTS).read_bytes() == (adapter.folder(BUYER) / adapter.WEIGHTS).read_bytes()


def test_a_disk_that_refuses_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Where the model cannot be put, one line says so and names the place."""
    (tmp_path / "share").write_text("a file where a folder should be")
    monkeypatch.setattr(sys, "prefix", str(tmp_path))
    with pytest.raises(KbError, match="the model could not be put there"):
        adapter.folder(BUYER)


def test_a_folder_of_the_user_s_comes_before_an_adapter(tmp_path: Path) -> None:
    """A model folder under the root that is named like an adapter is the one that is used."""
    shutil.copytree(adapter.base(), tmp_path / BUYER)
    assert folder_of(BUYER, tmp_path) == str(tmp_path / BUYER)


def test_numpy_judges_as_the_kernel_does(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same verdicts, way and probability, with and without a compiler."""
    pairs = [("Acme has no audit log.", "Introduces an audit log."), ("Retention is 30 days.", "The retention page is faster."), ("", "x")]
    kernel = Judge()(pairs)
    monkeypatch.setenv("KB_KERNEL", "numpy")
    for one, two in zip(kernel, Judge()(pairs), strict=True):
        assert one.rule == two.rule
        assert one.score == pytest.approx(two.score, abs=1e-3)
