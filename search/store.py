"""The only module that imports Chroma: the index of record, and the manifest that says what is in it."""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from filelock import FileLock, Timeout

from kb import files
from kb.config import Config
from kb.errors import KbError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

COLLECTION = "rejoinder-passages"
FORMAT = 1
HNSW = {"hnsw": {"space": "cosine", "ef_search": 1000}}
"""The default search width loses a quarter of the true neighbours on hard data."""
BATCH = 2000
"""Chroma takes at most 5,461 rows at once."""


def manifest_path(config: Config) -> Path:
    """Where the manifest lies: beside the index, deletable with it."""
    return config.local / "manifest.json"


def read_manifest(config: Config) -> dict[str, Any]:
    """The manifest, or {} when there is none that can be read."""
    try:
        data = json.loads(manifest_path(config).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return data if isinstance(data, dict) and data.get("format") == FORMAT else {}


def write_manifest(config: Config, data: dict[str, Any]) -> None:
    """Put the manifest down; last, so that an interrupted run leaves the older one or none."""
    files.write(manifest_path(config), json.dumps({"format": FORMAT} | data, sort_keys=True))


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


class Store:
    """The collection of passages. Raises KbError when Chroma cannot open it."""

    def __init__(self, config: Config, model: str) -> None:
        """Open, or make, the collection for vectors of `model`."""
        import chromadb
        from chromadb.config import Settings

        try:
            client = _client(chromadb, Settings(anonymized_telemetry=False), config)
            self._client = client
            self._rows = client.get_or_create_collection(
                COLLECTION,
                metadata={"model": model},
                embedding_function=None,
                configuration=HNSW,
            )
        except KbError:
            raise
        except BaseException as error:  # an index of an older version panics, which is no Exception
            if isinstance(error, KeyboardInterrupt):
                raise
            raise KbError(config.chroma, f"the index cannot be opened ({error}): delete .kb and run `kb index`") from error

    def count(self) -> int:
        """Passages in the collection."""
        return int(self._rows.count())

    def put(self, ids: Sequence[str], vectors: "NDArray[np.float32]", texts: Sequence[str], meta: Sequence[dict[str, Any]]) -> None:
        """Add rows, or replace those of the same ids. Delete first: an upsert would merge old metadata into new."""
        self.delete(ids)
        for n in range(0, len(ids), BATCH):
            part = slice(n, n + BATCH)
            self._rows.add(ids=list(ids[part]), embeddings=vectors[part], documents=list(texts[part]), metadatas=list(meta[part]))

    def delete(self, ids: Sequence[str]) -> None:
        """Remove rows; ids that are not there do not matter."""
        for n in range(0, len(ids), BATCH):
            self._rows.delete(ids=list(ids[n : n + BATCH]))

    def near(self, vector: "NDArray[np.float32]", most: int, where: dict[str, Any] | None = None) -> dict[str, float]:
        """Passage id → cosine similarity of the `most` nearest passages."""
        if most < 1:
            return {}
        got = self._rows.query(query_embeddings=[vector], n_results=most, where=where, include=["distances"])
        distances = (got["distances"] or [[]])[0]
        return {ident: 1.0 - float(distance) for ident, distance in zip(got["ids"][0], distances, strict=True)}

    def clear(self) -> None:
        """Drop every row."""
        self._client.delete_collection(COLLECTION)


def _client(chromadb: Any, settings: Any, config: Config) -> Any:
    if config.chroma.startswith(("http://", "https://")):
        parts = urlsplit(config.chroma)
        return chromadb.HttpClient(host=parts.hostname or "", port=parts.port or 8000, ssl=parts.scheme == "https", settings=settings)
    folder = config.root / config.chroma
    folder.mkdir(parents=True, exist_ok=True)
    return chromadb.PersistentClient(path=str(folder), settings=settings)
