"""Trains the model that tells whether a change contradicts a claim, on the dev pairs of benchmarks/conflicts/pairs.jsonl."""

import random

import torch

from benchmarks.adapters.lora import Adapted, schedule
from benchmarks.conflicts import WAY, pairs, texts
from search.judge import MOST, NAME, WAYS

RANK, EPOCHS, BATCH, RATE, LAST_RATE, LOUD = 32, 3, 16, 5e-5, 2e-3, 8.0
KIND = 0.3
"""What naming the way of a contradiction weighs, against telling that there is one."""
STRANGERS = 8
"""One pair of a claim with a change that was written for another, to so many that belong together: what a card meets most."""


def train():
    draw = random.Random(0)
    rows = pairs("dev")
    rows += [{**draw.choice(rows), "change": draw.choice(rows)["change"], "conflict": False} for _ in range(len(rows) // STRANGERS)]
    adapted = Adapted()
    last, dropout = torch.nn.Linear(384, len(WAYS)), torch.nn.Dropout(0.1)
    cut = [[adapted.tokenizer(text, add_special_tokens=False)["input_ids"][: MOST - 1] for text in pair] for pair in texts(rows)]
    ids = [[101, *claim, 102, *change, 102] for claim, change in cut]
    groups = [{"params": adapted.parameters(), "lr": RATE}, {"params": last.parameters(), "lr": LAST_RATE}]
    optimizer = torch.optim.AdamW(groups, weight_decay=0.01)
    rates = schedule(optimizer, EPOCHS * len(batches(ids, draw)))
    adapted.model.train()
    for epoch in range(EPOCHS):
        total = 0.0
        for batch in batches(ids, draw):
            loss = wrong(last(LOUD * dropout(adapted.embed([ids[n] for n in batch]))), [rows[n] for n in batch])
            loss.backward()
            optimizer.step()
            rates.step()
            optimizer.zero_grad()
            total += loss.item() * len(batch)
        print(f"epoch {epoch + 1} of {EPOCHS}: loss {total / len(rows):.3f}", flush=True)
    adapted.write(NAME, RANK, **{"head.weight": LOUD * last.weight.detach().numpy(), "head.bias": last.bias.detach().numpy()})


def batches(ids, draw):
    """All rows once, of like lengths together, in random order."""
    order = draw.sample(range(len(ids)), len(ids))
    near = [n for at in range(0, len(order), 20 * BATCH) for n in sorted(order[at : at + 20 * BATCH], key=lambda n: len(ids[n]))]
    found = [near[at : at + BATCH] for at in range(0, len(near), BATCH)]
    draw.shuffle(found)
    return found


def wrong(outputs, rows):
    """Minus the likelihood of what each pair is; where it is known, also of the way in which it contradicts."""
    logs, found = torch.log_softmax(outputs, -1), []
    for row, log in zip(rows, logs, strict=True):
        some = torch.logsumexp(log[1:], -1)
        found.append(-some if row["conflict"] else -log[0])
        if row["conflict"] and row["kind"] in WAY:
            found[-1] = found[-1] - KIND * (log[WAY[row["kind"]]] - some)
    return torch.stack(found).mean()
