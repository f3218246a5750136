"""The lookup pack, `.kb/lookup.pack`: all that a question needs but the model's weights, in one file, mapped.

Compiled from Chroma by `search.index`, it holds nothing of the machine or the moment: the same docs/ and model give the same bytes.

    bytes 0…15    MAGIC
    16…19         FORMAT            20…23   length of the head
    24…31         size of the file  32…39   sum of the file's 8-byte words from byte 64 on, modulo 2^64
    64…           the head: JSON, with `sections`: name → [offset, length]; then the sections, each at a multiple of 64
"""

import mmap
import os
import struct

from kb import quickjson
from kb.errors import KbError
from search.table import Table

TYPE_CHECKING = False
if TYPE_CHECKING:  # what a cold process does not import
    from collections.abc import Mapping
    from pathlib import Path
    from typing import Any, Literal

    Whole = Literal["B", "H", "I", "Q"]

MAGIC = b"rejoinder-pack\r\n"
FORMAT = 8
"""Raise it whenever the pack, or what a passage is made of, changes: older packs are then made anew."""
_HEADER = struct.Struct("<16sIIQQ")
_START = 64


def encode(head: "Mapping[str, Any]", sections: "Mapping[str, bytes]") -> bytes:
    """The bytes of a pack."""
    import json

    table: dict[str, list[int]] = {}
    texts = json.dumps(dict(head) | {"sections": {name: [0] * 2 for name in sections}}, sort_keys=True, ensure_ascii=False).encode()
    at = _padded(_START + len(texts) + 24 * len(sections))  # room for the numbers that now are zeros
    for name, data in sections.items():
        table[name] = [at, len(data)]
        at = _padded(at + len(data))
    text = json.dumps(dict(head) | {"sections": table}, sort_keys=True, ensure_ascii=False).encode()
    whole = bytearray(at)
    whole[_START : _START + len(text)] = text
    for name, data in sections.items():
        start = table[name][0]
        whole[start : start + len(data)] = data
    whole[:_START] = _HEADER.pack(MAGIC, FORMAT, len(text), at, checksum(memoryview(whole)[_START:])).ljust(_START, b"\0")
    return bytes(whole)


def _padded(size: int) -> int:
    return -(-size // _START) * _START


def checksum(data: memoryview) -> int:
    """The sum of the 8-byte words, by numpy: for whoever has no kernel at hand."""
    import numpy as np

    return int(np.frombuffer(data, dtype="<u8").sum(dtype=np.uint64))


def sum_of(raw: bytes) -> int:
    """The checksum that a pack's header gives."""
    return int(_HEADER.unpack_from(raw)[4])


class Refused(KbError):
    """A file that is no pack of this format, or not a whole one."""


class Pack:
    """An open pack. `head` is its JSON; sections are views into the mapped file."""

    def __init__(self, path: "Path | str") -> None:
        """Map it. Raises Refused when there is something else at `path`, FileNotFoundError when there is nothing."""
        self.path = os.fspath(path)
        handle = os.open(self.path, os.O_RDONLY)
        try:
            size = os.fstat(handle).st_size
            if size < _START:
                raise Refused(self.path, "is not a lookup pack: too short")
            self.memory = mmap.mmap(handle, size, access=mmap.ACCESS_COPY)  # never written; a writable view has an address
        finally:
            os.close(handle)
        magic, version, length, whole, self.sum = _HEADER.unpack_from(self.memory)
        if magic != MAGIC:
            raise Refused(self.path, "is not a lookup pack")
        if version != FORMAT:
            raise Refused(self.path, f"is a lookup pack of format {version}; this is format {FORMAT}")
        if size != whole or _START + length > size:
            raise Refused(self.path, f"is cut short: {size:,} bytes instead of {whole:,}")
        self.bytes = memoryview(self.memory)
        self.head: dict[str, Any] = self._head(length)

    def _head(self, length: int) -> "dict[str, Any]":
        try:
            head: dict[str, Any] = quickjson.loads(bytes(self.bytes[_START : _START + length]))
            if all(0 <= start <= start + size <= len(self.bytes) for start, size in head["sections"].values()):
                return head
        except (ValueError, KeyError, TypeError):
            pass
        raise Refused(self.path, "has a damaged head")

    def sound(self) -> None:
        """Raise Refused unless every passage and facet is where the kernel will look for it."""
        head, starts, facets = self.head, self.section("starts", "I"), self.section("facets", "H")
        if (
            [*starts] != sorted(starts)
            or (starts[0], starts[-1], len(starts)) != (0, head["passages"], head["answers"] + 1)
            or len(self.section("vectors")) != 4 * head["passages"] * head["dimension"]
            or len(self.section("norms")) != 4 * head["answers"]
            or len(facets) != head["answers"]
            or max(facets, default=0) >= max(1, len(head["facets"]))
        ):
            raise Refused(self.path, "is damaged")

    def offset(self, name: str) -> int:
        """Where a section begins."""
        return int(self.head["sections"][name][0])

    def section(self, name: str, kind: "Whole" = "B") -> memoryview:
        """A section as memory of whole numbers: bytes, or H, I, Q of 2, 4, 8 bytes."""
        start, size = self.head["sections"][name]
        found: memoryview = self.bytes[start : start + size].cast(kind)
        return found

    def floats(self, name: str) -> "memoryview[float]":
        """A section as memory of float32."""
        return self.section(name).cast("f")

    def body(self) -> memoryview:
        """What the checksum is of."""
        return self.bytes[_START:]

    def record(self, name: str, number: int) -> "Any":
        """A JSON value of the section `name`, whose limits are in `name:starts`."""
        starts = self.section(f"{name}:starts", "Q")
        return quickjson.loads(bytes(self.section(name)[starts[number] : starts[number + 1]]))


def table_of(pack: Pack, name: str) -> Table:
    """The table of words that lies in the sections `name`:text, offsets and slots."""
    return Table(pack.section(f"{name}:text"), pack.section(f"{name}:offsets", "I"), pack.section(f"{name}:slots", "I"))
