"""`kb check`: print every problem; exit 1 when one is an error."""

import argparse
import json
import re
import sys
from collections.abc import Collection, Mapping, Sequence
from datetime import date
from pathlib import Path

from kb import config, customers, files, history, library, sources
from kb.check import check
from kb.conflict import Conflict
from kb.errors import DONE, FIX, USAGE, KbError
from kb.library import Problem
from kb.mend import mended
from kb.slips import slips
from kb.wiring import conflicts, doubles


def main(args: list[str]) -> int:
    """Run the command."""
    parser = argparse.ArgumentParser("kb check", description="Schema, evidence, links, personal data, freshness.")
    parser.add_argument("paths", nargs="*", metavar="PATH", help="only what lies under these files or folders")
    parser.add_argument("--format", choices=("text", "github", "json"), default="text")
    parser.add_argument("--base", metavar="REF", help="warnings only where this commit differs; errors everywhere")
    parser.add_argument("--fix", action="store_true", help="first mend what has only one right answer, and say what was done")
    parser.add_argument("--root", metavar="DIR", help="the knowledge base (default: the nearest folder upward with kb.toml)")
    options = parser.parse_args(args)
    settings = config.load(options.root, Path.cwd())
    wanted = _wanted(options.paths, settings.root)
    if options.fix:
        _fix(settings.root, wanted)
    problems = _under(every_problem(settings, wanted), wanted, settings.root)
    if options.base is not None:
        problems = _touching(problems, history.changed_lines(settings.root, options.base))
    print(_FORMATS[options.format](problems))
    return FIX if any(p.level == "error" for p in problems) else DONE


def every_problem(settings: config.Config, wanted: list[Path]) -> list[Problem]:
    """All that the command tells, of the files under `wanted` at least, of all when there is none.

    A list of customers that is not here (it is not in git, and this may be a fresh clone) or a model costs only its own part of it.
    """
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
    found += blemishes(settings.root, wanted)
    open_ones: dict[str, list[Conflict]] = {}
    try:
        asked = {card.competitor for path, card in known.cards.items() if _within(settings.root / path, wanted)}
        open_ones = conflicts(settings, known, asked) if asked else {}
    except KbError as error:
        found += [Problem("kb.toml", 1, f"claims were not compared with new releases: {error}", "warning")]
    return sorted([*found, *check(known, date.today(), memories, names, open_ones)], key=lambda p: (p.path, p.line, p.message))


def blemishes(root: Path, wanted: Sequence[Path] = ()) -> list[Problem]:
    """What stands in the files and is not read, and what `--fix` would mend and no other check tells."""
    found = []
    for name, path in library.edited(root):
        if not _within(path, wanted):
            continue
        try:
            text = library.text_of(path, name)
        except KbError:
            continue  # reading the library has told it
        found += [
            Problem(name, mend.line, f"{mend.what}: `kb check --fix` does it", "warning") for mend in mended(text, name)[1] if mend.told
        ]
        found += slips(text, name)
    return found


def _fix(root: Path, wanted: list[Path]) -> None:
    for name, path in library.edited(root):
        if not _within(path, wanted):
            continue
        try:
            text, done = mended(library.text_of(path, name), name)
        except KbError:
            continue
        if done and files.write(path, text):
            for mend in done:
                print(f"{name}:{mend.line}: mended: {mend.what}", file=sys.stderr)


def _wanted(paths: list[str], root: Path) -> list[Path]:
    wanted = [Path(p).resolve() for p in paths]
    for path in wanted:
        if not path.exists():
            raise KbError(str(path), "no such file or folder", USAGE)
        if not (path.is_relative_to(root.resolve()) or root.resolve().is_relative_to(path)):
            raise KbError(str(path), f"is not of the knowledge base {root}", USAGE)
    return wanted


def _within(path: Path, wanted: Sequence[Path]) -> bool:
    return not wanted or any(path.resolve().is_relative_to(w) for w in wanted)


def _under(problems: list[Problem], wanted: list[Path], root: Path) -> list[Problem]:
    return [p for p in problems if _within(root / p.path, wanted)]


def _touching(problems: list[Problem], changed: Mapping[str, Collection[int]]) -> list[Problem]:
    """Errors, and the warnings on changed lines: a reviewer is not to answer for what was there before.

    Of a card for which evidence came in, all: what was published may contradict any line of it. And what could not be looked for at all.
    """
    cards = tuple(f"{path.rsplit('/', 2)[0]}/index.md" for path in changed if re.search(r"/(releases|notes)/[^/]+$", path))
    told = [p for p in problems if p.level == "error" or p.path in (*cards, "kb.toml") or _changed(p, changed)]
    if rest := len(problems) - len(told):
        print(f"{rest} warnings on lines that this change leaves alone: `kb check` tells them", file=sys.stderr)
    return told


def _changed(problem: Problem, changed: Mapping[str, Collection[int]]) -> bool:
    """Did one of the lines that it is about change?"""
    places = [(problem.path, problem.line), *([problem.beside] if problem.beside else [])]
    return any(line in changed.get(path, ()) for path, line in places)


def _text(problems: list[Problem]) -> str:
    errors = sum(p.level == "error" for p in problems)
    return "\n".join([*map(str, problems), f"{errors} errors, {len(problems) - errors} warnings"])


def _github(problems: list[Problem]) -> str:
    """Workflow commands, one a line: `%`, line ends and, in a property, `:` and `,` are written as GitHub demands."""
    return "\n".join(f"::{p.level} file={_property(p.path)},line={p.line}::{_message(p.message)}" for p in problems)


def _message(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _message(text).replace(":", "%3A").replace(",", "%2C")


def _json(problems: list[Problem]) -> str:
    return json.dumps(
        {"problems": [{"path": p.path, "line": p.line, "message": p.message, "level": p.level} for p in problems]}, ensure_ascii=False
    )


_FORMATS = {"text": _text, "github": _github, "json": _json}
