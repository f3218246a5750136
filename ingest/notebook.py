"""The field notes of one competitor on disk: what is there, what is nearly there, what is added. Writes through `kb.files`."""

import hashlib
import io
from collections.abc import Iterator, Mapping
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

from ingest.fieldnotes import core, digest, file_stem
from ingest.near import BUDGET, MOST, Vectors, nearest
from kb import files
from kb.config import Config
from kb.errors import KbError
from kb.frontmatter import conflict
from kb.library import GENERATED
from kb.markdown import plain
from kb.model import FieldNote
from kb.note import render_note
from kb.wiring import embedder

if TYPE_CHECKING:
    from ingest.near import F32


class Notebook:
    """What is known of one competitor's notes; grows with every note that is added."""

    def __init__(self, config: Config, competitor: str) -> None:
        """Reads the notes' words, not their front matter, which takes YAML a hundred times as long."""
        self._config = config
        self._folder = config.docs / "battlecards" / competitor / "notes"
        self._bodies = dict(_bodies(self._folder))
        self._paths = {digest(body): path for path, body in self._bodies.items()}
        self._queue = sorted(self._bodies, key=lambda path: path.name, reverse=True)[:MOST]
        self._numbers: dict[str, count[int]] = {}
        self._compared: list[tuple[Path, F32]] = []

    def same(self, body: str) -> str | None:
        """The path of the note that says just this."""
        path = self._paths.get(digest(body))
        return self.shown(path) if path else None

    def near(self, body: str, vectors: Vectors) -> tuple[tuple[str, float] | None, bool]:
        """Path and cosine of the nearest note, if it is near enough; and whether the budget allowed to look."""
        vector = vectors.of(*_keyed(self._config, body))
        if vector is None:
            return None, False
        waiting, self._queue = self._queue, []
        rows = ((path, vectors.of(*_keyed(self._config, self._bodies[path]))) for path in waiting)
        self._compared += [(path, row) for path, row in rows if row is not None]
        found = nearest(vector, [row for _, row in self._compared])
        return (self.shown(self._compared[found[0]][0]), found[1]) if found else None, True

    def reserve(self, note: FieldNote, compare: bool = True) -> Path:
        """A free name for `note`, which from now on counts as there; `commit` writes it. Raises KbError for what cannot be written."""
        stem = file_stem(note)
        if conflict(f"\n\n{note.body}") or note.body != note.body.replace("\r", "\n").strip("\n"):
            raise KbError(
                stem, "cannot be written as a field note: lines such as <<<<<<<, ======= and >>>>>>> are taken for a git merge conflict"
            )
        path = self._free(stem)
        self._bodies[path] = note.body
        self._paths.setdefault(digest(note.body), path)
        if compare:
            self._queue.append(path)
        return path

    def _free(self, stem: str) -> Path:
        """`stem.md`, `stem-2.md`, …: the first that nobody has; each number is tried once in a run."""
        for n in self._numbers.setdefault(stem, count(1)):
            path = self._folder / (f"{stem}-{n}.md" if n > 1 else f"{stem}.md")
            if path not in self._bodies and not path.exists():
                return path
        raise AssertionError("count() does not end")

    def commit(self, notes: Mapping[Path, FieldNote]) -> dict[Path, tuple[str, bool]]:
        """Write what was reserved: path reserved → path now, and whether it is new. Raises KbError when the disk refuses.

        Where another process took the name since: the same words are the same note, others make us look for another name.
        """
        taken = files.create({path: render_note(note) for path, note in notes.items()})
        done = {path: (self.shown(path), True) for path in notes if path not in taken}
        for path in taken:
            theirs, note = _body(path), notes[path]
            self._bodies[path] = theirs
            if digest(theirs) == digest(note.body):
                done[path] = (self.shown(path), False)
            else:
                again = self.reserve(note)
                done[path] = self.commit({again: note})[again]
        return done

    def shown(self, path: Path) -> str:
        """`path` as people are told of it."""
        return path.relative_to(self._config.root).as_posix()

    def sweep(self) -> None:
        """Clear away what a killed run left behind."""
        if self._folder.is_dir():
            files.sweep(self._folder)


def _bodies(folder: Path) -> Iterator[tuple[Path, str]]:
    for path in folder.glob("*.md"):
        if path.name != GENERATED and not path.name.startswith("."):
            yield path, _body(path)


def _body(path: Path) -> str:
    try:
        text = path.read_text(encoding="utf-8", errors="replace").replace("\r\n", "\n")
    except OSError:
        return ""  # `kb check` tells of it
    return text.partition("\n---\n")[2].strip("\n")


def _keyed(config: Config, body: str) -> tuple[str, str]:
    text = plain(core(body))
    return hashlib.sha256(f"{config.model}\n{text}".encode()).hexdigest(), text


def vectors(config: Config, budget: int = BUDGET) -> Vectors:
    """The vectors kept from earlier runs, and the embedder for the rest, loaded when the first is missing."""
    import numpy as np

    try:
        with np.load(io.BytesIO(_store(config).read_bytes()), allow_pickle=False) as kept:
            known = dict(zip(kept["keys"].tolist(), kept["rows"], strict=True))
    except (OSError, ValueError, KeyError, EOFError):
        known = {}
    return Vectors(known, lambda: embedder(config), budget)


def keep(config: Config, made: Vectors) -> None:
    """Keep them for the next run. They may be deleted at any time, as all of .kb/."""
    if made.new:
        import numpy as np

        out = io.BytesIO()
        np.savez(out, keys=np.array(list(made.known)), rows=np.stack(list(made.known.values())))
        files.write_bytes(_store(config), out.getvalue())


def _store(config: Config) -> Path:
    return config.local / "note-vectors.npz"
