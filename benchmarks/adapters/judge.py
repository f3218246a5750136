"""Trains the model that tells whether a change contradicts a claim, on the dev halves of benchmarks/conflicts.

First whole matrices, then the strongest directions of their changes alone. What ships came about in rounds, each going on from the one
before as authors wrote more: docs/design.
"""

import random
from collections import defaultdict

import torch

from benchmarks.adapters.lora import Adapted, descend, schedule
from benchmarks.conflicts import WAY, cards, changes, contrasts, pairs, texts
from search.judge import MOST, NAME, WAYS

RANK, EPOCHS, BATCH, RATE, LAST_RATE, LOUD = 64, 4, 16, 7e-5, 2e-3, 8.0
NARROW, NARROW_RATE, NARROW_LAST_RATE = 1000, 1.5e-4, 5e-4
"""Steps and rates of the second part."""
KIND = 0.3
"""What naming the way of a contradiction weighs, against telling that there is one."""
NEAR, FAR = 8, 3
"""Of a card's claim: changes that do not contradict it, the nearest, and others."""
STRANGERS = 700
"""Pairs of a claim with a change that was written for another."""


def train():
    draw, adapted = random.Random(0), Adapted()
    rows = [*pairs("dev"), *contrasts("dev"), *implied(draw), *of_cards(adapted, draw)]
    rows += [{**draw.choice(pairs("dev")), "change": draw.choice(pairs("dev"))["change"], "conflict": False} for _ in range(STRANGERS)]
    last, dropout = torch.nn.Linear(384, len(WAYS)), torch.nn.Dropout(0.1)
    cut = [[adapted.tokenizer(text, add_special_tokens=False)["input_ids"][: MOST - 1] for text in pair] for pair in texts(rows)]
    ids = [[101, *claim, 102, *change, 102] for claim, change in cut]
    waiting = []

    def loss():
        nonlocal waiting
        waiting = waiting or batches(ids, draw)
        batch = waiting.pop()
        return wrong(last(LOUD * dropout(adapted.embed([ids[n] for n in batch]))), [rows[n] for n in batch])

    def part(steps, rate, last_rate, decay):
        groups = [{"params": adapted.parameters(), "lr": rate}, {"params": last.parameters(), "lr": last_rate}]
        optimizer = torch.optim.AdamW(groups, weight_decay=decay)
        descend(optimizer, schedule(optimizer, steps), steps, loss)

    adapted.model.train()
    part(EPOCHS * len(batches(ids, draw)), RATE, LAST_RATE, 0.01)
    adapted.narrowed(RANK)
    part(NARROW, NARROW_RATE, NARROW_LAST_RATE, 0.0)
    adapted.write(NAME, RANK, **{"head.weight": LOUD * last.weight.detach().numpy(), "head.bias": last.bias.detach().numpy()})


def implied(draw):
    """What the claims beside one change say of each other, half of it: one that it made wrong contradicts one that says what it says."""
    found = []
    for row in changes("dev"):
        wrong_, agrees, stands = ([c["text"] for c in row["claims"] if kind(c) == name] for name in ("conflict", "agrees", "stands"))
        found += [(one, two, True) for one in wrong_ for two in agrees]
        found += [(one, two, False) for one in stands for two in agrees]
        found += [(one, two, False) for same in (wrong_, agrees) for one in same for two in same if one != two]
    half = draw.sample(found, len(found) // 2)
    return [{"claim": one, "change": two, "conflict": conflict, "kind": ""} for one, two, conflict in half]


def kind(claim):
    return "conflict" if claim["conflict"] else claim["kind"]


def of_cards(adapted, draw):
    """Each card's claims beside the changes that contradict them, those that are nearest without it, and a few others."""
    found = []
    for card in cards("dev"):
        words = sorted({text for pair in texts(card) for text in pair})
        with torch.no_grad():
            vectors = dict(zip(words, adapted.embed(adapted.tokenizer(words, truncation=True, max_length=60)["input_ids"]), strict=True))
        beside = defaultdict(list)
        for row, (claim, change) in zip(card, texts(card), strict=True):
            beside[claim].append((-float(vectors[claim] @ vectors[change]), len(beside[claim]), row))
        for rows in beside.values():
            found += [row for *_, row in rows if row["conflict"]]
            others = [row for *_, row in sorted(rows) if not row["conflict"]]
            found += others[:NEAR] + draw.sample(others[NEAR:], min(FAR, len(others[NEAR:])))
    return found


def batches(ids, draw):
    """All rows once, of like lengths together, in random order."""
    order = draw.sample(range(len(ids)), len(ids))
    near = [n for at in range(0, len(order), 20 * BATCH) for n in sorted(order[at : at + 20 * BATCH], key=lambda n: len(ids[n]))]
    found = [near[at : at + BATCH] for at in range(0, len(near), BATCH)]
    draw.shuffle(found)
    return found


def wrong(outputs, rows):
    """Minus the likelihood of what each pair is; where it is known, also of the way in which it contradicts."""
    logs = torch.log_softmax(outputs, -1)
    some = torch.logsumexp(logs[:, 1:], -1)
    is_one = torch.tensor([row["conflict"] for row in rows])
    way = torch.tensor([WAY.get(row["kind"], 0) if row["conflict"] else 0 for row in rows])
    named = KIND * (logs.gather(1, way[:, None])[:, 0] - some)
    return (torch.where(is_one, -some, -logs[:, 0]) - torch.where(way > 0, named, torch.zeros(len(rows)))).mean()
