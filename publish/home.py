"""The home page's generated half: the cards, what changed lately, what needs review, what is heard most. Pure.

"Lately" is the week up to the newest day that the knowledge base knows of: a site has no clock. What is stale is the browser's to say.
"""

from collections.abc import Sequence
from datetime import date, timedelta

from kb import inline
from kb.escape import escape
from kb.library import Library
from kb.markdown import items, plain
from kb.model import Card, Objection, ReleaseNote, Review
from kb.review import due
from kb.staleness import since
from kb.touched import Reasons
from publish.lists import gist
from publish.pages import newest_first
from publish.touched import attribute

WEEK = timedelta(days=7)
TITLE = "# What did the buyer just say?"
ASK = "[What did they say?](lookup/index.md){.md-button .md-button--primary .rj-ask}"
"""The way to an answer, below the title: what a reader in a call came for."""
HEARD_MOST = 8
"""Objections that the home page lists."""
TILES = 24
"""Cards that it shows; with hundreds, what changed would be out of sight."""


def home(library: Library, own: str, outside: bool = False, reasons: Reasons | None = None) -> str:
    """The home page: what people wrote at docs/index.md (`own`, without front matter), and before its first H2 what nobody writes.

    Outsiders read no to-dos.
    """
    above, _, below = f"{own.strip() or TITLE}\n".partition("\n## ")
    why = reasons or {}
    made = [_cards(library, why), _changed(library), "" if outside else _review(library, why), _objections(library)]
    parts = [_asking(above.strip()), *made, f"## {below.strip()}" if below else ""]
    return "\n\n".join(part for part in parts if part) + "\n"


def _asking(above: str) -> str:
    """`above` with the button below its title; without a title, before it."""
    first, _, rest = above.partition("\n")
    return "\n\n".join([first, ASK, rest.strip()] if first.startswith("# ") else [ASK, above]).strip()


def _cards(library: Library, reasons: Reasons) -> str:
    """A tile for each card: when we win, how fresh it is, what happened since. Those that a release touches come first."""
    if not library.cards:
        return ""
    order = sorted(library.cards.values(), key=lambda card: (card.competitor not in reasons, card.title))
    tiles = [_tile(card, library, reasons.get(card.competitor, ())) for card in order[:TILES]]
    more = [f"[All {len(order)} battlecards](battlecards/index.md)"] if len(order) > TILES else []
    return "\n\n".join(["## Cards", '<div class="rj-tiles" markdown="block">', *tiles, "</div>", *more])


def _tile(card: Card, library: Library, reasons: Sequence[str]) -> str:
    newer = len(since(library, card))
    facts = [f"{len(card.objections)} objections", *([f"{newer} release{'s' * (newer > 1)} since the review"] if newer else [])]
    mark = due_mark(card.reviewed, card.review_every, reasons)
    head = f"**[{escape(card.title)}](battlecards/{card.competitor}/index.md)** {mark}"
    return "\n\n".join(['<div class="rj-tile" markdown="block">', head, lead(card), f"<small>{' · '.join(facts)}</small>", "</div>"])


def lead(card: Card) -> str:
    """The first line of the thirty-second read, which says when we win."""
    section = card.section("Thirty-second read")
    first = next(iter(items(section.body)), None) if section else None
    return first.text if first else ""


def due_mark(review: Review | None, every: str | None, reasons: Sequence[str] = ()) -> str:
    """An empty mark that the browser fills when the review is overdue, or when there is another reason to look again."""
    day = due(review, every) if review else date.min
    why = f" {attribute(reasons)}" if reasons else ""
    return f'<span class="rj-due" data-due="{day}"{why}></span>'


def newest(library: Library) -> date | None:
    """The newest day that anything in the knowledge base carries."""
    days = [note.date for note in library.releases.values() if note.date] + [note.date for note in library.notes.values()]
    days += [review.on for review in reviews(library) if review]
    return max(days, default=None)


