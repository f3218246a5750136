"""Battlecards: Markdown in, `Card` out, and back. Pure."""

import re
from typing import Any, cast

from kb import frontmatter
from kb.frontmatter import FrontMatter
from kb.markdown import Heading, Item, audience_at, headings, items, links
from kb.model import CLAIM_SECTIONS, SOURCE_KINDS, Basis, Card, Claim, Section, Source
from kb.objection import objections_of
from kb.review import parse_every, parse_review
from kb.words import AUDIENCES

_FOLDER = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
INFERRED = re.compile(r"\*\((inference|assumption)\)\*")


def parse_card(text: str, path: str) -> Card:
    """Read a battlecard.

    Raises MarkdownError (path, line, what must be so) for front matter that cannot be understood. What can be read
    but should be better is `check`'s to say.
    """
    front = frontmatter.read(text, path)
    heads = headings(front.body)
    sections = _sections(front, heads)
    said = items(front.body) if sections else []
    title = front.required("title")
    return Card(
        title=title,
        competitor=_competitor(front),
        owner=front.required("owner"),
        sections=tuple(section for _, section in sections),
        claims=tuple(
            claim
            for h, section in sections
            for claim in _claims(section, [i for i in said if h.line < i.line < h.end], front.body_line, heads)
        ),
        objections=tuple(
            objection
            for h, section in sections
            if section.name == "Objections"
            for objection in objections_of([one for one in heads if h.line < one.line < h.end], front.body, front.body_line, path)
        ),
        aliases=front.words("aliases"),
        backup_owner=front.text("backup_owner"),
        reviewed=parse_review(front),
        review_every=parse_every(front),
        audience=front.one_of("audience", AUDIENCES, "internal"),
        tags=front.words("tags"),
        sources=parse_sources(front),
        intro=_intro(front.body, heads),
    )


def _competitor(front: FrontMatter) -> str:
    """A folder's name: what jobs write goes below it, so it must not lead anywhere else."""
    name = front.required("competitor")
    if not _FOLDER.fullmatch(name):
        raise front.fail("competitor", f'"{name}" must be the folder\'s name: letters, digits, dots and dashes')
    return name


def _sections(front: FrontMatter, heads: list[Heading]) -> list[tuple[Heading, Section]]:
    lines = front.body.split("\n")
    return [
        (
            h,
            Section(
                h.text,
                "\n".join(lines[h.line : h.end - 1]).strip("\n"),
                _first_text(lines, h.line, front.body_line),
                h.audience,
                h.line + front.body_line - 1,
            ),
        )
        for h in heads
        if h.level == 2
    ]


def _first_text(lines: list[str], start: int, offset: int) -> int:
    """Line of the file on which the stripped body of a section begins."""
    skip = next((i for i, line in enumerate(lines[start:]) if line), 0)
    return start + skip + offset


def _intro(body: str, heads: list[Heading]) -> str:
    lines = body.split("\n")
    start = heads[0].line if heads and heads[0].level == 1 else 0
    end = next((h.line - 1 for h in heads if h.level == 2), len(lines))
    return "\n".join(lines[start:end]).strip("\n")


def parse_claims(section: Section) -> list[Claim]:
    """The claims of a section: its top-level list items and table rows, in order."""
    return _claims(section, items(section.body), section.line, headings(section.body))


def _claims(section: Section, said: list[Item], offset: int, heads: list[Heading]) -> list[Claim]:
    """`offset`: the line of the file that the items call 1; `heads`: the headings, by the same lines."""
    if section.name not in CLAIM_SECTIONS:
        return []
    return [
        Claim(section.name, item.text, item.id, _basis(item.text), links(item.text), offset + item.line - 1, audience)
        for item in said
        for audience in [item.audience or audience_at(heads, item.line) or section.audience]
    ]


def _basis(text: str) -> Basis:
    marked = INFERRED.search(text)
    return cast(Basis, marked[1]) if marked else "fact"


def parse_sources(front: FrontMatter) -> tuple[Source, ...]:
    """The `sources` list: one of feed, page or changelog each, with its URL."""
    value = front.values.get("sources") or []
    if not isinstance(value, list):
        raise front.fail("sources", "`sources` must be a list of lines such as `- feed: https://…`")
    return tuple(_source(front, entry) for entry in value)


def _source(front: FrontMatter, entry: Any) -> Source:
    kinds = [kind for kind in SOURCE_KINDS if isinstance(entry, dict) and kind in entry]
    if len(kinds) != 1:
        raise front.fail("sources", f"a source must have exactly one of {', '.join(SOURCE_KINDS)}: `- feed: https://…`")
    url = str(entry[kinds[0]] or "")
    if not re.match(r"https?://[^\s/]+", url):
        raise front.fail("sources", f'"{url}" is not an http(s) address')
    selector = entry.get("entry")
    return Source(kinds[0], url, None if selector is None else str(selector))


def render_card(card: Card) -> str:
    """The card as Markdown in the contract's order. `parse_card(render_card(card), path) == card`."""
    review = card.reviewed
    values: dict[str, Any] = {
        "title": card.title,
        "competitor": card.competitor,
        "aliases": list(card.aliases),
        "owner": card.owner,
        "backup_owner": card.backup_owner,
        "reviewed": review and {k: v for k, v in vars(review).items() if v is not None},
        "review_every": card.review_every,
        "audience": card.audience,
        "tags": list(card.tags),
        "sources": [{s.kind: s.url} | ({"entry": s.entry} if s.entry else {}) for s in card.sources],
    }
    parts = [f"# {card.title}", card.intro, *(_rendered(section) for section in card.sections)]
    return frontmatter.write(values, "\n\n".join(part.rstrip("\n") for part in parts if part))


def _rendered(section: Section) -> str:
    return f"## {section.name}{f' {{.{section.audience}}}' if section.audience else ''}\n\n{section.body}"
