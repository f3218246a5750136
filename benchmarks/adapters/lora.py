"""Changes to a BERT's matrices, trained and written narrow, as search/engine/adapter.py reads them.

Either narrow from the start (B·A beside each matrix, which stays as it is), or the matrices themselves, of whose change the strongest
directions are kept: for a task that is far from what the model came for, that learns more. What is lost with the others is mostly learnt
again in some hundred steps more, in those that were kept (`narrowed`).
"""

import math
from pathlib import Path

import numpy as np
import torch
from transformers import AutoModel, AutoTokenizer

from search.engine import adapter

PARTS = (
    "attention.self.query",
    "attention.self.key",
    "attention.self.value",
    "attention.output.dense",
    "intermediate.dense",
    "output.dense",
)


class Low(torch.nn.Module):
    """A linear layer with B·A added to its matrix."""

    def __init__(self, linear, rank):
        super().__init__()
        self.linear = linear
        self.a = torch.nn.Parameter(torch.randn(rank, linear.in_features) / math.sqrt(linear.in_features))
        self.b = torch.nn.Parameter(torch.zeros(linear.out_features, rank))

    def forward(self, x):
        return self.linear(x) + 2 * (x @ self.a.T) @ self.b.T


class Adapted:
    """all-MiniLM-L6-v2, of which every matrix of every layer is trained; `rank`: narrow from the start."""

    def __init__(self, rank=None, seed=0):
        torch.manual_seed(seed)
        folder = str(adapter.base())
        self.tokenizer, self.model = AutoTokenizer.from_pretrained(folder), AutoModel.from_pretrained(folder)
        self.model.requires_grad_(False)
        self.layers, self.before = {}, {}
        for name in (f"encoder.layer.{n}.{part}" for n in range(len(self.model.encoder.layer)) for part in PARTS):
            linear = self.model.get_submodule(name)
            self.before[name] = linear.weight.detach().clone()
            if rank:
                self._put(name, Low(linear, rank))
            else:
                linear.weight.requires_grad_(True)
                self.layers[name] = linear

    def _put(self, name, layer):
        self.model.set_submodule(name, layer)
        self.layers[name] = layer

    def narrowed(self, rank):
        """Go on with the strongest directions of what the matrices have learnt, and with nothing else."""
        for name, linear in list(self.layers.items()):
            low = Low(linear, rank)
            b, low.a.data = narrow(linear.weight.detach() - self.before[name], rank)
            low.b.data = b / 2
            linear.weight.requires_grad_(False).copy_(self.before[name])
            self._put(name, low)

    def go_on_from(self, file):
        """Take the narrow changes of a former training of the same rank."""
        found = np.load(file)
        for key, layer in self.layers.items():
            layer.a.data = torch.from_numpy(found[f"{key}.A"].astype(np.float32))
            layer.b.data = torch.from_numpy(found[f"{key}.B"].astype(np.float32)) / 2

    def add(self, name):
        """Begin with the changes of an adapter that ships, where the matrices themselves are trained."""
        found = np.load(shipped(name))
        with torch.no_grad():
            for key, layer in self.layers.items():
                layer.weight += torch.from_numpy(found[f"{key}.B"].astype(np.float32) @ found[f"{key}.A"].astype(np.float32))

    def parameters(self):
        return [p for p in self.model.parameters() if p.requires_grad]

    def embed(self, rows):
        """Unit vectors of lists of token ids: mean pooling, as the model itself is used."""
        longest = max(map(len, rows))
        ids = torch.tensor([row + [0] * (longest - len(row)) for row in rows])
        mask = torch.tensor([[1] * len(row) + [0] * (longest - len(row)) for row in rows])
        states = self.model(input_ids=ids, attention_mask=mask).last_hidden_state
        weight = mask.unsqueeze(-1).float()
        return torch.nn.functional.normalize((states * weight).sum(1) / weight.sum(1), dim=-1)

    def write(self, name, rank, **more):
        """search/adapters/<name>.npz, its changes `rank` wide; `more` are further arrays."""
        arrays = {}
        for key, layer in self.layers.items():
            b, a = (
                (2 * layer.b.detach(), layer.a.detach())
                if isinstance(layer, Low)
                else narrow(layer.weight.detach() - self.before[key], rank)
            )
            arrays |= {f"{key}.A": a.numpy().astype(np.float16), f"{key}.B": b.numpy().astype(np.float16)}
        saved(name, arrays | {key: value.astype(np.float32) for key, value in more.items()})


def shipped(name):
    return Path(adapter.__file__).parent.parent / "adapters" / f"{name}.npz"


def saved(name, arrays):
    path = shipped(name)
    np.savez(path, **arrays)
    print(f"{path}: {path.stat().st_size:,} bytes")


def mean(name, rank, files):
    """search/adapters/<name>.npz out of the files of several trainings: the mean of their changes. For adapters without further arrays."""
    found, arrays = [np.load(file) for file in files], {}
    for key in (key.removesuffix(".A") for key in found[0].files if key.endswith(".A")):
        changes = [one[f"{key}.B"].astype(np.float32) @ one[f"{key}.A"].astype(np.float32) for one in found]
        b, a = narrow(torch.from_numpy(sum(changes) / len(changes)), rank)
        arrays |= {f"{key}.A": a.numpy().astype(np.float16), f"{key}.B": b.numpy().astype(np.float16)}
    saved(name, arrays)


def narrow(change, rank):
    """B and A whose product is nearest to `change`."""
    left, strength, right = torch.linalg.svd(change, full_matrices=False)
    root = strength[:rank].sqrt()
    return left[:, :rank] * root, root[:, None] * right[:rank]


def descend(optimizer, rates, steps, loss_of, told=50):
    """So many steps down what `loss_of` gives, its mean told now and then."""
    total = 0.0
    for step in range(1, steps + 1):
        loss = loss_of()
        loss.backward()
        optimizer.step()
        rates.step()
        optimizer.zero_grad()
        total += loss.item()
        if step % told == 0:
            print(f"step {step} of {steps}: loss {total / told:.3f}", flush=True)
            total = 0.0


def schedule(optimizer, steps):
    """Up in the first twelfth of the steps, then down to nothing."""
    return torch.optim.lr_scheduler.LambdaLR(optimizer, lambda n: min(1, 12 * (n + 1) / steps) * max(0.02, (steps - n) / steps))
