"""A model's weights as the browser downloads them: matrices as int8 in blocks, each behind its scale. Pure: bytes in, bytes out.

A row of a matrix is cut into blocks of BLOCK numbers; a block is its scale, a float32, and its numbers as int8. The rest stays float32. A
quarter of the download; of the golden questions' first three answers about one in fifty changes (docs/design/index.md).
"""

from typing import TYPE_CHECKING, Any

import numpy as np

from search.engine.numeric import sizes

if TYPE_CHECKING:
    from search.engine.numeric import F32

BLOCK, WIDEST = 32, 4096
"""As in kernel.c."""
_ALIGNED = 64


def fits(head: dict[str, Any]) -> bool:
    """Can the kernel in the browser compute with this model? `head`: what the pack says of it."""
    return all(width % BLOCK == 0 and width <= WIDEST for width in head["shape"][:2])


def small(raw: "memoryview | bytes", head: dict[str, Any]) -> tuple[bytes, list[int]]:
    """The weights of a safetensors file made small, and where each tensor begins. Positions that no text reaches are left out."""
    whole, starts = bytearray(), []
    for n, (start, size) in enumerate(zip(head["tensors"], sizes(head), strict=True)):
        tensor = np.frombuffer(raw, dtype="<f4", count=int(np.prod(size)), offset=start).reshape(size)
        starts.append(len(whole))
        whole += _blocks(tensor[: head["most"]] if n == 1 else tensor) if len(size) == 2 else tensor.tobytes()
        whole += bytes(-len(whole) % _ALIGNED)
    return bytes(whole), starts


def _blocks(matrix: "F32") -> bytes:
    rows = matrix.reshape(-1, BLOCK)
    scales = np.maximum(np.abs(rows).max(axis=1, keepdims=True) / np.float32(127), np.float32(1e-12)).astype("<f4")
    made = np.empty(len(rows), dtype=[("scale", "<f4"), ("numbers", "i1", BLOCK)])
    made["scale"] = scales[:, 0]
    made["numbers"] = np.rint(rows / scales)
    return made.tobytes()
