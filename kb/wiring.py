"""The one place that knows the packages by name. Everything is imported when it is asked for, so `kb` depends on no sibling."""

TYPE_CHECKING = False
if TYPE_CHECKING:  # what a cold process does not import
    from collections.abc import Callable, Collection, Sequence
    from pathlib import Path
    from typing import Any

    from kb.config import Config
    from kb.conflict import Conflict
    from kb.library import Library, Problem

    Embedder = Callable[[Sequence[str]], Any]
    """Texts → unit vectors, an array of shape (texts, dimension), float32."""

COMMANDS = {
    "ingest": ("ingest.commands.ingest", "sources → release notes in docs/"),
    "note": ("ingest.commands.note", "what the buyer just said → a field note"),
    "import": ("ingest.commands.import_notes", "field notes out of files: Markdown, CSV, Slack, Teams, mail"),
    "check": ("kb.commands.check", "schema, evidence, links, personal data, freshness"),
    "verify": ("search.commands.verify", "what happened since a card was reviewed; answer for it, and record the review"),
    "trace": ("kb.commands.trace", "what a claim rests on, down to the words that bear it"),
    "init": ("kb.commands.init", "a knowledge base for your team"),
    "new": ("kb.commands.new", "a card, an objection or a field note with the right sections"),
    "schema": ("kb.commands.schema", "JSON Schema of the front matter, for editors"),
    "from-issue": ("kb.commands.from_issue", "an issue form's text → an objection or a field note"),
    "diff": ("kb.commands.diff", "what a change does to what the field may say, for its reviewer"),
    "codeowners": ("kb.commands.codeowners", "whom a change asks for review, from the cards' owners"),
    "index": ("search.commands.index", "docs/ → Chroma"),
    "search": ("search.commands.search", "what the buyer just said → what to say"),
    "eval": ("search.commands.eval", "how good the answers are, on questions whose answers are known"),
    "tune": ("search.commands.tune", "fine-tune the model on the phrasings; kept only if the answers get better"),
    "build": ("publish.commands.build", "docs/ → the static site"),
    "serve": ("publish.commands.serve", "the site with live reload, a JSON API and the warm search on one port"),
}
"""Subcommand → module and what it does. The module has `main(args) -> exit code`."""


def command(name: str) -> "Callable[[list[str]], int]":
    """The `main` of a subcommand."""
    from importlib import import_module

    found: Callable[[list[str]], int] = import_module(COMMANDS[name][0]).main
    return found


def doubles(config: "Config", library: "Library") -> "list[Problem]":
    """Objections that say much the same, for `kb check`. Raises KbError when the model cannot be loaded."""
    from importlib import import_module

    found: list[Problem] = import_module("search.doubles").doubles(config, library)
    return found


def conflicts(config: "Config", library: "Library", only: "Collection[str] | None" = None) -> "dict[str, list[Conflict]]":
    """Competitor (one of `only`) → what may contradict its card and nobody has answered. Raises KbError when the model cannot be loaded."""
    from importlib import import_module

    found: dict[str, list[Conflict]] = import_module("search.open_conflicts").open_conflicts(config, library, only)
    return found


def contradicted(config: "Config", before: "Library", after: "Library", only: "Collection[str]") -> "dict[str, list[Conflict]]":
    """Competitor (of `only`) → what the releases of `after` say against its card of `before`, for `kb diff`. Raises KbError."""
    from importlib import import_module

    found: dict[str, list[Conflict]] = import_module("search.open_conflicts").contradicted(config, before, after, only)
    return found


def embedder(config: "Config") -> "Embedder":
    """The embeddings that the search uses, for whoever may not import it. Raises KbError when the model cannot be loaded."""
    from importlib import import_module

    found: Embedder = import_module("search.vectors").embedder(config)
    return found


def answer_ids(library: "Library") -> list[str]:
    """The ids of all that the search can answer with."""
    from importlib import import_module

    return [answer.id for answer in import_module("search.passages").answers(library)]


def moved_questions(config: "Config", before: "Path") -> "list[dict[str, str]]":
    """Golden questions whose first answer is another one than in the docs/ of `before`, for `kb diff`. Raises KbError."""
    from importlib import import_module

    found: list[dict[str, str]] = import_module("search.moved").moved(config, before)
    return found


def discovered(config: "Config", url: str) -> "tuple[tuple[str, str] | None, str]":
    """(kind, address) of a home page's source or None, and what to tell when there is none, for `kb init`."""
    from importlib import import_module

    found: tuple[tuple[str, str] | None, str] = import_module("ingest.discover").tried(config, url)
    return found
