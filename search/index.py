"""Bring the index up to date: embed what is new, delete what is gone, write down what is there."""

import time
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from kb import library
from kb.config import Config
from kb.errors import KbError
from kb.model import Link
from search import store
from search.passages import Answer, Passage, answers, passages


@dataclass(frozen=True)
class Indexed:
    """What an indexing did."""

    passages: int
    embedded: int
    deleted: int
    seconds: float


def stamps(config: Config) -> dict[str, list[int]]:
    """Path → [mtime in ns, size] of every file that answers come from: what tells cheaply whether the index is current."""
    docs = config.docs
    groups: Iterable[Iterable[Path]] = (
        docs.glob("battlecards/*/index.md"), docs.glob("battlecards/*/notes/*.md"), docs.glob("objections/*.md"), [config.root / "kb.toml"]
    )  # fmt: skip
    found = {}
    for path in (path for group in groups for path in group):
        stat = path.stat()
        found[path.relative_to(config.root).as_posix()] = [stat.st_mtime_ns, stat.st_size]
    return found


def is_current(config: Config, manifest: dict[str, Any]) -> bool:
    """Was the index made from the files as they are now, with the model that kb.toml names?"""
    return bool(manifest) and manifest.get("model") == config.model and manifest.get("stamps") == stamps(config)


def update(config: Config, rebuild: bool = False, progress: bool = False) -> Indexed:
    """Index docs/: passages whose text is known keep their vectors. Raises KbError; the old index then stays."""
    started = time.monotonic()
    with store.writing(config):
        manifest = {} if rebuild else store.read_manifest(config)
        before = stamps(config)
        found = answers(library.load(config.root))
        wanted = [passage for answer in found for passage in passages(answer)]
        embedded, deleted = _bring(config, wanted, manifest, progress)
        names = {c.competitor: [c.competitor, c.title, *c.aliases] for c in library.load(config.root, only_cards=True).cards.values()}
        store.write_manifest(
            config,
            {
                "model": config.model,
                "stamps": before,
                "names": names,
                "answers": [asdict(answer) for answer in found],
                "digests": {p.id: p.digest for p in wanted},
            },
        )
    return Indexed(len(wanted), embedded, deleted, round(time.monotonic() - started, 3))


def _bring(config: Config, wanted: list[Passage], manifest: dict[str, Any], progress: bool) -> tuple[int, int]:
    """Make Chroma hold exactly `wanted`; how many were embedded and deleted."""
    known: dict[str, str] = manifest.get("digests", {}) if manifest.get("model") == config.model else {}
    digests = {p.id: p.digest for p in wanted}
    rows = store.Store(config, config.model)
    if rows.count() != len(known):  # another model, an interrupted run, or a damaged index: begin again
        rows.clear()
        rows, known = store.Store(config, config.model), {}
    gone = [ident for ident in known if ident not in digests]
    fresh = [p for p in wanted if known.get(p.id) != p.digest]
    store.manifest_path(config).unlink(missing_ok=True)  # until the new one is written, nothing vouches for the rows
    rows.delete(gone)
    if fresh:
        from search.embed import embed

        vectors = embed([p.text for p in fresh], config.model, config.root, progress)
        rows.put([p.id for p in fresh], vectors, [p.text for p in fresh], [{"answer": p.answer} for p in fresh])
    if rows.count() != len(wanted):
        raise KbError(config.chroma, f"holds {rows.count()} passages instead of {len(wanted)}: run `kb index --rebuild`")
    return len(fresh), len(gone)


def answers_of(manifest: dict[str, Any]) -> list[Answer]:
    """The answers that a manifest lists."""
    tuples = ("competitors", "stages", "phrasings")
    return [
        Answer(**{**row, **{k: tuple(row[k]) for k in tuples}, "evidence": tuple(Link(**link) for link in row["evidence"])})
        for row in manifest["answers"]
    ]
