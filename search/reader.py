"""A second look at the first answer: a small model reads question and answer together, and says whether the one answers the other.

Two vectors that lie near each other say that both are about the same; only who reads both sees that the one is no answer to the other. The
model is all-MiniLM-L6-v2 with an adapter (search/adapters/reader-minilm.npz) and a last layer of one output, trained by
`python -m benchmarks.adapters reader`; figures in docs/design. Our own arithmetic computes it.
"""

from search.engine import engine
from search.engine.wordpiece import token_ids

TYPE_CHECKING = False
if TYPE_CHECKING:  # what a cold process does not import
    from search.engine.wordpiece import Find
    from search.pack import Pack

NAME = "reader-minilm"
QUESTION, ANSWER = 32, 36
"""Tokens of each that are read."""


class Reader:
    """The model, mapped, and the answers' tokens, which lie in the pack."""

    def __init__(self, pack: "Pack", weights: str) -> None:
        """Raises OSError when the file of weights is gone."""
        self._engine = engine()
        self._engine.open_model(weights, pack.head["reader"])
        self._tokens, self._starts = pack.section("reading", "H"), pack.section("reading:starts", "I")
        *self._weight, self._bias = pack.floats("reading:last")

    def __call__(self, question: str, answer: int, find: "Find") -> float:
        """How likely the answer (by its number) answers the question, as a logit."""
        tokens = self._tokens[self._starts[answer] : self._starts[answer + 1]]
        vector = self._engine.embed([*token_ids(question, find, QUESTION + 2), *tokens])
        return float(sum(map(float.__mul__, self._weight, map(float, vector))) + self._bias)
