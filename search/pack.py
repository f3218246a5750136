"""The lookup pack: what a cold `kb search` reads instead of Chroma, and whether it is current.

`.kb/manifest.json` holds the answers, the passages' digests in the order of the rows, and what they were made from;
`.kb/vectors.f32` holds one float32 row a passage. Both are compiled from Chroma by `search.index`, and may be deleted.
"""

import json
import zlib
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kb import files
from kb.config import Config
from kb.failpoints import point
from kb.model import Link
from search.answer import Answer

FORMAT = 3
"""Raise it whenever the pack, or what a passage is made of, changes: older packs are then made anew."""
F32 = NDArray[np.float32]


def manifest_path(config: Config) -> Path:
    """Where the manifest lies."""
    return config.local / "manifest.json"


def vectors_path(config: Config) -> Path:
    """Where the vectors lie."""
    return config.local / "vectors.f32"


def read_manifest(config: Config) -> dict[str, Any]:
    """The manifest, or {} when there is none that this version can read."""
    try:
        data = json.loads(manifest_path(config).read_bytes())
    except (OSError, ValueError):
        return {}
    return data if isinstance(data, dict) and data.get("format") == FORMAT else {}


def write(config: Config, data: dict[str, Any], vectors: F32) -> None:
    """Put the pack down, the manifest last: it vouches for the vectors by their checksum."""
    raw = np.ascontiguousarray(vectors, dtype="<f4").tobytes()
    files.write_bytes(vectors_path(config), raw)
    point("vectors-written")
    row = vectors.shape[1] if vectors.size else 0
    files.write(manifest_path(config), json.dumps({"format": FORMAT, "dimension": row, "checksum": zlib.crc32(raw)} | data, sort_keys=True))
    point("index-written")


def vectors(config: Config, manifest: dict[str, Any]) -> F32 | None:
    """The vectors, shape (passages, dimension), or None when they are not those that the manifest names."""
    try:
        raw = vectors_path(config).read_bytes()
    except OSError:
        return None
    rows, row = len(manifest["digests"]), manifest["dimension"]
    if len(raw) != rows * row * 4 or zlib.crc32(raw) != manifest["checksum"]:
        return None
    return np.frombuffer(raw, dtype="<f4").reshape(rows, row)


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


def answers(manifest: dict[str, Any]) -> list[Answer]:
    """The answers that a manifest lists."""
    tuples = ("competitors", "stages", "phrasings")
    return [
        Answer(**{**row, **{k: tuple(row[k]) for k in tuples}, "evidence": tuple(Link(**link) for link in row["evidence"])})
        for row in manifest["answers"]
    ]
