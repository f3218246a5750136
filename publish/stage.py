"""docs/ → .kb/pages: the Markdown that a site generator builds, and .kb/mkdocs.yml, the settings it builds it with.

People's files are copied, cards and objections get their form, what nobody writes is generated; docs/ stays as it is.
"""

import json
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from kb import files, frontmatter
from kb.config import Config
from kb.library import Library
from kb.model import Card
from publish import winloss
from publish.cardpage import Beside, card_page
from publish.derived import Site, derived
from publish.objectionpage import objection_page
from publish.pages import menu, note_page, page_title, release_page

THEME = Path(__file__).parent / "theme"
ASSETS = "assets/rejoinder"
"""Where the site's own styles and scripts lie, below docs/ and in the site."""

DRAWING = "mermaid.tiny.js"
"""Draws the diagrams; 2.5 MB that a site without any does not carry."""


@dataclass(frozen=True)
class Settings:
    """What the pages must know of the site that they become part of."""

    site: Site = field(default_factory=Site)
    edit: str = ""
    """Address of the folder docs/ in the git host's editor, with a slash at its end; empty: unknown."""
    reasons: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """Why a claim or card is to be looked at again, by `acme#log-price` or `acme`."""


def stage(config: Config, known: Library, settings: Settings | None = None) -> Path:
    """A copy of docs/ under .kb/ with the derived pages and sections; people's own files stay as they are."""
    folder = config.local / "pages"
    wanted = {path.relative_to(config.docs).as_posix(): path for path in _files(config.docs)}
    wanted |= {f"{ASSETS}/{path.name}": path for path in sorted((THEME / "assets").iterdir())}
    generated = written(config, known, settings or Settings())
    if any("```mermaid" in text for text in generated.values()):
        wanted[f"{ASSETS}/{DRAWING}"] = THEME / "vendor" / DRAWING
    for name, source in wanted.items():
        if name not in generated:
            _copy(source, folder / name)
    for name, text in generated.items():
        files.write(folder / name, text)
    for stray in [p for p in folder.rglob("*") if p.is_file() and p.relative_to(folder).as_posix() not in wanted.keys() | generated.keys()]:
        stray.unlink()
    return folder


def written(config: Config, known: Library, settings: Settings) -> dict[str, str]:
    """Every page that is not simply copied: path under docs/ → text."""
    own = config.docs / "index.md"
    log = config.local / "gaps.jsonl"
    site = replace(settings.site, own_home=_body(files.read(own)) if own.is_file() else "", gaps=_lines(log))
    generated = derived(known, site)
    for path, card in known.cards.items():
        generated[_name(path)] = _front(card.title) + card_page(card, path, _beside(config, known, card, path, settings))
        for at, note in known.releases_of(card.competitor).items():
            generated[_name(at)] = release_page(files.read(config.root / at), note, card.title)
        for at, heard in known.notes_of(card.competitor).items():
            generated[_name(at)] = note_page(heard, card.title)
    for path, page in known.pages.items():
        body = files.read(config.root / path)
        edit = settings.edit and settings.edit + _name(path)
        generated[_name(path)] = _front(page.title) + objection_page(page, body, path, known, edit)
    return generated


def _body(text: str) -> str:
    """A page without its front matter, if it has one."""
    return frontmatter.read(text, "docs/index.md").body if text.startswith("---\n") else text


def _lines(log: Path) -> str:
    return files.read_bytes(log).decode(errors="replace") if log.is_file() else ""


def _beside(config: Config, known: Library, card: Card, path: str, settings: Settings) -> Beside:
    counts = (config.root / path).with_name(winloss.NAME)
    quarters = winloss.parse_winloss(files.read(counts), _name(path)) if counts.is_file() else []
    return Beside(known, settings.edit and settings.edit + _name(path), quarters, settings.reasons)


def _front(title: str) -> str:
    return f"---\ntitle: {json.dumps(page_title(title), ensure_ascii=False)}\n---\n\n"


def _name(path: str) -> str:
    return path.removeprefix("docs/")


def _files(docs: Path) -> list[Path]:
    """The files of docs/ themselves: a link out of the folder is never published."""
    return [p for p in docs.rglob("*") if p.is_file() and not p.is_symlink() and p.resolve().is_relative_to(docs.resolve())]


def _copy(source: Path, target: Path) -> None:
    stat = source.stat()
    if target.is_file() and (target.stat().st_mtime_ns, target.stat().st_size) == (stat.st_mtime_ns, stat.st_size):
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy2(source, target)


def own_settings(config: Config) -> Path:
    """The knowledge base's mkdocs.yml; one without its own looks like the one that ships."""
    own = config.root / "mkdocs.yml"
    return own if own.is_file() else THEME.parent.parent / "mkdocs.yml"


def settings_file(config: Config, known: Library, pages: Path, site: Path) -> Path:
    """.kb/mkdocs.yml: the knowledge base's own mkdocs.yml, with what the staging decides. MkDocs and Zensical read it alike."""
    values: dict[str, Any] = {
        "INHERIT": str(own_settings(config)),
        "docs_dir": str(pages),
        "site_dir": str(site),
        "theme": {"custom_dir": str(THEME / "templates")},
        "nav": menu(known, pages),
    }
    path = config.local / "mkdocs.yml"
    files.write(path, json.dumps(values, ensure_ascii=False, indent=1) + "\n")  # JSON is YAML
    return path
