"""Where the knowledge base begins: the folder with kb.toml. Light, since every command starts here."""

import os

from kb.errors import USAGE, KbError


def find(root: str | None, start: str = "") -> str:
    """The absolute folder `root`, or the nearest one upward from `start` (default: here) with a kb.toml. Raises KbError (wrong usage)."""
    if root is not None:
        folder = os.path.realpath(os.path.expanduser(root)) if root else ""
        if not folder or not os.path.isfile(os.path.join(folder, "kb.toml")):
            raise KbError(folder or "--root", "holds no kb.toml, so it is not a knowledge base: check --root", USAGE)
        return folder
    folder = first = os.path.realpath(start or os.getcwd())
    while not os.path.isfile(os.path.join(folder, "kb.toml")):
        if folder == os.path.dirname(folder):
            raise KbError(first, "no kb.toml here or in any folder above: go into a knowledge base, or give --root DIR", USAGE)
        folder = os.path.dirname(folder)
    return folder
