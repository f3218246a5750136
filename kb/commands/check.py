"""`kb check`: print every problem; exit 1 when one is an error."""

import argparse
import json
from datetime import date
from pathlib import Path

from kb import config, customers, library, sources
from kb.check import check
from kb.conflict import Conflict
from kb.errors import DONE, FIX, USAGE, KbError
from kb.library import Problem
from kb.wiring import conflicts, doubles


def main(args: list[str]) -> int:
    """Run the command."""
    parser = argparse.ArgumentParser("kb check", description="Schema, evidence, links, personal data, freshness.")
    parser.add_argument("paths", nargs="*", metavar="PATH", help="only what lies under these files or folders")
    parser.add_argument("--format", choices=("text", "github", "json"), default="text")
    parser.add_argument("--root", metavar="DIR", help="the knowledge base (default: the nearest folder upward with kb.toml)")
    options = parser.parse_args(args)
    settings = config.load(options.root, Path.cwd())
    problems = _problems(settings)
    problems = _under(problems, options.paths, settings.root)
    print(_FORMATS[options.format](problems))
    return FIX if any(p.level == "error" for p in problems) else DONE


def _problems(settings: config.Config) -> list[Problem]:
    """A list of customers that is not here (it is not in git, and this may be a fresh clone) or a model costs only its own part of it."""
    known, memories, found = library.load(settings.root), sources.load(settings.local), []
    names = customers.NOBODY
    try:
        names = customers.load(settings)
    except KbError as error:
        found += [Problem("kb.toml", 1, f"customers' names were not looked for: {error}", "warning")]
    try:
        found += doubles(settings, known)
    except KbError as error:
        found += [Problem("kb.toml", 1, f"objections that are much alike were not looked for: {error}", "warning")]
    open_ones: dict[str, list[Conflict]] = {}
    try:
        open_ones = conflicts(settings, known)
    except KbError as error:
        found += [Problem("kb.toml", 1, f"claims were not compared with new releases: {error}", "warning")]
    return sorted([*found, *check(known, date.today(), memories, names, open_ones)], key=lambda p: (p.path, p.line, p.message))


def _under(problems: list[Problem], paths: list[str], root: Path) -> list[Problem]:
    if not paths:
        return problems
    wanted = [Path(p).resolve() for p in paths]
    for path in wanted:
        if not path.exists():
            raise KbError(str(path), "no such file or folder", USAGE)
    return [p for p in problems if any((root / p.path).resolve().is_relative_to(w) for w in wanted)]


def _text(problems: list[Problem]) -> str:
    errors = sum(p.level == "error" for p in problems)
    return "\n".join([*map(str, problems), f"{errors} errors, {len(problems) - errors} warnings"])


def _github(problems: list[Problem]) -> str:
    return "\n".join(f"::{p.level} file={p.path},line={p.line}::{p.message}" for p in problems)


def _json(problems: list[Problem]) -> str:
    return json.dumps({"problems": [vars(p) for p in problems]}, ensure_ascii=False)


_FORMATS = {"text": _text, "github": _github, "json": _json}
