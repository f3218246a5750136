"""Answers and vectors → the data of the lookup in the reader's browser. Pure: the same in, the same bytes out.

Two files beside the weights (search/engine/small.py): what words alone can answer from, a pack of the same form as the command line's
without what a browser makes by itself; and the passages' vectors as float16. Every constant of the search is in the pack's head.
"""

import posixpath
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from kb.words import KINDS, STAGES
from search import denial, lexicon, pack, rank, reading, session, spelling
from search.answer import Answer, Passage
from search.compile import parts, records
from search.lookup import NEAR, site_href, url_of
from search.reader import QUESTION

if TYPE_CHECKING:
    from search.engine.numeric import F32
    from search.shapes import Ranking

FORM = 2
"""Raise it whenever the files change their form: scripts that a browser has kept then ask for a reload."""
_SECTIONS = ("starts", "norms", "facets", "words:text", "words:starts", "words:answers", "words:weights", "spelling:text")

Shown = Callable[[str], bool]
"""Does the site have the page that comes from this path under docs/?"""


@dataclass(frozen=True)
class Sight:
    """What the site adds to an answer."""

    shown: Shown
    checks: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """Why an answer may not hold, by its id: `until` a day and `why`; `reasons` that hold already."""


@dataclass(frozen=True)
class Curves:
    """The constants of the search."""

    read: "Ranking"
    """Where the first answer is read."""
    unread: "Ranking"
    """Where they are not, or not yet."""


@dataclass(frozen=True)
class Small:
    """The model that reads the first answer, as a browser has it."""

    model: reading.Reading
    rank: int
    """How wide the changes are that make it of the model that embeds (search/engine/small.py)."""


def data(
    answers: Sequence[Answer], passages: Sequence[Passage], vectors: "F32", names: Mapping[str, Sequence[str]],
    curves: Curves, threshold: float, model: Mapping[str, Any] | None, vocabulary: bytes, sight: Sight, reads: Small | None = None,
) -> tuple[bytes, bytes]:  # fmt: skip
    """The pack and the vectors. `model`: shape, epsilon, most and where the small weights' tensors begin, None when a browser cannot
    compute it; `vocabulary`: its words, a line each; `reads`: what reads the first answer, if a browser can."""
    head, made = parts(answers, passages, vectors, names, curves.read if reads else curves.unread, None, "", "kernel")
    kept = {name: made[name] for name in _SECTIONS} | {"vocabulary:text": vocabulary}
    kept |= reading.sections(answers, reads.model) if reads else {}
    reader = {"rank": reads.rank, "question": QUESTION + 2, "unsure": rank.UNSURE} if reads else None
    rows = records("answers", [_row(answer, sight) for answer in answers])
    head = {key: head[key] for key in ("answers", "passages", "dimension", "facets", "ranking")} | {
        "form": FORM, "names": sorted([slug, list(forms)] for slug, forms in names.items()), "threshold": threshold, "near": NEAR,
        "longest": session.LONGEST, "kinds": KINDS, "stages": STAGES, "model": model, **rules(),
        "reader": reader, "curve": {key: curves.unread[key] for key in ("steepness", "middle")},
    }  # fmt: skip
    return pack.encode(head, kept | rows), vectors.astype("<f2").tobytes()


def rules() -> dict[str, Any]:
    """Words and limits of the program's own that the lookup goes by."""
    return {
        "lexicon": {"mask": lexicon.MASK, "stop": sorted(lexicon.STOP)},
        "spelling": {
            "shortest": spelling.SHORTEST, "long": spelling.LONG, "endings": spelling.ENDINGS, "beginnings": spelling.BEGINNINGS,
        },
        "denial": {"marks": denial.MARKS, "split": denial.SPLIT, "denies": denial.DENIES, "least": denial.LEAST},
    }  # fmt: skip


def _row(answer: Answer, sight: Sight) -> dict[str, Any]:
    """What a reader sees of an answer; links as the site has them, from its root, and only those that lead somewhere."""
    evidence = [[link.text, href] for link in answer.evidence if (href := page_href(answer.path, link.href, sight.shown))]
    return {
        "id": answer.id, "kind": answer.kind, "title": answer.title, "competitors": answer.competitors, "say_this": answer.say_this,
        "url": url_of(answer.path, answer.id), "reviewed": answer.reviewed, "fresh_until": answer.fresh_until, "evidence": evidence,
        **sight.checks.get(answer.id, {}),
    }  # fmt: skip


def page_href(path: str, href: str, shown: Shown) -> str | None:
    """A link of the file `path` as the site has it; None for one that leads nowhere there."""
    if ":" in href.split("/", maxsplit=1)[0]:
        return href if href.startswith(("https://", "http://")) else None
    page, _, anchor = site_href(path, href).partition("#")
    name = posixpath.normpath(page).removeprefix("docs/")
    return url_of(page, f"#{anchor}") if page.startswith("docs/") and shown(name) else None
