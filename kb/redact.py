"""What a field note must never carry, found and replaced: e-mail addresses, phone numbers, customers, secrets, card numbers. Pure.

The one truth for the way in (`kb note`, `kb import`) and for `kb check`. A placeholder already in the text is a wall: nothing is
looked for inside it or across it. That is why `redact` of a redacted text changes nothing.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from kb.customers import NOBODY, Customers

Span = tuple[int, int]

PLACEHOLDERS = {"secret": "[secret]", "card number": "[card number]", "e-mail": "[e-mail]", "phone": "[phone]", "customer": "[customer]"}
TOLD = {
    "secret": ("secret", "secrets"),
    "card number": ("card or account number", "card or account numbers"),
    "e-mail": ("e-mail address", "e-mail addresses"),
    "phone": ("phone number", "phone numbers"),
    "customer": ("customer name", "customer names"),
    "deal": ("deal that was no opaque id", "deals that were no opaque ids"),
}
_WALL = re.compile("|".join(re.escape(mark) for mark in PLACEHOLDERS.values()))

_KEYS = re.compile(
    r"""
      (?<![A-Za-z0-9])(?:
        A(?:KIA|SIA|GPA|IDA|ROA|BIA|CCA)[0-9A-Z]{16}(?![0-9A-Za-z])             # AWS
      | gh[pousr]_\w{30,255} | github_pat_\w{22,255}                            # GitHub
      | gl(?:pat|dt|rt|cbt|ptt|ft|soat|imt|agent)-[\w-]{20,255}                 # GitLab
      | xox[a-z]-[\w-]{10,255} | xapp-[\w-]{10,255}                             # Slack
      | [rsp]k_(?:live|test)_\w{10,255} | whsec_[\w+/=]{16,255}                 # Stripe
      | AIza[\w-]{35} | ya29\.[\w-]{20,255}                                     # Google
      | sk-[\w-]{20,255} | hf_\w{30,255} | npm_\w{36} | pypi-[\w-]{16,255}      # OpenAI and others that look like it, registries
      | SG\.[\w-]{16,255}\.[\w-]{16,255} | (?:AC|SK)[0-9a-f]{32}                # SendGrid, Twilio
      | eyJ[\w-]{8,4096}\.[\w-]{8,4096}(?:\.[\w-]{0,4096})?                     # a JSON web token
      )
    | https://hooks\.slack\.com/[\w/-]{8,255}
    | -----BEGIN\ (?:[A-Z0-9]+\ ){0,4}PRIVATE\ KEY(?:\ BLOCK)?-----[\s\S]*?(?:-----END\ [A-Z0-9 ]{0,40}KEY(?:\ BLOCK)?-----|\Z)
    """,
    re.X,
)
_PASSWORD = r"pass(?:word|wd|phrase|code)?|pwd|passwort|kennwort"
_WORDS = rf"(?:{_PASSWORD}|secret|token|api[_ -]?key|(?:shared[_ -]?)?access[_ -]?key|account[_ -]?key|private[_ -]?key|credentials?)"
_VALUE = r"[^\s\"'`,;|]"
_ASSIGNED = (
    # `password=x`: prose has no equals sign, so any value counts that is not a price per token
    re.compile(rf"(?i)(?<![a-z0-9]){_WORDS}[\w-]{{0,20}}[\"'`]?\s?:?=>?\s?[\"'`]?((?![\d.,%$€]{{1,6}}(?:\s|$)){_VALUE}{{4,512}})"),
    # `token: x`: prose has colons, so the value must look like nothing that one would say
    re.compile(
        rf"(?i)(?<![a-z0-9]){_WORDS}[\w-]{{0,20}}[\"'`]?(?::|\sis)\s{{1,3}}[\"'`]?(?=\S{{0,64}}[a-z])(?=\S{{0,64}}\d)({_VALUE}{{6,512}})"
    ),
    re.compile(rf"(?i)(?<![a-z0-9])(?:{_PASSWORD})[\"'`]?:\s{{0,3}}[\"'`]?({_VALUE}{{4,512}})[\"'`,;.)]?\s*$", re.M),
    re.compile(r"(?i)(?<!\w)authorization[\"']?\s?[:=]\s{0,3}[\"']?(?:basic|bearer|token|digest)\s{1,3}([^\s\"',]{4,4096})"),
    re.compile(r"(?i)(?<!\w)(?:bearer|basic)\s{1,3}(?=\S{0,64}\d)([\w.~+/-]{16,4096}=*)"),
    re.compile(r"(?<![\w+.-])[A-Za-z][\w+.-]{1,30}://([^\s/]{0,255}:[^\s/]{1,255})@"),
)
_IBAN = re.compile(r"(?<![A-Za-z0-9])[A-Z]{2}\d{2}(?:[ ]?[A-Z0-9]{4}){2,7}(?:[ ]?[A-Z0-9]{1,3})?(?![A-Za-z0-9])")
_CARD = re.compile(r"(?<![\w.,-])[2-6]\d{3}(?:[ -]?\d{2,7}){2,4}(?![\w-]|[.,]\d)")
_EMAIL = re.compile(
    r"(?<![\w.%+'-])[\w%+-][\w.%+'-]{0,63}(?:@|\s?[\[(]at[\])]\s?)(?:[\w-]{1,63}(?:\.|\s?[\[(]dot[\])]\s?)){1,6}[^\W\d_]{2,24}(?![\w-])"
)
_SAID = r"(?i)(?<!\w)(?:tel|phone|telefon|mobile|mobil|cell|fax|call|ring|dial|whatsapp)(?:[:.]| at| on| me at)*\s{0,3}"
_END = r"(?![\w%]|[.,:-]\d)"
_PHONES = (
    # +49 171 234 56 78, 0044 20 7946 0958
    re.compile(r"(?<![\w.+])(?:\+|00)[1-9]\d{0,2}(?:[ ./()-]{0,3}\d){6,13}" + _END),
    # (415) 555-2671, 415-555-2671, 1.800.555.0199, (11) 2345-6789
    re.compile(r"(?<![\w./,:+-])(?:1[ .-])?(?:[2-9]\d{2}[ .-]\d{3}[ .-]\d{4}|\(\d{2,4}\) ?\d{3,5}[ .-]\d{3,4})" + _END),
    # 020 7946 0958, 0171/2345678, (030) 90 18 20, 01 42 68 53 00; nine digits, so that 05 10 2026 stays a day
    re.compile(
        r"(?<![\w./,:+-])(?=(?:\D{0,2}\d){9})(?:\(0\d{1,4}\)[ /-]?|0[1-9]\d{0,4}[ /.-])\d{2,9}(?:[ -]\d{2,8}){0,4}(?![\w%]|[.,:/-]\d)"
    ),
    # any number that somebody calls one
    re.compile(_SAID + r"(\d(?:[ ./()-]{0,2}\d){6,14})" + _END),
)


@dataclass(frozen=True)
class Found:
    """Something that must not be there."""

    kind: str
    """A key of PLACEHOLDERS."""
    start: int
    end: int


def redact(text: str, customers: Customers = NOBODY) -> tuple[str, dict[str, int]]:
    """`text` with placeholders, and how many of each kind were put in. `find` of the text returned is empty."""
    counts: Counter[str] = Counter()
    while found := find(text, customers):  # once, as a rule: a gap that closed can bring two halves together
        for one in reversed(found):
            text = text[: one.start] + _placeholder(one.kind, text[one.end : one.end + 1]) + text[one.end :]
        counts.update(one.kind for one in found)
    return text, dict(counts)


def _placeholder(kind: str, following: str) -> str:
    """`[e-mail](` would be a link and `[e-mail]:` a definition that the page swallows: a space between keeps them words."""
    return PLACEHOLDERS[kind] + (" " if following and following in "([:" else "")


def told(counts: dict[str, int]) -> str:
    """`1 e-mail address, 2 customer names`."""
    return ", ".join(f"{n} {TOLD[kind][n != 1]}" for kind in TOLD if (n := counts.get(kind, 0)))


def find(text: str, customers: Customers = NOBODY) -> list[Found]:
    """Everything that must not be there, in order, without overlaps. What is found first (a secret) hides what lies in it."""
    walls = [match.span() for match in _WALL.finditer(text)]
    found: list[Found] = []
    searches: dict[str, Callable[[str], Iterator[Span]]] = {
        "secret": _secrets, "card number": _cards, "e-mail": _emails, "phone": _phones, "customer": customers.find
    }  # fmt: skip
    for kind, search in searches.items():
        new = [Found(kind, low + a, low + b) for low, high in _between(walls, len(text)) for a, b in search(text[low:high])]
        found += new
        walls = sorted([*walls, *((one.start, one.end) for one in new)])
    return sorted(found, key=lambda one: one.start)


def _between(walls: list[Span], length: int) -> Iterator[Span]:
    low = 0
    for start, end in [*walls, (length, length)]:
        if start > low:
            yield low, start
        low = end


def _apart(spans: Iterator[Span]) -> Iterator[Span]:
    """Without those that begin inside an earlier one."""
    last = -1
    for start, end in sorted(spans):
        if start >= last and end > start:
            yield start, end
            last = end


def _secrets(text: str) -> Iterator[Span]:
    keys = (m.span() for m in _KEYS.finditer(text))
    assigned = (m.span(1) for pattern in _ASSIGNED for m in pattern.finditer(text))
    return _apart(iter([*keys, *assigned]))


def _cards(text: str) -> Iterator[Span]:
    ibans = (m.span() for m in _IBAN.finditer(text) if _mod_97(m[0]))
    cards = (m.span() for m in _CARD.finditer(text) if _luhn(m[0]))
    return _apart(iter([*ibans, *cards]))


def _mod_97(iban: str) -> bool:
    compact = iban.replace(" ", "")
    return 15 <= len(compact) <= 34 and int("".join(str(int(c, 36)) for c in compact[4:] + compact[:4])) % 97 == 1


def _luhn(number: str) -> bool:
    digits = [int(c) for c in number if c.isdigit()]
    doubled = (sum(divmod(2 * d, 10)) for d in digits[-2::-2])
    return 13 <= len(digits) <= 19 and (sum(digits[-1::-2]) + sum(doubled)) % 10 == 0


def _emails(text: str) -> Iterator[Span]:
    return (m.span() for m in _EMAIL.finditer(text))


def _phones(text: str) -> Iterator[Span]:
    return _apart(m.span(m.lastindex or 0) for pattern in _PHONES for m in pattern.finditer(text))
