"""Counts of won and lost deals, as a small chart. Pure: the text of winloss.csv in, Markdown with an SVG out."""

import csv
import re
from dataclasses import dataclass
from io import StringIO

from kb.errors import MarkdownError

NAME = "winloss.csv"
"""Beside the card; its columns: quarter, won, lost."""
_QUARTER = re.compile(r"[\w .-]{1,12}")
ROW, GAP, LEFT, WIDTH = 18, 8, 58, 262
"""Of the drawing, in its own units."""


@dataclass(frozen=True)
class Quarter:
    """How many deals against one competitor were won and lost in a quarter."""

    name: str
    won: int
    lost: int


def parse_winloss(text: str, path: str) -> list[Quarter]:
    """The rows, in the order given. Raises MarkdownError with the line for what is no row."""
    rows = list(csv.DictReader(StringIO(text.lstrip("\ufeff"))))
    if rows and not {"quarter", "won", "lost"} <= rows[0].keys():
        raise MarkdownError(path, 1, "the first line must be: quarter,won,lost")
    return [_quarter(row, path, line) for line, row in enumerate(rows, 2)]


def _quarter(row: dict[str, str | None], path: str, line: int) -> Quarter:
    name, won, lost = ((row.get(key) or "").strip() for key in ("quarter", "won", "lost"))
    if not _QUARTER.fullmatch(name) or not won.isdecimal() or not lost.isdecimal():
        raise MarkdownError(path, line, "a row must read like 2026-Q3,4,2: quarter, deals won, deals lost")
    return Quarter(name, int(won), int(lost))


def chart(quarters: list[Quarter]) -> str:
    """The section's body: the sum in words, then one bar a quarter."""
    won, lost = sum(q.won for q in quarters), sum(q.lost for q in quarters)
    total = won + lost
    rate = f", {round(100 * won / total)} % won" if total else ""
    words = f"**{won} won, {lost} lost**{rate}, from {quarters[0].name} to {quarters[-1].name}." if quarters else "No deals counted yet."
    return f"{words}\n\n{_drawing(quarters)}" if total else words


def _drawing(quarters: list[Quarter]) -> str:
    most = max(q.won + q.lost for q in quarters)
    height = len(quarters) * (ROW + GAP)
    said = "; ".join(f"{q.name}: {q.won} won, {q.lost} lost" for q in quarters)
    rows = "".join(_bar(q, n * (ROW + GAP), WIDTH / max(most, 1)) for n, q in enumerate(quarters))
    return f'<svg class="rj-winloss" viewBox="0 0 {LEFT + WIDTH} {height}" role="img" aria-label="{said}">{rows}</svg>'


def _bar(quarter: Quarter, top: int, unit: float) -> str:
    middle = top + ROW - 5
    label = f'<text class="rj-winloss__q" x="0" y="{middle}">{quarter.name}</text>'
    won = _piece("won", quarter.won, LEFT, top, unit, middle)
    return label + won + _piece("lost", quarter.lost, LEFT + quarter.won * unit, top, unit, middle)


def _piece(kind: str, count: int, left: float, top: int, unit: float, middle: int) -> str:
    if not count:
        return ""
    wide = count * unit
    box = f'<rect class="rj-winloss__{kind}" x="{left:.1f}" y="{top}" width="{max(wide - 2, 1):.1f}" height="{ROW}" rx="2"/>'
    return f'{box}<text class="rj-winloss__n" x="{left + wide / 2 - 1:.1f}" y="{middle}" text-anchor="middle">{count}</text>'
