"""A model's weights as the browser downloads them: matrices as int8 in blocks, each behind its scale. Pure: bytes in, bytes out.

A row of a matrix is cut into blocks of BLOCK numbers; a block is its scale, a float32, and its numbers as int8. The rest stays float32. A
third of the download; it changes the first three answers of about one golden question in thirty, where two are nearly equal.
"""

from typing import TYPE_CHECKING, Any

import numpy as np

from search.engine.numeric import sizes

if TYPE_CHECKING:
    from search.engine.numeric import F32

BLOCK, WIDEST = 32, 4096
"""As in kernel.c."""
FORM = 1
"""Raise it whenever the small weights of a model change."""
EMBEDDINGS = 3
"""Tensors before the norm of the embeddings: words, positions, types."""
RANK = 64
"""How wide the change from one model to another is kept: two adapters of 24 and 48, nearly whole."""
_ALIGNED = 64


def fits(head: dict[str, Any]) -> bool:
    """Can the kernel in the browser compute with this model? `head`: what the pack says of it."""
    return all(width % BLOCK == 0 and width <= WIDEST for width in head["shape"][:2])


def layout(head: dict[str, Any]) -> list[int]:
    """Where each tensor begins in the small weights, and where the last ends."""
    starts = [0]
    for size in _sizes(head):
        length = 4 * size[0] if len(size) == 1 else size[0] * size[1] // BLOCK * (4 + BLOCK)
        starts.append(starts[-1] + length + -length % _ALIGNED)
    return starts


def _sizes(head: dict[str, Any]) -> list[tuple[int, ...]]:
    """As in the large ones, but for the positions that no text reaches."""
    words, positions, *others = sizes(head)
    return [words, (head["most"], positions[1]), *others]


def small(raw: "memoryview | bytes", head: dict[str, Any]) -> bytes:
    """The weights of a safetensors file made small."""
    whole = bytearray(layout(head)[-1])
    for start, at, size in zip(head["tensors"], layout(head)[:-1], _sizes(head), strict=True):
        tensor = np.frombuffer(raw, dtype="<f4", count=int(np.prod(size)), offset=start)
        made = tensor.tobytes() if len(size) == 1 else _blocks(tensor)
        whole[at : at + len(made)] = made
    return bytes(whole)


def _blocks(matrix: "F32") -> bytes:
    rows = matrix.reshape(-1, BLOCK)
    scales = np.maximum(np.abs(rows).max(axis=1, keepdims=True) / np.float32(127), np.float32(1e-12)).astype("<f4")
    made = np.empty(len(rows), dtype=[("scale", "<f4"), ("numbers", "i1", BLOCK)])
    made["scale"] = scales[:, 0]
    made["numbers"] = np.rint(rows / scales)
    return made.tobytes()


def change(raw: "memoryview | bytes", head: dict[str, Any], other: "memoryview | bytes", others: dict[str, Any]) -> bytes | None:
    """What makes of the matrices in the layers of one model those of another, W + B·A: B and A of each, in blocks, one after the other.

    None where the two differ in anything else.
    """
    if [list(head["shape"]), list(head["rows"])] != [list(others["shape"]), list(others["rows"])]:
        return None
    made = b""
    for n, (one, two, size) in enumerate(zip(head["tensors"], others["tensors"], sizes(head), strict=True)):
        before, after = (
            np.frombuffer(memory, dtype="<f4", count=int(np.prod(size)), offset=at).reshape(size)
            for memory, at in ((raw, one), (other, two))
        )
        if n < EMBEDDINGS or len(size) == 1:
            if not np.array_equal(before, after):
                return None
        else:
            left, strength, right = np.linalg.svd(after - before, full_matrices=False)
            root = np.sqrt(strength[:RANK])
            made += _blocks(left[:, :RANK] * root) + _blocks(root[:, None] * right[:RANK])
    return made