def reviews(library: Library) -> list[Review | None]:
    """Of every card and every objection page."""
    return [card.reviewed for card in library.cards.values()] + [page.reviewed for page in library.pages.values()]


def _changed(library: Library) -> str:
    end = newest(library)
    if end is None:
        return ""
    start = end - WEEK
    lines = [*_shipped(library, start), *_heard(library, start), *_reviewed(library, start)]
    listed = "\n".join(line for _, line in sorted(lines, reverse=True)) or "Nothing yet."
    more = " [All releases](releases.md)" if library.releases else ""
    return f"## What changed lately\n\nFrom {start} to {end}.{more}\n\n{listed}"


def _shipped(library: Library, start: date) -> list[tuple[date, str]]:
    titles = {card.competitor: card.title for card in library.cards.values()}
    recent = [(path, note) for path, note in newest_first(library.releases) if note.date and note.date > start]
    return [
        (note.date, f"- {note.date} · [{escape(titles[slug])} {escape(note.version)}]({path.removeprefix('docs/')}): {told(note)}")
        for path, note in recent
        if note.date and (slug := path.split("/")[2]) in titles
    ]


def told(note: ReleaseNote) -> str:
    """The first change that could matter to a deal, in a line."""
    change = next((c for c in note.changes if c.kind != "fix"), None)
    return f"{change.kind}: {inline.render(inline.shorten(change.text, 140))}" if change else "nothing material"


def _heard(library: Library, start: date) -> list[tuple[date, str]]:
    return [
        (note.date, f"- {note.date} · heard in {note.stage}: [{gist(note.body, 110)}]({path.removeprefix('docs/')})")
        for path, note in library.notes.items()
        if note.date > start
    ]


def _reviewed(library: Library, start: date) -> list[tuple[date, str]]:
    things = {path: (c.title, c.reviewed) for path, c in library.cards.items()}
    things |= {path: (p.title, p.reviewed) for path, p in library.pages.items()}
    return [
        (review.on, f"- {review.on} · reviewed{by(review)}: [{escape(title)}]({path.removeprefix('docs/')})")
        for path, (title, review) in things.items()
        if review and review.on > start
    ]


def by(review: Review) -> str:
    """` by dana`; nothing where that is not said."""
    return f" by {escape(review.by)}" if review.by else ""


def _review(library: Library, reasons: Reasons) -> str:
    """Everything with a review: first what a release touches, then what is due first; what is overdue today the browser marks."""
    cards = library.cards.items()
    rows = [(c.reviewed, c.review_every, c.title, path, c.owner, reasons.get(c.competitor, ())) for path, c in cards]
    rows += [(page.reviewed, page.review_every, page.title, path, page.owner, ()) for path, page in library.pages.items()]
    rows.sort(key=lambda row: (not row[5], due(row[0], row[1]) if row[0] else date.min, row[2]))
    lines = [
        f"| [{escape(title)}]({path.removeprefix('docs/')}) {due_mark(review, every, why)} "
        f"| {due(review, every) if review else 'never reviewed'} | {escape(owner.partition('@')[0])} |"
        for review, every, title, path, owner, why in rows[:HEARD_MOST]
    ]
    return "\n".join(["## What needs review\n", "| What | Due | Owner |", "|---|---|---|", *lines]) if lines else ""


def _objections(library: Library) -> str:
    """The objections with the most ways of saying them: what the field hears most."""
    found: list[tuple[Objection, str, str]] = []
    for path, card in library.cards.items():
        found += [(o, f"{path.removeprefix('docs/')}#{o.id}", card.title) for o in card.objections]
    found += [(page.objection, path.removeprefix("docs/"), "any competitor") for path, page in library.pages.items()]
    found.sort(key=lambda entry: (-len(entry[0].also_heard), entry[1]))
    lines = [f"- [{plain(o.heading)}]({href}) <small>{escape(about)}</small>" for o, href, about in found[:HEARD_MOST]]
    return "\n".join(["## Top objections\n", *lines, "\n[All objections](objections/all.md)"]) if lines else ""
