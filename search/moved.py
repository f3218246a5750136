"""Golden questions whose first answer is another one than before, for `kb diff --search`."""

from dataclasses import replace
from pathlib import Path

from kb.config import Config
from search import golden
from search.index import put_aside


def moved(config: Config, before: Path) -> list[dict[str, str]]:
    """`{"query", "before", "after"}` for each, ids or empty; `before` is a folder with the docs/ of then. No golden set: nothing."""
    path = config.root / "tests" / "golden.jsonl"
    if not path.is_file():
        return []
    questions = golden.read(path)
    put_aside(config, before)
    was, now = (_firsts(some, questions) for some in (replace(config, root=before), config))
    return [{"query": q.query, "before": a, "after": b} for q, a, b in zip(questions, was, now, strict=True) if a != b]


def _firsts(config: Config, questions: list[golden.Golden]) -> list[str]:
    return [outcome.ranked[0] if outcome.answered else "" for outcome in golden.ask(config, questions)]
