"""Bring the index up to date: embed what is new, delete what is gone, compile the pack, remember when that was."""

import json
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from kb import files, library
from kb.config import Config
from kb.errors import KbError
from kb.failpoints import point
from search import current, pack, store
from search.answer import Passage
from search.compile import compiled
from search.engine import model, tuned
from search.passages import answers, passages
from search.reading import Reading, reading
from search.vectors import Embed, exported, trusted

if TYPE_CHECKING:
    from search.engine.numeric import F32

CHUNK = 256
"""Passages that are embedded and put down before the next: what an interrupted run loses at most."""


@dataclass(frozen=True)
class Indexed:
    """What an indexing did."""

    passages: int
    embedded: int
    deleted: int
    seconds: float
    problems: list[str] = field(default_factory=list)
    """Files that could not be read, each with line and cause: nothing in them is found."""


@dataclass
class _Known:
    """What is embedded already, by the last pack if that can be trusted."""

    digests: dict[str, str] = field(default_factory=dict)
    """Passage id → digest of its text."""
    vectors: "dict[str, F32]" = field(default_factory=dict)
    model: str = ""
    weights: Sequence[int] = ()
    folder: str = ""
    chroma: str = ""
    """Where the rows are."""
    way: str | None = None


def update(config: Config, rebuild: bool = False, progress: bool = False) -> Indexed:
    """Index docs/: passages whose text is known keep their vectors. Raises KbError; the old index then stays."""
    started = time.monotonic()
    with store.writing(config):
        before = current.stamps(str(config.root))
        known = _Known() if rebuild else _known(config)
        folder = tuned.chosen(config)
        weights = current.stamp(model.weights_of(folder))
        digest = known.model if known.folder == folder and known.weights == weights else model.digest(folder) or config.model
        if known.model != digest:
            known = _Known()
        found = answers(docs := library.load(config.root, releases=False))
        wanted = [passage for answer in found for passage in passages(answer)]
        bert = model.load(folder)
        way, embed = trusted(folder, bert, [p.text for p in wanted], known.way, exported(config.root, digest))
        embedded, deleted, vectors = _healed(config, wanted, known, digest, _Embedding(embed, progress), rebuild)
        names = {c.competitor: [c.competitor, c.title, *c.aliases] for c in docs.cards.values()}
        bert = bert if way == "kernel" else None
        raw = compiled(found, wanted, vectors, names, bert, reads := reading(bert), digest, way, tuned.ranking(config))
        unread = list(map(str, docs.problems))
        put_down(config, raw, _memory(config, before, folder, weights, reads, unread))
    return Indexed(len(wanted), embedded, deleted, round(time.monotonic() - started, 3), unread)


def _known(config: Config) -> _Known:
    """What the last pack says, if it is whole and nothing was written since."""
    try:
        opened = current.remembered(str(config.root))
    except pack.Refused:
        return _Known()
    if opened is None or pack.checksum(opened.pack.body()) != opened.pack.sum:
        return _Known()
    import numpy as np

    head = opened.pack.head
    rows = np.frombuffer(opened.pack.section("vectors"), dtype="<f4").reshape(head["passages"], head["dimension"])
    listed = [opened.pack.record("passages", n) for n in range(head["passages"])]
    digests = dict(listed)
    vectors = {ident: row for (ident, _), row in zip(listed, rows, strict=True)}
    return _Known(digests, vectors, head["digest"], opened.weights, opened.model_folder, opened.chroma, head["way"])


def embedded(config: Config) -> "dict[str, F32]":
    """Digest of a text → its vector, as far as the last pack has it for the model that kb.toml names now."""
    known = _known(config)
    if known.folder != tuned.chosen(config) or known.weights != current.stamp(model.weights_of(known.folder)):
        return {}
    return {digest: known.vectors[ident] for ident, digest in known.digests.items()}


def put_aside(config: Config, root: Path) -> None:
    """A pack of the docs/ under `root` as they are, by the model and with the known vectors of `config`; Chroma is left out of it.

    Raises KbError when there is nothing to answer from, or the model cannot be loaded.
    """
    import numpy as np

    stamps, known, folder = current.stamps(str(root)), _known(config), tuned.chosen(config)
    weights = current.stamp(model.weights_of(folder))
    docs = library.load(root, releases=False)
    found = answers(docs)
    wanted = [passage for answer in found for passage in passages(answer)]
    if not wanted:
        raise KbError(str(root), "holds no objection and no claim: there was nothing to answer from")
    if (known.folder, known.weights) != (folder, weights):
        known = _Known()
    digest = known.model or model.digest(folder) or config.model
    bert = model.load(folder)
    way, embed = trusted(folder, bert, [p.text for p in wanted], known.way, exported(config.root, digest))
    vectors = {known.digests[ident]: row for ident, row in known.vectors.items()}
    if fresh := {p.digest: p.text for p in wanted if p.digest not in vectors}:
        vectors |= dict(zip(fresh, embed(list(fresh.values())), strict=True))
    names = {c.competitor: [c.competitor, c.title, *c.aliases] for c in docs.cards.values()}
    rows = np.stack([vectors[p.digest] for p in wanted])
    bert = bert if way == "kernel" else None
    raw = compiled(found, wanted, rows, names, bert, reads := reading(bert), digest, way, tuned.ranking(config))
    put_down(replace(config, root=root), raw, _memory(config, stamps, folder, weights, reads, list(map(str, docs.problems))))


