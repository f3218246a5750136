"""What the buyer just said, answered in the reader's browser: the kernel as WebAssembly, the scripts, and the data that they read."""

import hashlib
import json
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kb import files
from kb.config import Config
from kb.library import Library
from search import browser, index
from search.answer import Passage
from search.doubts import checks
from search.engine.model import load
from search.engine.small import FORM, RANK, change, fits, layout, small
from search.passages import answers, passages
from search.reader import ANSWER, QUESTION
from search.reading import reading
from search.session import Session
from search.vectors import embedder

if TYPE_CHECKING:
    from search.current import Current
    from search.engine.numeric import F32

HERE = Path(__file__).parent
FOLDER = "lookup"
"""Under the site's root: the page, the scripts and the data."""
SCRIPTS = tuple(sorted(path.name for path in HERE.glob("*") if path.suffix in (".js", ".css")))
PAGE = """\
---
title: What did they say?
hide: [navigation, toc]
---

# What did they say?

Type what the buyer just said. The answer is worked out in this browser; nothing you type leaves it.

<div id="lookup-page"></div>

<noscript>The lookup needs JavaScript. Every answer is also on its <a href="../battlecards/">battlecard</a>.</noscript>
"""


def write(
    config: Config, known: Library, folder: Path, pages: Collection[str], audience: str | None = None,
    reasons: Mapping[str, Sequence[str]] | None = None,
) -> set[str]:  # fmt: skip
    """Put the lookup under `folder`, where a site's pages lie; the names of its files, relative to `folder`.

    `pages`: the names of all other pages of the site; evidence that leads to any other is left out. `audience`: answers of another one are
    nowhere in the files; None: all, as `internal` is. `reasons`: why a claim is to be looked at again, by `acme#log-price`. Brings the
    index up to date. Raises KbError when it cannot be, or when the disk refuses.
    """
    audience = None if audience == "internal" else audience
    current = Session(str(config.root)).current
    weights = _weights(current, folder / FOLDER)
    reads, reader = _reader(current, folder / FOLDER) if weights else (None, None)
    listed = {name: one for name, one in (("weights", weights), ("reader", reader)) if one}
    made = _scripts() | _data(config, current, weights, reads, listed, known, pages, audience, reasons or {})
    for name, content in made.items():
        files.write_bytes(folder / FOLDER / name, content)
    return {f"{FOLDER}/{name}" for name in [*made, *(one["name"] for one in listed.values())]}


def vocabulary(config: Config) -> bytes:
    """The model's own words, as they stand in the data: they are published with the model, so they tell nothing of us."""
    return bytes(Session(str(config.root)).current.pack.section("vocabulary:text"))


def _scripts() -> dict[str, bytes]:
    return {"index.md": PAGE.encode()} | {name: files.read_bytes(HERE / name) for name in SCRIPTS}


def _data(
    config: Config, current: "Current", weights: dict[str, Any] | None, reads: browser.Small | None, listed: dict[str, Any], known: Library,
    pages: Collection[str], audience: str | None, reasons: Mapping[str, Sequence[str]],
) -> dict[str, bytes]:  # fmt: skip
    """Name → content of what else the scripts fetch: each file's name holds its digest, and `lookup.json` names them."""
    head = current.pack.head
    found = [answer for answer in answers(known) if audience in (None, answer.audience)]
    wanted = [passage for answer in found for passage in passages(answer)]
    names = _names(known, {slug for answer in found for slug in answer.competitors}, audience)
    model = {key: head["model"][key] for key in ("shape", "epsilon", "most")} | {"tensors": layout(head["model"])} if weights else None
    vocabulary = bytes(current.pack.section("vocabulary:text"))
    vectors = _vectors(config, wanted, head["dimension"])
    sight = browser.Sight(set(pages).__contains__, checks(known, found, reasons))
    curves = browser.Curves(head["ranking"], head["unread"] if head["reader"] else head["ranking"])
    text, rows = browser.data(found, wanted, vectors, names, curves, current.threshold, model, vocabulary, sight, reads)
    parts = {"answers.pack": text}
    if model:
        parts |= {"vectors.f16": rows, "kernel.wasm": files.read_bytes(HERE / "kernel.wasm")}
    return _named(parts, listed)


def _names(known: Library, seen: Collection[str], audience: str | None) -> dict[str, list[str]]:
    """Slug → what a competitor is called. Of one whose card is for others, not more than the answers that are `seen` say: the slug."""
    full = {c.competitor: [c.competitor, c.title, *c.aliases] for c in known.cards.values() if audience in (None, c.audience)}
    return {slug: [slug] for slug in seen} | full


def _weights(current: "Current", folder: Path) -> dict[str, Any] | None:
    """Name and size of the small weights, which are made unless `folder` has them; None when the model is not one that the kernel computes.

    Their name holds a digest of what they are made of, so that an unchanged model costs no build a second.
    """
    head = current.pack.head
    if not head["model"] or not fits(head["model"]):
        return None
    made_of = f"{FORM} {head['digest']}"
    name = f"weights.{_digest(made_of.encode())}.i8"
    if not (folder / name).is_file():
        files.write_bytes(folder / name, small(files.read_bytes(Path(current.weights_file)), head["model"]))
    return {"name": name, "size": layout(head["model"])[-1]}


def _reader(current: "Current", folder: Path) -> tuple[browser.Small | None, dict[str, Any] | None]:
    """What reads the first answer, as a change to the weights that the browser has; its file is made unless `folder` has it."""
    head = current.pack.head
    reads = reading(load(current.model_folder)) if head["reader"] else None
    if reads is None or head["model"]["most"] < QUESTION + ANSWER + 3:
        return None, None
    made_of = f"{FORM} {head['digest']} {Path(reads.weights).parent.name}"
    name = f"reader.{_digest(made_of.encode())}.i8"
    if not (folder / name).is_file():
        own, other = (files.read_bytes(Path(path)) for path in (current.weights_file, reads.weights))
        made = change(own, head["model"], other, reads.bert.head())
        if made is None:
            return None, None
        files.write_bytes(folder / name, made)
    return browser.Small(reads, RANK), {"name": name, "size": (folder / name).stat().st_size}


def _vectors(config: Config, wanted: Sequence[Passage], width: int) -> "F32":
    """One row a passage; of the index, or embedded now where a site says less than the cards."""
    import numpy as np

    known = index.embedded(config)
    fresh = [passage for passage in wanted if passage.digest not in known]
    if fresh:
        known |= dict(zip((p.digest for p in fresh), embedder(config)([p.text for p in fresh]), strict=True))
    return np.stack([known[p.digest] for p in wanted]) if wanted else np.zeros((0, width), dtype=np.float32)


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:16]


def _named(parts: Mapping[str, bytes], listed: dict[str, Any]) -> dict[str, bytes]:
    """Name with digest → content, and the list of all; `listed`: what is written already."""
    made = {}
    for name, content in parts.items():
        stem, _, ending = name.partition(".")
        full = f"{stem}.{_digest(content)}.{ending}"
        made[full], listed[stem] = content, {"name": full, "size": len(content)}
    return made | {"lookup.json": json.dumps({"form": browser.FORM, "files": listed}, sort_keys=True).encode()}
