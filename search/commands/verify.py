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
from kb.conflict import ANSWERS, FILE, Answer, Conflict, Record, answered, parse_record, render_record, said, still_open
from kb.errors import DONE, FIX, USAGE, KbError
from kb.front_line import with_line
from kb.frontmatter import did_you_mean
from kb.library import Library
from kb.model import Card, ObjectionPage, ReleaseNote, Review
from kb.objection import parse_objection_page
from kb.staleness import since
from search.answering import ask, enough
from search.conflicts import of_card
from search.kept import Kept
from search.open_conflicts import open_conflicts

ANSWERING = "--answer ID=still-true:because…, or edit the claim (or delete it), then run this again"


def main(args: list[str]) -> int:
    """Run the command: exit 1 while a conflict is not answered."""
    parser = argparse.ArgumentParser("kb verify", description="What happened since a card was reviewed; answer for it, record the review.")
    parser.add_argument("card", metavar="CARD", help="the competitor, by slug, name or alias, or objections/NAME")
    parser.add_argument("--by", metavar="NAME", help="who vouches (default: git's user.name)")
    parser.add_argument("--head", metavar="VERSION", help="the newest release that you looked at (default: the newest there is)")
    parser.add_argument("--answer", action="append", default=[], metavar="ID=ANSWER:BECAUSE", help="answers: still-true, changed, retired")
    parser.add_argument("--list", action="store_true", help="only show; write nothing")
    parser.add_argument("--json", action="store_true", help="show as JSON; write nothing unless --answer or --head is given")
    parser.add_argument("--root", metavar="DIR", help="the knowledge base (default: the nearest folder upward with kb.toml)")
    options = parser.parse_args(args)
    settings = config.load(options.root, Path.cwd())
    known = library.load(settings.root)
    if (name := _bare(options.card)).startswith("objections/"):
        return _page(settings, known, f"docs/{name}.md", options)
    path, card = _card(known, name)
    waiting = _open(settings, known, card)
    print(_as_json(known, card, waiting) if options.json else told(known, card, waiting))
    if options.list or (options.json and not options.answer and not options.head):
        return FIX if waiting else DONE
    by = _by(settings, options.by)
    head = _head(known, card, options.head)
    answers = [_given(text, waiting, by) for text in options.answer]
    book = settings.root / path.replace("index.md", FILE)
    _keep(book, *answers)
    left = still_open(waiting, answers)
    if sys.stdin.isatty() and not options.json:
        left = ask(left, settings.root / path, by, lambda answer: _keep(book, answer), lambda: _again(settings, card))
    if left:
        raise KbError(f"kb verify {card.competitor}", f"{len(left)} conflicts are not answered, so no review was written: {ANSWERING}", FIX)
    review = Review(date.today(), by, head)
    _keep(book, review)
    _record(settings, path, review)
    open_conflicts(settings, library.load(settings.root), {card.competitor})  # the search doubts no more what was answered
    return DONE


def _bare(name: str) -> str:
    """`acme` or `objections/too-expensive`, out of whatever path it was given as."""
    return name.removeprefix("docs/").removeprefix("battlecards/").removesuffix("/index.md").removesuffix(".md").strip("/")


def _open(settings: Config, known: Library, card: Card) -> list[Conflict]:
    """What may contradict the card and nobody has answered."""
    kept = Kept(settings)
    every = of_card(known, card, kept.embed, kept.judge)
    kept.save()
    return still_open(every, known.answers_of(card.competitor))


def _again(settings: Config, card: Card) -> list[Conflict]:
    """The same, after the card was edited. Raises KbError when it cannot be read any more."""
    known = library.load(settings.root)
    return _open(settings, known, _sound_card(known, f"docs/battlecards/{card.competitor}/index.md"))


def _sound_card(known: Library, path: str) -> Card:
    if problem := next((p for p in known.problems if p.path.startswith(path.removesuffix("index.md"))), None):
        raise KbError(f"{problem.path}:{problem.line}", problem.message, FIX)
    return known.cards[path]


def _keep(book: Path, *new: Answer | Review) -> None:
    """Add to `reviews.yml`, at once, so that nothing that was answered is lost."""
    was = parse_record(files.read(book), str(book)) if book.is_file() else Record()
    answers = (*was.answers, *(one for one in new if isinstance(one, Answer)))
    reviews = (*was.reviews, *(one for one in new if isinstance(one, Review) and one not in was.reviews[-1:]))
    if (record := Record(answers, reviews)) != was:
        files.write(book, render_record(record))


