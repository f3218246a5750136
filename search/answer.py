"""What can be an answer, and the passages that it is found by: plain values, cheap to import."""

import hashlib
from dataclasses import dataclass

from kb.model import Link

TYPE_CHECKING = False
if TYPE_CHECKING:
    from search.shapes import Facet, Row


@dataclass(frozen=True)
class Answer:
    """Something that `kb search` can answer with."""

    id: str
    """`battlecards/acme#agent-overhead`, `objections/too-expensive`, …"""
    kind: str
    title: str
    competitors: tuple[str, ...]
    say_this: str
    path: str
    line: int
    audience: str
    reviewed: str | None
    """ISO day of the last review."""
    fresh_until: str | None
    """The last ISO day on which it is not stale; None: never reviewed."""
    evidence: tuple[Link, ...] = ()
    """Links as written, relative to `path`."""
    stages: tuple[str, ...] = ()
    phrasings: tuple[str, ...] = ()
    """What a buyer says, in the buyer's words."""
    whole: str = ""
    """The entry's text, for what the phrasings do not say."""

    @property
    def facet(self) -> "Facet":
        """What the filters look at."""
        return self.kind, list(self.competitors), list(self.stages), self.audience

    def row(self, related: list[str]) -> "Row":
        """What the pack keeps to show."""
        return {
            "id": self.id, "kind": self.kind, "title": self.title, "competitors": list(self.competitors), "say_this": self.say_this,
            "path": self.path, "line": self.line, "reviewed": self.reviewed, "fresh_until": self.fresh_until,
            "evidence": [[link.text, link.href] for link in self.evidence], "related": related,
        }  # fmt: skip


@dataclass(frozen=True)
class Passage:
    """One text of an answer, as it is embedded."""

    id: str
    """The answer's id, a colon, and which of its texts: `…#agent-overhead:p0`, `…:whole`."""
    answer: str
    text: str

    @property
    def digest(self) -> str:
        """Of the text alone: what the embedding depends on."""
        return hashlib.sha256(self.text.encode()).hexdigest()[:32]
