"""Where the files of an embedding model are."""

from importlib.util import find_spec
from pathlib import Path


def folder_of(model: str, root: Path) -> str:
    """Where `model` is: a folder (relative to the root), an installed package that carries one, or else a hub name."""
    for folder in (root / model, Path(model).expanduser()):
        if (folder / "config.json").is_file():
            return str(folder)
    spec = find_spec(model.replace("-", "_")) if model.replace("-", "_").isidentifier() else None
    for place in (spec.submodule_search_locations or []) if spec else []:
        found = next(Path(place).rglob("config_sentence_transformers.json"), None)
        if found:
            return str(found.parent)
    return model
