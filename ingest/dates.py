"""Dates as people write them in release notes. A date that cannot be read for certain is absent, never a guess. Pure."""

import re
from datetime import date

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH = (
    r"(jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?"
    r"|dec(?:ember)?)\.?"
)
_ISO = re.compile(r"(?<![\d.])((?:19|20)\d\d)([-/.])(\d{1,2})\2(\d{1,2})(?![\d]|[-/.]\d)")
_DMY = re.compile(r"(?<![\d.])(\d{1,2})([-/.])(\d{1,2})\2((?:19|20)\d\d)(?![\d.])")
_COMPACT = re.compile(r"(?<![\w./:-])((?:19|20)\d\d)(0[1-9]|1[0-2])([0-2]\d|3[01])(?![\w.-])")
_YEAR_MONTH = re.compile(rf"(?<![\w.])((?:19|20)\d\d)[-/ ]{_MONTH}[-/ ](\d{{1,2}})(?!\d)", re.I)
_CLOCK = re.compile(rf"(?<![^\W_]){_MONTH}\s+(\d{{1,2}})\s+\d\d:\d\d:\d\d\s+(?:[A-Z]{{2,5}}\s+)?((?:19|20)\d\d)(?!\d)", re.I)
_DAY_MONTH = re.compile(rf"(?<![\w.])(\d{{1,2}})(?:st|nd|rd|th)?[\s-]+(?:of\s+)?{_MONTH}[\s,-]+((?:19|20)\d\d)(?!\d)", re.I)
_MONTH_DAY = re.compile(rf"(?<![^\W_]){_MONTH}\s+(\d{{1,2}})(?:st|nd|rd|th)?\s*,?\s+((?:19|20)\d\d)(?!\d)", re.I)


def find_date(text: str) -> tuple[date, int, int] | None:
    """The first date in `text` with where it stands, or None. `03/04/2023` is ambiguous and so is None."""
    found = [(m.start(), m.end(), day) for m, day in _candidates(text) if day]
    if not found:
        return None
    start, end, day = min(found)
    return day, start, end


def _candidates(text: str) -> list[tuple[re.Match[str], date | None]]:
    return [
        *((m, _day(m[1], m[3], m[4])) for m in _ISO.finditer(text)),
        *((m, _ambiguous(m[4], m[3], m[1], m[2])) for m in _DMY.finditer(text)),
        *((m, _day(m[3], _month(m[2]), m[1])) for m in _DAY_MONTH.finditer(text)),
        *((m, _day(m[3], _month(m[1]), m[2])) for m in _MONTH_DAY.finditer(text)),
        *((m, _day(m[3], _month(m[1]), m[2])) for m in _CLOCK.finditer(text)),
        *((m, _day(m[1], m[2], m[3])) for m in _COMPACT.finditer(text)),
        *((m, _day(m[1], _month(m[2]), m[3])) for m in _YEAR_MONTH.finditer(text)),
    ]


def _month(name: str) -> int:
    return _MONTHS.index(name[:3].lower()) + 1


def _day(year: str, month: str | int, day: str) -> date | None:
    try:
        return date(int(year), int(month), int(day))
    except ValueError:
        return None


def _ambiguous(year: str, second: str, first: str, separator: str) -> date | None:
    """Dots mean day first; slashes and dashes only say so when one of the two cannot be a month."""
    if separator == "." or int(first) > 12 or first == second:
        return _day(year, second, first)
    return _day(year, first, second) if int(second) > 12 else None
