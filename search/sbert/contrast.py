"""Supervised contrast (Khosla et al. 2020), which the library has no loss for: siblings near, all else far, within one step."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer
    from torch import Tensor

SCALE = 20.0
"""Of the cosines, before they become probabilities."""
SLICE = 64
"""Texts that go through the encoder at once, of like length: little of it is padding."""


def contrast(tuned: "SentenceTransformer") -> Any:
    """The loss as a torch module: how unlikely a text's siblings are among all other texts of the step, by their cosines with it."""
    import torch

    class Contrast(torch.nn.Module):  # type: ignore[misc]  # the library is not typed
        def __init__(self) -> None:
            super().__init__()
            self.model = tuned  # the trainer looks here for what it is to train

        def forward(self, features: Sequence[dict[str, "Tensor"]], labels: "Tensor") -> "Tensor":
            vectors = torch.nn.functional.normalize(_vectors(self.model, features[0]), dim=1)
            itself = torch.eye(len(vectors), dtype=torch.bool)
            siblings = (labels[:, None] == labels[None]) & ~itself
            chances = (SCALE * vectors @ vectors.T).masked_fill(itself, -1e9).log_softmax(1)
            some = siblings.any(1)
            return -((chances * siblings).sum(1)[some] / siblings.sum(1)[some]).mean()

    return Contrast()


def _vectors(tuned: "SentenceTransformer", features: dict[str, "Tensor"]) -> "Tensor":
    """Of all texts, slice by slice of like length."""
    import torch

    lengths = features["attention_mask"].sum(1)
    order = lengths.argsort(stable=True)
    found = []
    for part in order.split(SLICE):
        most = int(lengths[part].max())
        cut = {name: features[name][part, :most] for name in ("input_ids", "token_type_ids", "attention_mask") if name in features}
        found.append(tuned(cut)["sentence_embedding"])
    return torch.cat(found)[order.argsort()]
