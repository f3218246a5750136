"""Is this line the heading of a release, and of which? Pure: a line in, version, date and certainty out."""

import re
from dataclasses import dataclass
from datetime import date

from ingest.dates import find_date

_PRE = r"(?: (?:alpha|beta|rc) \d+|[-._ ]?(?:alpha|beta|rc|dev|pre|preview|m|cr|snapshot)(?:[-._]?\d+)*)"
VERSION = re.compile(
    rf"(?<![\w.])[vV]?(\d{{1,4}}(?:\.\d+){{1,4}}(?:{_PRE}|[a-z]\d*(?![\w])|(?-i:[A-Z]{{2,6}})\d+)?"
    r"(?:[-+.](?![xX]\b)[0-9A-Za-z][0-9A-Za-z.-]*?)?)(?![\w]|\.[\dxX])",
    re.I,
)
_SERIES = re.compile(r"(?<![\w.])v?\d+(?:\.\d+)*\.[xX*]\b")
_FILLER = frozenset(
    """release released releases version ver v of notes note for the new announcing introducing changes in update changelog""".split()
)
_AFTER = re.compile(r"^(?:[-–—:/|,;(\[\"“'!*]|\.?$)")
_AFTER_WORDS = re.compile(
    r"^(?:release(?:d)?|notes?|changes|changelog|is|now|available|out|lts|final|ga|stable|sp\d|patch|hotfix|yanked|and|update)\b", re.I
)
_NOT_A_NAME = frozenset(
    """from to with support supports upgrade upgrading upgraded fix fixes fixed since until than requires require bump bumped
    migrating migrate migration before after using python java node php ruby go upcoming planned step""".split()
)
_ANCHOR = re.compile(r"(?<=\w)\s+\[[a-z][a-z0-9]*-[\w.-]+\]\s*$")
"""`## Fixes [product-9.5.2-fixes]`: a name for links, which is no part of the heading."""
_SPAN = re.compile(r"\b(?:from|between)\s+(?:[A-Za-z]+\s+)?v?\d[\w.-]*(?: (?:rc|alpha|beta) \d+)?\s*(?:->|=>|→|\bto\b|\band\b)\s", re.I)
"""`Changes between 1.0 and 1.1`: the later one is the release."""
_STATUS = re.compile(r"\s\[(?:v?\d+-)?(?:stable|beta|alpha|devel|rc|experimental)\](?!\()", re.I)
"""`7.3.15 [beta]`: how mature the branch is, no part of the version."""
_NUMBERING = re.compile(r"^(?:[A-Z]\.)?\d+(?:\.\d+)*\.?\s+(?=(?:release|version)\s+v?\d)", re.I)
"""`E.20. Release 15.1`: the number of the section in its book."""
_LEAD = re.compile(
    r"^(?:\*\s+)?(?:what'?s new in|(?:noteworthy |major )?(?:changes|news) (?:with|in|to|for|since|from|between)|overview of changes in"
    r"|new (?:features )?in|release notes? (?:for|of)|version|ver\.?|release)\b",
    re.I,
)
"""How a line that no markup makes a heading begins when it is one all the same."""
_DATEISH = re.compile(r"(?:19|20)\d\d-\d\d-\d\d|\b(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.? (?:19|20)\d\d", re.I)
"""A date that is none, or lacks its day: no date to us, but a sign that the line heads a release."""
_CHANGES_WITH = re.compile(r"^(?:changes with|(?:[\w-]+ )?changes to|changes from)\b", re.I)
_UNRELEASED = re.compile(r"\b(?:unreleased|not (?:yet )?released|TBD|TBA|upcoming|in development|work in progress|WIP)\b", re.I)
_PRERELEASE = re.compile(rf"\d{_PRE}(?![a-z])|(?<=[\d.-])(?:a|b|c)\d+$|(?:nightly|canary|snapshot)", re.I)
_MARKUP = re.compile(
    r"\[([^\[\]]*)\]\([^()]*\)|\[([^\[\]]*)\]\[[^\[\]]*\]|\[([^\[\]]*)\](?!\()"
    r"|[*`]{1,3}(?=\S)|(?<=\S)[*`]{1,3}|(?<!\w)_{1,3}(?=\S)|(?<=\S)_{1,3}(?!\w)|<[^<>]{1,200}>|\{[^{}]*\}"
)