def _memory(
    config: Config, stamps: "current.Stamps", folder: str, weights: Sequence[int], reads: Reading | None, unread: list[str]
) -> dict[str, object]:
    """What search/current.py remembers of a pack."""
    reader = reads.weights if reads else ""
    return {
        "stamps": stamps, "model_folder": folder, "weights": weights, "threshold": config.threshold, "chroma": config.chroma,
        "reader_file": reader, "reader": current.stamp(reader), "unread": unread,
    }  # fmt: skip


def put_down(config: Config, raw: bytes, memory: Mapping[str, object]) -> None:
    """The pack first, then the memory that vouches for it."""
    files.write_bytes(Path(current.pack_of(str(config.root))), raw)
    point("pack-written")
    files.write(Path(current.path_of(str(config.root))), json.dumps({**memory, "sum": pack.sum_of(raw)}, sort_keys=True))
    point("index-written")


@dataclass(frozen=True)
class _Embedding:
    embed: Embed
    progress: bool


def _healed(
    config: Config, wanted: list[Passage], known: _Known, digest: str, embedding: _Embedding, rebuild: bool
) -> "tuple[int, int, F32]":
    """What `_bring` does; an index that is damaged, or of an older Chroma, is built anew, with a line that says so."""
    same = known.digests == {p.id: p.digest for p in wanted}
    if same and not rebuild and known.chroma == config.chroma and store.may_hold(config):
        return 0, 0, _stacked(wanted, known.vectors)
    if not same:
        embedding.embed([wanted[0].text] if wanted else ["what the buyer said"])  # a model that cannot be loaded costs no index
    Path(current.path_of(str(config.root))).unlink(missing_ok=True)  # until the new one is written, nothing vouches for the rows
    point("memory-gone")
    try:
        return _bring(config, wanted, known, digest, embedding, rebuild)
    except store.Damaged as error:
        store.wipe(config, error)
        print(f"{config.chroma}: {error.cause}: is built anew", file=sys.stderr)
        return _bring(config, wanted, _Known(), digest, embedding, rebuild)


def _bring(
    config: Config, wanted: list[Passage], known: _Known, digest: str, embedding: _Embedding, rebuild: bool
) -> "tuple[int, int, F32]":
    """Make Chroma hold exactly `wanted`; how many were embedded and deleted, and all vectors in the order of `wanted`."""
    rows = store.Store(config, digest)
    if rebuild or not rows.is_of(digest):
        if not rebuild and rows.count():
            print(f"{config.chroma}: holds vectors of another model than {config.model}: built anew", file=sys.stderr)
        rows.clear()
        rows = store.Store(config, digest)
    there = known.digests if rows.count() == len(known.digests) else rows.digests()
    should = {p.id: p.digest for p in wanted}
    gone = [ident for ident in there if ident not in should]
    rows.delete(gone)
    point("rows-gone")
    fresh = [p for p in wanted if there.get(p.id) != p.digest]
    vectors = {ident: row for ident, row in known.vectors.items() if known.digests[ident] == should.get(ident)}
    for passage, row in _fresh(rows, fresh, embedding):
        vectors[passage.id] = row
    if rows.count() != len(wanted):
        raise store.Damaged(config.chroma, f"holds {rows.count()} passages instead of {len(wanted)}")
    missing = [p.id for p in wanted if p.id not in vectors]
    vectors |= dict(zip(missing, rows.vectors(missing), strict=True))
    return len(fresh), len(gone), _stacked(wanted, vectors)


def _stacked(wanted: Sequence[Passage], vectors: "Mapping[str, F32]") -> "F32":
    """One row a passage, in the order of `wanted`."""
    import numpy as np

    return np.stack([vectors[passage.id] for passage in wanted]) if wanted else np.zeros((0, 1), dtype=np.float32)


def _fresh(rows: store.Store, fresh: list[Passage], embedding: _Embedding) -> "Iterator[tuple[Passage, F32]]":
    """Embed and put down, a chunk after the other."""
    from tqdm import tqdm

    with tqdm(total=len(fresh), desc="embedding", unit="passage", disable=not embedding.progress) as bar:
        for at in range(0, len(fresh), CHUNK):
            chunk = fresh[at : at + CHUNK]
            vectors = embedding.embed([p.text for p in chunk])
            rows.put([p.id for p in chunk], vectors, [p.text for p in chunk], [{"answer": p.answer, "digest": p.digest} for p in chunk])
            point("rows-new")
            bar.update(len(chunk))
            yield from zip(chunk, vectors, strict=True)
