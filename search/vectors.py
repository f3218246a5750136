"""Texts → unit vectors, by the quickest way that gives the library's own: our arithmetic for models of the common shape."""

import os
import sys
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

from kb.config import Config
from kb.errors import KbError
from search.engine import engine
from search.engine.model import Bert, load, weights_of
from search.engine.tuned import chosen
from search.engine.wordpiece import token_ids

if TYPE_CHECKING:
    from search.engine.numeric import F32

Embed = Callable[[Sequence[str]], "F32"]
"""Texts → unit vectors, shape (len(texts), dimension), float32; a text's vector does not depend on the others."""
SAMPLE = 24
"""Texts on which a way is held against the library before it is trusted with a model."""
ALIKE = 0.99999
"""The least cosine between the two."""


def embedder(config: Config) -> Embed:
    """The embeddings that the search uses; the model is loaded once, here. Raises KbError when it cannot be."""
    return of_folder(chosen(config))


def of_folder(folder: str) -> Embed:
    """The embeddings of the model in `folder`, not held against the library. Raises KbError when it cannot be loaded."""
    bert = load(folder)
    return ours(folder, bert) if bert else library(folder)


def ours(folder: str, bert: Bert) -> Embed:
    """By our own arithmetic, one text at a time on every core: no padding, no import of torch, and the same bytes in any batch."""
    import numpy as np

    arithmetic = engine()
    arithmetic.open_model(weights_of(folder), bert.head())
    numbers = {word: n for n, word in enumerate(bert.vocabulary)}

    def one(text: str) -> "F32":
        return np.asarray(arithmetic.embed(token_ids(text, numbers.get, bert.most)), dtype=np.float32)

    def every(texts: Sequence[str]) -> "F32":
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            return np.stack(list(pool.map(one, texts)))

    return every


def library(folder: str) -> Embed:
    """By sentence-transformers."""
    from search.sbert.embed import embed

    return lambda texts: embed(texts, folder)


def exported(root: Path, digest: str) -> Path:
    """Where a model of another shape lies as ONNX."""
    return root / ".kb" / "onnx" / f"{digest}.onnx"


def runtime(folder: str, at: Path) -> Embed:
    """By ONNX Runtime. Raises KbError when the model cannot be exported."""
    from search.engine.onnx import Onnx

    if not at.is_file():
        from search.sbert.export import export

        export(folder, at)
    try:
        return Onnx(at, folder).embed
    except ValueError as error:
        raise KbError(str(at), f"cannot be used ({str(error).splitlines()[0]})") from error


def trusted(folder: str, bert: Bert | None, texts: Sequence[str], way: str | None, at: Path) -> tuple[str, Embed]:
    """The quickest way that gives the library's vectors, and its name: `kernel`, `onnx` or `library`.

    Each is held against the library on some of `texts`, unless `way` says what came out of that before. `at`: where ONNX may be put.
    Raises KbError when the model cannot be loaded.
    """
    some = sorted(texts, key=len, reverse=True)[:: max(1, len(texts) // SAMPLE)] or ["what the buyer said"]
    if bert and way in ("kernel", None):
        mine = ours(folder, bert)
        if way == "kernel" or _alike(mine(some), library(folder)(some)):
            return "kernel", mine
    if way != "library":
        try:
            theirs = runtime(folder, at)
            if way == "onnx" or _alike(theirs(some), library(folder)(some)):
                return "onnx", theirs
        except KbError as error:
            print(f"{error}: every question will take seconds", file=sys.stderr)
    return "library", library(folder)


def _alike(one: "F32", two: "F32") -> bool:
    return one.shape == two.shape and float((one * two).sum(axis=1).min()) >= ALIKE
