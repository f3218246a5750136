"""The kernel in C, through ctypes: no numpy on the way. `find` gives None where it was not built; `numeric` then does the same."""

import ctypes
import mmap
import os
from _imp import extension_suffixes

TYPE_CHECKING = False
if TYPE_CHECKING:  # what a cold process does not import
    from collections.abc import Sequence
    from typing import Any

    from search.pack import Pack

VERSION = 2
"""Of kernel.c: a library that was built from another one is not used."""
_HERE = os.path.dirname(__file__)


class _Shape(ctypes.Structure):
    _fields_ = (
        *((name, ctypes.c_int32) for name in ("hidden", "inner", "heads", "layers")),
        ("epsilon", ctypes.c_float),
    )


class _Weights(ctypes.Structure):
    _fields_ = tuple((name, ctypes.c_float) for name in ("best", "whole", "centroid", "lexical", "saturation"))


def find() -> "Native | None":
    """The kernel, if it was built here from the source that this module knows."""
    try:
        library = ctypes.CDLL(f"{_HERE}/_kernel{extension_suffixes()[0]}")
        return Native(library) if library.kernel_version() == VERSION else None
    except (OSError, AttributeError):
        return None


def _address(memory: "mmap.mmap | memoryview[float]") -> int:
    return ctypes.addressof(ctypes.c_char.from_buffer(memory))


class Native:
    """The arithmetic of the search. `open_model` first, before `embed`."""

    def __init__(self, library: ctypes.CDLL) -> None:
        self._library = library
        library.scratch_size.restype = ctypes.c_size_t
        library.checksum.restype = ctypes.c_uint64

    def open_model(self, weights: str, head: "dict[str, Any]") -> None:
        """Map the file of weights; `head` is what the pack says of the model. Raises OSError."""
        width, inner, heads, layers = head["shape"]
        self._shape = _Shape(width, inner, heads, layers, head["epsilon"])
        self._width = width
        with open(weights, "rb") as file:
            self._mapped = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_COPY)  # never written; a writable view has an address
        start = _address(self._mapped)
        self._tensors = (ctypes.c_void_p * len(head["tensors"]))(*(start + offset for offset in head["tensors"]))

    def embed(self, ids: "Sequence[int]") -> "ctypes.Array[ctypes.c_float]":
        """The vector of one text; a buffer of `width` floats. Other threads run meanwhile."""
        shape, count = ctypes.byref(self._shape), len(ids)
        scratch = (ctypes.c_float * self._library.scratch_size(shape, count))()
        vector: ctypes.Array[ctypes.c_float] = (ctypes.c_float * self._width)()
        self._library.embed(shape, self._tensors, (ctypes.c_int32 * count)(*ids), count, scratch, vector)
        return vector

    def scores(
        self, pack: "Pack", vector: "Any", lexical: "memoryview[float]", adjust: "memoryview[float]", weights: "Sequence[float]", most: int
    ) -> list[tuple[int, float]]:
        """The answers with the highest scores, as (number, score), highest first: see search/rank.py."""
        start = _address(pack.memory)
        answers = len(lexical)
        cosines = (ctypes.c_float * pack.head["passages"])()
        found = (ctypes.c_float * answers)()
        which = (ctypes.c_uint32 * min(most, answers))()
        at = {name: ctypes.c_void_p(start + pack.offset(name)) for name in ("vectors", "starts", "norms", "facets")}
        self._library.scores(
            at["vectors"], pack.head["dimension"], (ctypes.c_float * len(vector)).from_buffer_copy(vector), ctypes.c_size_t(answers),
            at["starts"], at["norms"], at["facets"], ctypes.c_void_p(_address(adjust)), ctypes.c_void_p(_address(lexical)),
            ctypes.byref(_Weights(*weights)), cosines, found,
        )  # fmt: skip
        count = self._library.top(found, ctypes.c_size_t(answers), len(which), which)
        return [(answer, found[answer]) for answer in which[:count]]

    def checksum(self, pack: "Pack") -> int:
        """Of a pack's body: see search/pack.py."""
        start = _address(pack.memory) + (len(pack.memory) - len(pack.body()))
        return int(self._library.checksum(ctypes.c_void_p(start), ctypes.c_size_t(len(pack.body()) // 8)))
