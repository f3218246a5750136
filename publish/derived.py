"""Every page that nobody writes, in one place: where it lies, and what makes it. Pure: a Library in, path under docs/ → text out."""

from collections.abc import Callable
from dataclasses import dataclass, field

from kb.library import Library
from kb.touched import Reasons
from publish import feeds, home, lists, offline, overview
from publish.pages import cards, notes_index, releases_index


@dataclass(frozen=True)
class Site:
    """What the generated pages must know of the site that they become part of."""

    name: str = "Rejoinder"
    about: str = ""
    url: str = ""
    """Its address with a slash at its end; empty: unknown."""
    own_home: str = ""
    """What people wrote at docs/index.md, without front matter."""
    for_outsiders: bool = False
    gaps: str = ""
    """.kb/gaps.jsonl as it is."""
    reasons: Reasons = field(default_factory=dict)


_Make = Callable[[Library, Site], "str | dict[str, str]"]

PAGES: dict[str, _Make] = {
    "index.md": lambda library, site: home.home(library, site.own_home, site.for_outsiders, site.reasons),
    "battlecards/index.md": lambda library, site: cards(library),
    "battlecards/<competitor>/releases/index.md": lambda library, site: releases_index(library),
    "battlecards/<competitor>/notes/index.md": lambda library, site: notes_index(library),
    "objections/all.md": lambda library, site: lists.all_objections(library),
    "stages/*.md": lambda library, site: lists.stages(library),
    "compare.md": lambda library, site: overview.matrix(library, site.reasons),
    "releases.md": lambda library, site: overview.timeline(library),
    "gaps.md": lambda library, site: overview.gaps(site.gaps),
    "glossary.md": lambda library, site: "" if site.for_outsiders else overview.glossary(library),  # our words for how we sell
    "changes.xml": lambda library, site: feeds.feed(library, site.name, site.url),
    "manifest.webmanifest": lambda library, site: offline.manifest(site.name, site.about),
    "llms.txt": lambda library, site: feeds.llms(library, site.name, site.about, site.url),
}
"""Where → what makes it: one text, or a text for each path that the pattern stands for. A page without content is left out."""


def derived(library: Library, site: Site) -> dict[str, str]:
    """All of them."""
    pages: dict[str, str] = {}
    for where, make in PAGES.items():
        made = make(library, site)
        pages |= made if isinstance(made, dict) else {where: made}
    return {path: text for path, text in pages.items() if text}
