"""The golden set: questions whose right answers are known, asked of the index as `kb search` asks it."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from kb import files
from kb.config import Config
from kb.errors import USAGE, KbError, MarkdownError
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
    """The first hit has to be right and said (or, where nothing is right, nothing said), or `kb eval` fails."""

    def kept(self, outcome: Outcome) -> bool:
        """Did it get what it must get?"""
        return not self.must or (outcome.answered and outcome.rank == 1 if self.expect else not outcome.answered)


SHAPE = 'must be {"query": "what was said", "expect": ["battlecards/acme#an-id"]}; competitor and form are words, half is dev or test'


def read(path: Path) -> list[Golden]:
    """The questions of a JSONL file. Raises an error with path and line for a line that is none."""
    found = []
    for n, line in enumerate(files.read(path).removeprefix("\ufeff").split("\n"), 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
            expect = row["expect"]
            if not isinstance(row["query"], str) or not isinstance(expect, list):
                raise TypeError
            about = {key: row[key] for key in ("competitor", "half", "form", "must") if row.get(key) is not None}
            if not all(isinstance(value, bool if key == "must" else str) for key, value in about.items()):
                raise TypeError
            if about.get("half", "dev") not in ("dev", "test"):
                raise ValueError
            row["query"].encode()
            Question(row["query"]).words()
            found.append(Golden(row["query"], frozenset(map(str, expect)), **about))
        except (ValueError, KeyError, TypeError, RecursionError, KbError):
            error = MarkdownError(str(path), n, SHAPE)
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
        outcomes.append(
            Outcome(golden.query, golden.expect, tuple(h.row["id"] for h in hits), score, bool(hits) and score >= session.threshold)
        )
    return outcomes


def unknown(config: Config, questions: Iterable[Golden]) -> list[str]:
    """Expected ids that no answer has: renamed or retired, and never to be found."""
    known = Session(str(config.root)).ids()
    return sorted({ident for golden in questions for ident in golden.expect} - known)
