"""Objections: the anatomy under a heading, in a card or in a file of its own. Pure."""

import re
from typing import Any

from kb import frontmatter
from kb.errors import MarkdownError
from kb.markdown import Heading, audience_of, headings, items, split_id
from kb.model import CATEGORIES, Objection, ObjectionPage
from kb.review import parse_every, parse_review
from kb.words import AUDIENCES, STAGES

LABELS = ("Say this", "Acknowledge", "Explore", "Reframe", "Evidence", "Ask back", "If pressed", "Do not say")
_HEARD = re.compile(r"^\*\*Also heard:?\*\*:?[ \t]*$", re.M | re.I)
_LABEL = re.compile(rf"\*\*({'|'.join(LABELS)}):?\*\*:?[ \t]*", re.I)


def parse_objections(body: str, first_line: int, path: str) -> list[Objection]:
    """The H3s of a card's Objections section; `first_line` is the file's line on which `body` begins."""
    return objections_of(headings(body), body, first_line, path)


def objections_of(heads: list[Heading], body: str, first_line: int, path: str) -> list[Objection]:
    """The same of some of the body's headings."""
    lines = body.split("\n")
    return [
        parse_objection(h.text, h.id, "\n".join(lines[h.line : h.end - 1]), first_line + h.line - 1, path, h.audience)
        for h in heads
        if h.level == 3
    ]


def parse_objection(heading: str, ident: str, body: str, line: int, path: str, audience: str | None = None) -> Objection:
    """One objection; `audience`: as its heading says. Raises MarkdownError without a **Say this:**, the one part that it must have."""
    if not heading:
        raise MarkdownError(path, line, "a heading without words: write what the buyer says behind the `#`")
    before, as_written = anatomy(body)
    parts = [(label, " ".join(" ".join(split_id(line)[0] for line in text.split("\n")).split())) for label, text in as_written]
    say = next((text for label, text in parts if label == "Say this" and text), None)
    if say is None:
        raise MarkdownError(path, line, f'the objection "{heading}" has no answer: add a paragraph `**Say this:** …`')
    others = tuple((label, text) for label, text in parts if label != "Say this" and text)
    return Objection(ident, heading, say, _also_heard(before), others, line, "internal" if _inside(body) else audience)


def _inside(body: str) -> bool:
    """Is what is said, or what it rests on, marked as internal? A mark speaks for its whole paragraph, whichever part ends there."""
    found = list(_LABEL.finditer(body))
    for label, end in zip(found, [*(m.start() for m in found[1:]), len(body)], strict=False):
        if _canonical(label[1]) in ("Say this", "Evidence"):
            start = max(body.rfind("\n\n", 0, label.start()), 0)
            stop = body.find("\n\n", len(body[:end].rstrip()))
            if any(audience_of(line) == "internal" for line in body[start : stop if stop >= 0 else len(body)].split("\n")):
                return True
    return False


def anatomy(body: str) -> tuple[str, list[tuple[str, str]]]:
    """What stands before the first label, and each labelled part as it was written, lists and all: ("Acknowledge", "…")."""
    found = list(_LABEL.finditer(body))
    ends = [*(m.start() for m in found[1:]), len(body)][: len(found)]
    parts = [(_canonical(m[1]), body[m.end() : end].strip()) for m, end in zip(found, ends, strict=True)]
    return body[: found[0].start() if found else len(body)].strip(), parts


def _canonical(label: str) -> str:
    return next(known for known in LABELS if known.lower() == label.lower())


def _also_heard(before: str) -> tuple[str, ...]:
    start = _HEARD.search(before)
    return tuple(item.text.strip('"“”') for item in items(before[start.end() :])) if start else ()


def render_objection(objection: Objection, level: int = 3) -> str:
    """The anatomy as Markdown; `parse_objection` of it is the same objection."""
    heard = "\n".join(f"- {phrase}" for phrase in objection.also_heard)
    parts = [
        f"{'#' * level} {objection.heading}" + _marks(objection, level),
        f"**Also heard**\n\n{heard}" if heard else "",
        f"**Say this:** {objection.say_this}",
        *(f"**{label}:** {text}" for label, text in objection.parts),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _marks(objection: Objection, level: int) -> str:
    marks = ([f"#{objection.id}"] if level > 1 else []) + ([f".{objection.audience}"] if objection.audience else [])
    return f" {{{' '.join(marks)}}}" if marks else ""


def parse_objection_page(text: str, path: str) -> ObjectionPage:
    """A file of docs/objections/: its front matter, and one objection under its H1. Its id is the file's stem."""
    front = frontmatter.read(text, path)
    title = next((h for h in headings(front.body) if h.level == 1), None)
    if title is None:
        raise MarkdownError(path, front.body_line, "the buyer's words must stand in a heading `# …`")
    body = "\n".join(front.body.split("\n")[title.line :])
    stem = path.rsplit("/", 1)[-1].removesuffix(".md")
    return ObjectionPage(
        objection=parse_objection(title.text, stem, body, front.body_line + title.line - 1, path, title.audience),
        title=front.text("title") or title.text,
        owner=front.required("owner"),
        competitors=front.words("competitors"),
        stages=tuple(_one(front, "stages", stage, STAGES) for stage in front.words("stages")),
        category=front.one_of("category", CATEGORIES) if front.text("category") else None,
        reviewed=parse_review(front),
        review_every=parse_every(front),
        audience=front.one_of("audience", AUDIENCES, "internal"),
    )


def _one(front: frontmatter.FrontMatter, key: str, value: str, allowed: tuple[str, ...]) -> str:
    if value not in allowed:
        raise front.fail(key, f'"{value}" isn\'t one of {", ".join(allowed)}.{frontmatter.did_you_mean(value, allowed)}')
    return value


def render_objection_page(page: ObjectionPage) -> str:
    """The file; `parse_objection_page` of it is the same page."""
    review = page.reviewed
    values: dict[str, Any] = {
        "title": page.title,
        "competitors": list(page.competitors),
        "stages": list(page.stages),
        "category": page.category,
        "owner": page.owner,
        "reviewed": review and {k: v for k, v in vars(review).items() if v is not None},
        "review_every": page.review_every,
        "audience": page.audience,
    }
    return frontmatter.write(values, render_objection(page.objection, level=1))
