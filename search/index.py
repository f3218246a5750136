"""Bring the index up to date: embed what is new, delete what is gone, write down what is there."""

import sys
import time
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from kb import library
from kb.config import Config
from kb.failpoints import point
from search import pack, store
from search.answer import Passage
from search.passages import answers, passages
from search.rank import frequencies

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True)
class Indexed:
    """What an indexing did."""

    passages: int
    embedded: int
    deleted: int
    seconds: float


def update(config: Config, rebuild: bool = False, progress: bool = False) -> Indexed:
    """Index docs/: passages whose text is known keep their vectors. Raises KbError; the old index then stays."""
    started = time.monotonic()
    with store.writing(config):
        manifest = {} if rebuild else pack.read_manifest(config)
        before = pack.stamps(config)
        known = library.load(config.root)
        found = answers(known)
        wanted = [passage for answer in found for passage in passages(answer)]
        embedded, deleted, vectors = _healed(config, wanted, manifest, progress)
        names = {c.competitor: [c.competitor, c.title, *c.aliases] for c in known.cards.values()}
        pack.write(
            config,
            {
                "model": config.model,
                "stamps": before,
                "names": names,
                "answers": [asdict(answer) for answer in found],
                "digests": {p.id: p.digest for p in wanted},
                "order": [p.id for p in wanted],
                "frequencies": frequencies(found),
            },
            vectors,
        )
    return Indexed(len(wanted), embedded, deleted, round(time.monotonic() - started, 3))


def _healed(config: Config, wanted: list[Passage], manifest: dict[str, Any], progress: bool) -> "tuple[int, int, NDArray[np.float32]]":
    """What `_bring` does; an index that is damaged, or of an older Chroma, is built anew, with a line that says so."""
    try:
        return _bring(config, wanted, manifest, progress)
    except store.Damaged as error:
        store.wipe(config, error)
        print(f"{config.chroma}: {error.cause}: built anew", file=sys.stderr)
        return _bring(config, wanted, {}, progress)


def _bring(config: Config, wanted: list[Passage], manifest: dict[str, Any], progress: bool) -> "tuple[int, int, NDArray[np.float32]]":
    """Make Chroma hold exactly `wanted`; how many were embedded and deleted, and all vectors in the order of `wanted`."""
    known: dict[str, str] = manifest.get("digests", {}) if manifest.get("model") == config.model else {}
    digests = {p.id: p.digest for p in wanted}
    rows = store.Store(config, config.model)
    if not rows.holds(len(known)):  # another model, an interrupted run, or a damaged index: begin again
        if manifest:
            print(f"{config.chroma}: does not hold what was indexed with {config.model}: built anew", file=sys.stderr)
        rows.clear()
        rows, known = store.Store(config, config.model), {}
    gone = [ident for ident in known if ident not in digests]
    fresh = [p for p in wanted if known.get(p.id) != p.digest]
    pack.manifest_path(config).unlink(missing_ok=True)  # until the new one is written, nothing vouches for the rows
    point("manifest-gone")
    rows.delete(gone)
    point("rows-gone")
    if fresh:
        from search.embed import embed

        vectors = embed([p.text for p in fresh], config.model, config.root, progress)
        rows.put([p.id for p in fresh], vectors, [p.text for p in fresh], [{"answer": p.answer} for p in fresh])
        point("rows-new")
    if rows.count() != len(wanted):
        raise store.Damaged(config.chroma, f"holds {rows.count()} passages instead of {len(wanted)}")
    return len(fresh), len(gone), rows.vectors([p.id for p in wanted])
