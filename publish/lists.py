"""All objections, and a page for each stage of a deal. Pure: a Library in, Markdown out."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from kb import inline
from kb.escape import escape
from kb.library import Library
from kb.markdown import headings, plain
from kb.model import CATEGORIES, Card, Objection
from kb.words import STAGES

ANY = "Any competitor"
_BACKS = re.compile(r"^(?:Supports|Contradicts):.*$", re.M)
"""A field note's line about the claims that it bears on."""


@dataclass(frozen=True)
class Entry:
    """An objection, and where and when it is met."""

    objection: Objection
    href: str
    """Relative to docs/."""
    about: str
    """The competitor's title, or ANY."""
    category: str | None = None
    stages: tuple[str, ...] = ()
    competitors: tuple[str, ...] = ()


def entries(library: Library) -> list[Entry]:
    """Every objection there is, those of cards first."""
    found = [
        Entry(objection, f"{path.removeprefix('docs/')}#{objection.id}", card.title, competitors=(card.title,))
        for path, card in library.cards.items()
        for objection in card.objections
    ]
    titles = {card.competitor: card.title for card in library.cards.values()}
    for path, page in library.pages.items():
        about = tuple(titles[slug] for slug in page.competitors if slug in titles)
        found.append(Entry(page.objection, path.removeprefix("docs/"), ANY, page.category, page.stages, about))
    return found


def all_objections(library: Library) -> str:
    """The page with every objection: by competitor, by category, by stage."""
    known = entries(library)
    titles = sorted({entry.about for entry in known if entry.about != ANY})
    groups = [(title, [e for e in known if title in e.competitors]) for title in titles] + [(ANY, [e for e in known if e.about == ANY])]
    tabs = [
        ("By competitor", _grouped(groups, say=True)),
        ("By category", _grouped((name, [e for e in known if e.category == name]) for name in CATEGORIES)),
        ("By stage", _grouped((name, [e for e in known if name in e.stages]) for name in STAGES)),
    ]
    counted = f"{len(known)} objections, in the buyers' words. Those that are not about one competitor say their category and stage."
    return "\n\n".join(["# All objections", counted, *(tab(label, body) for label, body in tabs if body)]) + "\n"


def _grouped(groups: Iterable[tuple[str, list[Entry]]], say: bool = False) -> str:
    return "\n\n".join(
        f"**{escape(name.capitalize() if name.islower() else name)}**\n\n{_listed(found, say)}" for name, found in groups if found
    )


def _listed(found: list[Entry], say: bool, up: str = "../") -> str:
    return "\n".join(f"- [{plain(e.objection.heading)}]({up}{e.href}){_said(e) if say else ''}" for e in found)


def _said(entry: Entry) -> str:
    return f"<br><small>{escape(plain(entry.objection.say_this))}</small>"


def tab(label: str, body: str) -> str:
    """A content tab."""
    return f'=== "{label}"\n\n' + "\n".join(f"    {line}" if line else "" for line in body.split("\n"))


def stage_page(stage: str, library: Library) -> str:
    """What a stage of the deal needs: talk tracks of each card, the objections that come up, what the field heard there."""
    parts = [f"# {stage.upper() if stage == 'poc' else stage.capitalize()}", _tracks(stage, library)]
    if met := [e for e in entries(library) if stage in e.stages]:
        parts.append(f"## Objections whoever the competitor is\n\n{_listed(met, say=True)}")
    titles = {card.competitor: card.title for card in library.cards.values()}
    heard = sorted(((n.date, path, n) for path, n in library.notes.items() if n.stage == stage), reverse=True)
    if heard:
        lines = [
            f"- [{day}](../{path.removeprefix('docs/')}) · {escape(titles.get(n.competitor, n.competitor))}: {gist(n.body, 160)}"
            for day, path, n in heard
        ]
        parts.append("## Heard at this stage\n\n" + "\n".join(lines))
    return "\n\n".join(part for part in parts if part) + "\n"


def gist(body: str, most: int) -> str:
    """The beginning of a field note, cut between words, without the names of the claims that it bears on."""
    return escape(inline.shorten(plain(_BACKS.sub("", body)), most).replace(".…", ". …"))


def _tracks(stage: str, library: Library) -> str:
    """A tab for each card with a talk track for the stage: that, and the card's own objections."""
    tabs = []
    for path, card in library.cards.items():
        if found := _track(card, stage):
            ident, body = found
            page = path.removeprefix("docs/")
            link = f"[{escape(card.title)}, the card](../{page}#{ident})"
            met = _listed([Entry(objection, f"{page}#{objection.id}", card.title) for objection in card.objections], say=True)
            below = [body, link, *(["**Objections**", met] if met else [])]
            tabs.append(tab(card.title.replace('"', "”"), "\n\n".join(below)))
    return "\n\n".join(["## Talk tracks", *tabs]) if tabs else ""


def _track(card: Card, stage: str) -> tuple[str, str] | None:
    """The id and the text of a card's talk track for a stage."""
    section = card.section("Talk tracks")
    lines = section.body.split("\n") if section else []
    heads = headings(section.body) if section else []
    head = next((head for head in heads if head.level == 3 and plain(head.text).lower() == stage), None)
    return (head.id, "\n".join(lines[head.line : head.end - 1]).strip()) if head else None


def _met(stage: str, library: Library) -> int:
    """How many objections the stage's page lists."""
    own = sum(len(card.objections) for card in library.cards.values() if _track(card, stage))
    return own + sum(stage in entry.stages for entry in entries(library))


def stages(library: Library) -> dict[str, str]:
    """A page for each stage that has anything, and their index."""
    pages = {stage: stage_page(stage, library) for stage in STAGES}
    filled = {stage: text for stage, text in pages.items() if "\n## " in text}
    if not filled:
        return {}
    rows = [
        f"| [{stage.upper() if stage == 'poc' else stage.capitalize()}]({stage}.md) | {_met(stage, library)} "
        f"| {sum(note.stage == stage for note in library.notes.values())} |"
        for stage in filled
    ]
    index = "\n".join(["# By stage", "", "| Stage | Objections | Field notes |", "|---|---|---|", *rows, ""])
    return {"stages/index.md": index} | {f"stages/{stage}.md": text for stage, text in filled.items()}
