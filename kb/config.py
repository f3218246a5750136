"""kb.toml: where the knowledge base begins, and its few settings. Every setting has a default; the file may be empty."""

import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from kb import root
from kb.errors import USAGE, KbError


@dataclass(frozen=True)
class Config:
    """The settings of one knowledge base."""

    root: Path
    model: str = "buyer-minilm"
    """The embedding model: ours, an installed package that carries one, a folder, or a hub name."""
    chroma: str = ".kb/chroma"
    """A folder under the root, or http://host:port of a Chroma server."""
    threshold: float = 0.25
    """Probability of being right from which `kb search` answers."""
    timeout: float = 20.0
    """Seconds that a source may take between two pieces of its answer."""
    contact: str = ""
    """An address that a site owner can write to; sent in the User-Agent."""
    mirrors: dict[str, str] = field(default_factory=dict)
    """URL prefix → URL prefix to fetch from instead (a cache, an intranet copy, the demo's loopback server)."""
    allow_hosts: tuple[str, ...] = ()
    """Hosts, as `host` or `host:port`, that may be fetched from although their addresses are private."""
    hosts: int = 8
    """Hosts that are asked at once; each gets one request at a time."""
    customers: str = ""
    """A file under the root with customers' names, one a line, that no field note may carry."""

    @property
    def docs(self) -> Path:
        """The knowledge base itself."""
        return self.root / "docs"

    @property
    def local(self) -> Path:
        """What may be deleted at any time."""
        return self.root / ".kb"


_TYPES: dict[str, tuple[type, ...]] = {
    "model": (str,), "chroma": (str,), "threshold": (int, float), "timeout": (int, float), "contact": (str,), "mirrors": (dict,),
    "allow_hosts": (list,), "hosts": (int,), "customers": (str,),
}  # fmt: skip
_LIMITS = {"threshold": (0.0, 1.0), "timeout": (0.1, 3600.0), "hosts": (1, 64)}
"""The least and the most that a number may be."""
_KEYS = {
    "search": ("model", "chroma", "threshold"),
    "ingest": ("timeout", "contact", "mirrors", "allow_hosts", "hosts"),
    "notes": ("customers",),
}


def load(start: str | None, here: Path) -> Config:
    """Settings of the knowledge base at `start`, or of the nearest folder upward from `here` that has a kb.toml."""
    folder = Path(root.find(start, str(here)))
    path = folder / "kb.toml"
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise KbError(str(path), f"is not valid TOML: {error}", USAGE) from None
    except OSError as error:
        raise KbError(str(path), f"cannot be read ({error.strerror or error})", USAGE) from None
    return Config(folder, **_settings(path, data))


def _settings(path: Path, data: dict[str, object]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if stray := sorted(set(data) - set(_KEYS)):
        raise KbError(str(path), f"has no table [{stray[0]}]; it knows {', '.join(f'[{table}]' for table in _KEYS)}", USAGE)
    for table, keys in _KEYS.items():
        values = data.get(table, {})
        if not isinstance(values, dict):
            raise KbError(str(path), f"`{table}` must be a table: `[{table}]`", USAGE)
        for key, value in values.items():
            if key not in keys:
                raise KbError(str(path), f"[{table}] has no setting `{key}`; it knows {', '.join(keys)}", USAGE)
            if wrong := _wrong(key, value, path.parent):
                raise KbError(str(path), f"[{table}] {key} = {value!r} {wrong}", USAGE)
            found[key] = tuple(map(str, value)) if isinstance(value, list) else value
    return found


def _wrong(key: str, value: object, root: Path) -> str:
    """What is wrong with a setting's value; "" for nothing."""
    if not isinstance(value, _TYPES[key]) or isinstance(value, bool) or (value == "" and key in ("model", "chroma")):
        return "is of the wrong type"
    if key in _LIMITS and isinstance(value, int | float) and not _LIMITS[key][0] <= value <= _LIMITS[key][1]:
        return "must be a number from {:g} to {:g}".format(*_LIMITS[key])
    if key == "chroma" and isinstance(value, str) and "://" not in value and not _own(root, root / value):
        return "must be a folder of its own under the root, such as .kb/chroma"
    return ""


def _own(root: Path, folder: Path) -> bool:
    """Does `folder` lie under `root`, with nothing of docs/ in it? What is there may be thrown away with a damaged index."""
    at, docs = folder.resolve(), (root / "docs").resolve()
    return root.resolve() in at.parents and at != docs and docs not in at.parents
