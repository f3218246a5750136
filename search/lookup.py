"""A question → the answers that are good enough, and the near misses; and how an answer is shown."""

import json
import os
import posixpath
import time
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from kb.config import Config
from search.answer import Answer
from search.rank import Hit
from search.session import LONGEST, Question, Session

NEAR = 3


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
    question.words()  # an empty question is told before an index is made for it
    hits = Session(config).ranked(question)
    good = [hit for hit in hits if hit.score >= config.threshold][: question.most]
    near = [] if good else hits[:NEAR]
    if not good:
        _log_gap(config, question)
    return Result(question, good, near, round(time.monotonic() - started, 3))


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