@dataclass(frozen=True)
class ReleaseLine:
    """A line that heads a release."""

    version: str
    date: date | None
    parts: int
    """How many numbers the version has: two may be a series or a numbered section."""
    sure: bool
    """The line says more than a version: a date, or a word such as Version or Release."""
    bare: bool
    """The line says no more than that: no name of a part or product."""


def unmark(text: str) -> str:
    """A heading's text without Markdown, attributes and link targets."""
    for _ in range(2):  # a link around emphasis, or the other way about
        text = _MARKUP.sub(lambda m: m[1] or m[2] or m[3] or "", text)
    return " ".join(text.replace("\\", "").split())


def release_line(heading: str) -> ReleaseLine | None:
    """What release `heading` is the heading of, or None."""
    text = _NUMBERING.sub("", _SPAN.sub(" ", unmark(_STATUS.sub(" ", _ANCHOR.sub("", heading)))))
    if len(text) > 160 or (is_unreleased(text) and not VERSION.search(text)):
        return None
    found = _date_of(text)
    rest = f"{text[: found[1]]} \x00 {text[found[2] :]}" if found else text
    match = VERSION.search(rest)
    if match is None and found and "." in text[found[1] : found[2]]:
        found, rest, match = None, text, VERSION.search(text)  # 2026.10.1 is the version: the year comes first in CalVer
    if match is None:
        return None
    before, after = rest[: match.start()], rest[match.end() :].strip()
    names = [word.lower() for word in re.findall(r"[A-Za-z][\w.&+-]*", before)]
    if not _before_fits(before, names) or not _after_fits(after, match[1], bool(found)):
        return None
    sure = bool(found) or any(name in _FILLER for name in names) or bool(_AFTER_WORDS.match(after))
    bare = not after.strip("\x00 ()[]-–—:,") and all(name in _FILLER for name in names)
    return ReleaseLine(match[1].rstrip(".-"), found[0] if found else None, match[1].count(".") + 1, sure, bare)


def _date_of(text: str) -> tuple[date, int, int] | None:
    """The date in a heading; one with dots only when there is no other, since it may be a calendar version."""
    found = find_date(text)
    if found and "." in text[found[1] : found[2]] and (later := find_date(text[found[2] :])):
        return later[0], found[2] + later[1], found[2] + later[2]
    return found


def _before_fits(before: str, names: list[str]) -> bool:
    if _CHANGES_WITH.match(before):
        names = [name for name in names if name not in ("with", "to", "from")]
    if len(names) > 7 or _NOT_A_NAME.intersection(names) or _SERIES.search(before):
        return False
    return not re.search(r"(?<!\bver)(?<!\bv)(?<!\brel)[.;!?](?:\s|$)|[=<>]|-version:", before, re.I)


def _after_fits(after: str, version: str, dated: bool) -> bool:
    if "\x00" in after[:3] or _AFTER.match(after) or _AFTER_WORDS.match(after):
        return True
    return dated or version.count(".") >= 2


def is_unreleased(text: str) -> bool:
    """Does a heading, or the line below it, say that this is yet to come?"""
    return bool(_UNRELEASED.search(text))


def is_prerelease(version: str) -> bool:
    """2.0.0-rc.1, 2.0b3, 1.0.M2, 3.1-SNAPSHOT."""
    return bool(_PRERELEASE.search(version))


def is_plain_release_line(line: str) -> bool:
    """May a line that no markup calls a heading head a release? Only when it holds little else than version and date."""
    lead = _LEAD.match(line)
    if len(line) > 90 or line[:1].isspace() or (re.match(r"[-*+•>|]\s|:", line) and not (lead and line.startswith("* "))):
        return False
    found = find_date(line)
    rest = line[: found[1]] + line[found[2] :] if found else line
    match = VERSION.search(_SPAN.sub(" ", rest))
    if match is None:
        return False
    after = re.sub(r"\([^()]*\)|<[^<>]*>|\"[^\"]*\"", "", _SPAN.sub(" ", rest)[match.end() :])
    words = re.findall(r"[^\W\d_]{2,}", _LEAD.sub("", _SPAN.sub(" ", rest)[: match.start()]) + after)
    others = [w for w in words if w.lower() not in _FILLER]
    dated = bool(found or _DATEISH.search(line))
    if lead and not re.search(r"[;?!]|[.](?!\d|$)", after.strip()[:40].rstrip(".?:")):
        return len(others) <= (5 if dated else 3)
    return len(others) <= (4 if dated else 1) and bool(
        dated or (len(words) > len(others) and len(words) <= 3) or (not words and not line.endswith("."))
    )
