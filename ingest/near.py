"""Which notes say nearly the same: by the embeddings of the search. Pure; the embedder is an argument, vectors may be kept."""

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    F32 = NDArray[np.float32]

THRESHOLD = 0.77
"""Cosine from which two notes count as one; measured in docs/design/index.md, held by a test."""
MOST = 500
"""Newest notes of one competitor that a new one is compared with."""
BUDGET = 500
"""Vectors that one import makes, about 15 ms each; those of earlier runs are kept. Beyond it, notes are compared word for word."""


def nearest(vector: "F32", others: "Sequence[F32]") -> tuple[int, float] | None:
    """Which of `others` is nearest, and its cosine; None when it is farther than THRESHOLD or there is none."""
    if not others:
        return None
    import numpy as np

    cosines = np.stack(others) @ vector
    best = int(cosines.argmax())
    return (best, float(cosines[best])) if cosines[best] >= THRESHOLD else None


class Vectors:
    """Text's digest → its vector: those kept from earlier runs, and at most `budget` that are made now."""

    def __init__(self, kept: "Mapping[str, F32]", embed: Callable[[], Callable[[Sequence[str]], Any]], budget: int = BUDGET) -> None:
        """`embed` is called for the embedder only when a vector is missing."""
        self.known: dict[str, F32] = dict(kept)
        self.new = 0
        self._budget = budget
        self._load = embed
        self._embed: Callable[[Sequence[str]], Any] | None = None

    def of(self, key: str, text: str) -> "F32 | None":
        """The vector of `text`, known by `key`; None when it would be one more than the budget."""
        if key not in self.known and self.new < self._budget:
            self._embed = self._embed or self._load()
            self.known[key] = self._embed([text])[0]
            self.new += 1
        return self.known.get(key)
