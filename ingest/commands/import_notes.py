"""`kb import notes`: field notes out of Markdown, CSV, Slack and Teams exports and mails."""

import argparse
import datetime as dt
import getpass
import json
import sys
from collections import Counter
from pathlib import Path
from typing import Any

from ingest.fieldnotes import Defaults, Draft, Names, one_of, short_name
from ingest.inbound import Import, heard
from kb import config, customers, library
from kb.errors import DONE, FIX, USAGE, KbError
from kb.model import CONFIDENCES, NOTE_SOURCES
from kb.redact import told
from kb.words import STAGES

SHOWN = 20
"""Lines of what was left that a person is shown; --json has them all."""


def main(args: list[str]) -> int:
    """Run the command: exit 1 when anything was left for a person to look at; the rest was saved."""
    options = _parser().parse_args(args)
    settings = config.load(options.root, Path.cwd())
    known = library.load(settings.root, only_cards=True)
    owner = known.card(options.competitor)[1].competitor if options.competitor else None
    defaults = Defaults(
        dt.date.today(),
        short_name(options.author or _me()) or "unknown",
        owner,
        _one("stage", options.stage, STAGES) or Defaults.stage,
        _one("source", options.source, NOTE_SOURCES) or Defaults.source,
        options.confidence,
    )
    for path in options.files:
        if not path.exists():
            raise KbError(str(path), "no such file", USAGE)
    work = Import(settings, options.dry_run, options.anyway)
    drafts = work.run(heard(options.files), defaults, Names(known.cards.values()), customers.load(settings))
    print(_json(drafts)) if options.json else _show(drafts, options.dry_run)
    _warn(work, known)
    return FIX if known.problems or any(map(_left, drafts)) else DONE


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("kb import", description="Field notes out of files that people wrote them into.")
    parser.add_argument("what", choices=("notes",), help="what the files hold")
    parser.add_argument(
        "files", nargs="+", type=Path, metavar="FILE", help="Markdown, text, CSV, TSV, .eml, Slack (JSON, folder, zip), Teams"
    )
    parser.add_argument("--competitor", metavar="C", help="whose notes these are, where a row does not say so")
    parser.add_argument("--stage", metavar="S", help=f"where a row says none (default: {Defaults.stage})")
    parser.add_argument("--source", metavar="S", help=f"where a row says none (default: {Defaults.source})")
    parser.add_argument("--confidence", choices=CONFIDENCES, default=Defaults.confidence, help="where a row says none")
    parser.add_argument("--author", metavar="A", help="where the file names none (default: you)")
    parser.add_argument("--anyway", action="store_true", help="save notes although others say nearly the same")
    parser.add_argument("--dry-run", action="store_true", help="say what would be new, write nothing")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--root", metavar="DIR", help="the knowledge base (default: the nearest folder upward with kb.toml)")
    return parser


def _me() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError, ImportError):
        return ""


def _one(what: str, given: str | None, allowed: tuple[str, ...]) -> str | None:
    try:
        return one_of(what, given, allowed, {})
    except KbError as error:
        raise KbError(f'--{what} "{error.subject}"', error.cause, USAGE) from None


def _left(draft: Draft) -> bool:
    """Must a person look at it? Not at what is there already, word for word."""
    return draft.status in ("failed", "unassigned") or (draft.status == "duplicate" and draft.similarity != 1.0)


def _json(drafts: list[Draft]) -> str:
    return json.dumps({"notes": [_row(draft) for draft in drafts]}, ensure_ascii=False)


def _row(draft: Draft) -> dict[str, Any]:
    return {
        "file": draft.heard.file,
        "line": draft.heard.line,
        "competitor": draft.note.competitor if draft.note else None,
        "also": list(draft.also),
        "path": draft.path,
        "status": draft.status,
        "similar_to": draft.similar_to,
        "similarity": draft.similarity,
        "redacted": dict(draft.redacted),
        "words": draft.words,
        "error": draft.error,
    }


def _show(drafts: list[Draft], dry_run: bool) -> None:
    for draft in drafts:
        if draft.path:
            print(draft.path + (f"  (also names {', '.join(draft.also)})" if draft.also else ""))
    left = [draft for draft in drafts if _left(draft)]
    for draft in left[:SHOWN]:
        print(_reason(draft), file=sys.stderr)
    if len(left) > SHOWN:
        print(f"… and {len(left) - SHOWN} more: --json lists them", file=sys.stderr)
    print(_sum(drafts, dry_run))


def _reason(draft: Draft) -> str:
    at = f"{draft.heard.file}:{draft.heard.line}"
    if draft.status == "duplicate":
        return f'{at}: nearly the same as {draft.similar_to} ({draft.similarity:.0%} similar), not saved: "{draft.words}"'
    return f"{at}: {draft.error}" + (f': "{draft.words}"' if draft.words else "")


def _sum(drafts: list[Draft], dry_run: bool) -> str:
    count = Counter("near" if d.status == "duplicate" and _left(d) else d.status for d in drafts)
    kinds = {"new": "would be new" if dry_run else "new", "duplicate": "already there", "near": "nearly there",
             "unassigned": "without a competitor", "failed": "failed"}  # fmt: skip
    redacted = sum((Counter(d.redacted) for d in drafts if d.path), Counter[str]())
    line = ", ".join(f"{count[kind]} {words}" for kind, words in kinds.items() if count[kind]) or "nothing in it"
    return line + (f"\nredacted: {told(dict(redacted))}" if redacted else "")


def _warn(work: Import, known: library.Library) -> None:
    if work.trouble:
        print(f"not compared with other notes: {work.trouble}", file=sys.stderr)
    if work.not_compared:
        print(f"{work.not_compared} notes were compared word for word only: there are too many for one run", file=sys.stderr)
    for problem in known.problems:
        print(problem, file=sys.stderr)
