"""Texts → vectors by sentence-transformers: what our own arithmetic is held against, and what some other models go through."""

import os
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from kb.errors import KbError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from sentence_transformers import SentenceTransformer

BATCH = 32


@cache
def model(folder: str) -> "SentenceTransformer":
    """The model in `folder`, or of that hub name. Raises KbError when there is none."""
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    if Path(folder).is_dir():
        os.environ.setdefault("HF_HUB_OFFLINE", "1")
    elif "/" not in folder:
        raise KbError(folder, "no such model: [search] model in kb.toml names an installed package, a folder or a hub name")
    from sentence_transformers import SentenceTransformer
    from transformers.utils.logging import disable_progress_bar

    disable_progress_bar()  # it would draw one for 103 small tensors
    try:
        return SentenceTransformer(folder, device="cpu")
    except Exception as error:  # whatever the libraries say of files that are no model
        said = (str(error).strip() or type(error).__name__).splitlines()[0][:120]
        raise KbError(folder, f"the embedding model cannot be loaded ({said})") from error


def embed(texts: Sequence[str], folder: str, progress: bool = False) -> "NDArray[np.float32]":
    """Unit vectors, shape (len(texts), dimension), float32."""
    vectors: NDArray[np.float32] = model(folder).encode(
        list(texts), batch_size=BATCH, normalize_embeddings=True, show_progress_bar=progress, convert_to_numpy=True
    )
    return vectors
