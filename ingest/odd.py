"""Is a batch too odd to merge without a person's look? Pure."""

import datetime as dt
from collections.abc import Mapping

from kb.model import ReleaseNote

SETTLED = 3
"""Releases known through a source from which it has habits."""
SURGE = 25
"""New releases at once that a settled source does not publish; a year's weekly releases would be told as well, once."""
SLACK = dt.timedelta(days=2)
"""What time zones and a hasty publisher may be ahead of us."""


def oddity(written: Mapping[str, ReleaseNote], new: int, settled: int, today: dt.date) -> str | None:
    """Why the batch should wait for a person, or None.

    `written` is what it would write, `new` how many of these are new, `settled` how many releases are known through the source.
    """
    ahead = [note for note in written.values() if note.date and note.date > today + SLACK and note.state != "unreleased"]
    if ahead:
        first = ahead[0]
        return f"{len(ahead)} dated after today, {today} (such as {first.version}, {first.date})"
    if settled >= SETTLED and new >= SURGE:
        return f"{new} new releases at once from a source of which {settled} were known"
    return None
