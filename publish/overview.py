"""Across all cards: the capability matrix, the timeline of releases, open questions, the glossary. Pure."""

import json
import re
from collections import Counter
from itertools import groupby

from kb import inline
from kb.escape import escape
from kb.library import Library
from kb.markdown import LINK, cells, plain, slug
from kb.model import CHANGE_KINDS, ReleaseNote
from kb.touched import Reasons, key
from kb.words import STAGES
from publish.lines import braces, verdict
from publish.pages import newest_first
from publish.touched import row_mark

_RELATIVE = re.compile(r"(?![a-z][a-z0-9+.-]*:|#|/)", re.I)
_MONTHS = "January February March April May June July August September October November December".split()

WORDS = (
    ("Also heard", "Other ways in which buyers said the same. Each one helps the search to hear it."),
    ("Battlecard", "What we know of one competitor, for a call: when we win, when they win, what to say."),
    ("Claim", "One statement that the field may repeat, with what it rests on."),
    ("Evidence", "A release note, a field note, or a public page with the day on which it was read."),
    ("Field note", "What one of us heard, without names. It expires."),
    ("Freshness", "Whether somebody vouched for a page lately enough. Your browser works it out from today's date."),
    ("Gap", "A question without a good answer: the next objection to write."),
    ("Landmine", "A question to ask early, whose answer speaks for us; or one of theirs, to defuse."),
    ("Objection", "What a buyer says against us, in the buyer's words."),
    ("Quick dismiss", "One line for when there is no time for more."),
    ("Say this", "Two sentences to read out, first. The rest is for when they ask on."),
    ("Talk track", "What to talk about at one stage of the deal, with questions to ask."),
)

WIDE = "---\nhide: [navigation, toc]\n---\n"
"""Front matter of a page that needs the width."""


def matrix(library: Library, reasons: Reasons | None = None) -> str:
    """Competitor × capability: every Feature comparison in one table, each cell with its evidence."""
    titles: list[str] = []
    ours: dict[str, list[str]] = {}
    theirs: dict[str, dict[str, str]] = {}
    names: dict[str, str] = {}
    for path, card in library.cards.items():
        for row in _comparison(card.section("Feature comparison"), path):
            name = slug(plain(row[0]))
            names.setdefault(name, row[0])
            if verdict(row[1]) not in ours.setdefault(name, []):
                ours[name].append(verdict(row[1]))
            mark = row_mark((reasons or {}).get(key(card.competitor, row[0]), ()))
            theirs.setdefault(name, {})[card.title] = " ".join([verdict(row[2]), *row[3:]]) + mark
        titles.append(card.title)
    if not names:
        return ""
    order = sorted(names, key=lambda name: (-len(theirs[name]), plain(names[name]).lower()))
    rows = [
        f"| {names[name]} | {' / '.join(ours[name])} | " + " | ".join(theirs[name].get(title, "") for title in titles) + " |"
        for name in order
    ]
    head = [f"| Capability | Us | {' | '.join(map(escape, titles))} |", "|---" * (len(titles) + 2) + "|"]
    said = "Every comparison on the cards, in one table. An empty cell means that the card does not say."
    return "\n".join(
        [WIDE, "# Compare", "", said, "", '<div class="rj-compare rj-matrix" markdown="block">', "", *head, *rows, "", "</div>", ""]
    )


def _comparison(section: object, path: str) -> list[list[str]]:
    """The body rows of a card's comparison, links made relative to docs/."""
    lines = [line for line in getattr(section, "body", "").split("\n") if line.lstrip().startswith("|")]
    rows = [[braces(cell)[0] for cell in cells(line)] for line in lines[2:]]
    folder = path.removeprefix("docs/").rsplit("/", 1)[0]
    return [[_moved(cell, folder) for cell in row] for row in rows if len(row) >= 3]


def _moved(cell: str, folder: str) -> str:
    return LINK.sub(lambda m: f"[{m[1]}]({f'{folder}/' if _RELATIVE.match(m[2]) else ''}{m[2]}){{.rj-ev}}", cell)


def timeline(library: Library) -> str:
    """Every release of every competitor, newest first, by month."""
    titles = {card.competitor: card.title for card in library.cards.values()}
    dated = [(path, note) for path, note in newest_first(library.releases) if note.date and path.split("/")[2] in titles]
    if not library.releases:
        return ""
    parts = ["# Releases", "What they published, newest first. Fixes are counted, not told."]
    for (year, month), group in groupby(dated, key=lambda item: (item[1].date.year, item[1].date.month) if item[1].date else (0, 0)):
        lines = [line for path, note in group for line in _released(path, note, titles[path.split("/")[2]])]
        parts.append(f"## {_MONTHS[month - 1]} {year}\n\n" + "\n".join(lines))
    undated = len([1 for note in library.releases.values() if note.date is None])
    return "\n\n".join([*parts, *([f"{undated} more say no date."] if undated else [])]) + "\n"


def _released(path: str, note: ReleaseNote, title: str) -> list[str]:
    changes = note.changes
    told = [c for c in changes if c.kind != "fix"]
    fixes = len(changes) - len(told)
    state = f" · {note.state}" if note.state else ""
    rest = f" · {fixes} fix{'es' * (fixes > 1)}" if fixes else ""
    head = f"- **[{escape(title)} {escape(note.version)}]({path.removeprefix('docs/')})** · {note.date}{state}{rest}"
    return [head, *(f'    - <b class="rj-kind rj-kind--{c.kind}">{c.kind}</b> {inline.render(inline.shorten(c.text, 200))}' for c in told)]


def gaps(log: str) -> str:
    """Questions that had no good answer, the most asked first; `log` is .kb/gaps.jsonl. Empty when there is none."""
    asked: Counter[str] = Counter()
    last: dict[str, str] = {}
    for line in log.splitlines():
        try:
            entry = json.loads(line)
            query = " ".join(str(entry["query"]).split())
        except (ValueError, KeyError, TypeError):
            continue  # half a line, from a search that was cut off
        asked[query.lower()] += 1
        last[query.lower()] = query
    rows = [f"| {escape(last[key])} | {count} |" for key, count in asked.most_common(100)]
    head = ["# Gaps", "", "Asked with `kb search`, and no good answer found: the next objections to write.", ""]
    return "\n".join([*head, "| Question | Times |", "|---|---|", *rows, ""]) if rows else ""


def glossary(library: Library) -> str:
    """The words of this site: those of the field, the competitors and what else they are called, stages and kinds of change."""
    rivals = [
        f"**[{escape(card.title)}](battlecards/{card.competitor}/index.md)**{_called(card.aliases)}" for card in library.cards.values()
    ]
    parts = [
        "# Glossary",
        "\n\n".join(f"{word}\n:   {meaning}" for word, meaning in WORDS),
        *(["## Competitors", "\n".join(f"- {rival}" for rival in rivals)] if rivals else []),
        "## Stages of a deal\n\n" + ", ".join(STAGES) + ".",
        "## Kinds of change in a release\n\n" + ", ".join(CHANGE_KINDS) + ".",
    ]
    return "\n\n".join(parts) + "\n"


def _called(aliases: tuple[str, ...]) -> str:
    return f", also called {', '.join(map(escape, aliases))}" if aliases else ""
