"""A change that may contradict a claim, and what a person answered to that. Pure; `search.conflicts` finds them.

Answers and reviews lie beside the card, in `reviews.yml`, which people's commands alone write: an answer holds as long as neither the claim
nor the change says something else, and the card's `reviewed` is the last of the reviews.
"""

import datetime as dt
import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from kb.errors import MarkdownError
from kb.frontmatter import conflict, dumped
from kb.markdown import plain, without_evidence
from kb.model import Change, Claim, Review

ANSWERS = ("still-true", "changed", "retired")
FILE = "reviews.yml"


@dataclass(frozen=True)
class Conflict:
    """A change that may contradict a claim."""

    claim: Claim
    path: str
    """Of the release note."""
    version: str
    change_id: str
    """`c1`, `c2`, … in that note."""
    change: Change
    score: float
    """Probability that the claim no longer holds as it is written."""
    rule: str
    """Why, in words."""

    @property
    def id(self) -> str:
        """How a person names it: `no-sso@4.2.0#c1`; a claim without an id goes by its line."""
        return f"{self.claim.id or f'line-{self.claim.line}'}@{self.version}#{self.change_id}"

    @property
    def key(self) -> tuple[str, str]:
        """What an answer is about: the words of both."""
        return digest(said(self.claim)), digest(self.change.text)


@dataclass(frozen=True)
class Answer:
    """What a person said to a conflict."""

    conflict: str
    """Its id at that time."""
    answer: str
    """One of ANSWERS."""
    because: str
    by: str
    on: dt.date
    claim: str
    change: str
    """Digests of the words of both, by which the answer is found again."""


@dataclass(frozen=True)
class Record:
    """What `reviews.yml` holds."""

    answers: tuple[Answer, ...] = ()
    reviews: tuple[Review, ...] = ()
    """Of the card, the oldest first."""


def said(claim: Claim) -> str:
    """The words of a claim, without links and marks."""
    return plain(without_evidence(claim.text))


def digest(text: str) -> str:
    """Twelve characters that stand for some words."""
    return hashlib.sha256(" ".join(text.split()).encode()).hexdigest()[:12]


def still_open(found: Iterable[Conflict], answers: Sequence[Answer]) -> list[Conflict]:
    """Those that nobody has answered since claim and change say what they say."""
    closed = {(answer.claim, answer.change) for answer in answers}
    return [conflict for conflict in found if conflict.key not in closed]


def answered(conflict: Conflict, answer: str, because: str, by: str, on: dt.date) -> Answer:
    """The answer to write down."""
    claim, change = conflict.key
    return Answer(conflict.id, answer, " ".join(because.split()), by, on, claim, change)


def render_record(record: Record) -> str:
    """The file. `parse_record(render_record(record), path) == record`."""
    reviews = [{"reviewed": review.on, "by": review.by, "head": review.head} for review in record.reviews]
    answers = dumped([*(dict(vars(answer)) for answer in record.answers), *reviews], 1_000_000)
    return f"# Answers to releases that seemed to contradict a claim, and reviews of the card; written by `kb verify`.\n{answers}"


def parse_record(text: str, path: str) -> Record:
    """Read `reviews.yml`. Raises MarkdownError with path and line."""
    if left := conflict(text):
        line = text.count("\n", 0, left.end()) + 1
        raise MarkdownError(path, line, "a git merge conflict is left in the file: keep the lines of both sides, delete the marks")
    try:
        rows = YAML(typ="safe", pure=True).load(text) or []
        answers = tuple(_answer(row) for row in rows if "reviewed" not in row)
        return Record(answers, tuple(_review(row) for row in rows if "reviewed" in row))
    except YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        raise MarkdownError(path, mark.line + 1 if mark else 1, f"is not valid YAML: {getattr(error, 'problem', error)}") from None
    except (TypeError, KeyError, ValueError, AttributeError):
        need = "answers, each with conflict, answer, because, by, on, claim, change, and of reviews, each with reviewed, by, head"
        raise MarkdownError(path, 1, f"must be a list of {need}: `kb verify` writes it") from None


def _answer(row: Any) -> Answer:
    values = {key: row[key] for key in ("conflict", "answer", "because", "by", "on", "claim", "change")}
    if values["answer"] not in ANSWERS or not isinstance(values["on"], dt.date):
        raise ValueError
    texts = {key: str(value) for key, value in values.items() if key != "on"}
    return Answer(on=values["on"], **texts)


def _review(row: Any) -> Review:
    if not isinstance(row["reviewed"], dt.date):
        raise ValueError
    return Review(row["reviewed"], str(row["by"]), None if row["head"] is None else str(row["head"]))
