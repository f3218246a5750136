"""Trains the model that reads question and answer together, on the questions of benchmarks/vendors: does the one answer the other?

A question stands beside its answer, three of the nearest objections that do not answer it and a farther one; a question without an answer
beside three others. One of them, or none, is to be the likeliest: "none" has a logit of 0. What ships was stopped after 600 of 900 steps;
a thousand steps more, on each pair by itself, told the answered from the unanswered worse (AUROC 1 to 3 points).
"""

import random

import torch
from torch.nn.functional import log_softmax

from benchmarks.adapters import buyer
from benchmarks.adapters.lora import Adapted, descend, schedule
from benchmarks.vendors import rows, vendors
from search.reader import ANSWER, NAME, QUESTION

RANK, STEPS, STOP, BATCH, RATE, LAST_RATE, LOUD = 48, 900, 600, 8, 5e-5, 1e-3, 8.0
NEAREST, FARTHER = 6, 20
"""Places, by the nearest phrasing, from which objections that do not answer are drawn."""
ITSELF = 0.12
"""Of the questions, those that are one of the answer's own phrasings, which is then not read with it."""


class Vendor(buyer.Vendor):
    """With the order of the objections for each question, the nearest first."""

    def __init__(self, name, adapted):
        super().__init__(name)
        self.say = {one["id"]: one["say_this"] for one in rows(name, "objections")}
        owners = [ident for ident, texts in self.phrasings.items() for _ in texts]
        texts = embedded(adapted, [text for some in self.phrasings.values() for text in some])
        asked = [*self.asked, *self.outside]
        alike = embedded(adapted, [query for query, _ in asked]) @ texts.T
        order = [list(dict.fromkeys(owners[n] for n in row)) for row in alike.argsort(1, descending=True).tolist()]
        self.questions = [(self, query, expect, near) for (query, expect), near in zip(asked, order, strict=True)]

    def text(self, ident, draw, without):
        """An answer as it is read: the phrasings in any order behind the first, some left out, and what to say."""
        first, *others = [text for text in self.phrasings[ident] if text != without] or self.phrasings[ident]
        draw.shuffle(others)
        return " ".join([first, *others[: -1 if len(others) > 2 and draw.random() < 0.3 else None], self.say[ident]])


def embedded(adapted, texts):
    with torch.no_grad():
        cut = adapted.tokenizer(texts, truncation=True, max_length=buyer.MOST)["input_ids"]
        return torch.cat([adapted.embed(cut[at : at + 64]) for at in range(0, len(cut), 64)])


def train():
    draw, adapted = random.Random(0), Adapted()
    adapted.add(buyer.NAME)
    pool = [one for name in vendors() for one in Vendor(name, adapted).questions]
    last, dropout = torch.nn.Linear(384, 1), torch.nn.Dropout(0.1)
    groups = [{"params": adapted.parameters(), "lr": RATE}, {"params": last.parameters(), "lr": LAST_RATE}]
    optimizer = torch.optim.AdamW(groups, weight_decay=0.01)
    rates, waiting = schedule(optimizer, STEPS), []
    adapted.model.train()

    def loss():
        nonlocal waiting
        waiting = waiting if len(waiting) >= BATCH else draw.sample(pool, len(pool))
        some, waiting = [beside(*one, draw) for one in waiting[:BATCH]], waiting[BATCH:]
        said = last(LOUD * dropout(adapted.embed([pair(adapted, *texts) for group, _ in some for texts in group]))).squeeze(-1)
        return torch.stack([wrong(*one) for one in zip(said.split([len(group) for group, _ in some]), some, strict=True)]).mean()

    descend(optimizer, rates, STOP, loss)
    adapted.write(NAME, RANK, **{"head.weight": LOUD * last.weight.detach().numpy(), "head.bias": last.bias.detach().numpy()})


def beside(vendor, query, expect, order, draw):
    """Pairs of the question and an answer, and whether the first of them is right."""
    others = [ident for ident in order if ident not in expect]
    near, far = others[:NEAREST], draw.choice(others[NEAREST:FARTHER])
    if not expect:
        return [(query, vendor.text(ident, draw, None)) for ident in (*draw.sample(near, 2), far)], False
    right = draw.choice(sorted(expect))
    without = draw.choice(vendor.phrasings[right]) if draw.random() < ITSELF else None
    return [(without or query, vendor.text(ident, draw, without)) for ident in (right, *draw.sample(near, 3), far)], True


def pair(adapted, query, answer):
    query, answer = (adapted.tokenizer(text, add_special_tokens=False)["input_ids"] for text in (query, answer))
    return [101, *query[:QUESTION], 102, *answer[:ANSWER], 102]


def wrong(said, group):
    """Minus the likelihood of the first where it is right, of none where it is not."""
    return -log_softmax(torch.cat([torch.zeros(1), said]), 0)[int(group[1])]
