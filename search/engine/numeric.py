"""The same arithmetic as kernel.c, in numpy: where no compiler was, and what the kernel is held against."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from search.pack import Pack, checksum

F32 = NDArray[np.float32]
_LAYER = (
    "query", "query_bias", "key", "key_bias", "value", "value_bias", "mixed", "mixed_bias", "mixed_norm", "mixed_norm_bias",
    "inner", "inner_bias", "outer", "outer_bias", "outer_norm", "outer_norm_bias",
)  # fmt: skip


class Numeric:
    """The arithmetic of the search. `open_model` first, before `embed`."""

    def open_model(self, weights: str, head: dict[str, Any]) -> None:
        """Map the file of weights; `head` is what the pack says of the model. Raises OSError."""
        self._heads, self._epsilon = head["shape"][2], head["epsilon"]
        raw: NDArray[np.uint8] = np.memmap(Path(weights), dtype=np.uint8, mode="r")
        self._tensors = [_view(raw, start, size) for start, size in zip(head["tensors"], sizes(head), strict=True)]

    def embed(self, ids: Sequence[int]) -> F32:
        """The vector of one text, shape (width,), float32."""
        words, positions, types, weight, bias = self._tensors[:5]
        x = _norm(words[list(ids)] + positions[: len(ids)] + types[0], weight, bias, self._epsilon)
        for n in range(5, len(self._tensors), len(_LAYER)):
            x = self._layer(x, dict(zip(_LAYER, self._tensors[n : n + len(_LAYER)], strict=True)))
        pooled: F32 = x.mean(axis=0)
        return (pooled / max(float(np.linalg.norm(pooled)), 1e-12)).astype(np.float32)

    def _layer(self, x: F32, w: dict[str, F32]) -> F32:
        length, width = x.shape
        q, k, v = (
            (x @ w[name].T + w[f"{name}_bias"]).reshape(length, self._heads, -1).transpose(1, 0, 2) for name in ("query", "key", "value")
        )
        shares = q @ k.transpose(0, 2, 1) / np.float32((width // self._heads) ** 0.5)
        shares = np.exp(shares - shares.max(axis=-1, keepdims=True))
        mixed = ((shares / shares.sum(axis=-1, keepdims=True)) @ v).transpose(1, 0, 2).reshape(length, width)
        x = _norm(x + mixed @ w["mixed"].T + w["mixed_bias"], w["mixed_norm"], w["mixed_norm_bias"], self._epsilon)
        inner = _gelu(x @ w["inner"].T + w["inner_bias"])
        return _norm(x + inner @ w["outer"].T + w["outer_bias"], w["outer_norm"], w["outer_norm_bias"], self._epsilon)

    def scores(
        self, pack: Pack, vector: Any, lexical: "memoryview[float]", adjust: "memoryview[float]", weights: Sequence[float], most: int
    ) -> list[tuple[int, float]]:
        """The answers with the highest scores, as (number, score), highest first: see search/rank.py."""
        there, best, whole, centroid = self.parts(pack, vector)
        *shares, saturation = weights
        words = np.asarray(lexical)[there]
        extra = np.asarray(adjust)[_section(pack, "facets", "<u2")[there]]
        found = shares[0] * best + shares[1] * whole + shares[2] * centroid + shares[3] * words / (words + saturation) + extra
        order = np.argsort(-found, kind="stable")[:most]
        return [(int(there[n]), float(found[n])) for n in order if extra[n] > -1e30]

    def parts(self, pack: Pack, vector: Any) -> tuple[NDArray[np.int64], F32, F32, F32]:
        """The numbers of the answers that have passages; their cosines with `vector`: best passage, whole entry, phrasings' centroid."""
        cosines = _section(pack, "vectors", "<f4").reshape(-1, pack.head["dimension"]) @ np.frombuffer(vector, dtype=np.float32)
        starts = _section(pack, "starts", "<u4").astype(np.int64)
        counts = np.diff(starts)
        there = np.flatnonzero(counts)
        first, last = starts[there], starts[there + 1] - 1
        sums = np.add.reduceat(cosines, first)
        centroid = np.where(counts[there] > 1, sums - cosines[last], sums) / np.maximum(counts[there] - 1, 1)
        return there, np.maximum.reduceat(cosines, first), cosines[last], centroid * _section(pack, "norms", "<f4")[there]

    def checksum(self, pack: Pack) -> int:
        """Of a pack's body: see search/pack.py."""
        return checksum(pack.body())


def sizes(head: dict[str, Any]) -> list[tuple[int, ...]]:
    """The size of every tensor, in the kernel's order."""
    width, inner, _, layers = head["shape"]
    square, wide, tall, row = (width, width), (inner, width), (width, inner), (width,)
    layer = (square, row, square, row, square, row, square, row, row, row, wide, (inner,), tall, row, row, row)
    return [(head["rows"][0], width), (head["rows"][1], width), (1, width), row, row, *(layer * layers)]


def _section(pack: Pack, name: str, kind: str) -> Any:
    return np.frombuffer(pack.section(name), dtype=kind)


def _view(raw: NDArray[np.uint8], start: int, size: tuple[int, ...]) -> F32:
    found: F32 = raw[start : start + 4 * int(np.prod(size))].view(np.float32).reshape(size)
    return found


def _norm(x: F32, weight: F32, bias: F32, epsilon: float) -> F32:
    centred = x - x.mean(axis=-1, keepdims=True)
    scale = np.sqrt((centred * centred).mean(axis=-1, keepdims=True) + np.float32(epsilon))
    out: F32 = centred / scale * weight + bias
    return out


def _gelu(x: F32) -> F32:
    """x · Φ(x); erf by Abramowitz & Stegun 7.1.26, which is off by 1.5e-7 at most."""
    z = np.abs(x) * np.float32(0.7071067811865476)
    t = 1 / (1 + np.float32(0.3275911) * z)
    poly = t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))))
    erf = np.copysign(1 - poly * np.exp(-z * z), x)
    out: F32 = np.float32(0.5) * x * (1 + erf)
    return out
