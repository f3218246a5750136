"""The text of a filled-in issue form → a file of the knowledge base. Pure: text in, path and text out."""

import datetime as dt
import re
from dataclasses import dataclass

from kb import templates
from kb.customers import Customers
from kb.errors import KbError
from kb.frontmatter import did_you_mean
from kb.library import Library
from kb.markdown import slug
from kb.model import NOTE_SOURCES, Card, Objection, ObjectionPage
from kb.objection import render_objection_page
from kb.redact import redact
from kb.words import STAGES

_FIELD = re.compile(r"^### +(.+?)[ \t]*$", re.M)
_EMPTY = "_No response_"
_DEAL = re.compile(r"(?=\D*\d)[A-Za-z0-9][A-Za-z0-9_-]{0,39}")


@dataclass(frozen=True)
class Made:
    """A file to be."""

    path: str
    text: str
    redacted: dict[str, int]


def fields(text: str) -> dict[str, str]:
    """`### Label` and what was written below it; what was left empty is not there."""
    text = text.lstrip("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    parts = _FIELD.split(text)[1:]
    found = {label: value.strip() for label, value in zip(parts[::2], parts[1::2], strict=True)}
    return {label: value for label, value in found.items() if value and value != _EMPTY}


def made(text: str, library: Library, author: str, owner: str, today: dt.date, customers: Customers) -> Made:
    """The file of a form. Raises KbError for a text that is none of the forms, or names a competitor that there is not."""
    form, counts = {}, dict[str, int]()
    for label, value in fields(text).items():
        form[label], found = redact(value, customers)
        counts = {kind: counts.get(kind, 0) + found.get(kind, 0) for kind in counts | found}
    form = {label: _inert(value) for label, value in form.items()}
    if "What the buyer says" in form:
        path, made_text = _objection(form, library, owner)
    elif "What was said" in form or "What is true instead" in form:
        path, made_text = _note(form, library, author, today)
    else:
        raise KbError(
            "the issue", "is none of the forms: it needs `### What the buyer says`, `### What was said` or `### What is true instead`"
        )
    return Made(path, made_text, counts)


def _inert(value: str) -> str:
    """No tags, no attributes, no headings or rules: a form's text is words."""
    value = re.sub(r"^([ \t]*)(?=[#=-])(?!- )", r"\1\\", value, flags=re.M)
    return value.replace("<", "&lt;").replace("{", "&#123;")


def _line(value: str) -> str:
    return " ".join(value.split())


def _needed(form: dict[str, str], label: str) -> str:
    if label not in form:
        raise KbError("the issue", f'has no "{label}": fill it in')
    return form[label]


def _objection(form: dict[str, str], library: Library, owner: str) -> tuple[str, str]:
    heading = _line(form["What the buyer says"]).strip('"“”')
    name = slug(heading)[:60].strip("-_")
    if not name:
        raise KbError("the issue", '"What the buyer says" holds no letter or digit')
    heard = tuple(_line(re.sub(r"^\s*[-*]\s+", "", line)) for line in form.get("Other ways they say it", "").split("\n") if line.strip())
    parts = (("Evidence", _line(form["What it rests on"])),) if "What it rests on" in form else ()
    about = tuple(library.card(part.strip())[1].competitor for part in form.get("Competitors", "").split(",") if part.strip())
    stages = tuple(stage for stage in re.split(r",\s*", form.get("Stage", "")) if stage in STAGES)
    found = Objection(name, heading, _line(_needed(form, "What we should answer")), heard, parts)
    return f"docs/objections/{name}.md", render_objection_page(ObjectionPage(found, heading, owner, about, stages))


def _note(form: dict[str, str], library: Library, author: str, today: dt.date) -> tuple[str, str]:
    card = library.card(_line(_needed(form, "Which competitor")))[1]
    words = form.get("What was said") or f"{form['What is true instead']}\n\nThe card says: {_line(_needed(form, 'What the card says'))}"
    told = form.get("What was said") or form["What is true instead"]
    stage, source = form.get("Stage", "discovery"), form.get("How do you know", "rumour")
    body = words + _contradicts(card, form.get("Which claim", ""))
    text = templates.note(card.competitor, author, today, _in(stage, STAGES), _in(source, NOTE_SOURCES), body, _deal(form))
    name = "-".join(slug(told).split("-")[:6]) or "note"
    return f"docs/battlecards/{card.competitor}/notes/{today}-{name}.md", text


def _contradicts(card: Card, claim: str) -> str:
    ident = claim.strip().rpartition("#")[2]
    ids = {c.id for c in card.claims if c.id} | {o.id for o in card.objections}
    if ident and ident not in ids:
        raise KbError("the issue", f'the card of {card.competitor} has no claim "{ident}".{did_you_mean(ident, sorted(ids))}')
    return f"\n\nContradicts: [{ident}](../index.md#{ident})" if ident else ""


def _deal(form: dict[str, str]) -> str | None:
    """An opaque id; a customer's name in that field is left out."""
    return form["Deal"] if _DEAL.fullmatch(form.get("Deal", "")) else None


def _in(value: str, allowed: tuple[str, ...]) -> str:
    if value not in allowed:
        raise KbError("the issue", f'"{_line(value)[:40]}" isn\'t one of {", ".join(allowed)}')
    return value
