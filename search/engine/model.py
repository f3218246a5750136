"""A model's files: where they are, and whether it has the shape that our own arithmetic computes.

That shape is BERT's encoder with mean pooling (MiniLM, bge, e5, gte in that form). Its weights stay where they were installed and are
mapped as published; the pack keeps where each tensor begins, and the vocabulary.
"""

import hashlib
import json
import os
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from kb.errors import KbError
from search.engine import adapter

LANES = 8
"""Floats that the kernel takes at once: widths must be multiples of it."""


def folder_of(model: str, root: Path) -> str:
    """Where `model` is: a folder (relative to the root), one of our adapters, an installed package that carries one, or else a hub name."""
    folder = root / os.path.expanduser(model)  # noqa: PTH111  # leaves a user that is not there as it is
    if (folder / "config.json").is_file():
        return str(folder)
    if adapter.is_adapter(model):
        return str(adapter.folder(model))
    name = model.replace("-", "_")
    spec = find_spec(name) if name.isidentifier() and not name.startswith("__") else None
    for place in (spec.submodule_search_locations or []) if spec else []:
        found = next(Path(place).rglob("config_sentence_transformers.json"), None)
        if found:
            return str(found.parent)
    return model


def weights_of(folder: str) -> str:
    """The file with the weights."""
    return str(Path(folder) / "model.safetensors")


@dataclass(frozen=True)
class Bert:
    """A model of the common shape."""

    shape: tuple[int, int, int, int]
    """Width, inner width, heads, layers."""
    epsilon: float
    most: int
    """Tokens of a text that are read."""
    tensors: tuple[int, ...]
    """Where each tensor begins in the file of weights, in bytes, in the kernel's order."""
    rows: tuple[int, int]
    """How many words and positions have embeddings."""
    vocabulary: tuple[str, ...]

    def head(self) -> dict[str, Any]:
        """What the pack says of it: all but the vocabulary."""
        return {
            "shape": self.shape, "epsilon": self.epsilon, "most": self.most, "tensors": self.tensors, "rows": self.rows,
        }  # fmt: skip


def digest(folder: str) -> str:
    """Of all that decides what vectors come out; "" for a model that is no folder."""
    paths = [p for p in sorted(Path(folder).rglob("*")) if p.suffix in (".json", ".txt", ".safetensors", ".bin", ".model") and p.is_file()]
    total = hashlib.sha256()
    for path in paths:
        total.update(f"{path.relative_to(folder).as_posix()}\0".encode())
        with path.open("rb") as file:
            total.update(hashlib.file_digest(file, "sha256").digest())
    return total.hexdigest()[:32] if paths else ""


def load(folder: str) -> Bert | None:
    """The model in `folder`, or None when it is not of the shape that we compute. Raises KbError when its file is cut short."""
    at = Path(folder)
    try:
        config, modules, pooling, tokenizer, length = (
            json.loads((at / name).read_text(encoding="utf-8"))
            for name in ("config.json", "modules.json", "1_Pooling/config.json", "tokenizer_config.json", "sentence_bert_config.json")
        )
        if not _fits(config, [module["type"].rsplit(".", 1)[-1] for module in modules], pooling, tokenizer):
            return None
        shape = config["hidden_size"], config["intermediate_size"], config["num_attention_heads"], config["num_hidden_layers"]
        tensors, rows = _tensors(Path(weights_of(folder)), shape)
        words = _vocabulary(at)
    except (OSError, ValueError, KeyError, TypeError):
        return None
    if len(set(words)) != len(words) or len(words) > rows[0] or not {"[UNK]", "[CLS]", "[SEP]", "[PAD]", "[MASK]"} <= set(words):
        return None
    most = min(int(length.get("max_seq_length") or tokenizer.get("model_max_length") or 512), rows[1])
    return Bert(shape, config["layer_norm_eps"], most, tensors, rows, tuple(words))


