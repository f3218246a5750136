"""Until when a claim holds: its evidence ends, or it is a price. Pure: one rule for pages, the lookup and the command line."""

import posixpath
import re
from datetime import date, timedelta

from kb.library import Library
from kb.markdown import links
from kb.model import Card, FieldNote
from kb.provenance import PRICING
from kb.review import EVERY
from kb.staleness import PRICES_LAST

_READ = re.compile(r"\bread (\d{4}-\d{2}-\d{2})\b")


def ends(section: str, text: str, path: str, library: Library, card: Card) -> tuple[date, str] | None:
    """The last day on which a claim of a card's section holds, and why it ends then: its evidence's end or its price's, the sooner."""
    known = [end for end in (holds_until(text, path, library, card.review_every), _price(section, card)) if end]
    return min(known) if known else None


def _price(section: str, card: Card) -> tuple[date, str] | None:
    """Prices change sooner than features: until when one holds that was looked at with the review."""
    if section != PRICING or card.reviewed is None:
        return None
    days = min(PRICES_LAST, timedelta(days=int((card.review_every or EVERY)[:-1])))
    return card.reviewed.on + days, f"a price, last looked at on {card.reviewed.on}"


def resolve(href: str, path: str) -> str:
    """The file under the root that a relative link in `path` leads to; an address on the web stays as it is."""
    where = href.partition("#")[0]
    return where if ":" in where else posixpath.normpath(posixpath.join(posixpath.dirname(path), where)) if where else path


def holds_until(text: str, path: str, library: Library, every: str | None) -> tuple[date, str] | None:
    """The last day on which a claim's youngest evidence of its kind holds, and why it ends then. None: no end is known.

    A release note is a fact for good. A page on the web was read on a day, and is read again as often as the card is
    reviewed; a field note says when it expires. The claim holds as long as one of them does.
    """
    ends = [_end(link.text, resolve(link.href, path), library, int((every or EVERY)[:-1])) for link in links(text)]
    known = [end for end in ends if end is not None]
    return max(known) if known and len(known) == len(ends) else None


def _end(words: str, target: str, library: Library, days: int) -> tuple[date, str] | None:
    if read := _READ.search(words):
        try:
            on = date.fromisoformat(read[1])
        except ValueError:
            return None
        return on + timedelta(days=days), f"its page was last read on {on}"
    note: FieldNote | None = library.notes.get(target)
    return (note.expires, f"its field note of {note.date} expired on {note.expires}") if note and note.expires else None
