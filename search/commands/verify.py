"""`kb verify CARD`: what happened since a card was reviewed, an answer for each conflict, and the review written down.

It cannot be done blind: not while a conflict is open, not for a release that does not exist; and who answered what is in git.
"""

import argparse
import json
import subprocess
import sys
from datetime import date
from pathlib import Path

from kb import config, files, library
from kb.card import parse_card
from kb.config import Config
from kb.conflict import ANSWERS, FILE, Answer, Conflict, answered, render_answers, said, still_open
from kb.errors import DONE, FIX, USAGE, KbError
from kb.front_line import with_line
from kb.frontmatter import did_you_mean
from kb.library import Library
from kb.model import Card
from kb.staleness import since
from search.conflicts import of_card
from search.kept import Kept

ANSWERING = "--answer ID=still-true:because…, or edit the claim (or delete it), then run this again"


def main(args: list[str]) -> int:
    """Run the command: exit 1 while a conflict is not answered."""
    parser = argparse.ArgumentParser("kb verify", description="What happened since a card was reviewed; answer for it, record the review.")
    parser.add_argument("card", metavar="CARD", help="the competitor, by slug, name or alias")
    parser.add_argument("--by", metavar="NAME", help="who vouches (default: git's user.name)")
    parser.add_argument("--head", metavar="VERSION", help="the newest release that you looked at (default: the newest there is)")
    parser.add_argument("--answer", action="append", default=[], metavar="ID=ANSWER:BECAUSE", help="answers: still-true, changed, retired")
    parser.add_argument("--list", action="store_true", help="only show; write nothing")
    parser.add_argument("--json", action="store_true", help="show as JSON; write nothing unless --answer or --head is given")
    parser.add_argument("--root", metavar="DIR", help="the knowledge base (default: the nearest folder upward with kb.toml)")
    options = parser.parse_args(args)
    settings = config.load(options.root, Path.cwd())
    known = library.load(settings.root)
    path, card = _card(known, options.card)
    kept = Kept(settings)
    every = of_card(known, card, kept.embed, kept.judge)
    kept.save()
    before = known.answers_of(card.competitor)
    waiting = still_open(every, before)
    print(_as_json(known, card, waiting) if options.json else told(known, card, waiting))
    if options.list or (options.json and not options.answer and not options.head):
        return FIX if waiting else DONE
    by = options.by or _git_name(settings)
    answers = [_given(text, waiting, by) for text in options.answer]
    if sys.stdin.isatty() and not options.json:
        answers += asked(still_open(waiting, answers), by)
    if answers:
        files.write(settings.root / path.replace("index.md", FILE), render_answers([*before, *answers]))
    if left := still_open(waiting, answers):
        raise KbError(f"kb verify {card.competitor}", f"{len(left)} conflicts are not answered, so no review was written: {ANSWERING}", FIX)
    _record(settings, path, known, card, by, options.head)
    return DONE


def _card(known: Library, name: str) -> tuple[str, Card]:
    path, card = known.card(name.removeprefix("docs/").removeprefix("battlecards/").removesuffix("/index.md").strip("/"))
    if problem := next((p for p in known.problems if p.path.startswith(path.removesuffix("index.md"))), None):
        raise KbError(f"{problem.path}:{problem.line}", problem.message, FIX)
    return path, card


def told(known: Library, card: Card, waiting: list[Conflict]) -> str:
    """What happened since the last review, and each open conflict with both texts."""
    review = card.reviewed
    rows = [
        f"{card.title}: "
        + (f"reviewed on {review.on} by {review.by}, who had seen {review.head or 'no release'}" if review else "never reviewed")
    ]
    new = since(known, card)
    rows += [f"  {note.version}  {note.date}  {_material(note.changes)}" for note in new.values()] or ["  nothing was published since"]
    for one in waiting:
        rows += ["", f"{one.id}  ({one.score:.0%}: {one.rule})", f"  we say:   {said(one.claim)}", f"  they say: {one.change.text}"]
    return "\n".join(rows)


