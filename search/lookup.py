"""A question → the answers that are good enough, and the near misses."""

import json
import os
import posixpath
import time
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from kb.config import Config
from kb.errors import USAGE, KbError
from search import bert, pack
from search.answer import Answer
from search.rank import Hit, mask, rank

NEAR = 3
LONGEST = 2_000
"""Characters of a question that are looked at; the model reads fewer."""


@dataclass(frozen=True)
class Question:
    """What was asked, and the filters."""

    query: str
    competitor: str | None = None
    stage: str | None = None
    audience: str | None = None
    kind: str | None = None
    most: int = 5


@dataclass(frozen=True)
class Result:
    """`hits` is empty when nothing is good enough; `near` then holds the best of what there is."""

    question: Question
    hits: list[Hit]
    near: list[Hit]
    seconds: float


def search(config: Config, question: Question) -> Result:
    """Answer from the index, brought up to date first if the cards changed. Raises KbError for an empty question."""
    started = time.monotonic()
    query = " ".join(question.query.split())[:LONGEST]
    if not any(c.isalnum() for c in query):
        raise KbError("query", 'is empty: type what the buyer said, as in kb search "your agents eat our CPU"', USAGE)
    manifest, rows = current(config)
    names: dict[str, list[str]] = manifest["names"]
    only = _slug(question.competitor, names)
    answers = [a for a in pack.answers(manifest) if fits(a, question, only)]
    masked, named = mask(query, names)
    hits = _ranked(config, manifest, rows, answers, masked, named | ({only} if only else set()))
    good = [hit for hit in hits if hit.score >= config.threshold][: question.most]
    near = [] if good else hits[:NEAR]
    if not good:
        _log_gap(config, question)
    return Result(question, good, near, round(time.monotonic() - started, 3))


def current(config: Config) -> "tuple[dict[str, Any], pack.F32]":
    """Manifest and vectors of an index that is up to date, made so if need be."""
    manifest = pack.read_manifest(config)
    rows = pack.vectors(config, manifest) if pack.is_current(config, manifest) else None
    if rows is None:
        from search import index  # seconds of imports that a current index does not need

        index.update(config)
        manifest = pack.read_manifest(config)
        rows = pack.vectors(config, manifest)
    if rows is None:
        raise KbError(str(config.local), "the index is being written by somebody else: try again")
    return manifest, rows


def _ranked(config: Config, manifest: dict[str, Any], rows: "pack.F32", answers: list[Answer], query: str, named: set[str]) -> list[Hit]:
    if not answers:
        return []
    similarity = dict(zip(manifest["order"], (rows @ vector(config, query)).tolist(), strict=True))
    return rank(query, answers, similarity, named, manifest["frequencies"])


def vector(config: Config, query: str) -> "pack.F32":
    """The question's vector: by numpy when the model has the common shape, else by sentence-transformers."""
    from search.models import folder_of

    model = bert.load(Path(folder_of(config.model, config.root)))
    if model is not None:
        return bert.embed(model, query)
    from search.embed import embed

    found: pack.F32 = embed([query], config.model, config.root)[0]
    return found


def _slug(competitor: str | None, names: dict[str, list[str]]) -> str | None:
    if competitor is None:
        return None
    from kb.frontmatter import did_you_mean

    for slug, forms in names.items():
        if competitor.lower() in (form.lower() for form in forms):
            return slug
    hint = did_you_mean(competitor, sorted(names)) or f" Known: {', '.join(sorted(names))}."
    raise KbError(competitor, f"no such competitor.{hint}", USAGE)


def fits(answer: Answer, question: Question, only: str | None) -> bool:
    """Does an answer pass the filters? What names no competitor or stage is about all of them."""
    return (
        (only is None or not answer.competitors or only in answer.competitors)
        and (question.stage is None or not answer.stages or question.stage in answer.stages)
        and (question.audience is None or answer.audience == question.audience)
        and (question.kind is None or answer.kind == question.kind)
    )


def is_stale(answer: Answer, today: date) -> bool:
    """Past its review date, or never reviewed."""
    if answer.reviewed is None:
        return True
    return today > date.fromisoformat(answer.reviewed) + timedelta(days=int(answer.review_every.rstrip("d")))


def url_of(path: str, ident: str) -> str:
    """Where the site shows an answer, relative to the site's address."""
    page = path.removeprefix("docs/").removesuffix(".md").removesuffix("index")
    _, _, anchor = ident.partition("#")
    return f"{page.rstrip('/')}/" + (f"#{anchor}" if anchor else "")


def site_href(path: str, href: str) -> str:
    """A link of the file `path` as a path from the root, or unchanged when it leads outside."""
    if ":" in href.split("/", maxsplit=1)[0] or href.startswith("#"):
        return href if ":" in href else f"{path}{href}"
    return posixpath.normpath(posixpath.join(posixpath.dirname(path), href))


def _log_gap(config: Config, question: Question) -> None:
    """Write down a question without an answer, for `kb gaps`; a disk that refuses does not cost the near misses."""
    line = {"at": datetime.now(UTC).isoformat(timespec="seconds"), "query": question.query[:LONGEST], "competitor": question.competitor}
    try:
        handle = os.open(config.local / "gaps.jsonl", os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        with os.fdopen(handle, "a", encoding="utf-8") as log:
            log.write(json.dumps(line, ensure_ascii=False) + "\n")
    except OSError:
        return
