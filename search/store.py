"""The only module that imports Chroma: the index of record."""

import re
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from filelock import FileLock, Timeout

from kb.config import Config
from kb.errors import KbError
from search import server

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

COLLECTION = "rejoinder-passages"
HNSW = {"hnsw": {"space": "ip", "ef_search": 1000}}
"""Inner product: of unit vectors it is the cosine, and Chroma gives the very bytes back that it got (`cosine` scales them anew).
The default search width loses a quarter of the true neighbours on hard data."""
_DISK = re.compile(r"disk is full|no space|read-?only|permission denied|too large|os error|i/o error", re.I)
"""What Chroma says when it is the disk that fails: the index is whole then, and must not be thrown away."""
BATCH = 2000
"""Chroma takes at most 5,461 rows at once."""


@contextmanager
def writing(config: Config) -> Iterator[None]:
    """One writer at a time: an embedded Chroma under two writers loses vectors without a word."""
    try:
        config.local.mkdir(parents=True, exist_ok=True)
        with FileLock(config.local / "index.lock", timeout=120):
            yield
    except Timeout:
        raise KbError(str(config.local), "another `kb index` has been writing for two minutes: wait for it, or end it") from None
    except OSError as error:
        raise KbError(str(config.local), f"the index cannot be written ({error.strerror or error})") from error


class Damaged(KbError):
    """An index that Chroma cannot use; it is compiled from docs/, so it can be thrown away."""


@contextmanager
def _using(config: Config) -> Iterator[None]:
    """Whatever Chroma raises, in one sentence; an index of an older version panics, which is no Exception."""
    try:
        yield
    except (KbError, KeyboardInterrupt):
        raise
    except BaseException as error:
        said = (str(error).strip() or type(error).__name__).splitlines()[0][:120]
        if server.on_server(config) and (told := server.failed(config, error, said)):
            raise told from error
        kind = KbError if _DISK.search(said) else Damaged
        raise kind(config.chroma, f"cannot be used ({said})") from error


def may_hold(config: Config) -> bool:
    """Is there an index of record at all? A server is believed until it is asked."""
    return server.on_server(config) or (config.root / config.chroma / "chroma.sqlite3").is_file()


def wipe(config: Config, why: KbError) -> None:
    """Throw the index away: the embedded one, or the collection on a server. Raises KbError when disk or server refuse."""
    if server.on_server(config):
        Store(config, "").clear()
        return
    from chromadb.api.shared_system_client import SharedSystemClient

    SharedSystemClient.clear_system_cache()  # it keeps the old files open, by path
    try:
        shutil.rmtree(config.root / config.chroma, ignore_errors=False)
    except FileNotFoundError:
        return
    except OSError as error:
        raise KbError(config.chroma, f"{why.cause}, and cannot be deleted ({error.strerror or error})") from error


class Store:
    """The collection of passages. Every method raises Damaged (a KbError) when Chroma fails."""

    def __init__(self, config: Config, model: str) -> None:
        """Open, or make, the collection for vectors of `model`."""
        import chromadb
        from chromadb.config import Settings

        self._config, self._model = config, model
        with _using(config):
            self._client = _client(chromadb, Settings(anonymized_telemetry=False), config)
            self._rows = self._client.get_or_create_collection(
                COLLECTION, metadata={"model": model}, embedding_function=None, configuration=HNSW
            )

    def count(self) -> int:
        """Passages in the collection."""
        with _using(self._config):
            return int(self._rows.count())

    def is_of(self, model: str) -> bool:
        """Are the vectors of this model? Those of another with the same dimension would be taken silently."""
        return (self._rows.metadata or {}).get("model") == model

    def digests(self) -> dict[str, str]:
        """Passage id → digest of the text that it was embedded from: what an interrupted run has done."""
        found: dict[str, str] = {}
        with _using(self._config):
            for n in range(0, self._rows.count(), BATCH):
                got = self._rows.get(include=["metadatas"], limit=BATCH, offset=n)
                found |= {ident: str((meta or {}).get("digest", "")) for ident, meta in zip(got["ids"], got["metadatas"], strict=True)}
        return found

    def put(self, ids: Sequence[str], vectors: "NDArray[np.float32]", texts: Sequence[str], meta: Sequence[dict[str, Any]]) -> None:
        """Add rows, or replace those of the same ids. Delete first: an upsert would merge old metadata into new."""
        self.delete(ids)
        with _using(self._config):
            for n in range(0, len(ids), BATCH):
                part = slice(n, n + BATCH)
                self._rows.add(ids=list(ids[part]), embeddings=vectors[part], documents=list(texts[part]), metadatas=list(meta[part]))

    def delete(self, ids: Sequence[str]) -> None:
        """Remove rows; ids that are not there do not matter."""
        with _using(self._config):
            for n in range(0, len(ids), BATCH):
                self._rows.delete(ids=list(ids[n : n + BATCH]))

    def vectors(self, ids: Sequence[str]) -> "NDArray[np.float32]":
        """The vectors of `ids`, in that order; shape (len(ids), dimension)."""
        import numpy as np

        found: dict[str, Any] = {}
        with _using(self._config):
            for n in range(0, len(ids), BATCH):
                got = self._rows.get(ids=list(ids[n : n + BATCH]), include=["embeddings"])
                found |= dict(zip(got["ids"], got["embeddings"], strict=True))
        rows = [found[ident] for ident in ids if ident in found]
        if len(rows) != len(ids):
            raise Damaged(self._config.chroma, f"lacks the vectors of {len(ids) - len(rows)} passages")
        return np.asarray(rows, dtype=np.float32) if rows else np.zeros((0, 0), dtype=np.float32)

    def nearest(self, vector: "NDArray[np.float32]", most: int) -> list[str]:
        """The ids of the passages nearest to `vector`, as Chroma's approximate search finds them."""
        with _using(self._config):
            found = self._rows.query(query_embeddings=[vector], n_results=most, include=[])
        return list(found["ids"][0])

    def clear(self) -> None:
        """Drop every row."""
        with _using(self._config):
            self._client.delete_collection(COLLECTION)


def _client(chromadb: Any, settings: Any, config: Config) -> Any:
    if server.on_server(config):
        return server.client(chromadb, config, settings)
    folder = config.root / config.chroma
    folder.mkdir(parents=True, exist_ok=True)
    return chromadb.PersistentClient(path=str(folder), settings=settings)
