"""A battlecard as the page that an SE opens ten minutes before the call. Pure: a Card in, Markdown out.

The words stay those of the card. What is added is form: boxes (`<div markdown>`), classes and dates behind list items
(`{.rj-win data-until="…"}`, see publish/ids.py), tabs. So the page works without a script, and any Markdown site can build it.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date

from kb.escape import escape
from kb.holding import ends
from kb.library import Library
from kb.markdown import headings, slug
from kb.model import CLAIM_SECTIONS, Card, Review, Section
from kb.review import due
from kb.staleness import since
from kb.touched import Reasons, key
from publish.evidence import chipped, dated
from publish.lines import braces, quoted, rewrite_items, rewrite_rows, verdict, with_braces
from publish.pages import heard_in_the_field, what_changed
from publish.responses import objections
from publish.touched import attribute, row_mark
from publish.winloss import Quarter, chart

NAMES = {
    "Thirty-second read": "30 seconds", "Why we win": "Win", "Why we lose": "Lose", "Landmines to lay": "Landmines",
    "Landmines to defuse": "Defuse", "Talk tracks": "Talk", "Proof points": "Proof", "Pricing and packaging": "Price",
    "Feature comparison": "Compare", "Demo and POC": "Demo", "Do not say": "Don’t say", "What changed": "Changed",
    "Heard in the field": "Heard",
}  # fmt: skip
"""What the row of links at the top calls a section, where its name is too long for a phone."""
_LEAD = re.compile(r"^\*\*(.+?):?\*\*:?\s*")


@dataclass(frozen=True)
class Beside:
    """What a card's page shows that is not in the card."""

    library: Library
    edit: str = ""
    """The address under which the card's file is edited; empty: none is known."""
    quarters: Sequence[Quarter] = ()
    reasons: Reasons = field(default_factory=dict)
    """Why a claim is to be looked at again: `acme#log-price` → ("Acme 4.6.0 touches this claim", …); `acme` for the whole card."""


def card_page(card: Card, path: str, beside: Beside) -> str:
    """The page of the card that lies at `path`, as Markdown without front matter."""
    shown = [(s.name, _form(s)(s, card, path, beside)) for s in card.sections]
    shown += [("Win/loss", chart(list(beside.quarters)))] if beside.quarters else []
    shown += [(name, made) for name, made in _generated(card, path, beside) if made]
    first, rest = shown[:1], shown[1:]
    vouched = vouch(
        card.reviewed, card.review_every, card.owner, beside.edit, beside.reasons.get(card.competitor, ()), _newer(card, beside)
    )
    intro = f'<div class="rj-intro" markdown="block">\n\n{card.intro}\n\n</div>' if card.intro else ""
    parts = [f"# {card.title}", vouched, *map(_section, first), jumps([name for name, _ in shown]), intro, *map(_section, rest)]
    return "\n\n".join(part for part in parts if part) + "\n"


def _generated(card: Card, path: str, beside: Beside) -> list[tuple[str, str]]:
    return [("What changed", what_changed(card, beside.library)), ("Heard in the field", heard_in_the_field(card, beside.library))]


def _section(shown: tuple[str, str]) -> str:
    name, body = shown
    return f'<section class="rj-section rj-{slug(name)}" markdown="block">\n\n## {name}\n\n{body}\n\n</section>'


def _newer(card: Card, beside: Beside) -> str:
    count = len(since(beside.library, card))
    return f'<a href="#what-changed" title="Releases since the review">+{count} release{"s" * (count > 1)}</a>' if count else ""


def vouch(review: Review | None, every: str | None, owner: str, edit: str = "", reasons: Sequence[str] = (), newer: str = "") -> str:
    """One line: who vouches for the page until when, who owns it, where it is edited. The browser adds whether that is still so."""
    dates = f' data-reviewed="{review.on}" data-due="{due(review, every)}"' if review else ""
    why = f" {attribute(reasons)}" if reasons else ""
    name = owner.partition("@")[0]
    by = f" by {escape(review.by)}{' (owner)' * (review.by == name)}" if review and review.by else ""
    said = f"Reviewed <time>{review.on}</time>{by}" if review else "Never reviewed"
    owned = f"<span>Owner {escape(name)}</span>" if name and (review is None or name != review.by) else ""
    link = f'<a class="rj-edit" href="{quoted(edit)}" rel="nofollow" title="Edit" aria-label="Edit this page">✎</a>'
    link = link if edit.startswith(("http://", "https://")) else ""
    return f'<div class="rj-vouch"{dates}{why}><span>{said}</span> {newer} {owned} {link}</div>'


