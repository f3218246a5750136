"""An index that is open for questions: pack and model, mapped once and asked any number of times."""

import os

from kb.errors import USAGE, KbError
from search import rank
from search.current import open_current
from search.denial import meant
from search.engine import engine
from search.engine.wordpiece import token_ids
from search.lexicon import lexical
from search.pack import Refused, table_of
from search.spelling import Speller

TYPE_CHECKING = False
if TYPE_CHECKING:  # what a cold process does not import
    from typing import Any

    from search.current import Current
    from search.reader import Reader
    from search.shapes import Ranking, Row

LONGEST = 2_000
"""Characters of a question that are looked at; the model reads fewer."""
MOST = 100
"""Answers that are ranked."""


class Question:
    """What was asked, and the filters."""

    def __init__(
        self, query: str, competitor: str | None = None, stage: str | None = None, audience: str | None = None, kind: str | None = None,
        most: int = 5,
    ) -> None:  # fmt: skip
        self.query, self.competitor, self.stage, self.audience, self.kind, self.most = query, competitor, stage, audience, kind, most

    def words(self) -> str:
        """The query on one line, cut to what is looked at. Raises KbError (wrong usage) when there is nothing in it."""
        query = " ".join("".join(c if c.isprintable() else " " for c in self.query.strip()[: 4 * LONGEST]).split())[:LONGEST]
        if not any(c.isalnum() for c in query):
            raise KbError("query", 'holds no word: type what the buyer said, as in kb search "your agents eat our CPU"', USAGE)
        return query


class Hit:
    """An answer with its probability of being right."""

    def __init__(self, row: "Row", score: float) -> None:
        self.row, self.score = row, score


class Session:
    """Raises KbError when the index cannot be brought up to date."""

    def __init__(self, root: str) -> None:
        """Open the pack, made anew first if the cards changed or it is no good."""
        self._root, self._engine = root, engine()
        self._current = self._opened(root) or self._updated(root)
        self.threshold = self._current.threshold
        self.pack = self._current.pack
        self._head = self.pack.head
        self.ranking: Ranking = self._head["ranking"]
        self._names: dict[str, list[str]] = self._head["names"]
        self._vocabulary = table_of(self.pack, "vocabulary")
        self._speller = Speller(self.pack, self._vocabulary)
        if self._head["model"]:
            self._engine.open_model(self._current.weights_file, self._head["model"])
        self.reads = bool(self._head["reader"])
        """Is the first answer read together with the question where nearness leaves it open?"""
        self._reader: Reader | None = None

    def _opened(self, root: str) -> "Current | None":
        """The current pack, or None; what is no good is told in a line."""
        try:
            current = open_current(root)
            if current is None:
                return None
            if self._engine.checksum(current.pack) != current.pack.sum:
                raise Refused(current.pack.path, "is damaged")
            current.pack.sound()
        except Refused as refused:
            import sys

            print(f"{refused}: made anew", file=sys.stderr)
            return None
        return current

    def _updated(self, root: str) -> "Current":
        from pathlib import Path

        from kb import config
        from search import index  # seconds of imports that a current index does not need

        for _ in range(3):  # a card may change, or another process write, just now
            index.update(config.load(root, Path(root)))
            current = self._opened(root)
            if current is not None:
                return current
        raise KbError(os.path.join(root, ".kb"), "the cards keep changing while they are indexed: try again")

    @property
    def current(self) -> "Current":
        """The pack that answers, and what is remembered with it."""
        return self._current

    def read(self, question: Question) -> str:
        """The query as it is understood: words that are likely misspelt, mended."""
        return self._speller.mended(question.words())

    def ranked(self, question: Question, most: int = MOST) -> list[Hit]:
        """The likeliest answers that fit the filters. Raises KbError for an empty question or an unknown competitor."""
        only = _slug(question.competitor, self._names)
        masked, named = rank.mask(meant(self.read(question)), self._names)
        ranking = self.ranking
        adjust = rank.adjustments(
            self._head["facets"], named | ({only} if only else set()), ranking, only, question.stage, question.audience, question.kind
        )
        if not adjust:
            return []
        words = lexical(masked, self.pack, self._head["answers"])
        found = self._engine.scores(self.pack, self.vector(masked), words, adjust, rank.weights(ranking), most)
        return self._looked(masked, found)

    def _looked(self, question: str, found: list[tuple[int, float]]) -> list[Hit]:
        """Answers and scores as hits, the likeliest first; that one is read where nearness alone leaves it open."""
        unread: Ranking = self._head["unread"]
        order = sorted((-round(rank.probability(score, unread), 6), answer, score) for answer, score in found)
        chances = [-chance for chance, *_ in order]
        if self.reads and order and rank.unsure(chances[0]):
            _, answer, score = order[0]
            said = self.said(question, answer)
            chances = rank.after(chances, round(rank.probability(score + self.ranking["read"] * said, self.ranking), 6))
        return [Hit(self.pack.record("answers", answer), chance) for chance, (_, answer, _) in zip(chances, order, strict=True)]

    def said(self, question: str, answer: int) -> float:
        """What search/reader.py says of an answer, by its number: a logit. The model is opened for the first question that wants it."""
        if self._reader is None:
            from search.reader import Reader

            self._reader = Reader(self.pack, self._current.reader_file)
        return self._reader(question, answer, self._vocabulary.get)

    def vector(self, text: str) -> "Any":
        """The vector of `text`: by our own arithmetic when the model has the common shape, else by the libraries."""
        if self._head["model"]:
            return self._engine.embed(token_ids(text, self._vocabulary.get, self._head["model"]["most"]))
        from pathlib import Path

        from search.vectors import exported, trusted

        folder, head = self._current.model_folder, self._head
        _, embed = trusted(folder, None, [], head["way"], exported(Path(self._root), head["digest"]))
        return embed([text])[0]

    def ids(self) -> set[str]:
        """The ids of all answers."""
        return {self.pack.record("answers", n)["id"] for n in range(self._head["answers"])}


def _slug(competitor: str | None, names: dict[str, list[str]]) -> str | None:
    if competitor is None:
        return None
    for slug, forms in names.items():
        if competitor.lower() in (form.lower() for form in forms):
            return slug
    from kb.frontmatter import did_you_mean

    hint = did_you_mean(competitor, sorted(names)) or f" Known: {', '.join(sorted(names))}."
    raise KbError(competitor, f"no such competitor.{hint}", USAGE)
