"""`kb ingest`: the sources that the cards name, or one file, into release notes."""

import argparse
import datetime as dt
import json
import sys
from dataclasses import asdict
from pathlib import Path

from ingest.run import Options, Outcome, ingest_file, run
from kb import config, library
from kb.conflict import said
from kb.errors import DONE, FIX, USAGE, KbError
from kb.sources import FAILURES
from kb.wiring import conflicts


def main(args: list[str]) -> int:
    """Run the command: exit 1 when a source or a card failed; everything else was saved."""
    asked = _parser().parse_args(args)
    settings = config.load(asked.root, Path.cwd())
    known = library.load(settings.root, only_cards=True)
    options = Options(dt.date.today(), asked.dry_run, asked.accept)
    outcomes = [_from_file(settings, known, asked, options)] if asked.file else _from_sources(settings, known, asked, options)
    if asked.json:
        print(json.dumps({"sources": [asdict(outcome) for outcome in outcomes]}, ensure_ascii=False))
    for problem in known.problems:
        print(problem, file=sys.stderr)
    if not asked.dry_run:
        _compared(settings, {outcome.competitor for outcome in outcomes if outcome.status == "new"})
    return FIX if known.problems or any(o.status in ("failed", "quarantined") for o in outcomes) else DONE


def _compared(settings: config.Config, competitors: set[str]) -> None:
    """Tell which claims the new releases may contradict; `kb search` marks them from now on."""
    if not competitors:
        return
    try:
        found = conflicts(settings, library.load(settings.root), competitors)
    except KbError as error:
        print(f"claims were not compared with new releases: {error}", file=sys.stderr)
        return
    for competitor, open_ones in found.items():
        if count := len({one.claim.line for one in open_ones}):
            first = f'"{said(open_ones[0].claim)}" beside "{open_ones[0].change.text}" ({open_ones[0].version})'
            print(f"{competitor}: {count} claims may not hold any more, likeliest {first}: `kb verify {competitor}`", file=sys.stderr)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("kb ingest", description="Sources → release notes, one file a release.")
    parser.add_argument("competitor", nargs="*", metavar="COMPETITOR", help="only these (default: every card)")
    parser.add_argument("--file", type=Path, metavar="PATH", help="read this file instead of the card's sources; its format is detected")
    parser.add_argument("--competitor", dest="owner", metavar="C", help="whose releases PATH holds")
    parser.add_argument("--accept", action="store_true", help="merge a batch that was quarantined: you looked at it")
    parser.add_argument("--dry-run", action="store_true", help="say what would be new, write nothing")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--root", metavar="DIR", help="the knowledge base (default: the nearest folder upward with kb.toml)")
    return parser


def _from_sources(settings: config.Config, known: library.Library, asked: argparse.Namespace, options: Options) -> list[Outcome]:
    names = {known.card(name)[1].competitor for name in asked.competitor}
    cards = [card for card in known.cards.values() if not names or card.competitor in names]
    count = sum(len(card.sources) for card in cards)
    if not count and not known.problems:
        raise KbError("docs/battlecards", "no card names a source: add `sources:` to a card's front matter", USAGE)
    from tqdm import tqdm

    with tqdm(total=count, unit="source", leave=False, delay=1, disable=None) as bar:

        def tell(outcome: Outcome) -> None:
            with bar.external_write_mode():
                _show(outcome, asked.json)
            bar.update()

        return run(settings, cards, options, tell)


def _from_file(settings: config.Config, known: library.Library, asked: argparse.Namespace, options: Options) -> Outcome:
    if not asked.owner:
        raise KbError("--file", "say whose releases these are: --competitor C", USAGE)
    card = known.card(asked.owner)[1]
    if not asked.file.is_file():
        raise KbError(str(asked.file), "is a folder: name a file" if asked.file.is_dir() else "no such file", USAGE)
    outcome = ingest_file(settings, card, asked.file, options)
    _show(outcome, asked.json)
    return outcome


def _said(outcome: Outcome) -> str:
    if outcome.status != "new":
        return "unchanged"
    counts = [(outcome.new, "new"), (outcome.revised, "revised")]
    return (
        ", ".join(f"{count} {what}" for count, what in counts if count) or "no new release; what is known was seen here too, or sorted anew"
    )


def _show(outcome: Outcome, as_json: bool) -> None:
    line = f"{outcome.competitor}  {outcome.source}"
    if outcome.error:
        print(f"{line}: {outcome.error}", file=sys.stderr)
    elif not as_json:
        print(f"{line}: {_said(outcome)}")
    told = [f"{finding.kind}: {finding.message}" for finding in outcome.health if finding.kind not in FAILURES]
    for text in [*([outcome.notice] if outcome.notice else []), *told]:
        print(f"{line}: {text}", file=sys.stderr)