def _material(changes: tuple[object, ...]) -> str:
    kinds = [getattr(change, "kind", "") for change in changes]
    return ", ".join(f"{kinds.count(kind)} {kind}" for kind in dict.fromkeys(kinds)) or "nothing said"


def _as_json(known: Library, card: Card, waiting: list[Conflict]) -> str:
    found = [
        {
            "id": c.id,
            "claim": said(c.claim),
            "line": c.claim.line,
            "change": c.change.text,
            "release": c.path,
            "score": c.score,
            "rule": c.rule,
        }
        for c in waiting
    ]
    return json.dumps(
        {"competitor": card.competitor, "since": [n.version for n in since(known, card).values()], "conflicts": found}, ensure_ascii=False
    )


def _given(text: str, waiting: list[Conflict], by: str) -> Answer:
    """An answer from the command line. Raises KbError (wrong usage) when it is none."""
    ident, _, rest = text.partition("=")
    answer, _, because = rest.partition(":")
    one = next((conflict for conflict in waiting if conflict.id == ident), None)
    if one is None:
        ids = [conflict.id for conflict in waiting]
        raise KbError(ident, f"no open conflict has this id.{did_you_mean(ident, ids) or ' Open: ' + (', '.join(ids) or 'none')}", USAGE)
    return _sound(one, answer, because, by)


def _sound(one: Conflict, answer: str, because: str, by: str) -> Answer:
    if answer not in ANSWERS:
        raise KbError(f"{one.id}={answer}", f"must be one of {', '.join(ANSWERS)}.{did_you_mean(answer, ANSWERS)}", USAGE)
    if answer != "still-true":
        done = "edit its line" if answer == "changed" else "delete its line"
        raise KbError(one.id, f"the card still says so in line {one.claim.line}: {done} first, then the conflict is gone", FIX)
    if len(because.split()) < 3:
        raise KbError(one.id, "say in a few words why it is still true: still-true:because…", USAGE)
    return answered(one, answer, because, by, date.today())


def asked(waiting: list[Conflict], by: str) -> list[Answer]:
    """The answers of a person at the terminal; an empty one leaves a conflict open."""
    found = []
    for one in waiting:
        print(f"\n{one.id}\n  we say:   {said(one.claim)}\n  they say: {one.change.text}")
        because = input("  still true, because (empty: I edit or delete the claim first): ").strip()
        if because:
            found.append(_sound(one, "still-true", because, by))
    return found


def _git_name(settings: Config) -> str:
    done = subprocess.run(["git", "config", "user.name"], cwd=settings.root, capture_output=True, text=True, check=False)
    if name := done.stdout.strip():
        return name
    raise KbError("--by", "is needed: who vouches for the card? (or set git's user.name)", USAGE)


def _record(settings: Config, path: str, known: Library, card: Card, by: str, head: str | None) -> None:
    """Write `reviewed` into the card, that line only. Raises KbError for a head that does not exist."""
    releases = known.releases_of(card.competitor)
    versions = [note.version for note in releases.values()]
    if head is not None and head not in versions:
        raise KbError(head, f"is no release note of {card.competitor}.{did_you_mean(head, versions)}", USAGE)
    dated = [note for note in releases.values() if note.date and not note.state]
    newest = head or (max(dated, key=lambda note: (note.date or date.min, note.version)).version if dated else None)
    value = f"{{on: {date.today()}, by: {json.dumps(by, ensure_ascii=False)}" + (f", head: {json.dumps(newest)}}}" if newest else "}")
    file = settings.root / path
    text = with_line(files.read(file), "reviewed", f"reviewed: {value}")
    parse_card(text, path)  # what cannot be read back is not written
    files.write(file, text)
    print(f"{path}: reviewed on {date.today()} by {by}" + (f", up to {newest}" if newest else ""))
