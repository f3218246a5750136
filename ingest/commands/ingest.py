"""`kb ingest`: the sources that the cards name, or one file, into release notes."""

import argparse
import json
import sys
from pathlib import Path

from ingest.run import Outcome, run, save
from kb import config, library
from kb.errors import DONE, FIX, USAGE, KbError
from kb.model import Source


def main(args: list[str]) -> int:
    """Run the command: exit 1 when a source or a card failed; everything else was saved."""
    options = _parser().parse_args(args)
    settings = config.load(options.root, Path.cwd())
    known = library.load(settings.root, only_cards=True)
    if options.file:
        outcomes = [_from_file(settings, known, options)]
        _show(outcomes[0], options.json)
    else:
        names = {known.card(name)[1].competitor for name in options.competitor}
        cards = [card for card in known.cards.values() if not names or card.competitor in names]
        if not any(card.sources for card in cards) and not known.problems:
            raise KbError("docs/battlecards", "no card names a source: add `sources:` to a card's front matter", USAGE)
        outcomes = run(settings, cards, options.dry_run, lambda outcome: _show(outcome, options.json))
    if options.json:
        print(json.dumps({"sources": [vars(o) for o in outcomes]}, ensure_ascii=False))
    for problem in known.problems:
        print(problem, file=sys.stderr)
    return FIX if known.problems or any(o.status == "failed" for o in outcomes) else DONE


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("kb ingest", description="Sources → release notes, one file a release.")
    parser.add_argument("competitor", nargs="*", metavar="COMPETITOR", help="only these (default: every card)")
    parser.add_argument("--file", type=Path, metavar="PATH", help="read this file instead of the card's sources; its format is detected")
    parser.add_argument("--competitor", dest="owner", metavar="C", help="whose releases PATH holds")
    parser.add_argument("--dry-run", action="store_true", help="say what would be new, write nothing")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--root", metavar="DIR", help="the knowledge base (default: the nearest folder upward with kb.toml)")
    return parser


def _from_file(settings: config.Config, known: library.Library, options: argparse.Namespace) -> Outcome:
    if not options.owner:
        raise KbError("--file", "say whose releases these are: --competitor C", USAGE)
    path: Path = options.file
    competitor = known.card(options.owner)[1].competitor
    if not path.is_file():
        raise KbError(str(path), "no such file", USAGE)
    return save(settings, competitor, Source("changelog", f"file:{path.name}"), path.read_bytes(), options.dry_run)


def _show(outcome: Outcome, as_json: bool) -> None:
    line = f"{outcome.competitor}  {outcome.source}"
    if outcome.status == "failed":
        print(f"{line}: {outcome.error}", file=sys.stderr)
    elif not as_json:
        revised = f", {outcome.revised} revised" if outcome.revised else ""
        print(f"{line}: {f'{outcome.new} new{revised}' if outcome.status == 'new' else 'unchanged'}")
