"""An index that is open for questions: answers, vectors and model, loaded once and asked any number of times."""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from kb.config import Config
from kb.errors import USAGE, KbError
from search import bert, pack
from search.answer import Answer
from search.models import folder_of
from search.rank import Hit, mask, rank

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

    def words(self) -> str:
        """The query on one line, cut to what is looked at. Raises KbError (wrong usage) when there is nothing in it."""
        query = " ".join(self.query.split())[:LONGEST]
        if not any(c.isalnum() for c in query):
            raise KbError("query", 'is empty: type what the buyer said, as in kb search "your agents eat our CPU"', USAGE)
        return query


class Session:
    """Raises KbError when the index cannot be brought up to date."""

    def __init__(self, config: Config) -> None:
        """Read the pack, made anew first if the cards changed."""
        self._config = config
        self._manifest, self._rows = current(config)
        self.answers = pack.answers(self._manifest)
        self._names: dict[str, list[str]] = self._manifest["names"]

    def ranked(self, question: Question) -> list[Hit]:
        """Every answer that fits the filters, the likeliest first. Raises KbError for an empty question or an unknown competitor."""
        query = question.words()
        only = _slug(question.competitor, self._names)
        answers = [a for a in self.answers if fits(a, question, only)]
        if not answers:
            return []
        masked, named = mask(query, self._names)
        similarity = dict(zip(self._manifest["order"], (self._rows @ self.vector(masked)).tolist(), strict=True))
        return rank(masked, answers, similarity, named | ({only} if only else set()), self._manifest["frequencies"])

    @cached_property
    def _bert(self) -> bert.Bert | None:
        return bert.load(Path(folder_of(self._config.model, self._config.root)))

    def vector(self, text: str) -> pack.F32:
        """The vector of `text`: by numpy when the model has the common shape, else by sentence-transformers."""
        if self._bert is not None:
            return bert.embed(self._bert, text)
        from search.embed import embed

        found: pack.F32 = embed([text], self._config.model, self._config.root)[0]
        return found


def current(config: Config) -> tuple[dict[str, Any], pack.F32]:
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
