"""One import: files → drafts → notes on disk, each failing alone."""

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from ingest import notebook
from ingest.fieldnotes import Defaults, Draft, Names, draft
from ingest.inbox.heard import Heard
from ingest.inbox.read import read
from ingest.near import MOST, Vectors
from kb.config import Config
from kb.customers import Customers
from kb.errors import KbError


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
    """Puts drafts beside what is there; `not_compared` counts those that came after the first MOST."""

    def __init__(self, config: Config, dry_run: bool = False, anyway: bool = False) -> None:
        """`anyway` saves what is nearly there already; what is there word for word is never saved twice."""
        self._config = config
        self._dry_run = dry_run
        self._anyway = anyway
        self._books: dict[str, notebook.Notebook] = {}
        self._vectors: Vectors | None = None if anyway else notebook.vectors(config)
        self._compared = 0
        self.not_compared = 0
        self.trouble: str | None = None
        """Why nothing could be compared, when the model is missing."""

    def run(self, found: Iterable[Heard], defaults: Defaults, names: Names, customers: Customers) -> list[Draft]:
        """What became of each, in order. Notes are written as they come: a killed import keeps what it had."""
        done = [self._settle(draft(one, defaults, names, customers)) for one in found]
        if self._vectors is not None and not self._dry_run:
            notebook.keep(self._config, self._vectors)
        return done

    def _book(self, competitor: str) -> notebook.Notebook:
        if competitor not in self._books:
            self._books[competitor] = notebook.Notebook(self._config, competitor)
            if not self._dry_run:
                self._books[competitor].sweep()
        return self._books[competitor]

    def _settle(self, one: Draft) -> Draft:
        if one.note is None:
            return one
        book = self._book(one.note.competitor)
        if same := book.same(one.note.body):
            return replace(one, status="duplicate", similar_to=same, similarity=1.0)
        near, looked = self._near(book, one.note.body)
        if near:
            return replace(one, status="duplicate", similar_to=near[0], similarity=round(near[1], 3))
        try:
            path, new = book.add(one.note, self._dry_run, looked)
        except KbError as error:
            return replace(one, status="failed", error=str(error))
        return replace(one, path=path) if new else replace(one, status="duplicate", similar_to=path, similarity=1.0)

    def _near(self, book: notebook.Notebook, body: str) -> tuple[tuple[str, float] | None, bool]:
        """The nearest note, and whether this one was compared at all."""
        if self._vectors is None:
            return None, False
        if self._compared >= MOST:
            self.not_compared += 1
            return None, False
        try:
            found = book.near(body, self._vectors)
        except KbError as error:
            self._vectors, self.trouble = None, str(error)
            return None, False
        self._compared += 1
        return found, True