def _fits(config: dict[str, Any], modules: list[str], pooling: dict[str, Any], tokenizer: dict[str, Any]) -> bool:
    modes = {key.removeprefix("pooling_mode_") for key, on in pooling.items() if key.startswith("pooling_mode_") and on is True}
    size = config["hidden_size"] // config["num_attention_heads"]
    return (
        config.get("model_type") == "bert"
        and config.get("hidden_act") == "gelu"
        and config.get("position_embedding_type", "absolute") == "absolute"
        and size * config["num_attention_heads"] == config["hidden_size"]
        and all(width % LANES == 0 for width in (size, config["hidden_size"], config["intermediate_size"]))
        and modules in (["Transformer", "Pooling"], ["Transformer", "Pooling", "Normalize"])
        and (modes or {str(pooling.get("pooling_mode"))})
        in ({"mean_tokens"}, {"mean"})  # as older and newer versions of the library write it
        and tokenizer.get("do_lower_case") is True
        and tokenizer.get("strip_accents") in (None, True)
    )


def _vocabulary(folder: Path) -> list[str]:
    """The words, each at its number; of a model that the library saved itself, out of its tokenizer."""
    if (folder / "vocab.txt").is_file():
        return (folder / "vocab.txt").read_text(encoding="utf-8").rstrip("\n").split("\n")
    numbers: dict[str, int] = json.loads((folder / "tokenizer.json").read_text(encoding="utf-8"))["model"]["vocab"]
    words = sorted(numbers, key=lambda word: numbers[word])
    if [numbers[word] for word in words] != list(range(len(words))):
        raise ValueError("the vocabulary has holes")
    return words


def _wanted(shape: tuple[int, int, int, int]) -> dict[str, tuple[int | None, ...]]:
    """Name → size of every tensor, in the kernel's order; None: as many rows as there are."""
    width, inner, _, layers = shape
    found: dict[str, tuple[int | None, ...]] = {
        f"embeddings.{name}_embeddings.weight": (None, width) for name in ("word", "position", "token_type")
    }
    found |= {"embeddings.LayerNorm.weight": (width,), "embeddings.LayerNorm.bias": (width,)}
    parts = {
        "attention.self.query": (width, width), "attention.self.key": (width, width), "attention.self.value": (width, width),
        "attention.output.dense": (width, width), "attention.output.LayerNorm": (width,),
        "intermediate.dense": (inner, width), "output.dense": (width, inner), "output.LayerNorm": (width,),
    }  # fmt: skip
    for n in range(layers):
        for name, size in parts.items():
            found[f"encoder.layer.{n}.{name}.weight"] = size
            found[f"encoder.layer.{n}.{name}.bias"] = size[:1]
    return found


def _tensors(path: Path, shape: tuple[int, int, int, int]) -> tuple[tuple[int, ...], tuple[int, int]]:
    """Where each tensor begins, and the rows of the word and position embeddings. Raises ValueError for another layout."""
    whole = path.stat().st_size
    with path.open("rb") as file:
        size = int.from_bytes(file.read(8), "little")
        if 8 + size > whole:
            raise KbError(str(path), "is cut short: install the model again")
        entries = {name.removeprefix("bert."): entry for name, entry in json.loads(file.read(size)).items()}
    if any(8 + size + entry["data_offsets"][1] > whole for name, entry in entries.items() if name != "__metadata__"):
        raise KbError(str(path), "is cut short: install the model again")
    found = []
    for name, wanted in _wanted(shape).items():
        entry = entries[name]
        if entry["dtype"] != "F32" or any(want not in (None, got) for want, got in zip(wanted, entry["shape"], strict=True)):
            raise ValueError(f"{path}: {name} is {entry['dtype']} {entry['shape']}")
        found.append(8 + size + entry["data_offsets"][0])
    words, positions = (entries[f"embeddings.{name}_embeddings.weight"]["shape"][0] for name in ("word", "position"))
    return tuple(found), (words, positions)
