"""A question → the answers that are good enough, and the near misses; and what is shown with an answer."""

import os
import posixpath
import time

from kb import quickjson
from search.current import doubts_of
from search.session import LONGEST, Hit, Question, Session

TYPE_CHECKING = False
if TYPE_CHECKING:  # what a cold process does not import
    from typing import Any

    from search.shapes import Row

NEAR = 3


class Result:
    """`hits` is empty when nothing is good enough; `near` then holds the best of what there is."""

    def __init__(
        self, question: Question, read: str, hits: list[Hit], near: list[Hit], seconds: float, doubted: "dict[str, Any] | None" = None
    ) -> None:
        self.question, self.read, self.hits, self.near, self.seconds = question, read, hits, near, seconds
        self._doubted = doubted or {}
        self.logged = False
        """Was the question written down among the gaps?"""
        self.unread: list[str] = []
        """Files whose answers are missing, since they could not be read: path, line and cause."""

    def evidence(self, row: "Row") -> list[tuple[str, str]]:
        """Text and link of what an answer rests on; for an outsider without field notes, which are never shown to one."""
        found = [(text, site_href(row["path"], href)) for text, href in row["evidence"]]
        return [one for one in found if "/notes/" not in one[1]] if self.outside else found

    @property
    def outside(self) -> bool:
        """Is it for somebody who may not read everything?"""
        return self.question.audience == "external-ok"

    def doubts(self, row: "Row", today: str) -> list[str]:
        """Why the answer may not hold although its card was reviewed; `today` as an ISO day. Nothing once any of it changed."""
        found = self._doubted.get(row["id"])
        if not isinstance(found, dict) or found.get("of") != [row["say_this"], row["reviewed"], row["evidence"]]:
            return []
        ended = [str(found["why"])] if "why" in found and today > str(found.get("until")) else []
        return [*ended, *map(str, found.get("reasons", ()))]

    @property
    def mended(self) -> bool:
        """Was the question read otherwise than it was typed?"""
        return self.read != self.question.words()


def search(root: str, question: Question, log: bool = True) -> Result:
    """Answer from the index, brought up to date first if the cards changed. Raises KbError for an empty question.

    `log`: write a question without an answer down for `kb gaps`.
    """
    started = time.perf_counter()
    question.words()  # an empty question is told before an index is made for it
    session = Session(root)
    hits = session.ranked(question, max(question.most, NEAR))
    good = [hit for hit in hits if hit.score >= session.threshold][: question.most]
    near = [] if good else hits[:NEAR]
    result = Result(question, session.read(question), good, near, round(time.perf_counter() - started, 4), _doubted(root))
    result.logged = log and not good and _log_gap(root, question)
    result.unread = session.current.unread
    return result


def _doubted(root: str) -> "dict[str, Any]":
    """What was kept when somebody last looked at the release notes; nothing when nobody did."""
    try:
        with open(doubts_of(root), "rb") as file:
            found: dict[str, Any] = quickjson.loads(file.read())
            return found if isinstance(found, dict) else {}
    except (OSError, ValueError):
        return {}


def is_stale(row: "Row", today: str) -> bool:
    """Past its review date, or never reviewed; `today` as an ISO day."""
    return row["fresh_until"] is None or today > row["fresh_until"]


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


def _log_gap(root: str, question: Question) -> bool:
    """Write down a question without an answer, in .kb/gaps.jsonl: was it? A disk that refuses does not cost the near misses."""
    at = time.strftime("%Y-%m-%dT%H:%M:%S+00:00", time.gmtime())
    line = quickjson.dumps({"at": at, "query": question.query[:LONGEST], "competitor": question.competitor})
    try:
        handle = os.open(os.path.join(root, ".kb", "gaps.jsonl"), os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            os.write(handle, f"{line}\n".encode("utf-8", "replace"))
        finally:
            os.close(handle)
    except OSError:
        return False
    return True
