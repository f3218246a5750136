"""Fine-tuning on a knowledge base's own phrasings, with the library's trainer.

What buyers say of one objection should lie together, and apart from all other objections. So a step of the training sees whole objections:
every phrasing draws its siblings to it, and pushes all others away. The tuned weights are then mixed with those that the model came with,
which keeps what it knew of words that no phrasing holds. Figures, and what did worse: docs/design/index.md.
"""

import contextlib
import io
import os
import random
import shutil
import tempfile
import warnings
from collections.abc import Iterator, Sequence
from itertools import accumulate
from pathlib import Path
from typing import TYPE_CHECKING, Any

from search.sbert.contrast import contrast

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

STEPS = 25
"""More only learns the phrasings by heart."""
RATE = 1e-4
SHARE = 0.7
"""Of the tuned weights in the mixture."""
TEXTS = 400
"""In a step, about: all of most knowledge bases, as many as ten minutes have room for."""
DROP, ENOUGH = 0.2, 4
"""Of the words of a text, left out anew each time it is shown, or it would be learnt by heart; and the words without which none is."""
FROZEN = "embeddings."
"""Parameters that stay as they are: what a word means is known from elsewhere, and most words are in no phrasing."""

Row = tuple[str, int]
"""A text, and the number of the objection that it is of."""


def rows(entries: Sequence[Sequence[str]]) -> list[Row]:
    """What is trained on: every phrasing with its objection's number, once. A text that two objections share is left out."""
    of: dict[str, set[int]] = {}
    for number, phrasings in enumerate(entries):
        for text in phrasings:
            of.setdefault(" ".join(text.split()), set()).add(number)
    return [(text, min(numbers)) for text, numbers in of.items() if text and len(numbers) == 1]


def steps(known: Sequence[Row], seed: int) -> list[list[Row]]:
    """What each step shows: all rows, or those of objections drawn at random until there are TEXTS; every text thinned anew."""
    members: dict[int, list[Row]] = {}
    for row in known:
        members.setdefault(row[1], []).append(row)
    draw, found, left = random.Random(seed), list[list[Row]](), list[int]()
    for _ in range(STEPS if members else 0):
        batch: dict[int, list[Row]] = {}
        while sum(map(len, batch.values())) < min(TEXTS, len(known)):
            left = left or draw.sample(sorted(members), len(members))
            number = left.pop()
            batch[number] = members[number]
        found.append([(_thinned(text, draw), number) for of in batch.values() for text, number in of])
    return found


def _thinned(text: str, draw: random.Random) -> str:
    """`text` without some of its words."""
    words = text.split()
    kept = [word for word in words if draw.random() >= DROP] if len(words) >= ENOUGH else words
    return " ".join(kept) or text


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
        for name, weight in tuned.named_parameters():
            weight.requires_grad_(FROZEN not in name)
        _train(tuned, steps(rows(entries), seed), scratch, seed, progress)
        _mix(tuned, SentenceTransformer(base, device="cpu"))
        tuned.save(f"{scratch}/saved", create_model_card=False)
        shutil.rmtree(into, ignore_errors=True)
        into.parent.mkdir(parents=True, exist_ok=True)
        shutil.copytree(f"{scratch}/saved", into)


def _train(tuned: "SentenceTransformer", shown: Sequence[Sequence[Row]], scratch: str, seed: int, progress: bool) -> None:
    from datasets import Dataset, disable_progress_bars
    from sentence_transformers import SentenceTransformerTrainer, SentenceTransformerTrainingArguments
    from sentence_transformers.sampler import DefaultBatchSampler

    disable_progress_bars()

    class InOrder(DefaultBatchSampler):  # type: ignore[misc]  # the library is not typed
        """The steps as they were drawn: shuffling would tear objections apart."""

        def __iter__(self) -> Iterator[list[int]]:
            ends = list(accumulate(map(len, shown)))
            return (list(range(end - len(step), end)) for step, end in zip(shown, ends, strict=True))

        def __len__(self) -> int:
            return len(shown)

    class Trainer(SentenceTransformerTrainer):  # type: ignore[misc]  # the library is not typed
        """Collects nothing for a model card, for which it would draw a progress bar of its own."""

        def add_model_card_callback(self, *_: object) -> None:
            pass

    every = [row for step in shown for row in step]
    arguments: dict[str, Any] = {
        "output_dir": scratch, "max_steps": len(shown), "learning_rate": RATE, "warmup_steps": max(1, len(shown) // 10),
        "weight_decay": 0.01, "seed": seed, "use_cpu": True, "batch_sampler": InOrder, "save_strategy": "no", "logging_strategy": "no",
        "report_to": [], "disable_tqdm": not progress, "dataloader_pin_memory": False,
    }  # fmt: skip
    Trainer(
        model=tuned,
        args=SentenceTransformerTrainingArguments(**arguments),
        train_dataset=Dataset.from_dict({"text": [text for text, _ in every], "label": [number for _, number in every]}),
        loss=contrast(tuned),
    ).train()


def _mix(tuned: "SentenceTransformer", base: "SentenceTransformer") -> None:
    """Weights = SHARE · tuned + (1 − SHARE) · base, in place."""
    import torch

    known = base.state_dict()
    with torch.no_grad():
        for name, weight in tuned.state_dict().items():
            if weight.is_floating_point() and FROZEN not in name:  # a mixture of equals would round them
                weight.mul_(SHARE).add_(known[name], alpha=1 - SHARE)
