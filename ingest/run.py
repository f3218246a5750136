"""One ingest: every source of every card, each failing alone. Fetches through `fetch`, writes through `kb.files`."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

import httpx2

from ingest import fetch, notes, reader
from kb import files
from kb.config import Config
from kb.errors import KbError
from kb.model import Card, ReleaseNote, Source
from kb.release import parse_release, render_release


@dataclass(frozen=True)
class Outcome:
    """What came of one source."""

    competitor: str
    source: str
    status: str
    """`new` (something was saved), `unchanged` or `failed`."""
    new: int = 0
    revised: int = 0
    error: str | None = None


def run(config: Config, cards: Iterable[Card], dry_run: bool, tell: Callable[[Outcome], None]) -> list[Outcome]:
    """Ingest the sources of `cards`, telling of each as it ends; a source that fails hinders no other."""
    outcomes = []
    with fetch.client(config.timeout, config.contact) as http:
        for card in cards:
            for source in card.sources:
                outcome = _attempt(config, card.competitor, source, http, dry_run)
                tell(outcome)
                outcomes.append(outcome)
    return outcomes


def _attempt(config: Config, competitor: str, source: Source, http: httpx2.Client, dry_run: bool) -> Outcome:
    try:
        got = fetch.fetch(http, fetch.mirrored(source.url, config.mirrors))
        return save(config, competitor, source, got.body, dry_run, got.content_type, got.charset)
    except KbError as error:
        cause = error.cause if error.subject == source.url else f"{error.subject}: {error.cause}"
        return Outcome(competitor, source.url, "failed", error=cause)


def save(
    config: Config, competitor: str, source: Source, data: bytes, dry_run: bool, content_type: str = "", charset: str | None = None
) -> Outcome:
    """Read `data` as the answer of `source` and write what is new. Raises KbError; what was written before it stays."""
    batch = notes.named(reader.read(data, source, content_type, charset), source.url)
    folder = config.docs / "battlecards" / competitor / "releases"
    merge = notes.merge(_known(folder, batch), batch)
    if not dry_run:
        files.sweep(folder)
        for name, note in merge.write.items():
            files.write(folder / name, render_release(note))
    return Outcome(competitor, source.url, "new" if merge.write else "unchanged", merge.new, merge.revised)


def _known(folder: Path, names: Iterable[str]) -> dict[str, ReleaseNote]:
    """The notes among `names` that are on disk already."""
    return {name: parse_release(files.read(folder / name), f"{folder}/{name}") for name in names if (folder / name).is_file()}
