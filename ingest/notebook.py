"""The field notes of one competitor on disk: what is there, what is nearly there, what is added. Writes through `kb.files`."""

import hashlib
import io
from collections.abc import Iterator
from itertools import count
from pathlib import Path

from ingest.fieldnotes import core, digest, file_stem
from ingest.near import MOST, Vectors, nearest
from kb import files
from kb.config import Config
from kb.errors import KbError
from kb.library import GENERATED
from kb.markdown import plain
from kb.model import FieldNote
from kb.note import parse_note, render_note
from kb.wiring import embedder


class Notebook:
    """What is known of one competitor's notes; grows with every note that is added."""

    def __init__(self, config: Config, competitor: str) -> None:
        """Reads the notes' words, not their front matter, which takes YAML a hundred times as long."""
        self._config = config
        self._folder = config.docs / "battlecards" / competitor / "notes"
        self._bodies = dict(_bodies(self._folder))
        self._paths = {digest(body): path for path, body in self._bodies.items()}
        self._compared: list[tuple[Path, str]] = sorted(self._bodies.items(), key=lambda one: one[0].name, reverse=True)[:MOST]

    def same(self, body: str) -> str | None:
        """The path of the note that says just this."""
        path = self._paths.get(digest(body))
        return self._shown(path) if path else None

    def near(self, body: str, vectors: Vectors) -> tuple[str, float] | None:
        """Path and cosine of the nearest note, if it is near enough; the newest MOST and those of this run are looked at."""
        others = [vectors.of(*_keyed(self._config, text)) for _, text in self._compared]
        found = nearest(vectors.of(*_keyed(self._config, body)), others)
        return (self._shown(self._compared[found[0]][0]), found[1]) if found else None

    def add(self, note: FieldNote, dry_run: bool = False, compared: bool = True) -> tuple[str, bool]:
        """The note's path, and whether it is new: another process may just have written the same. Raises KbError."""
        path, new = self._save(note, dry_run)
        self._bodies[path] = note.body
        self._paths.setdefault(digest(note.body), path)
        if compared:
            self._compared.append((path, note.body))
        return self._shown(path), new

    def _save(self, note: FieldNote, dry_run: bool) -> tuple[Path, bool]:
        text, stem = render_note(note), file_stem(note)
        if parse_note(text, stem) != note:
            raise KbError(stem, "cannot be written as a field note: the text is not what would be read back")
        for n in count(1):
            path = self._folder / (f"{stem}-{n}.md" if n > 1 else f"{stem}.md")
            if path in self._bodies:
                continue
            if dry_run or (not path.exists() and files.create(path, text)):
                return path, True
            if digest(_body(path)) == digest(note.body):
                return path, False
        raise AssertionError("count() does not end")

    def _shown(self, path: Path) -> str:
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


def vectors(config: Config) -> Vectors:
    """The vectors kept from earlier runs, and the embedder for the rest, loaded when the first is missing."""
    import numpy as np

    try:
        with np.load(io.BytesIO(_store(config).read_bytes()), allow_pickle=False) as kept:
            known = dict(zip(kept["keys"].tolist(), kept["rows"], strict=True))
    except (OSError, ValueError, KeyError, EOFError):
        known = {}
    return Vectors(known, lambda: embedder(config))


def keep(config: Config, made: Vectors) -> None:
    """Keep them for the next run. They may be deleted at any time, as all of .kb/."""
    if made.new:
        import numpy as np

        out = io.BytesIO()
        np.savez(out, keys=np.array(list(made.known)), rows=np.stack(list(made.known.values())))
        files.write_bytes(_store(config), out.getvalue())


def _store(config: Config) -> Path:
    return config.local / "note-vectors.npz"
