"""What machines read: an RSS feed of changes and llms.txt. Pure, and no clock: the same knowledge base gives the same bytes."""

from datetime import UTC, date, datetime
from email.utils import format_datetime
from xml.sax.saxutils import escape as xml

from kb import inline
from kb.library import Library
from kb.markdown import plain
from publish.home import newest
from publish.lists import entries

ITEMS = 50
"""That the feed holds."""


def address(path: str, base: str) -> str:
    """Where the page made of docs/`path` lies, below `base` (an address with a slash at its end, or nothing: from the site's root)."""
    where, _, anchor = path.partition("#")
    folder = where.removesuffix(".md").removesuffix("index")
    folder = folder if not folder or folder.endswith("/") else f"{folder}/"
    return f"{base}{folder}{'#' + anchor if anchor else ''}"


def feed(library: Library, name: str, base: str) -> str:
    """RSS 2.0: releases, field notes and reviews, newest first."""
    found = sorted(_entries(library), key=lambda entry: (entry[0], entry[2]), reverse=True)[:ITEMS]
    items = "".join(_item(day, title, address(path, base), text) for day, title, path, text in found)
    latest = newest(library)
    built = f"<lastBuildDate>{_rfc(latest)}</lastBuildDate>" if latest else ""
    about = "<description>Releases, field notes and reviews</description>"
    head = f"<title>{xml(name)}: what changed</title><link>{xml(base or '/')}</link>{about}"
    return f'<?xml version="1.0" encoding="utf-8"?>\n<rss version="2.0"><channel>{head}{built}{items}\n</channel></rss>\n'


def _entries(library: Library) -> list[tuple[date, str, str, str]]:
    titles = {card.competitor: card.title for card in library.cards.values()}
    found: list[tuple[date, str, str, str]] = []
    for path, note in library.releases.items():
        slug = path.split("/")[2]
        if note.date and slug in titles:
            text = "; ".join(f"{c.kind}: {inline.words(c.text)}" for c in note.changes if c.kind != "fix")
            found.append((note.date, f"{titles[slug]} {note.version}", path.removeprefix("docs/"), text or "Nothing material."))
    for path, heard in library.notes.items():
        found.append(
            (heard.date, f"Heard about {titles.get(heard.competitor, heard.competitor)}", path.removeprefix("docs/"), plain(heard.body))
        )
    vouched = {path: (card.title, card.reviewed) for path, card in library.cards.items()}
    vouched |= {path: (page.title, page.reviewed) for path, page in library.pages.items()}
    for path, (title, review) in vouched.items():
        if review:
            found.append((review.on, f"Reviewed: {title}", path.removeprefix("docs/"), f"By {review.by}." if review.by else ""))
    return found


def _item(day: date, title: str, link: str, text: str) -> str:
    return (
        f'\n<item><title>{xml(title)}</title><link>{xml(link)}</link><guid isPermaLink="false">{xml(f"{link}@{day}")}</guid>'
        f"<pubDate>{_rfc(day)}</pubDate><description>{xml(xml(text))}</description></item>"
    )


def _rfc(day: date) -> str:
    return format_datetime(datetime(day.year, day.month, day.day, tzinfo=UTC))


def llms(library: Library, name: str, about: str, base: str) -> str:
    """llms.txt: what is here and where, for a machine that reads Markdown."""
    cards = [
        f"- [{plain(card.title)}]({address(path.removeprefix('docs/'), base)}): battlecard, {len(card.objections)} objections"
        for path, card in library.cards.items()
    ]
    objections = [f"- [{plain(e.objection.heading)}]({address(e.href, base)}): {plain(e.objection.say_this)}" for e in entries(library)]
    parts = [f"# {name}", *([f"> {about}"] if about else [])]
    parts += ["## Battlecards\n\n" + "\n".join(cards)] if cards else []
    parts += ["## Objections\n\n" + "\n".join(objections)] if objections else []
    return "\n\n".join(parts) + "\n"
