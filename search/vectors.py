"""Texts → vectors, the quick way where there is one: numpy for models of the common shape, else sentence-transformers."""

from collections.abc import Callable, Sequence
from pathlib import Path

from kb.config import Config
from search import bert
from search.models import folder_of


def embedder(config: Config) -> Callable[[Sequence[str]], bert.F32]:
    """A function from texts to unit vectors, shape (len(texts), dimension); the model is loaded once, here.

    One text at a time costs more per text than a batch, and saves the five seconds of importing torch: right for some hundreds.
    """
    model = bert.load(Path(folder_of(config.model, config.root)))
    if model is None:
        from search.embed import embed

        return lambda texts: embed(texts, config.model, config.root)
    import numpy as np

    return lambda texts: np.stack([bert.embed(model, text) for text in texts])
