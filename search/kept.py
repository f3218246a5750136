"""Vectors of texts that are no passages, and verdicts on pairs, kept in `.kb/kept.npz` so that `kb check` computes each once. Deletable."""

import hashlib
import io
import zipfile
from collections.abc import Callable, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kb import files
from kb.config import Config
from search.engine import adapter, model, tuned
from search.judge import NAME, WAYS, Judge, Pair, Verdict
from search.vectors import Embed, embedder

if TYPE_CHECKING:
    from search.engine.numeric import F32

MOST = 50_000
"""Texts, and pairs, that are kept; more, and the oldest go."""
Rows = dict[str, "F32"]


class Kept:
    """An Embed and a Judging that remember. Call `save` when done."""

    def __init__(self, config: Config) -> None:
        """Raises KbError when a model cannot be found."""
        self._config, self._fresh = config, False
        self._path = config.local / "kept.npz"
        models = str(model.digest(tuned.chosen(config)) or config.model), adapter.folder(NAME).name
        self._models = dict(zip(("texts", "pairs"), models, strict=True))
        self._rows = {what: self._read(what, made_by) for what, made_by in self._models.items()}

    def _read(self, what: str, made_by: str) -> Rows:
        import numpy as np

        try:
            with np.load(self._path) as found:
                names, rows = found[what].tolist(), found[f"{what}:rows"]
        except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
            return {}
        return dict(zip(names[1:], rows, strict=True)) if names[:1] == [made_by] and len(rows) == len(names) - 1 else {}

    def embed(self, texts: Sequence[str]) -> "F32":
        """Unit vectors, shape (len(texts), dimension)."""
        return self._of("texts", texts, self._embedder)

    def judge(self, pairs: Sequence[Pair]) -> list[Verdict]:
        """A verdict on each pair."""
        by_name = {"\0".join(pair): pair for pair in pairs}

        def judged(missing: Sequence[str]) -> "F32":
            import numpy as np

            verdicts = self._judge([by_name[name] for name in missing])
            return np.array([(verdict.score, WAYS.index(verdict.rule)) for verdict in verdicts], dtype=np.float32)

        if not pairs:
            return []
        rows = self._of("pairs", ["\0".join(pair) for pair in pairs], judged)
        return [Verdict(round(float(score), 4), WAYS[int(way)]) for score, way in rows]

    @cached_property
    def _embedder(self) -> Embed:
        return embedder(self._config)

    @cached_property
    def _judge(self) -> Judge:
        return Judge()

    def _of(self, what: str, texts: Sequence[str], made: Callable[[Sequence[str]], "F32"]) -> "F32":
        """A row for each text: those that are kept, and the others made now."""
        import numpy as np

        rows, names = self._rows[what], [hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:32] for text in texts]
        missing = {name: text for name, text in zip(names, texts, strict=True) if name not in rows}
        if missing:
            self._fresh = True
            rows |= dict(zip(missing, made(list(missing.values())), strict=True))
        return np.stack([rows[name] for name in names])

    def save(self) -> None:
        """Write down what is new; a disk that refuses costs nothing but time."""
        import numpy as np

        if not self._fresh:
            return
        arrays: dict[str, Any] = {}
        for what, rows in self._rows.items():
            last = dict(list(rows.items())[-MOST:])
            arrays |= {what: np.array([self._models[what], *last]), f"{what}:rows": np.array(list(last.values()), dtype=np.float32)}
        raw = io.BytesIO()
        np.savez(raw, **arrays)
        try:
            files.write_bytes(Path(self._path), raw.getvalue())
        except OSError:
            return
