"""What was heard → field notes: whose it is, its values, its words made safe, its file's name. Pure."""

import datetime as dt
import hashlib
import re
from calendar import monthrange
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from ingest.dates import find_date
from ingest.inbox.heard import Heard
from kb.customers import NOBODY, Customers
from kb.errors import USAGE, KbError
from kb.escape import one_line
from kb.frontmatter import did_you_mean
from kb.markdown import plain, slug
from kb.model import CONFIDENCES, NOTE_SOURCES, Card, FieldNote
from kb.redact import redact
from kb.words import STAGES

_STAGES = {
    "prospecting": "lead", "new": "lead", "qualified": "qualification", "qualify": "qualification", "needs analysis": "discovery",
    "demo": "presentation", "proposal": "negotiation", "proof of concept": "poc", "pov": "poc", "proof of value": "poc", "trial": "poc",
    "evaluation": "poc", "pilot": "poc", "negotiation review": "negotiation", "contract": "negotiation", "procurement": "negotiation",
    "closed": "close", "closed won": "close", "closed lost": "close", "won": "close", "lost": "close",
}  # fmt: skip
_SOURCES = {"buyer": "buyer-said", "customer": "buyer-said", "prospect": "buyer-said", "document": "document-seen", "web": "public",
            "website": "public", "hearsay": "rumour", "rumor": "rumour"}  # fmt: skip
_CONFIDENCES = {"hi": "high", "med": "medium", "mid": "medium"}
_DEAL = re.compile(r"(?=\D*\d)[A-Za-z0-9][A-Za-z0-9_-]{0,39}")
_STOP = frozenset(
    re.findall(
        r"\w+",
        "a an and are as at be been but by for from had has have he her his i in is it its of on or our she so that the their them they"
        " this to us was we were what when who will with you your card customer e mail number phone secret",
    )
)
_RELATION = re.compile(r"^(?:Supports|Contradicts):.*$", re.M)


@dataclass(frozen=True)
class Defaults:
    """What holds for a note of which the file says nothing. The weakest source and confidence: nobody vouched for it."""

    today: dt.date
    author: str
    competitor: str | None = None
    stage: str = "discovery"
    source: str = "rumour"
    confidence: str = "low"


@dataclass(frozen=True)
class Draft:
    """What became of one Heard: a note, or the reason why there is none."""

    heard: Heard
    status: str
    """`new`, `duplicate`, `unassigned` or `failed`."""
    note: FieldNote | None = None
    redacted: Mapping[str, int] = field(default_factory=dict)
    also: tuple[str, ...] = ()
    """Other competitors that the text names."""
    error: str | None = None
    path: str | None = None
    similar_to: str | None = None
    similarity: float | None = None
    words: str = ""
    """The first of them, redacted."""


class Names:
    """Every name of every card, to be found in a text as a whole word, the longest first."""

    def __init__(self, cards: Iterable[Card]) -> None:
        """Slug, title and aliases of `cards`."""
        self._slugs = {name.lower(): card.competitor for card in cards for name in (card.competitor, card.title, *card.aliases)}
        longest = "|".join(re.escape(name) for name in sorted(self._slugs, key=len, reverse=True)) or r"(?!)"
        self._pattern = re.compile(rf"(?<!\w)(?:{longest})(?!\w)", re.I)

    def slug(self, name: str) -> str:
        """The competitor called `name`. Raises KbError when there is none."""
        if found := self._slugs.get(" ".join(name.split()).lower()):
            return found
        known = sorted(set(self._slugs.values()))
        hint = did_you_mean(name.lower(), known) or f" Known: {', '.join(known)}."
        raise KbError(one_line(name)[:60], f"no such competitor.{hint}", USAGE)

    def inside(self, text: str) -> tuple[str, ...]:
        """The competitors that `text` names, in the order of their first mention."""
        return tuple(dict.fromkeys(self._slugs[match[0].lower()] for match in self._pattern.finditer(text)))


def draft(heard: Heard, defaults: Defaults, names: Names, customers: Customers = NOBODY) -> Draft:
    """The note that `heard` becomes. Never raises: what is wrong with it is in the Draft.

    The column `competitor` decides; without it `defaults.competitor`; without that the first competitor named in the text, since a
    comparison is mostly written from the side of the one it is about. The others are told (`also`), so that a person can look.
    """
    text, redacted = redact(heard.text, customers)
    deal, dropped = _deal(heard.said.get("deal"), customers)
    counts = {**redacted, **({"deal": 1} if dropped else {})}
    words = one_line(text)[:60]
    result = Draft(heard, "failed", redacted=counts, words=words)
    if heard.error or not text.strip():
        return replace(result, error=heard.error or "holds no text")
    named = names.inside(text)
    try:
        owner = _owner(heard, defaults, names, named)
        if owner is None:
            return replace(result, status="unassigned", error="names no competitor: give --competitor, or add the name to a card's aliases")
        return replace(
            result, status="new", note=_note(heard, inert(text), owner, deal, defaults), also=tuple(n for n in named if n != owner)
        )
    except KbError as error:
        return replace(result, status="unassigned" if error.code == USAGE else "failed", error=f'"{error.subject}": {error.cause}')


