"""Fine-tuning on a knowledge base's own phrasings, with the library's trainer.

What buyers say of one objection should lie together, and apart from all other objections. So every batch holds a pair of phrasings of
each of some objections, at most one pair each: all the others in the batch are what a phrasing must not be near. The tuned weights are
then mixed with those that the model came with, which keeps what it knew of other words. Figures: docs/design/index.md.
"""

import contextlib
import io
import os
import random
import shutil
import tempfile
import warnings
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

PASSES = 12
"""Pairs that are shown, for each phrasing."""
BATCH = 80
"""Objections in a batch, at most."""
RATE = 5e-5
SCALE = 20.0
"""Of the cosines, before they become probabilities."""
DROP = 0.2
"""Of the words of a text, left out anew each time it is shown."""
SHARE = 0.8
"""Of the tuned weights in the mixture."""


def pairs(entries: Sequence[Sequence[str]], seed: int) -> list[list[tuple[str, str]]]:
    """Batches of pairs of texts, the same for the same seed. An entry gives at most one pair to a batch, and needs two texts for it."""
    draw = random.Random(seed)
    able = [texts for texts in entries if len(set(texts)) > 1]
    size = min(BATCH, len(able))
    batches = round(PASSES * sum(map(len, able)) / size) if size else 0
    chosen = (draw.sample(able, size) for _ in range(batches))
    drawn = ([draw.sample(sorted(set(texts)), 2) for texts in batch] for batch in chosen)
    return [[(_thinned(one, draw), _thinned(two, draw)) for one, two in batch] for batch in drawn]


def _thinned(text: str, draw: random.Random) -> str:
    """`text` without some of its words: a model that sees every phrasing whole, again and again, learns it by heart."""
    words = text.split()
    kept = [word for word in words if draw.random() >= DROP]
    return " ".join(kept) if len(kept) > 1 else text


def fine_tune(base: str, entries: Sequence[Sequence[str]], into: Path, seed: int, progress: bool) -> None:
    """Tune the model in folder `base` on `entries`, each the phrasings of one objection, and save it as a model folder `into`."""
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    with warnings.catch_warnings(), tempfile.TemporaryDirectory() as scratch, contextlib.redirect_stdout(io.StringIO()):
        warnings.simplefilter("ignore")  # and the trainer prints its figures, which nobody asked for
        from sentence_transformers import SentenceTransformer
        from transformers.utils.logging import disable_progress_bar

        disable_progress_bar()  # it would draw one for 103 small tensors

        tuned = SentenceTransformer(base, device="cpu")
        _train(tuned, pairs(entries, seed), scratch, seed, progress)
        _mix(tuned, SentenceTransformer(base, device="cpu"))
        tuned.save(f"{scratch}/saved", create_model_card=False)
        shutil.rmtree(into, ignore_errors=True)
        into.parent.mkdir(parents=True, exist_ok=True)
        shutil.copytree(f"{scratch}/saved", into)


def _train(tuned: "SentenceTransformer", batches: Sequence[Sequence[tuple[str, str]]], scratch: str, seed: int, progress: bool) -> None:
    from datasets import Dataset, disable_progress_bars
    from sentence_transformers import SentenceTransformerTrainer, SentenceTransformerTrainingArguments
    from sentence_transformers.losses import MultipleNegativesRankingLoss
    from sentence_transformers.sampler import DefaultBatchSampler

    disable_progress_bars()

    class InOrder(DefaultBatchSampler):  # type: ignore[misc]  # the library is not typed
        """The batches as they were drawn: shuffling would put two pairs of an objection into one."""

        def __iter__(self) -> Iterator[list[int]]:
            size = len(batches[0])
            return (list(range(n * size, (n + 1) * size)) for n in range(len(batches)))

    rows = [pair for batch in batches for pair in batch]
    arguments: dict[str, Any] = {
        "output_dir": scratch, "max_steps": len(batches), "per_device_train_batch_size": len(batches[0]), "learning_rate": RATE,
        "warmup_ratio": 0.1, "seed": seed, "use_cpu": True, "batch_sampler": InOrder, "save_strategy": "no", "logging_strategy": "no",
        "report_to": [], "disable_tqdm": not progress, "dataloader_pin_memory": False,
    }  # fmt: skip
    SentenceTransformerTrainer(
        model=tuned,
        args=SentenceTransformerTrainingArguments(**arguments),
        train_dataset=Dataset.from_dict({"one": [one for one, _ in rows], "two": [two for _, two in rows]}),
        loss=MultipleNegativesRankingLoss(tuned, scale=SCALE),
    ).train()


def _mix(tuned: "SentenceTransformer", base: "SentenceTransformer") -> None:
    """Weights = SHARE · tuned + (1 − SHARE) · base, in place."""
    import torch

    known = base.state_dict()
    with torch.no_grad():
        for name, weight in tuned.state_dict().items():
            if weight.is_floating_point():
                weight.mul_(SHARE).add_(known[name], alpha=1 - SHARE)
