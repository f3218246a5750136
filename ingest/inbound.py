"""One import: files → drafts → notes on disk, each failing alone."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from ingest import notebook
from ingest.fieldnotes import Defaults, Draft, Names, draft
from ingest.inbox.heard import Heard
from ingest.inbox.read import read
from ingest.near import Vectors
from kb.config import Config
from kb.customers import Customers
from kb.errors import KbError

CHUNK = 500
"""Notes that are written together."""


def heard(paths: Iterable[Path]) -> list[Heard]:
    """What all files hold; a file that cannot be read is one Heard with its error."""
    found: list[Heard] = []
    for path in paths:
        try:
            found += read(path)
        except KbError as error:
            name, _, line = error.subject.rpartition(":")
            at = int(line) if name and line.isdigit() else 0
            found.append(Heard(path.name, at, "", error=error.cause if error.subject.startswith(path.name) else str(error)))
    return found


class Import:
    """Puts drafts beside what is there; `not_compared` counts those for which no vector was left in the budget."""

    def __init__(self, config: Config, dry_run: bool = False, anyway: bool = False) -> None:
        """`anyway` saves what is nearly there already; what is there word for word is never saved twice."""
        self._config = config
        self._dry_run = dry_run
        self._books: dict[str, notebook.Notebook] = {}
        self._vectors: Vectors | None = None if anyway else notebook.vectors(config)
        self.not_compared = 0
        self.trouble: str | None = None
        """Why nothing could be compared, when the model is missing."""

    def run(self, found: Sequence[Heard], defaults: Defaults, names: Names, customers: Customers) -> list[Draft]:
        """What became of each, in order. Notes are written chunk by chunk: a killed import keeps what it had."""
        done: list[Draft] = []
        for start in range(0, len(found), CHUNK):
            done += self._chunk([draft(one, defaults, names, customers) for one in found[start : start + CHUNK]])
        if self._vectors is not None and not self._dry_run:
            notebook.keep(self._config, self._vectors)
        return done

    def _chunk(self, drafts: list[Draft]) -> list[Draft]:
        placed = [self._place(one) for one in drafts]
        written: dict[Path, Draft] = {}
        for competitor, book in self._books.items():
            mine = {path: one for one, path in placed if path and one.note and one.note.competitor == competitor}
            written |= mine if self._dry_run else _write(book, mine)
        return [written[path] if path else one for one, path in placed]

    def _book(self, competitor: str) -> notebook.Notebook:
        if competitor not in self._books:
            self._books[competitor] = notebook.Notebook(self._config, competitor)
            if not self._dry_run:
                self._books[competitor].sweep()
        return self._books[competitor]

    def _place(self, one: Draft) -> tuple[Draft, Path | None]:
        """The draft, and the name that it gets when it is new."""
        if one.note is None:
            return one, None
        book = self._book(one.note.competitor)
        if same := book.same(one.note.body):
            return replace(one, status="duplicate", similar_to=same, similarity=1.0), None
        near, looked = self._near(book, one.note.body)
        if near:
            return replace(one, status="duplicate", similar_to=near[0], similarity=round(min(near[1], 0.999), 3)), None
        try:
            path = book.reserve(one.note, looked)
        except KbError as error:
            return replace(one, status="failed", error=str(error)), None
        return replace(one, path=book.shown(path)), path

    def _near(self, book: notebook.Notebook, body: str) -> tuple[tuple[str, float] | None, bool]:
        if self._vectors is None:
            return None, False
        try:
            found, looked = book.near(body, self._vectors)
        except KbError as error:
            self._vectors, self.trouble = None, str(error)
            return None, False
        self.not_compared += not looked
        return found, looked


def _write(book: notebook.Notebook, mine: dict[Path, Draft]) -> dict[Path, Draft]:
    """Write a chunk at once; when the disk refuses it, one by one, so that each fails alone."""
    try:
        done = book.commit({path: one.note for path, one in mine.items() if one.note})
    except KbError as error:
        if len(mine) == 1:
            return {path: replace(one, status="failed", path=None, error=str(error)) for path, one in mine.items()}
        return {path: result for path, one in mine.items() for path, result in _write(book, {path: one}).items()}
    return {path: _written(one, *done[path]) for path, one in mine.items()}


def _written(one: Draft, path: str, new: bool) -> Draft:
    return replace(one, path=path) if new else replace(one, status="duplicate", path=None, similar_to=path, similarity=1.0)
