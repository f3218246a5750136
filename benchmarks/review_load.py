"""Review load on the sample's history: a plain 90-day clock against staleness by fact. `python -m benchmarks.review_load`

From a competitor's first release to its last, today's claims are held against every change, as if nobody had looked yet. The clock
asks for a review every 90 days and reads every claim again; by fact, a release with a flagged change asks for one, of the flagged
claims only. A flagged change is late when the clock lets it stand for more than LATE days. What the flags themselves miss or flag
wrongly, `python -m benchmarks.conflicts` tells: here a flag counts as a conflict.
"""

from datetime import timedelta
from pathlib import Path

from kb import config, library
from search.conflicts import OURS, conflicts
from search.kept import Kept

EVERY, LATE = 90, 14


def clock(first, last):
    """The days of its reviews; the first comes EVERY days after the first release."""
    return [first + timedelta(days=n) for n in range(EVERY, (last - first).days + EVERY, EVERY)]


def main():
    settings = config.load(None, Path.cwd())
    known, kept = library.load(settings.root), Kept(settings)
    print(f"{'competitor':<12}{'claims':>7}{'releases':>9} | clock: reviews, claims read, late, mean days | by fact: reviews, claims read")
    total = [0] * 6
    for card in known.cards.values():
        releases = {p: n for p, n in known.releases_of(card.competitor).items() if n.date}
        flagged = conflicts([claim for claim in card.claims if claim.section not in OURS], releases, kept.embed, kept.judge)
        days = [note.date for note in releases.values()]
        reviews = clock(min(days), max(days))
        waits = {
            (f.path, f.change_id): min((d - releases[f.path].date).days for d in reviews if d >= releases[f.path].date) for f in flagged
        }
        late = sum(wait > LATE for wait in waits.values())
        row = [len(reviews), len(reviews) * len(card.claims), len(waits), late, len({f.path for f in flagged})]
        row.append(len({(f.path, f.claim.line) for f in flagged}))
        total = [a + b for a, b in zip(total, row, strict=True)]
        mean = sum(waits.values()) / max(1, len(waits))
        left = f"{card.competitor:<12}{len(card.claims):>7}{len(releases):>9}"
        print(f"{left} | {row[0]}, {row[1]}, {late} of {len(waits)}, {mean:.0f} | {row[4]}, {row[5]}")
    print(f"{'all':<28} | {total[0]}, {total[1]}, {total[3]} of {total[2]} | {total[4]}, {total[5]}")


if __name__ == "__main__":
    main()
