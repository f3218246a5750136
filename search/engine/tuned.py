"""The model that `kb tune` made of the one that kb.toml names: used instead of it while it lies in .kb/tuned."""

import json
from pathlib import Path
from typing import Any

from kb.config import Config
from search.engine.model import folder_of

RECORD = "tuned.json"
"""Beside the model: what it was made of, and how much better it was."""


def folder(config: Config) -> Path:
    """Where it lies, or would lie."""
    return config.local / "tuned"


def record(config: Config) -> dict[str, Any]:
    """What is known of it; {} when there is none for the model that kb.toml names."""
    try:
        found = json.loads((folder(config) / RECORD).read_bytes())
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) and found.get("model") == config.model else {}


def ranking(config: Config) -> dict[str, float]:
    """The curve that was fitted with it; {} where none was."""
    found: dict[str, float] = record(config).get("ranking", {})
    return found


def chosen(config: Config) -> str:
    """The folder (or hub name) of the model that is used."""
    return str(folder(config)) if record(config) else folder_of(config.model, config.root)