def _page(settings: Config, known: Library, path: str, options: argparse.Namespace) -> int:
    """An objection that is no card's: what it says is shown, and the review written into it. No release can contradict it."""
    if problem := next((p for p in known.problems if p.path == path), None):
        raise KbError(f"{problem.path}:{problem.line}", problem.message, FIX)
    if path not in known.pages:
        raise KbError(path, f"no such objection.{did_you_mean(path, list(known.pages))}", USAGE)
    if options.answer or options.head:
        raise KbError("--head" if options.head else "--answer", "is for a competitor's card", USAGE)
    page = known.pages[path]
    print(_as_page(path, page) if options.json else told_page(page))
    if not options.list and not options.json:
        _record(settings, path, Review(date.today(), _by(settings, options.by)))
    return DONE


def _as_page(path: str, page: ObjectionPage) -> str:
    review = page.reviewed and {"on": str(page.reviewed.on), "by": page.reviewed.by}
    return json.dumps({"objection": path, "reviewed": review, "conflicts": []}, ensure_ascii=False)


def told_page(page: ObjectionPage) -> str:
    """What a reviewer of an objection vouches for."""
    review = f"reviewed on {page.reviewed.on} by {page.reviewed.by}" if page.reviewed else "never reviewed"
    rows = [f"{page.objection.heading}: {review}", f"  Say this: {page.objection.say_this}"]
    return "\n".join([*rows, *(f"  {label}: {text}" for label, text in page.objection.parts)])


def _card(known: Library, name: str) -> tuple[str, Card]:
    path, _ = known.card(name)
    return path, _sound_card(known, path)


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
    if not enough(because):
        raise KbError(one.id, "say in a few words why it is still true: still-true:because…", USAGE)
    return answered(one, answer, because, by, date.today())


def _by(settings: Config, given: str | None) -> str:
    """Who vouches. Raises KbError (wrong usage) for nobody."""
    if given is not None and not given.strip():
        raise KbError("--by", "is empty: who vouches for the card?", USAGE)
    return given.strip() if given else _git_name(settings)


def _git_name(settings: Config) -> str:
    try:
        done = subprocess.run(["git", "config", "user.name"], cwd=settings.root, capture_output=True, text=True, check=False)
    except OSError:  # there is no git here
        done = None
    if done and (name := done.stdout.strip()):
        return name
    raise KbError("--by", "is needed: who vouches for the card? (or set git's user.name)", USAGE)


def _head(known: Library, card: Card, given: str | None) -> str | None:
    """The newest release, or the one that was given. Raises KbError for one that does not exist or is older than what was seen before."""
    releases = {note.version: note for note in known.releases_of(card.competitor).values()}
    if given is None:
        dated = [note for note in releases.values() if note.date and not note.state]
        return max(dated, key=lambda note: (note.date or date.min, note.version)).version if dated else None
    if given not in releases:
        raise KbError(given, f"is no release note of {card.competitor}.{did_you_mean(given, list(releases))}", USAGE)
    seen = card.reviewed and card.reviewed.head and releases.get(card.reviewed.head)
    if seen and _older(releases[given], seen):
        raise KbError(given, f"is older than {seen.version}, which the last review had seen: a review goes forward only", USAGE)
    return given


def _older(one: ReleaseNote, other: ReleaseNote) -> bool:
    return bool(one.date and other.date and one.date < other.date)


def _record(settings: Config, path: str, review: Review) -> None:
    """Write `reviewed` into the file, that line only."""
    by = json.dumps(review.by, ensure_ascii=False)
    value = f"{{on: {review.on}, by: {by}" + (f", head: {json.dumps(review.head)}}}" if review.head else "}")
    file = settings.root / path
    text = with_line(library.text_of(file, path), "reviewed", f"reviewed: {value}")
    parse = parse_card if path.endswith("/index.md") else parse_objection_page
    parse(text, path)  # what cannot be read back is not written
    files.write(file, text)
    print(f"{path}: reviewed on {review.on} by {review.by}" + (f", up to {review.head}" if review.head else ""))
