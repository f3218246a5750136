"""Trains the model that hears buyers, on the questions of benchmarks/vendors: a question draws its answer's passages, pushes others away.

Also each phrasing draws its siblings, as when questions are asked in a phrasing's own manner. All of one vendor in a step, so what is wrong
is near. And what has an answer is to lie nearer to it than what has none lies to anything, by one measure for all vendors: "no good answer"
goes by that.
"""

import random

import torch
from torch.nn.functional import softplus

from benchmarks.adapters.lora import Adapted, descend, schedule
from benchmarks.vendors import rows, vendors
from search import rank
from search.denial import meant

NAME = "buyer-minilm"
RANK, STEPS, RATE, SCALE = 16, 320, 4e-4, 20.0
ASKED, MORE, WHOLE = 28, 14, 8
"""In a step: questions; objections that none of them is about; objections whose whole text is read too."""
OWN = 7
"""Of the questions, those that are one of the answer's own phrasings."""
OUTSIDE, SILENT = 6, 0.3
"""Questions without an answer in a step, and what telling them apart weighs."""
MOST = 56
"""Tokens of a text."""


class Vendor:
    """What the training knows of one."""

    def __init__(self, name):
        found = rows(name, "objections")
        slugs = {one["competitor"] for one in found if one["competitor"]}
        names = {slug: [slug] for slug in slugs}
        self.phrasings = {one["id"]: [one["title"], *one["heard"]] for one in found}
        self.whole = {one["id"]: " ".join([one["title"], *one["heard"], one["say_this"], one["body"]]) for one in found}
        asked = [(rank.mask(meant(q["query"]), names)[0], set(q["expect"])) for q in rows(name, "questions")]
        self.asked, self.outside = [q for q in asked if q[1]], [q for q in asked if not q[1]]

    def drawn(self, draw):
        """Questions with their answers; and texts of answers and of other objections, each with its owner."""
        some = draw.sample(self.asked, ASKED - OWN)
        texts, used = [], set()
        for ident in draw.sample(sorted(self.phrasings), OWN):
            phrasing = draw.choice(self.phrasings[ident])
            used.add(phrasing)
            some.append((phrasing, {ident}))
        right = list(dict.fromkeys(ident for _, expect in some for ident in sorted(expect)))
        others = [ident for ident in self.phrasings if ident not in right]
        for ident in [*right, *draw.sample(others, min(MORE, len(others)))]:
            left = [text for text in self.phrasings[ident] if text not in used] or self.phrasings[ident]
            texts += [(text, ident) for text in draw.sample(left, min(2, len(left)))]
        texts += [(self.whole[ident], ident) for ident in draw.sample(right, min(WHOLE, len(right)))]
        return some + draw.sample(self.outside, OUTSIDE), texts


def train(before=None, seed=0):
    """`before`: the file of a training that this one goes on from, on what was written since."""
    draw, known = random.Random(seed), [Vendor(name) for name in vendors()]
    adapted, line = Adapted(RANK, seed), torch.nn.Parameter(torch.tensor([10.0, -5.0]))
    if before:
        adapted.go_on_from(before)
    optimizer = torch.optim.AdamW([*adapted.parameters(), line], lr=RATE, weight_decay=0.01)
    rates = schedule(optimizer, STEPS)
    adapted.model.train()

    def embedded(texts):
        return adapted.embed(adapted.tokenizer(texts, truncation=True, max_length=MOST)["input_ids"])

    def loss():
        some, texts = draw.choice(known).drawn(draw)
        right = torch.tensor([[ident in expect for _, ident in texts] for _, expect in some])
        alike = SCALE * embedded([text for text, _ in some]) @ embedded([text for text, _ in texts]).T
        against = torch.logsumexp(alike.masked_fill(right, -1e9), 1, keepdim=True)
        return softplus(against - alike)[right].mean() + SILENT * silence(alike / SCALE, right, line)

    descend(optimizer, rates, STEPS, loss, told=25)
    adapted.write(NAME, RANK)


def silence(alike, right, line):
    """How badly one line through the nearest cosines parts questions with an answer (nearest right text) from those without (any text)."""
    inside = right.any(1)
    nearest = alike[inside].masked_fill(~right[inside], -1).max(1).values
    return softplus(-(line[0] * nearest + line[1])).mean() + softplus(line[0] * alike[~inside].max(1).values + line[1]).mean()
