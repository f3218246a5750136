"""What `kb check` suggests: two objections that say much the same had better be one."""

from typing import TYPE_CHECKING

from kb.config import Config
from kb.errors import KbError
from kb.library import Library, Problem
from search.answer import Passage
from search.index import embedded
from search.passages import answers, passages
from search.related import same, starts_of
from search.vectors import embedder

if TYPE_CHECKING:
    from search.engine.numeric import F32

MOST = 500
"""Passages that are embedded for a check: some seconds. More are for `kb index`, once, and not for each check anew."""
_SAME = 'says much the same as "{two.title}" ({two.path}:{two.line}, likeness {alike:.2f}): merge them, or tell them apart'


def doubles(config: Config, library: Library) -> list[Problem]:
    """A warning for each pair, where the later of the two stands. Raises KbError when the model cannot be loaded."""
    import numpy as np

    found = [answer for answer in answers(library) if answer.kind == "objection"]
    wanted = [passage for answer in found for passage in passages(answer)]
    if not wanted:
        return []
    known = embedded(config)
    fresh = [passage for passage in wanted if passage.digest not in known]
    if len(fresh) > MOST:
        raise KbError("the index", f"has not seen {len(fresh)} passages: run `kb index`")
    known |= _rows(config, fresh)
    vectors = np.stack([known[passage.digest] for passage in wanted])
    return [
        Problem(one.path, one.line, _SAME.format(two=two, alike=alike), "warning", (two.path, two.line))
        for one, two, alike in same(found, starts_of(found, wanted), vectors)
    ]


def _rows(config: Config, fresh: list[Passage]) -> "dict[str, F32]":
    return dict(zip((p.digest for p in fresh), embedder(config)([p.text for p in fresh]), strict=True)) if fresh else {}
