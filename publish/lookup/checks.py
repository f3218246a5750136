"""Why an answer may not hold although its card was reviewed: its evidence ended, a price is old, a release touches it. Pure.

A card's page says the same of its claims (publish/cardpage.py); tests/test_lookup.py holds the two together.
"""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from kb.library import Library
from kb.model import Card, Claim
from kb.provenance import PRICING
from kb.review import EVERY
from kb.staleness import PRICES_LAST
from publish.evidence import holds_until
from search.answer import Answer


def checks(known: Library, found: Sequence[Answer], reasons: Mapping[str, Sequence[str]]) -> dict[str, dict[str, Any]]:
    """Answer's id → `until` and `why`, when what it rests on ends, and `reasons` for looking at it again. Answers without any are left out.

    `reasons`: by `acme#log-price`.
    """
    claims = {(path, claim.line): (card, claim) for path, card in known.cards.items() for claim in card.claims}
    told = {}
    for answer in found:
        if (answer.path, answer.line) in claims:
            card, claim = claims[answer.path, answer.line]
            why = list(reasons.get(f"{card.competitor}#{claim.id}", ())) if claim.id else []
            told[answer.id] = _end(card, claim, answer.path, known) | ({"reasons": why} if why else {})
    return {ident: values for ident, values in told.items() if values}


def _end(card: Card, claim: Claim, path: str, known: Library) -> dict[str, Any]:
    ends = [end for end in (holds_until(claim.text, path, known, card.review_every), _price(card, claim)) if end]
    return {"until": min(ends)[0].isoformat(), "why": min(ends)[1]} if ends else {}


def _price(card: Card, claim: Claim) -> tuple[date, str] | None:
    """Prices change sooner than features: until when one holds that was looked at with the review."""
    if claim.section != PRICING or card.reviewed is None:
        return None
    days = min(PRICES_LAST, timedelta(days=int((card.review_every or EVERY)[:-1])))
    return card.reviewed.on + days, f"a price, last looked at on {card.reviewed.on}"
