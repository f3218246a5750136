"""`kb tune`: the embedding model, fine-tuned on what buyers say; kept only if the golden questions are answered better."""

import argparse
import dataclasses
import json
import shutil
import sys
from datetime import date
from pathlib import Path

from kb import config
from kb.errors import DONE, USAGE, KbError
from search import golden, index
from search.engine import tuned
from search.tune import Tuning, tune


def main(args: list[str]) -> int:
    """Run the command."""
    parser = argparse.ArgumentParser(
        "kb tune", description="Fine-tune the model on the phrasings of all objections; keep it if it answers better."
    )
    parser.add_argument(
        "--queries", type=Path, metavar="FILE", help="judge by these questions (default: the dev half of tests/golden.jsonl)"
    )
    parser.add_argument("--seed", type=int, default=1, help="the same seed gives the same model on the same machine (default 1)")
    parser.add_argument("--undo", action="store_true", help="go back to the model that kb.toml names")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--root", metavar="DIR", help="the knowledge base (default: the nearest folder upward with kb.toml)")
    options = parser.parse_args(args)
    settings = config.load(options.root, Path.cwd())
    if options.undo:
        _undo(settings)
        print(json.dumps({"model": settings.model}) if options.json else f"{settings.model} is used as it came.")
        return DONE
    path = options.queries or settings.root / "tests" / "golden.jsonl"
    questions = [g for g in golden.read(path) if g.half in ("dev", None)] if options.queries or path.is_file() else []
    if options.queries and not questions:
        raise KbError(str(path), "holds no question to judge by: lines of the test half are not looked at", USAGE)
    done = tune(settings, questions, options.seed, date.today(), progress=sys.stderr.isatty())
    print(json.dumps(dataclasses.asdict(done)) if options.json else as_text(done))
    return DONE


def _undo(settings: config.Config) -> None:
    try:
        shutil.rmtree(tuned.folder(settings))
    except FileNotFoundError:
        pass
    except OSError as error:
        raise KbError(str(tuned.folder(settings)), f"cannot be deleted ({error.strerror or error})") from error
    index.update(settings)


def as_text(done: Tuning) -> str:
    """Before and after, and what became of it."""
    rows = [f"Tuned on {done.phrasings} phrasings in {done.seconds:.0f} s, judged by {done.judged_by}:", f"{'':<20}before   after"]
    for name, before in done.before.items():
        after = done.after[name]
        if before is not None and after is not None:
            rows.append(f"{name:<20}{before:6.3f}  {after:6.3f}")
    kept = (
        "Kept in .kb/tuned, and used from now on; `kb tune --undo` goes back." if done.kept else "Not better, so not kept: nothing changed."
    )
    return "\n".join([*rows, kept])