def _owner(heard: Heard, defaults: Defaults, names: Names, named: tuple[str, ...]) -> str | None:
    column = heard.said.get("competitor")
    if column:
        return names.slug(column)
    return defaults.competitor or (named[0] if named else None)


def _note(heard: Heard, body: str, competitor: str, deal: str | None, defaults: Defaults) -> FieldNote:
    said = heard.said
    day = as_day(said["date"]) if "date" in said else defaults.today
    return FieldNote(
        date=day,
        author=short_name(said.get("author", "")) or defaults.author,
        competitor=competitor,
        stage=one_of("stage", said.get("stage"), STAGES, _STAGES) or defaults.stage,
        source=one_of("source", said.get("source"), NOTE_SOURCES, _SOURCES) or defaults.source,
        body=body,
        confidence=one_of("confidence", said.get("confidence"), CONFIDENCES, _CONFIDENCES) or defaults.confidence,
        deal=deal,
        expires=as_day(said["expires"]) if "expires" in said else half_a_year_after(day),
    )


def one_of(what: str, value: str | None, allowed: tuple[str, ...], other: Mapping[str, str]) -> str | None:
    """`value` as one of `allowed`, by its name, its beginning or a usual other word. Raises KbError with the choices."""
    if not value:
        return None
    word = re.sub(r"[\s/_-]+", " ", value.strip().lower())
    known = {name.replace("-", " "): name for name in allowed} | dict(other)
    begun = [name for name in allowed if len(word) > 1 and name.replace("-", " ").startswith(word)]
    found = known.get(word) or (begun[0] if len(begun) == 1 else None)
    if found is None:
        raise KbError(one_line(value)[:40], f"is no {what}: one of {', '.join(allowed)}.{did_you_mean(word, allowed)}")
    return found


def as_day(value: str) -> dt.date:
    """A date that can be read for certain. Raises KbError."""
    found = find_date(value)
    if found is None:
        raise KbError(one_line(value)[:40], "is no date that is certain: write YYYY-MM-DD")
    return found[0]


def half_a_year_after(day: dt.date) -> dt.date:
    """What a buyer said holds for six months, unless somebody says otherwise."""
    year, month = day.year + (day.month + 5) // 12, (day.month + 5) % 12 + 1
    return dt.date(year, month, min(day.day, monthrange(year, month)[1]))


def short_name(name: str) -> str:
    """A colleague as notes name them: the first name in lower case. `Nair, Priya`, `Priya Nair` and priya@ours.example are priya."""
    name = name.split("@", 1)[0] if re.fullmatch(r"[^\s@]+@\S+", name.strip()) else name.rpartition(",")[2]
    first = re.search(r"[^\W_]+(?:['’-][^\W_]+)*", name.lower())
    return first[0] if first else ""


def _deal(value: str | None, customers: Customers) -> tuple[str | None, bool]:
    """An opaque id, or None and whether something was there: CRM systems like to name a deal after the customer."""
    if value and _DEAL.fullmatch(value) and redact(value, customers)[0] == value:
        return value, False
    return None, bool(value)


def is_opaque(deal: str) -> bool:
    """Is `deal` an id that says nothing outside our own systems?"""
    return bool(_DEAL.fullmatch(deal))


def inert(text: str) -> str:
    """Words from outside as Markdown that stays words: no HTML, links, attributes or merge marks; the rest is left readable."""
    clean = "\n".join(one_line(line) for line in text.split("\n"))
    clean = re.sub(r"<(?=[A-Za-z/!?<])", "&lt;", clean)
    clean = re.sub(r"^>+", lambda m: m[0].replace(">", "&gt;"), clean, flags=re.M)
    clean = re.sub(r"\](?=[(\[:])", "] ", clean).replace("{", "&#123;")
    return re.sub(r"\n{3,}", "\n\n", clean).strip("\n")


def core(body: str) -> str:
    """What a note says, without the links that a reviewer adds and in one spelling of white space."""
    return " ".join(_RELATION.sub("", body).split())


def digest(body: str) -> str:
    """Two notes with the same digest say the same, word for word."""
    return hashlib.sha256(core(body).casefold().encode()).hexdigest()


def file_stem(note: FieldNote) -> str:
    """`2026-11-23-lost-poc-ha-failover`: the day and the first words that carry meaning."""
    words = (slug(word) for word in re.split(r"[^\w.'’-]+", plain(note.body.split("\n\n")[0])))
    telling = [word.strip("-_") for word in words if word.strip("-_") and word not in _STOP][:5]
    return f"{note.date}-{'-'.join(telling)[:50].strip('-') or 'note'}"
