"""`kb tune`: train on the phrasings, judge by questions that were not trained on, keep what is better."""

import dataclasses
import json
import shutil
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from kb import files, library
from kb.config import Config
from kb.errors import KbError
from search import golden, index, vectors
from search.answer import Answer
from search.calibrate import fit
from search.engine import tuned
from search.engine.model import folder_of
from search.metrics import Outcome, measures
from search.passages import answers
from search.rank import score_of
from search.session import Session

Curve = tuple[float, float]
"""Steepness and middle: see search/calibrate.py."""
LEAST = 8
"""Objections with more than one phrasing, without which there is nothing to learn."""
ASIDE = 60
"""Phrasings that are set aside to judge by when there is no golden set: one of every third objection, at most so many."""


@dataclass(frozen=True)
class Tuning:
    """What a tuning did. The measures are those of `kb eval`."""

    kept: bool
    judged_by: str
    phrasings: int
    seconds: float
    before: dict[str, float | None]
    after: dict[str, float | None]


def tune(config: Config, questions: Sequence[golden.Golden], seed: int, today: date, progress: bool = False) -> Tuning:
    """Fine-tune the model that kb.toml names; keep the result in .kb/tuned if it answers `questions` better than what is in use.

    Without questions, some phrasings are set aside to judge by. Raises KbError when there is too little to train on.
    """
    from search.sbert.train import fine_tune

    started = time.monotonic()
    objections = [answer for answer in answers(library.load(config.root, releases=False)) if len(set(answer.phrasings)) > 1]
    if len(objections) < LEAST:
        raise KbError(
            str(config.docs), f"has {len(objections)} objections with more than one phrasing; tuning needs {LEAST}: add what else was heard"
        )
    aside = {} if questions else {a.id: a.phrasings[-1] for a in objections[::3][:ASIDE] if len(set(a.phrasings)) > 2}
    if not questions and not aside:
        raise KbError(
            str(config.docs),
            "has nothing to judge a tuning by: write golden questions (kb new question), or third phrasings",
        )
    entries = [[p for p in answer.phrasings if p != aside.get(answer.id)] for answer in objections]
    base = folder_of(config.model, config.root)
    with tempfile.TemporaryDirectory(dir=_made(config.local), prefix="tuning-") as scratch:
        candidate = Path(scratch) / "model"
        fine_tune(base, entries, candidate, seed, progress)
        judge = _Judge(config, questions, objections, aside, Path(scratch))
        (before, _), (after, curve) = judge.outcomes(tuned.chosen(config)), judge.outcomes(str(candidate))
        done = Tuning(
            _better(measures(after), measures(before)), judge.name, sum(map(len, entries)), round(time.monotonic() - started, 1),
            measures(before), measures(after),
        )  # fmt: skip
        if done.kept:
            _keep(config, candidate, curve, dataclasses.asdict(done) | {"seed": seed, "on": today.isoformat()})
    index.update(config)
    return done


def _made(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _better(after: dict[str, float | None], before: dict[str, float | None]) -> bool:
    """More right first answers; of as many, right ones nearer the top."""
    return [after["recall@1"] or 0.0, after["mrr@10"] or 0.0] > [before["recall@1"] or 0.0, before["mrr@10"] or 0.0]


@dataclass(frozen=True)
class _Judge:
    config: Config
    questions: Sequence[golden.Golden]
    objections: Sequence[Answer]
    aside: dict[str, str]
    scratch: Path

    @property
    def name(self) -> str:
        return f"{len(self.questions)} golden questions" if self.questions else f"{len(self.aside)} phrasings that were set aside"

    def outcomes(self, folder: str) -> tuple[list[Outcome], Curve | None]:
        """Of the questions, with the model in `folder`, and how sure its scores make us, if that can be measured.

        Phrasings that were set aside are asked of the others.
        """
        return self._golden(folder) if self.questions else (self._aside(folder), None)

    def _golden(self, folder: str) -> tuple[list[Outcome], Curve | None]:
        """On an index of its own, so that the one in use stays until the tuning is kept."""
        root = Path(tempfile.mkdtemp(dir=self.scratch))
        (root / "docs").symlink_to(self.config.docs.resolve())
        settings = dataclasses.replace(self.config, root=root, model=folder, chroma=".kb/chroma")
        files.write(root / "kb.toml", "")
        index.update(settings)
        outcomes = golden.ask(settings, self.questions)
        if all(o.expect for o in outcomes):
            return outcomes, None
        ranking = Session(str(root)).ranking
        return outcomes, fit([score_of(o.score, ranking) for o in outcomes], [o.rank == 1 for o in outcomes])

    def _aside(self, folder: str) -> list[Outcome]:
        import numpy as np

        embed = vectors.of_folder(folder)
        rows = [embed([p for p in a.phrasings if p != self.aside.get(a.id)]) for a in self.objections]
        centres = np.stack([row.mean(axis=0) for row in rows])
        centres /= np.linalg.norm(centres, axis=1, keepdims=True)
        found = []
        for ident, query in self.aside.items():
            vector = embed([query])[0]
            scores = centres @ vector + np.array([float((row @ vector).max()) for row in rows])
            ranked = tuple(self.objections[int(n)].id for n in np.argsort(-scores, kind="stable"))
            found.append(Outcome(query, frozenset({ident}), ranked, float(scores.max()), True))
        return found


def _keep(config: Config, candidate: Path, curve: Curve | None, record: dict[str, Any]) -> None:
    """Put the model where it is used from, with the record that says so."""
    ranking = {"steepness": round(curve[0], 4), "middle": round(curve[1], 4)} if curve else {}
    place = tuned.folder(config)
    shutil.rmtree(place, ignore_errors=True)
    shutil.move(candidate, place)
    files.write(place / tuned.RECORD, json.dumps(record | {"model": config.model, "ranking": ranking}, indent=2) + "\n")
