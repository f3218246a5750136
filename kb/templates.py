"""The first text of a card, an objection and a field note: the right sections, and what belongs into each. Pure."""

import datetime as dt
import re
from collections.abc import Sequence

from kb import frontmatter
from kb.model import FieldNote, Objection, ObjectionPage
from kb.note import render_note
from kb.objection import render_objection_page

SAY_THIS = "two sentences at most that can be said aloud."
HEARD = "the same, as another buyer says it"
NOTE = "What was said, in your own words. Never who said it."
_PARTS = (
    ("Acknowledge", "…"),
    ("Explore", "one question"),
    ("Reframe", "…"),
    ("Evidence", "links"),
    ("Ask back", "the next step"),
    ("If pressed", "what we concede, honestly"),
    ("Do not say", "…"),
)
_UNSAID = re.compile(r"^[ \t]*[-*+][ \t]+\*\*([^*\n]+?):?\*\*[ \t]*…[ \t]*$", re.M)
_CLAIM = "One line a claim: what is true, then [what it rests on](releases/1.2.0.md#c1), then a short name in braces: {#no-sso}"
_SECTIONS = {
    "Thirty-second read": "- **We win when** …\n- **They win when** …\n- **Quick dismiss:** …\n- **The one thing to say:** …",
    "Why we win": f"<!-- {_CLAIM} -->",
    "Why we lose": "<!-- The same, honestly: what they have and we lack -->",
    "Landmines to lay": '<!-- Three at most: - **Ask:** "…" **It draws:** … [evidence](notes/2026-10-02-poc.md) {#ask-it} -->',
    "Landmines to defuse": "<!-- What they will say about us, and the answer to it -->",
    "Objections": "<!-- ### The buyer's words {#short-name}, then the anatomy: see docs/contribute -->",
    "Talk tracks": "<!-- ### discovery, and the questions to ask then; one H3 a stage -->",
    "Proof points": "<!-- Claims about us, each with its evidence -->",
    "Pricing and packaging": '<!-- Claims about prices, each with "as of" and a date -->',
    "Feature comparison": "<!-- | Feature | We | They | Evidence | -->",
    "Demo and POC": "<!-- What to show, what to measure, what to keep away from -->",
    "Do not say": "<!-- What is no longer true, or never was -->",
}


def card(title: str, competitor: str, owner: str, sources: Sequence[tuple[str, str]] = ()) -> str:
    """A battlecard with every section that people write. `sources`: (kind, address), kind one of feed, page, changelog."""
    values = {
        "title": title,
        "competitor": competitor,
        "owner": owner,
        "review_every": "90d",
        "audience": "internal",
        "sources": [{kind: url} for kind, url in sources],
    }
    sections = "\n\n".join(f"## {name}\n\n{text}" for name, text in _SECTIONS.items())
    return frontmatter.write(values, f"# {title}\n\n{sections}")


def objection(heading: str, slug: str, owner: str, competitors: Sequence[str] = (), stages: Sequence[str] = ()) -> str:
    """An objection page: the buyer's words, and the anatomy with what belongs into each part."""
    found = Objection(slug, heading, SAY_THIS, (HEARD,), _PARTS)
    return render_objection_page(ObjectionPage(found, heading, owner, tuple(competitors), tuple(stages)))


def note(competitor: str, author: str, day: dt.date, stage: str, source: str, body: str, deal: str | None = None) -> str:
    """A field note; without words of its own, with a line to overwrite."""
    words = body.strip() or NOTE
    return render_note(FieldNote(day, author, competitor, stage, source, words, deal=deal, expires=half_a_year_after(day)))


def unfilled(found: Objection) -> list[str]:
    """The labels of an objection's parts that still hold the template's words."""
    said = [("Say this", SAY_THIS)] if found.say_this == SAY_THIS else []
    heard = [("Also heard", HEARD)] if HEARD in found.also_heard else []
    return [label for label, _ in (*heard, *said, *(part for part in found.parts if part in _PARTS))]


def unsaid(body: str) -> list[tuple[int, str]]:
    """The lines of a card's section, from 0, that still end in the template's "…", and what they begin with: (0, "We win when")."""
    return [(body.count("\n", 0, found.start()), found[1]) for found in _UNSAID.finditer(body)]


def half_a_year_after(day: dt.date) -> dt.date:
    """When a note stops counting that does not say."""
    return day + dt.timedelta(days=182)
