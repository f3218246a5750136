"""Embeddings of texts that are no passages, kept in `.kb/kept.npz` so that `kb check` computes each once. Deletable."""

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from kb.config import Config
from search.engine import model, tuned
from search.vectors import Embed, embedder

if TYPE_CHECKING:
    from search.engine.numeric import F32

MOST = 50_000
"""Texts that are kept; more, and the file begins anew."""


class Kept:
    """An Embed that remembers. Call `save` when done."""

    def __init__(self, config: Config) -> None:
        """Raises KbError when the model cannot be found."""
        self._config, self._fresh = config, False
        self._embed: Embed | None = None
        self._path = config.local / "kept.npz"
        self._model = str(model.digest(tuned.chosen(config)) or config.model)
        self._rows = self._read()

    def _read(self) -> "dict[str, F32]":
        import numpy as np

        try:
            with np.load(self._path) as found:
                names, rows = found["names"].tolist(), found["rows"]
        except (OSError, ValueError, KeyError, EOFError):
            return {}
        return dict(zip(names[1:], rows, strict=True)) if names[:1] == [self._model] and len(rows) == len(names) - 1 else {}

    def __call__(self, texts: Sequence[str]) -> "F32":
        """Unit vectors, shape (len(texts), dimension)."""
        import numpy as np

        names = [hashlib.sha256(text.encode()).hexdigest()[:32] for text in texts]
        missing = {name: text for name, text in zip(names, texts, strict=True) if name not in self._rows}
        if missing:
            self._embed, self._fresh = self._embed or embedder(self._config), True
            self._rows |= dict(zip(missing, self._embed(list(missing.values())), strict=True))
        return np.stack([self._rows[name] for name in names])

    def save(self) -> None:
        """Write down what is new; a disk that refuses costs nothing but time."""
        import io

        import numpy as np

        from kb import files

        if not self._fresh:
            return
        rows = dict(list(self._rows.items())[-MOST:])
        raw = io.BytesIO()
        np.savez(raw, names=np.array([self._model, *rows]), rows=np.stack(list(rows.values())))
        try:
            files.write_bytes(Path(self._path), raw.getvalue())
        except OSError:
            return
