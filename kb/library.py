"""The knowledge base as it lies on disk, read into values. What cannot be read becomes a problem, and the rest is read."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from kb import files
from kb.card import parse_card
from kb.conflict import FILE, Answer, Record, parse_record
from kb.errors import USAGE, KbError, MarkdownError
from kb.frontmatter import did_you_mean
from kb.model import Card, FieldNote, ObjectionPage, ReleaseNote, Review
from kb.note import parse_note
from kb.objection import parse_objection_page
from kb.release import parse_release

T = TypeVar("T")
GENERATED = "index.md"


@dataclass(frozen=True)
class Problem:
    """Something that a person should mend."""

    path: str
    line: int
    message: str
    level: str = "error"
    """`error` or `warning`."""
    beside: tuple[str, int] | None = None
    """Path and line of the other thing that it is about, if any."""

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {'' if self.level == 'error' else 'warning: '}{self.message}"


@dataclass
class Library:
    """Everything under docs/ that has a shape. Keys are paths relative to the root, such as docs/battlecards/acme/index.md."""

    root: Path
    cards: dict[str, Card] = field(default_factory=dict)
    pages: dict[str, ObjectionPage] = field(default_factory=dict)
    releases: dict[str, ReleaseNote] = field(default_factory=dict)
    notes: dict[str, FieldNote] = field(default_factory=dict)
    records: dict[str, Record] = field(default_factory=dict)
    """What people answered to conflicts, and their reviews: docs/battlecards/acme/reviews.yml → what it holds."""
    problems: list[Problem] = field(default_factory=list)
    _paths: dict[str, dict[str, list[str]]] = field(default_factory=dict, repr=False, compare=False)

    def card(self, competitor: str) -> tuple[str, Card]:
        """Path and card of a competitor, by slug, name or alias. Raises KbError (wrong usage) when there is none."""
        if found := self.named(competitor):
            return found
        known = sorted(card.competitor for card in self.cards.values())
        hint = did_you_mean(competitor, known) or f" Known: {', '.join(known) or 'none yet'}."
        raise KbError(competitor, f"no such competitor.{hint}", USAGE)

    def named(self, competitor: str) -> tuple[str, Card] | None:
        """Path and card of a competitor, by slug, name or alias; None when there is none."""
        for path, card in self.cards.items():
            if competitor.lower() in (card.competitor.lower(), card.title.lower(), *(a.lower() for a in card.aliases)):
                return path, card
        return None

    def releases_of(self, competitor: str) -> dict[str, ReleaseNote]:
        """Path → release note of one competitor."""
        return {path: self.releases[path] for path in self._listed("releases", competitor)}

    def answers_of(self, competitor: str) -> tuple[Answer, ...]:
        """What people answered to the conflicts of one competitor's card."""
        return self._record(competitor).answers

    def reviews_of(self, competitor: str) -> tuple[Review, ...]:
        """The reviews of one competitor's card that `kb verify` wrote down, the oldest first."""
        return self._record(competitor).reviews

    def _record(self, competitor: str) -> Record:
        return self.records.get(f"docs/battlecards/{competitor}/{FILE}", Record())

    def notes_of(self, competitor: str) -> dict[str, FieldNote]:
        """Path → field note of one competitor."""
        return {path: self.notes[path] for path in self._listed("notes", competitor)}

    def _listed(self, folder: str, competitor: str) -> list[str]:
        """The paths of one competitor's releases or notes: looked through once, since every card asks."""
        known: dict[str, ReleaseNote] | dict[str, FieldNote] = self.releases if folder == "releases" else self.notes
        if folder not in self._paths or sum(map(len, self._paths[folder].values())) != len(known):
            self._paths[folder] = {}
            for path in known:
                self._paths[folder].setdefault(path.rpartition("/")[0], []).append(path)
        return self._paths[folder].get(f"docs/battlecards/{competitor}/{folder}", [])


def load(root: Path, *, only_cards: bool = False, releases: bool = True) -> Library:
    """Read docs/ under `root`; with `only_cards`, leave all but the cards alone; without `releases`, the release notes."""
    library = Library(root)
    docs = root / "docs"
    if not docs.is_dir():
        raise KbError(str(docs), "is missing: a knowledge base keeps its cards there", USAGE)
    cards = docs / "battlecards"
    _read_all(library, sorted(cards.glob("*/index.md")), parse_card, library.cards)
    if only_cards:
        return library
    objections = [p for p in sorted((docs / "objections").glob("*.md")) if p.name != GENERATED]
    _read_all(library, objections, parse_objection_page, library.pages)
    if releases:
        _read_all(library, _listed(cards, "releases"), parse_release, library.releases)
    _read_all(library, _listed(cards, "notes"), parse_note, library.notes)
    _read_all(library, sorted(cards.glob(f"*/{FILE}")), parse_record, library.records)
    return library


def _listed(cards: Path, folder: str) -> list[Path]:
    return [p for p in sorted(cards.glob(f"*/{folder}/*.md")) if p.name != GENERATED and not p.name.startswith(".")]


def _read_all(library: Library, paths: list[Path], parse: Callable[[str, str], T], into: dict[str, T]) -> None:
    for path in paths:
        name = path.relative_to(library.root).as_posix()
        told = name.encode("utf-8", "backslashreplace").decode()
        if told != name:
            library.problems.append(Problem(told, 1, "the file's name is not UTF-8: rename it"))
            continue
        try:
            into[name] = parse(text_of(path, name), name)
        except MarkdownError as error:
            library.problems.append(Problem(error.path, error.line, error.message))
        except KbError as error:
            library.problems.append(Problem(name, 1, error.cause))


def text_of(path: Path, name: str) -> str:
    """A file's text with the line ends that it has on disk. Raises MarkdownError about `name`, with the line, when it is not UTF-8."""
    data = files.read_bytes(path)
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
            raise MarkdownError(name, 1, "is UTF-16 text: save it as UTF-8") from None
        line = data.count(b"\n", 0, error.start) + 1
        raise MarkdownError(name, line, f"is not UTF-8 text (byte {error.start}): save it as UTF-8") from None


def edited(root: Path) -> list[tuple[str, Path]]:
    """The files that people write, as (path from the root, where it is): cards, objections, field notes."""
    docs = root / "docs"
    found = [*docs.glob("battlecards/*/index.md"), *docs.glob("objections/*.md"), *_listed(docs / "battlecards", "notes")]
    return [(path.relative_to(root).as_posix(), path) for path in sorted(found) if path.is_file() and not path.is_symlink()]
