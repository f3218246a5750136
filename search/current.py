"""Is the pack of the files as they are now? `.kb/current.json` remembers times and sizes, so that one stat a file tells.

It belongs to this machine and this moment, unlike the pack; like the pack it may be deleted.
"""

import os

from kb import quickjson
from search.pack import Pack, Refused

TYPE_CHECKING = False
if TYPE_CHECKING:  # what a cold process does not import
    from collections.abc import Iterator
    from typing import Any

    Stamps = dict[str, list[int]]


def path_of(root: str) -> str:
    """Where the memory lies."""
    return os.path.join(root, ".kb", "current.json")


def pack_of(root: str) -> str:
    """Where the pack lies."""
    return os.path.join(root, ".kb", "lookup.pack")


def doubts_of(root: str) -> str:
    """Where it is kept which answers are doubted (search/doubts.py)."""
    return os.path.join(root, ".kb", "doubts.json")


def stamps(root: str) -> "Stamps":
    """Path → [mtime in ns, size] of every file that answers come from, and of kb.toml."""
    return {path[len(root) + 1 :]: stamp(path) for path in _files(root)}


def stamp(path: str) -> list[int]:
    """Time and size of one file; zeros when it cannot be seen."""
    try:
        stat = os.stat(path)
    except OSError:
        return [0, 0]
    return [stat.st_mtime_ns, stat.st_size]


def _files(root: str) -> "Iterator[str]":
    cards = os.path.join(root, "docs", "battlecards")
    for competitor in _names(cards):
        yield os.path.join(cards, competitor, "index.md")
        yield from _markdown(os.path.join(cards, competitor, "notes"))
    yield from _markdown(os.path.join(root, "docs", "objections"))
    yield os.path.join(root, "kb.toml")


def _markdown(folder: str) -> "Iterator[str]":
    return (os.path.join(folder, name) for name in _names(folder) if name.endswith(".md"))


def _names(folder: str) -> list[str]:
    try:
        return sorted(os.listdir(folder))
    except OSError:
        return []


class Current:
    """A pack that is up to date, and what was remembered with it."""

    def __init__(self, pack: Pack, memory: "dict[str, Any]") -> None:
        self.pack = pack
        self.stamps: Stamps = memory["stamps"]
        self.threshold = float(memory["threshold"])
        """Probability of being right from which an answer is given; kb.toml says it."""
        self.model_folder = str(memory["model_folder"])
        self.weights: list[int] = memory["weights"]
        """Time and size of the model's weights when the passages were embedded."""
        self.reader_file = str(memory["reader_file"])
        """The weights of the model that reads the first answer (search/reader.py); "" where none does."""
        self.reader: list[int] = memory["reader"]
        """Time and size of that file."""
        self.unread: list[str] = memory["unread"]
        """Files that could not be read when the pack was made, each with line and cause."""
        self.chroma = str(memory["chroma"])
        """The folder or server that held the rows."""

    @property
    def weights_file(self) -> str:
        """Where they are, if they are a file of this machine."""
        return os.path.join(self.model_folder, "model.safetensors")


def remembered(root: str) -> Current | None:
    """The pack that was made last, of whatever files; None when there is none. Raises Refused when the pack or the memory is no good."""
    try:
        with open(path_of(root), "rb") as file:
            memory = quickjson.loads(file.read())
        pack = Pack(pack_of(root))
        return Current(pack, memory) if memory["sum"] == pack.sum else None
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (ValueError, KeyError, TypeError):
        raise Refused(path_of(root), "is damaged") from None


def open_current(root: str) -> Current | None:
    """The pack of `root`, or None when there is none of the files as they are now. Raises Refused when it is no good."""
    found = remembered(root)
    if (
        found is None
        or found.stamps != stamps(root)
        or stamp(found.weights_file) != found.weights
        or stamp(found.reader_file) != found.reader
    ):
        return None
    return found
