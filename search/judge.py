"""Does a change contradict a claim? A small model reads both together and says how likely, and in what way.

It is all-MiniLM-L6-v2 with an adapter (search/adapters/judge-minilm.npz) and one layer more, trained on pairs that people wrote:
`python -m benchmarks.adapters judge`, figures in docs/design. Our own arithmetic computes it, so nothing of torch is imported.
"""

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kb.errors import KbError
from search.engine import adapter, engine
from search.engine.model import load, weights_of
from search.engine.wordpiece import token_ids

if TYPE_CHECKING:
    from search.engine.numeric import F32
    from search.engine.wordpiece import Find

NAME = "judge-minilm"
MOST = 48
"""Tokens of a claim, and of a change, that are read."""
WAYS = (
    "", "absence → launch", "limit → raised or lifted", "plan restriction → other plans", "beta → generally available",
    "presence → deprecation or removal", "price → pricing change", "requirement → no longer needed",
    "platform, region or hosting limit → added", "slow or heavy → improved", "number → another number",
)  # fmt: skip
"""In what way a change contradicts a claim: one output of the last layer each, the first for not at all."""

Pair = tuple[str, str]
"""Claim and change, in plain words."""


@dataclass(frozen=True)
class Verdict:
    """How likely a change contradicts a claim."""

    score: float
    """Probability, 0 to 1."""
    rule: str
    """The likeliest way, one of WAYS."""


class Judge:
    """The model, mapped once. Raises KbError when it cannot be loaded."""

    def __init__(self) -> None:
        import numpy as np

        folder = str(adapter.folder(NAME))
        bert, last = load(folder), adapter.head(NAME)
        if bert is None:
            raise KbError(folder, "is not the model that judges: delete the folder, and it is made anew")
        self._numbers = {word: n for n, word in enumerate(bert.vocabulary)}
        self._engine = engine()
        self._engine.open_model(weights_of(folder), bert.head())
        self._weight, self._bias = last["head.weight"].astype(np.float32), last["head.bias"].astype(np.float32)

    def __call__(self, pairs: Sequence[Pair]) -> list[Verdict]:
        """A verdict on each pair, on every core."""
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            return list(pool.map(self._one, pairs))

    def _one(self, pair: Pair) -> Verdict:
        import numpy as np

        vector: F32 = np.asarray(self._engine.embed(tokens(*pair, self._numbers.get)), dtype=np.float32)
        raw = self._weight @ vector + self._bias
        shares = np.exp(raw - raw.max())
        shares /= shares.sum()
        return Verdict(round(float(1 - shares[0]), 4), WAYS[1 + int(shares[1:].argmax())])


def tokens(claim: str, change: str, find: "Find") -> list[int]:
    """[CLS] claim [SEP] change [SEP]."""
    return token_ids(claim, find, MOST + 1) + token_ids(change, find, MOST + 2)[1:]
