"""The only module that imports sentence-transformers: texts → vectors of the model that kb.toml names."""

import os
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from kb.errors import KbError
from search.models import folder_of

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from sentence_transformers import SentenceTransformer

BATCH = 32


@cache
def _model(model: str, root: Path) -> "SentenceTransformer":
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    where = folder_of(model, root)
    if Path(where).is_dir():
        os.environ.setdefault("HF_HUB_OFFLINE", "1")
    elif "/" not in model:
        raise KbError(model, "no such model: [search] model in kb.toml names an installed package, a folder or a hub name")
    from sentence_transformers import SentenceTransformer
    from transformers.utils.logging import disable_progress_bar

    disable_progress_bar()  # it would draw one for 103 small tensors
    try:
        return SentenceTransformer(where, device="cpu")
    except (OSError, ValueError) as error:
        raise KbError(model, f"the embedding model cannot be loaded ({str(error).splitlines()[0]})") from error


def embed(texts: Sequence[str], model: str, root: Path, progress: bool = False) -> "NDArray[np.float32]":
    """Unit vectors, shape (len(texts), dimension), float32."""
    vectors: NDArray[np.float32] = _model(model, root).encode(
        list(texts), batch_size=BATCH, normalize_embeddings=True, show_progress_bar=progress, convert_to_numpy=True
    )
    return vectors