def jumps(names: Sequence[str]) -> str:
    """The row of links to the sections: on a phone the menu is a tap too far."""
    links = " ".join(f'<a href="#{slug(name)}">{NAMES.get(name, name)}</a>' for name in names[1:])
    return f'<nav class="rj-jumps" aria-label="On this card">{links}</nav>' if links else ""


def _thirty(section: Section, card: Card, path: str, beside: Beside) -> str:
    def marked(text: str) -> str:
        words, marks = braces(text)
        lead = _LEAD.match(words)
        if lead is None or not slug(lead[1]):
            return text
        return with_braces(f"**{lead[1]}** {words[lead.end() :]}", f".rj-lead--{slug(lead[1])}", marks)

    return rewrite_items(section.body, marked)


def _claims(section: Section, card: Card, path: str, beside: Beside) -> str:
    def marked(text: str) -> str:
        words, marks = braces(text)
        end = ends(section.name, words, path, beside.library, card)
        held, why = "" if end is None else _until(*end), attribute(_why(words, marks, card, beside))
        return with_braces(_asked(dated(words, path, beside.library)), held, why, marks)

    return rewrite_items(section.body, marked)


def _until(day: date, why: str) -> str:
    return f'data-until="{day}" data-why="{quoted(why)}"'


def _why(text: str, marks: str, card: Card, beside: Beside) -> Sequence[str]:
    ident = re.match(r"#([\w:.-]+)", marks)
    return beside.reasons.get(key(card.competitor, text, ident and ident[1]), ())


def _asked(text: str) -> str:
    """A landmine's answer on a line of its own, below the question."""
    return re.sub(r"\s+(?=\*\*It draws:?\*\*)", "<br>", text)


def _objections(section: Section, card: Card, path: str, beside: Beside) -> str:
    return objections(section.body, path, beside.library)


def _talk(section: Section, card: Card, path: str, beside: Beside) -> str:
    """A tab for each stage; the heading's id stays, so that a link to it still leads there."""
    lines = section.body.split("\n")
    heads = [h for h in headings(section.body) if h.level == 3]
    parts = ["\n".join(lines[: heads[0].line - 1 if heads else len(lines)]).strip()]
    for head in heads:
        body = "\n".join(lines[head.line : head.end - 1]).strip()
        inner = f'<div class="rj-stage" id="{quoted(head.id)}" data-stage="{quoted(head.text)}" markdown="block">\n\n{body}\n\n</div>'
        parts.append(f'=== "{quoted(head.text)}"\n\n' + "\n".join(f"    {line}" if line else "" for line in inner.split("\n")))
    return "\n\n".join(part for part in parts if part)


def _compare(section: Section, card: Card, path: str, beside: Beside) -> str:
    def shown(row: list[str]) -> list[str]:
        mark = row_mark(_why(row[0], braces(row[-1])[1], card, beside))
        return [row[0] + mark, *(chipped(verdict(braces(cell)[0]), path, beside.library) for cell in row[1:])]

    return f'<div class="rj-compare" markdown="block">\n\n{rewrite_rows(section.body, shown)}\n\n</div>'


def _plain(section: Section, card: Card, path: str, beside: Beside) -> str:
    return section.body


_Form = Callable[[Section, Card, str, Beside], str]
_FORMS: dict[str, _Form] = {
    "Thirty-second read": _thirty, "Objections": _objections, "Talk tracks": _talk, "Feature comparison": _compare,
    **{name: _claims for name in CLAIM_SECTIONS if name != "Feature comparison"},
}  # fmt: skip


def _form(section: Section) -> _Form:
    return _FORMS.get(section.name, _plain)
