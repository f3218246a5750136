"""The golden set: questions whose right answers are known, asked of the index as `kb search` asks it."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from kb import files
from kb.config import Config
from kb.errors import USAGE, MarkdownError
from search.metrics import Outcome
from search.session import Question, Session


@dataclass(frozen=True)
class Golden:
    """One line of the set."""

    query: str
    expect: frozenset[str]
    competitor: str | None = None
    half: str | None = None
    """`dev` or `test`: what constants may be fitted on, and what they may not."""
    form: str | None = None
    """How it was said: spoken, short, oblique, negated, misspelt, named, out-of-scope. Each is reported apart."""
    must: bool = False
    """The first hit has to be right, or `kb eval` fails: what a card was written for."""


def read(path: Path) -> list[Golden]:
    """The questions of a JSONL file. Raises an error with path and line for a line that is none."""
    found = []
    for n, line in enumerate(files.read(path).splitlines(), 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
            expect = row["expect"]
            if not isinstance(row["query"], str) or not isinstance(expect, list):
                raise TypeError
            about = {key: row[key] for key in ("competitor", "half", "form", "must") if key in row}
            found.append(Golden(row["query"], frozenset(map(str, expect)), **about))
        except (ValueError, KeyError, TypeError):
            error = MarkdownError(str(path), n, 'must be {"query": "what was said", "expect": ["battlecards/acme#an-id"]}')
            error.code = USAGE
            raise error from None
    return found


def ask(config: Config, questions: Iterable[Golden]) -> list[Outcome]:
    """Ask every question, without logging gaps."""
    session = Session(str(config.root))
    outcomes = []
    for golden in questions:
        hits = session.ranked(Question(golden.query, competitor=golden.competitor))
        score = hits[0].score if hits else 0.0
        outcomes.append(Outcome(golden.query, golden.expect, tuple(h.row["id"] for h in hits), score, score >= session.threshold))
    return outcomes


def unknown(config: Config, questions: Iterable[Golden]) -> list[str]:
    """Expected ids that no answer has: renamed or retired, and never to be found."""
    known = Session(str(config.root)).ids()
    return sorted({ident for golden in questions for ident in golden.expect} - known)
