"""`kb note`: one field note, in the thirty seconds after a call."""

import argparse
import datetime as dt
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from ingest import editor, notebook
from ingest.fieldnotes import as_day, half_a_year_after, is_opaque, one_of, short_name
from kb import config, customers, library
from kb.errors import DONE, FIX, USAGE, KbError
from kb.frontmatter import did_you_mean
from kb.model import CONFIDENCES, NOTE_SOURCES, Card, FieldNote
from kb.redact import redact, told
from kb.words import STAGES

COMPARED = 100
"""Vectors that are made for one note, its own first, newest notes next: a second or two. The next run goes on where this one ended."""


def main(args: list[str]) -> int:
    """Run the command: exit 1 when a note that says the same is there already, 2 when there is nothing to save."""
    options = _parser().parse_args(args)
    settings = config.load(options.root, Path.cwd())
    card = library.load(settings.root, only_cards=True).card(options.competitor)[1]
    names = customers.load(settings)
    stage = _choice("stage", options.stage, STAGES, "discovery", options.yes)
    source = _choice("source", options.source, NOTE_SOURCES, "buyer-said", options.yes)
    relations = _relations(card, options)
    text, counts = redact(_text(options.text, card.title), names)
    if not text.strip():
        raise KbError("kb note", "there is no text, so nothing was saved", USAGE)
    if counts:
        _confirm(text, told(counts), options.yes)
    day = _day("--date", options.date) or dt.date.today()
    note = FieldNote(
        date=day,
        author=_author(options.author, settings.root),
        competitor=card.competitor,
        stage=stage,
        source=source,
        body="\n\n".join([text.replace("\r\n", "\n").replace("\r", "\n").strip(), *relations]),
        confidence=options.confidence,
        deal=options.deal,
        expires=_day("--expires", options.expires) or half_a_year_after(day),
    )
    return _save(settings, note, told(counts), options.anyway)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        "kb note", description="What the buyer just said → a field note. E-mails, names, secrets are redacted."
    )
    parser.add_argument("competitor", metavar="COMPETITOR", help="slug, name or alias")
    parser.add_argument("text", nargs="*", metavar="TEXT", help="the note; - reads standard input, nothing opens your editor")
    parser.add_argument("--stage", metavar="S", help=", ".join(STAGES))
    parser.add_argument("--source", metavar="S", help=", ".join(NOTE_SOURCES))
    parser.add_argument("--confidence", choices=CONFIDENCES, default="medium")
    parser.add_argument("--deal", metavar="ID", type=_deal, help="an opaque id such as d-4417, never a name")
    parser.add_argument("--expires", metavar="DATE", help="default: six months later")
    parser.add_argument("--author", metavar="NAME", help="default: your git name's first word")
    parser.add_argument("--date", metavar="DATE", help="default: today")
    parser.add_argument("--supports", metavar="ID", action="append", default=[], help="a claim or objection of the card; may be repeated")
    parser.add_argument("--contradicts", metavar="ID", action="append", default=[])
    parser.add_argument("--yes", action="store_true", help="ask nothing: discovery and buyer-said where not given")
    parser.add_argument("--anyway", action="store_true", help="save it although a note says nearly the same")
    parser.add_argument("--root", metavar="DIR", help="the knowledge base (default: the nearest folder upward with kb.toml)")
    return parser


def _deal(value: str) -> str:
    if not is_opaque(value):
        raise argparse.ArgumentTypeError(f'"{value}" is not opaque: letters, digits and dashes with a digit in it, such as d-4417')
    return value


def _choice(what: str, given: str | None, allowed: Sequence[str], default: str, yes: bool) -> str:
    """The value given; else the default with --yes, else what the terminal answers."""
    if given is None and not yes:
        if not sys.stdin.isatty():
            raise KbError(f"--{what}", f"is missing: one of {', '.join(allowed)}; or --yes for {default}", USAGE)
        given = _ask(f"{what} ({', '.join(allowed)}) [{default}]: ")
    try:
        return one_of(what, given, tuple(allowed), {}) or default
    except KbError as error:
        raise KbError(f'--{what} "{error.subject}"', error.cause, USAGE) from None


def _day(option: str, given: str | None) -> dt.date | None:
    try:
        return as_day(given) if given else None
    except KbError as error:
        raise KbError(f'{option} "{error.subject}"', error.cause, USAGE) from None


def _ask(question: str) -> str:
    try:
        return input(question).strip()
    except EOFError:
        raise KbError("kb note", "no answer, so nothing was saved", USAGE) from None


def _text(words: list[str], title: str) -> str:
    if words == ["-"]:
        return sys.stdin.buffer.read().decode("utf-8", "replace")
    return " ".join(words) if words else editor.text(f"\n# What did the buyer say about {title}?\n# {editor.HELP}\n")


def _confirm(text: str, redacted: str, yes: bool) -> None:
    """On a terminal, show what redaction left before it is saved: only its author can say whether it still makes sense."""
    if not yes and sys.stdin.isatty():
        print(f"{text.strip()}\n\nredacted: {redacted}", file=sys.stderr)
        if _ask("Save it like this? [Y/n] ").lower() not in ("", "y", "yes"):
            raise KbError("kb note", "nothing was saved", USAGE)


def _author(given: str | None, root: Path) -> str:
    named = given or _git_name(root) or os.environ.get("USER") or os.environ.get("USERNAME") or ""
    if author := short_name(named):
        return author
    raise KbError("--author", "is missing, and neither git nor $USER knows your name", USAGE)


def _git_name(root: Path) -> str:
    try:
        done = subprocess.run(["git", "config", "user.name"], capture_output=True, text=True, check=False, cwd=root, timeout=5)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout


def _relations(card: Card, options: argparse.Namespace) -> list[str]:
    """`Supports: [agent-cpu](../index.md#agent-cpu)`, for ids that the card has."""
    known = sorted({c.id for c in card.claims if c.id} | {o.id for o in card.objections})
    for ident in (*options.supports, *options.contradicts):
        if ident not in known:
            raise KbError(ident, f"is no claim or objection of {card.title}.{did_you_mean(ident, known)}", USAGE)
    both = (("Supports", options.supports), ("Contradicts", options.contradicts))
    return [f"{what}: " + ", ".join(f"[{ident}](../index.md#{ident})" for ident in ids) for what, ids in both if ids]


def _save(settings: config.Config, note: FieldNote, redacted: str, anyway: bool) -> int:
    book = notebook.Notebook(settings, note.competitor)
    if not anyway and (there := _there(settings, book, note)):
        how = "the same" if there[1] == 1 else f"nearly the same ({there[1]:.0%} similar)"
        print(f"{there[0]}: says {how} already; nothing was saved. --anyway saves it beside.", file=sys.stderr)
        return FIX
    path = book.reserve(note)
    print(book.commit({path: note})[path][0] + (f"\nredacted: {redacted}" if redacted else ""))
    return DONE


def _there(settings: config.Config, book: notebook.Notebook, note: FieldNote) -> tuple[str, float] | None:
    """The note that says the same or nearly so. Without a model only the same: capture does not wait for a repair."""
    if path := book.same(note.body):
        return path, 1.0
    made = notebook.vectors(settings, COMPARED)
    try:
        found, _ = book.near(note.body, made)
        notebook.keep(settings, made)
    except KbError as error:
        print(f"not compared with other notes: {error}", file=sys.stderr)
        return None
    return found
