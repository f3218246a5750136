"""Texts → unit vectors, by the quickest way that gives the library's own: our arithmetic for models of the common shape."""

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from kb.config import Config
from search.engine import engine
from search.engine.model import Bert, folder_of, load, weights_of
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
    folder = folder_of(config.model, config.root)
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
    from search.embed import embed

    return lambda texts: embed(texts, folder)


def trusted(folder: str, bert: Bert | None, texts: Sequence[str], way: str | None) -> tuple[str, Embed]:
    """The way for a model, and its name: `kernel` or `library`. Ours is first held against the library on some of `texts`,
    unless `way` says what came out of that before. Raises KbError when the model cannot be loaded."""
    if bert is None or way == "library":
        return "library", library(folder)
    mine = ours(folder, bert)
    if way == "kernel":
        return way, mine
    some = sorted(texts, key=len)[:: max(1, len(texts) // SAMPLE)]
    return ("kernel", mine) if not some or _alike(mine(some), library(folder)(some)) else ("library", library(folder))


def _alike(one: "F32", two: "F32") -> bool:
    return float((one * two).sum(axis=1).min()) >= ALIKE
