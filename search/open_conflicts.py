"""The conflicts of every card that nobody has answered. The thin edge of `search.conflicts`: index, disk and library meet here."""

from collections.abc import Collection

from kb.config import Config
from kb.conflict import Conflict, still_open
from kb.library import Library
from search.conflicts import of_card
from search.doubts import remember
from search.kept import Kept


def open_conflicts(config: Config, library: Library, only: Collection[str] | None = None) -> dict[str, list[Conflict]]:
    """Competitor (of `only`, if given) → its open conflicts, the likeliest first. Raises KbError when a model cannot be loaded."""
    kept = Kept(config)
    found = {
        card.competitor: still_open(of_card(library, card, kept.embed, kept.judge), library.answers_of(card.competitor))
        for card in library.cards.values()
        if only is None or card.competitor in only
    }
    kept.save()
    remember(config, library, found, only)
    return found


def contradicted(config: Config, before: Library, after: Library, only: Collection[str]) -> dict[str, list[Conflict]]:
    """Competitor (of `only`) → what the releases of `after` say against its card of `before`, the likeliest first. Raises KbError."""
    kept = Kept(config)
    cards = [card for card in before.cards.values() if card.competitor in only]
    found = {card.competitor: of_card(after, card, kept.embed, kept.judge) for card in cards}
    kept.save()
    return found
