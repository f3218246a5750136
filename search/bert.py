"""One question → its vector, with numpy alone: the model's own float32 weights, memory-mapped as published.

A cold process has no time for torch (seconds) or onnxruntime; a short question through six layers is 2 ms of arithmetic.
Only BERT-shaped models with mean pooling (MiniLM, bge, e5, gte in that form); `load` gives None for any other, and the caller
takes sentence-transformers.
"""

import json
import mmap
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from search.wordpiece import token_ids

F32 = NDArray[np.float32]


@dataclass(frozen=True)
class Bert:
    """A loaded model: views into the mapped file, and the vocabulary."""

    weights: Mapping[str, F32]
    vocabulary: Mapping[str, int]
    layers: int
    heads: int
    epsilon: float
    most: int
    """Tokens of a text that are read."""
    normalize: bool


def load(folder: Path) -> Bert | None:
    """The model in `folder`, or None when it is not of the shape that this module computes."""
    try:
        config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
        modules = [m["type"].rsplit(".", 1)[-1] for m in json.loads((folder / "modules.json").read_text(encoding="utf-8"))]
        pooling = json.loads((folder / "1_Pooling" / "config.json").read_text(encoding="utf-8"))
        tokenizer = json.loads((folder / "tokenizer_config.json").read_text(encoding="utf-8"))
        length = json.loads((folder / "sentence_bert_config.json").read_text(encoding="utf-8"))
        if not _fits(config, modules, pooling, tokenizer):
            return None
        lines = (folder / "vocab.txt").read_text(encoding="utf-8").split("\n")
        weights = _weights(folder / "model.safetensors")
    except (OSError, ValueError, KeyError, TypeError):
        return None
    most = min(int(length.get("max_seq_length") or 512), int(config["max_position_embeddings"]))
    vocabulary = {word: n for n, word in enumerate(lines) if word}
    return Bert(
        weights,
        vocabulary,
        config["num_hidden_layers"],
        config["num_attention_heads"],
        config["layer_norm_eps"],
        most,
        "Normalize" in modules,
    )


def _fits(config: dict[str, Any], modules: list[str], pooling: dict[str, Any], tokenizer: dict[str, Any]) -> bool:
    modes = {key for key, on in pooling.items() if key.startswith("pooling_mode_") and on}
    return (
        config.get("model_type") == "bert"
        and config.get("hidden_act") == "gelu"
        and config.get("position_embedding_type", "absolute") == "absolute"
        and modules in (["Transformer", "Pooling"], ["Transformer", "Pooling", "Normalize"])
        and modes == {"pooling_mode_mean_tokens"}
        and tokenizer.get("do_lower_case") is True
        and tokenizer.get("strip_accents") in (None, True)
    )


def _weights(path: Path) -> dict[str, F32]:
    """Name → array, each a view into the mapped safetensors file. Raises ValueError for another number format."""
    with path.open("rb") as file:
        mapped = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    size = int.from_bytes(mapped[:8], "little")
    found = {}
    for name, entry in json.loads(mapped[8 : 8 + size]).items():
        if name == "__metadata__" or entry["dtype"] == "I64":
            continue
        if entry["dtype"] != "F32":
            raise ValueError(f"{path}: {name} is {entry['dtype']}, not float32")
        start, end = entry["data_offsets"]
        array = np.frombuffer(mapped, dtype=np.float32, count=(end - start) // 4, offset=8 + size + start)
        found[name.removeprefix("bert.")] = array.reshape(entry["shape"])
    return found


def embed(model: Bert, text: str) -> F32:
    """The vector of `text`, shape (dimension,), float32; equal to the library's but for rounding."""
    w = model.weights
    ids = token_ids(text, model.vocabulary, model.most)
    x = w["embeddings.word_embeddings.weight"][ids] + w["embeddings.position_embeddings.weight"][: len(ids)]
    x = _norm(x + w["embeddings.token_type_embeddings.weight"][0], w, "embeddings.LayerNorm", model.epsilon)
    for n in range(model.layers):
        x = _layer(model, x, f"encoder.layer.{n}.")
    pooled: F32 = x.mean(axis=0)
    if model.normalize:
        pooled = pooled / max(float(np.linalg.norm(pooled)), 1e-12)
    return pooled.astype(np.float32)


def _layer(model: Bert, x: F32, at: str) -> F32:
    w = model.weights
    mixed = _linear(_attention(model, x, at + "attention.self."), w, at + "attention.output.dense")
    x = _norm(x + mixed, w, at + "attention.output.LayerNorm", model.epsilon)
    inner = _gelu(_linear(x, w, at + "intermediate.dense"))
    return _norm(x + _linear(inner, w, at + "output.dense"), w, at + "output.LayerNorm", model.epsilon)


def _attention(model: Bert, x: F32, at: str) -> F32:
    length, width = x.shape
    q, k, v = (
        _linear(x, model.weights, at + name).reshape(length, model.heads, -1).transpose(1, 0, 2) for name in ("query", "key", "value")
    )
    scores = q @ k.transpose(0, 2, 1) / np.float32((width // model.heads) ** 0.5)
    scores = np.exp(scores - scores.max(axis=-1, keepdims=True))
    mixed: F32 = (scores / scores.sum(axis=-1, keepdims=True)) @ v
    return mixed.transpose(1, 0, 2).reshape(length, width)


def _linear(x: F32, w: Mapping[str, F32], name: str) -> F32:
    out: F32 = x @ w[name + ".weight"].T + w[name + ".bias"]
    return out


def _norm(x: F32, w: Mapping[str, F32], name: str, epsilon: float) -> F32:
    centred = x - x.mean(axis=-1, keepdims=True)
    scale = np.sqrt((centred * centred).mean(axis=-1, keepdims=True) + np.float32(epsilon))
    out: F32 = centred / scale * w[name + ".weight"] + w[name + ".bias"]
    return out


def _gelu(x: F32) -> F32:
    """x · Φ(x); erf by Abramowitz & Stegun 7.1.26, which is off by 1.5e-7 at most."""
    z = np.abs(x) * np.float32(0.7071067811865476)
    t = 1 / (1 + np.float32(0.3275911) * z)
    poly = t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))))
    erf = np.copysign(1 - poly * np.exp(-z * z), x)
    out: F32 = np.float32(0.5) * x * (1 + erf)
    return out
