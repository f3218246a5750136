"""An objection as something to tap: the buyer's words, Say this at once, the rest folded. Pure: Markdown in, Markdown out."""

import re

from kb.library import Library
from kb.markdown import LINK, Heading, headings
from kb.objection import anatomy
from publish.evidence import chipped, chips
from publish.lines import quoted, with_braces

_HEARD = re.compile(r"^\*\*Also heard:?\*\*:?[ \t]*$", re.M | re.I)


def objections(body: str, path: str, library: Library) -> str:
    """A card's section Objections: every H3 in its own box; what stands before the first stays before it."""
    lines = body.split("\n")
    heads = [h for h in headings(body) if h.level == 3]
    intro = "\n".join(lines[: heads[0].line - 1 if heads else len(lines)]).strip()
    boxes = [_box(head, "\n".join(lines[head.line : head.end - 1]), path, library) for head in heads]
    return "\n\n".join(part for part in [intro, *boxes] if part)


def _box(head: Heading, body: str, path: str, library: Library) -> str:
    title = f"### {with_braces(head.text, f'#{head.id}')}"
    return "\n\n".join(['<section class="rj-objection" markdown="block">', title, response(body, path, library), "</section>"])


def response(body: str, path: str, library: Library, unfolded: bool = False) -> str:
    """What stands below an objection's heading: Say this first, then the rest, folded unless it has the page to itself."""
    before, parts = anatomy(body)
    say = next((text for label, text in parts if label == "Say this"), "")
    rest = [(label, text) for label, text in parts if label != "Say this"]
    said = f'<div class="rj-say" data-say="" markdown="block">\n\n{say}\n\n</div>'
    heard = _HEARD.sub("", before).strip()
    inner = [part for part in (*(_part(label, text, path, library) for label, text in rest), _heard(heard)) if part]
    if not inner:
        return said
    names = " · ".join([*(label for label, _ in rest), *(["Also heard"] if heard else [])])
    opened = " open" if unfolded else ""
    fold = f'<details class="rj-rest" markdown="block"{opened}>\n<summary>{names}</summary>'
    return "\n\n".join([said, fold, *inner, "</details>"])


def _heard(heard: str) -> str:
    return f'<div class="rj-heard" markdown="block">\n\n**Also heard**\n\n{heard}\n\n</div>' if heard else ""


def _part(label: str, text: str, path: str, library: Library) -> str:
    """One labelled part; the class says which, so that what we concede does not look like what we say."""
    name = quoted(label).lower().replace(" ", "-")
    shown = _resting_on(text, path, library) if label == "Evidence" else text
    return f'<div class="rj-part rj-part--{name}" markdown="block">\n\n**{label}**\n\n{shown}\n\n</div>'


def _resting_on(text: str, path: str, library: Library) -> str:
    """Evidence is mostly nothing but links: then their commas go."""
    words = LINK.sub("", text).strip(" .,;\n")
    return chipped(text, path, library) if words else " ".join(chips(text, path, library))
