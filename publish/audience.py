"""What may leave the house: a Library of only what is marked `external-ok`. Pure.

A file's `audience` decides for all of it, a line's own mark, `{.external-ok}` or `{.internal}`, against it. What is not
clearly marked is internal: field notes, counts of deals, owners, reviewers, tags, sources, comments always are.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace

from markdown_it import MarkdownIt

from kb.card import parse_claims
from kb.errors import KbError
from kb.holding import resolve
from kb.library import Library
from kb.markdown import LINK, audience_of, cells, headings, without_evidence
from kb.model import Card, ObjectionPage, Review, Section
from kb.objection import parse_objection, parse_objections
from publish.lines import braces, with_braces

EXTERNAL = "external-ok"
_PARSER = MarkdownIt("commonmark").enable("table").disable("inline")
_COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.S)
_MARK = re.compile(r"[ \t]+\.(?:internal|external-ok)(?=[ \t}])|(?<=\{)[ \t]*\.(?:internal|external-ok)[ \t]*(?=[ \t}])")
_PART = re.compile(r"(\*\*Evidence:?\*\*:?\s*)(.*?)(?=\*\*[A-Z]|$)")


def kept(text: str, audience: str) -> str:
    """The blocks of a piece of Markdown that an outsider may read, when its file is for `audience`; marks and comments are gone."""
    lines = _COMMENT.sub("", text).split("\n")
    shown = [audience == EXTERNAL] * len(lines)
    for start, end, own in sorted(_marked("\n".join(lines)), key=lambda block: block[0] - block[1]):  # the widest first
        shown[start:end] = [own == EXTERNAL] * (min(end, len(lines)) - start)
    for start, end in _table_heads("\n".join(lines)):
        shown[start:end] = [any(shown[end : _table_end(lines, end)])] * (end - start)
    return re.sub(r"\n{3,}", "\n\n", "\n".join(line for line, show in zip(lines, shown, strict=True) if show)).strip()


def _marked(text: str) -> Iterator[tuple[int, int, str]]:
    """From line, to line (from 0, exclusive) and audience of every block that has a mark of its own, also within another."""
    lines = text.split("\n")
    for head in headings(text):
        if head.audience:
            yield head.line - 1, head.end - 1, head.audience
    tokens = _PARSER.parse(text)
    for before, token in zip([None, *tokens], tokens, strict=False):
        if token.map and token.type in ("paragraph_open", "tr_open"):
            marks = {audience_of(line.rstrip().removesuffix("|")) for line in lines[token.map[0] : token.map[1]]} - {None}
            whole = before.map if before and before.type == "list_item_open" and before.map else token.map
            if marks:
                yield whole[0], whole[1], "internal" if "internal" in marks else EXTERNAL


def _table_heads(text: str) -> Iterator[tuple[int, int]]:
    for token in _PARSER.parse(text):
        if token.type == "thead_open" and token.map:
            yield token.map[0], token.map[0] + 2


def _table_end(lines: list[str], start: int) -> int:
    return next((n for n in range(start, len(lines)) if not lines[n].lstrip().startswith("|")), len(lines))


def unmarked(text: str) -> str:
    """Without the audience marks: `{#id .internal}` → `{#id}`, `{.external-ok}` → nothing."""
    return re.sub(r"[ \t]*\{:?[ \t]*\}(?=[ \t]*\|?[ \t]*$)", "", _MARK.sub("", text), flags=re.M)


def shared(library: Library, bodies: Mapping[str, str]) -> tuple[Library, dict[str, str]]:
    """The same library with nothing in it that an outsider may not read, links to what is gone included.

    `bodies` has the Markdown, without front matter, of every objection page and other page that may be shared, by path; what is left
    of them comes back beside the library. Raises KbError for a mark that stands where it marks nothing.
    """
    found = Library(library.root, {path: _card(card, path) for path, card in library.cards.items()})
    found.cards = {path: card for path, card in found.cards.items() if card.sections}
    whole = {card.competitor for path, card in library.cards.items() if path in found.cards and card.audience == EXTERNAL}
    linked = {target for path, card in found.cards.items() for s in card.sections for target in _targets(s.body, path)}
    found.releases = {p: note for p, note in library.releases.items() if p.split("/")[2] in whole or p in linked}
    texts = {path: _certain(kept(body, EXTERNAL), path) for path, body in bodies.items()}
    there = {*found.cards, *found.releases, *texts}
    texts = {path: relinked(text, path, there) for path, text in texts.items()}
    found.pages = {path: _page(page, texts[path], path) for path, page in library.pages.items() if path in texts}
    found.cards = {path: _relinked(card, path, there) for path, card in found.cards.items()}
    return found, texts


def _certain(text: str, path: str) -> str:
    if re.search(r"\{[^{}\n]*\.internal(?![\w-])", text):
        raise KbError(path, "a mark {.internal} stands where it marks nothing: put it at the end of a line, a list item or a heading")
    return text


def _card(card: Card, path: str) -> Card:
    sections = tuple(replace(s, body=body) for s in card.sections if (body := _certain(kept(s.body, s.audience or card.audience), path)))
    bare = replace(card, owner="", backup_owner=None, reviewed=_bare(card.reviewed), aliases=(), tags=(), sources=(), audience=EXTERNAL)
    return replace(_with(bare, sections, path), intro=_certain(kept(card.intro, card.audience), path))


def _with(card: Card, sections: tuple[Section, ...], path: str) -> Card:
    claims = tuple(claim for section in sections for claim in parse_claims(section))
    answers = tuple(o for s in sections if s.name == "Objections" for o in parse_objections(s.body, s.line, path))
    return replace(card, sections=sections, claims=claims, objections=answers)


def _bare(review: Review | None) -> Review | None:
    """When, but not by whom."""
    return Review(review.on, "") if review else None


def _page(page: ObjectionPage, body: str, path: str) -> ObjectionPage:
    title = next(h for h in headings(body) if h.level == 1)
    below = "\n".join(body.split("\n")[title.line :])
    objection = parse_objection(title.text, page.objection.id, below, title.line, path)
    return replace(page, objection=objection, owner="", reviewed=_bare(page.reviewed), competitors=(), stages=())


def _targets(text: str, path: str) -> set[str]:
    return {resolve(match[2], path) for match in LINK.finditer(text)}


def _relinked(card: Card, path: str, there: set[str]) -> Card:
    intro = relinked(card.intro, path, there)
    return replace(_with(card, tuple(replace(s, body=relinked(s.body, path, there)) for s in card.sections), path), intro=intro)


def relinked(text: str, path: str, there: set[str]) -> str:
    """`text` of the file `path` without its marks, and without links to pages that are not `there`.

    Evidence that is gone goes with its words; within a sentence the words stay.
    """

    def gone(href: str) -> bool:
        target = resolve(href, path)
        return target.endswith(".md") and ":" not in target and target not in there

    return "\n".join(_line(unmarked(line), gone) for line in text.split("\n"))


def _line(line: str, gone: Callable[[str], bool]) -> str:
    if not any(gone(match[2]) for match in LINK.finditer(line)):
        return line
    if line.lstrip().startswith("|"):
        return "| " + " | ".join(_evidence(cell, gone) for cell in cells(line)) + " |"
    words, marks = braces(line)
    words = _PART.sub(lambda m: f"{m[1]}{_evidence(m[2], gone)} ", words)
    spoken = without_evidence(words)
    rest = _evidence(words[len(spoken) :], gone)
    said = LINK.sub(lambda m: m[1] if gone(m[2]) else m[0], spoken)
    return with_braces(f"{said} {rest}".rstrip(), marks)


def _evidence(text: str, gone: Callable[[str], bool]) -> str:
    """A run of links without those that are gone; their commas go as well."""
    found = list(LINK.finditer(text))
    if not any(gone(match[2]) for match in found):
        return text.strip()
    words = LINK.sub("", text).strip(" .,;")
    return " ".join(part for part in [words, ", ".join(match[0] for match in found if not gone(match[2]))] if part)
