"""docs/ → .kb/pages: the Markdown that a site generator builds, and .kb/pages.yml, the settings it builds it with.

People's files are copied, cards and objections get their form, what nobody writes is generated; docs/ stays as it is.
"""

import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import kb
from kb import files
from kb.config import Config
from kb.touched import Reasons
from publish import lookup
from publish.cardpage import Beside, card_page
from publish.derived import Site, derived
from publish.objectionpage import objection_page
from publish.offer import INTERNAL, Offer
from publish.pages import menu, note_page, page_title, release_page
from publish.vendored import MERMAID

THEME = Path(__file__).parent / "theme"
ASSETS = "assets/rejoinder"
"""Where the site's own styles and scripts lie, below docs/ and in the site."""
DRAWING = f"{ASSETS}/{MERMAID.name}"
"""What draws the diagrams: there when a page has one and Mermaid was fetched."""


@dataclass(frozen=True)
class Settings:
    """What the pages must know of the site that they become part of."""

    site: Site = field(default_factory=Site)
    edit: str = ""
    """Address of the folder docs/ in the git host's editor, with a slash at its end; empty: unknown."""
    reasons: Reasons = field(default_factory=dict)
    """Why a claim or card is to be looked at again, by `acme#log-price` or `acme`."""


def stage(config: Config, offer: Offer, settings: Settings | None = None) -> Path:
    """The pages of an offer under .kb/, ready to be built; people's own files stay as they are."""
    folder = config.local / offer.folder
    wanted = {**offer.files, **{f"{ASSETS}/{path.name}": path for path in sorted((THEME / "assets").iterdir())}}
    settings = settings or Settings()
    generated = written(config, offer, settings)
    if MERMAID.is_file() and _has_diagram(generated, offer.files):
        wanted[DRAWING] = MERMAID
    for name, source in wanted.items():
        if name not in generated:
            _copy(source, folder / name)
    for name, text in generated.items():
        files.write(folder / name, text)
    pages = wanted.keys() | generated.keys()
    audience = None if offer.audience == INTERNAL else offer.audience
    pages |= lookup.write(config, offer.library, folder, pages, audience, settings.reasons)
    for stray in [p for p in folder.rglob("*") if p.is_file() and p.relative_to(folder).as_posix() not in pages]:
        stray.unlink()
    return folder


def _has_diagram(generated: Mapping[str, str], copied: Mapping[str, Path]) -> bool:
    """Does any page hold a Mermaid block, made here or copied as it is?"""
    as_it_is = (files.read(path) for name, path in copied.items() if path.suffix == ".md" and name not in generated)
    return any("```mermaid" in text for texts in (generated.values(), as_it_is) for text in texts)


def written(config: Config, offer: Offer, settings: Settings) -> dict[str, str]:
    """Every page that is not simply copied: path under docs/ → text."""
    known = offer.library
    own_home, outside = offer.bodies.get("docs/index.md", ""), offer.audience != INTERNAL
    site = replace(settings.site, own_home=own_home, gaps=offer.gaps, for_outsiders=outside, reasons=settings.reasons)
    generated = {_name(path): body for path, body in offer.bodies.items()} | derived(known, site)
    generated["index.md"] = "---\nhide: [navigation, toc]\n---\n\n" + generated["index.md"]
    for path, card in known.cards.items():
        beside = Beside(known, settings.edit and settings.edit + _name(path), offer.quarters.get(path, ()), settings.reasons)
        generated[_name(path)] = _front(card.title) + card_page(card, path, beside)
        for at, note in known.releases_of(card.competitor).items():
            generated[_name(at)] = release_page(files.read(config.root / at), note, card.title)
        for at, heard in known.notes_of(card.competitor).items():
            generated[_name(at)] = note_page(heard, card.title)
    for path, page in known.pages.items():
        edit = settings.edit and settings.edit + _name(path)
        generated[_name(path)] = _front(page.title) + objection_page(page, offer.bodies[path], path, known, edit)
    return generated


def _front(title: str) -> str:
    return f"---\ntitle: {json.dumps(page_title(title), ensure_ascii=False)}\n---\n\n"


def _name(path: str) -> str:
    return path.removeprefix("docs/")


def _copy(source: Path, target: Path) -> None:
    stat = source.stat()
    if target.is_file() and (target.stat().st_mtime_ns, target.stat().st_size) == (stat.st_mtime_ns, stat.st_size):
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy2(source, target)


def own_settings(config: Config) -> Path:
    """The knowledge base's mkdocs.yml; one without its own looks like the one that ships."""
    own = config.root / "mkdocs.yml"
    return own if own.is_file() else Path(kb.__file__).parent / "scaffold" / "mkdocs.yml"


def settings_file(config: Config, offer: Offer, pages: Path) -> Path:
    """.kb/pages.yml: the knowledge base's own mkdocs.yml, with what the staging decides. MkDocs and Zensical read it alike.

    The site is built below it, since Zensical builds nowhere else.
    """
    values: dict[str, Any] = {
        "INHERIT": str(own_settings(config)),
        "docs_dir": pages.name,  # relative: Zensical takes no other
        "site_dir": f"built-{offer.folder}",
        "theme": {"custom_dir": str(THEME / "templates")},
        "nav": menu(offer.library, pages),
        "extra": {"diagrams": (pages / DRAWING).is_file()},
    }
    if offer.audience != INTERNAL:
        values |= {"repo_url": "", "repo_name": ""}
    path = config.local / f"{offer.folder}.yml"
    files.write(path, json.dumps(values, ensure_ascii=False, indent=1) + "\n")  # JSON is YAML
    return path
