"""When somebody last vouched for a card or an objection, and when that is due again. Pure."""

import re
from datetime import date, timedelta

from kb.frontmatter import FrontMatter
from kb.model import Review


def parse_review(front: FrontMatter) -> Review | None:
    """The `reviewed: {on, by, head}` of a card or an objection."""
    value = front.values.get("reviewed")
    if value is None:
        return None
    if not isinstance(value, dict) or "on" not in value or "by" not in value:
        raise front.fail("reviewed", "`reviewed` must be {on: YYYY-MM-DD, by: name, head: version}")
    if not isinstance(value["by"], str) or not value["by"].strip():
        raise front.fail("reviewed", "`reviewed` must say who vouches: {on: YYYY-MM-DD, by: name}")
    day = front.as_day("reviewed", value["on"])
    if day is None:
        raise front.fail("reviewed", "`reviewed` needs a date: {on: YYYY-MM-DD, by: name}")
    if isinstance(value.get("head"), float):
        raise front.fail(
            "reviewed", f'`head` is read as the number {float(value["head"])}: put the version in quotes, as in head: "2026.10"'
        )
    return Review(day, value["by"], None if value.get("head") is None else str(value["head"]))


def parse_every(front: FrontMatter) -> str | None:
    """`review_every`, a number of days such as 90d."""
    every = front.text("review_every")
    if every is not None and not re.fullmatch(r"[1-9]\d{0,3}d", every):
        raise front.fail("review_every", f'"{every}" is not a number of days: write it like 90d')
    return every


EVERY = "90d"
"""How often a card is reviewed that does not say."""


def due(review: Review, every: str | None) -> date:
    """The last day on which a review still holds."""
    days = int((every or EVERY)[:-1])
    return review.on + timedelta(days=min(days, (date.max - review.on).days))  # a slip of the pen may be in the year 9999


def overdue(review: Review | None, every: str | None, today: date) -> str | None:
    """Why a review is due, or None."""
    if review is None:
        return "never reviewed: read it, then `kb verify`"
    last = due(review, every)
    return f"review overdue since {last} (last by {review.by} on {review.on})" if today > last else None
