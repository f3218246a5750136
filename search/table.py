"""A set of words in bytes, asked without being read: what a cold process looks words up in. Pure.

Three parts: the words joined by newlines, where each begins (one number more than words), and slots of word number + 1, 0 being free;
a word's slot is its CRC-32 modulo the number of slots, or the next one that is free. Numbers are little-endian uint32.
"""

from zlib import crc32

TYPE_CHECKING = False
if TYPE_CHECKING:  # what a cold process does not import
    from array import array
    from collections.abc import Sequence


def build(words: "Sequence[str]") -> tuple[bytes, bytes, bytes]:
    """The three parts; words must differ, and hold no newline. An empty word has no slot: it only keeps the numbers of the others."""
    from array import array  # brings `collections`: 1.5 ms

    raw = [word.encode() for word in words]
    starts = array("I", [0])
    for word in raw:
        starts.append(starts[-1] + len(word) + 1)
    slots = array("I", bytes(4 * _slots(len(raw))))
    for n, word in enumerate(raw):
        if word:
            at = crc32(word) % len(slots)
            while slots[at]:
                at = (at + 1) % len(slots)
            slots[at] = n + 1
    return b"\n".join(raw) + b"\n", as_bytes(starts), as_bytes(slots)


def _slots(count: int) -> int:
    return 1 << (2 * count + 1).bit_length()  # at most half full, so a search ends soon


def as_bytes(numbers: "array[int] | array[float]") -> bytes:
    """Little-endian, whatever the machine."""
    import sys

    if sys.byteorder == "big":
        numbers = numbers[:]
        numbers.byteswap()
    return numbers.tobytes()


def floats(count: int) -> "memoryview[float]":
    """So many float32, all 0."""
    return memoryview(bytearray(4 * count)).cast("f")


class Table:
    """Word → its number."""

    def __init__(self, text: memoryview, starts: memoryview, slots: memoryview) -> None:
        """The three parts as `build` gave them, the last two as memory of uint32."""
        self._text, self._starts, self._slots, self._count = text, starts, slots, len(slots)

    def get(self, word: str) -> int | None:
        """The number of `word`, or None."""
        raw = word.encode("utf-8", "replace")
        at = crc32(raw) % self._count
        while number := self._slots[at]:
            start = self._starts[number - 1]
            if self._text[start : self._starts[number] - 1] == raw:
                return int(number) - 1
            at = (at + 1) % self._count
        return None

    def words(self) -> list[str]:
        """All of them, in the order of their numbers."""
        return bytes(self._text).decode().split("\n")[: len(self)]

    def __len__(self) -> int:
        return len(self._starts) - 1
