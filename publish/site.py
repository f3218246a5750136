"""The staged pages → the static site. The only module that runs MkDocs."""

import json
import logging
import shutil
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

from kb import library
from kb.config import Config
from kb.errors import KbError
from kb.library import Library
from kb.touched import touched
from publish import lookup
from publish.derived import Site
from publish.leaks import leaks
from publish.offer import INTERNAL, Offer, offer, watch
from publish.offline import finish
from publish.stage import DRAWING, Settings, own_settings, settings_file, stage
from search import browser
from search.open_conflicts import open_conflicts

MOST_TOLD = 10
DIAGRAM = b'class="rj-diagram"'


@dataclass(frozen=True)
class Built:
    """A finished site."""

    folder: Path
    pages: int
    seconds: float
    warnings: tuple[str, ...] = ()
    """What works less well than it could, and what to do about it."""


def build(config: Config, audience: str = INTERNAL, into: Path | None = None) -> Built:
    """Build the site: into `into`, else into site/ under the root, or for outsiders into site-external-ok/.

    Raises KbError when MkDocs warns, a broken link being an error here, and when an internal word is found in a site for outsiders.
    """
    started = time.monotonic()
    known = library.load(config.root)
    if known.problems:
        raise KbError("kb build", "\n".join(["the cards must be readable first:", *map(str, known.problems)]))
    offered = offer(config, known, audience)
    site = into or config.root / ("site" if audience == INTERNAL else f"site-{audience}")
    try:
        reasons = touched(open_conflicts(config, known), known) if audience == INTERNAL else {}
        settings = replace(_settings(config, audience), reasons=reasons)
        pages = stage(config, offered, settings)
        built = _mkdocs(settings_file(config, offered, pages))
        finish(built)
        warnings = _lacking(built, settings.site.url)
        if audience != INTERNAL:
            _watched(config, known, offered, built)
        _swap(built, site)
    except OSError as error:
        raise KbError(str(error.filename or config.root), f"could not be written ({error.strerror or error})") from error
    return Built(site, sum(1 for _ in site.rglob("*.html")), round(time.monotonic() - started, 2), warnings)


def _lacking(site: Path, address: str) -> tuple[str, ...]:
    """What the built site does without, each with what to do about it."""
    shown = 0 if (site / DRAWING).is_file() else sum(DIAGRAM in page.read_bytes() for page in site.rglob("*.html"))
    counted = f"{shown} page{'s' * (shown > 1)} with a diagram, shown as text"
    drawn = (f"{counted}: Mermaid was not fetched (`python -m publish.vendored`, which needs npm)",) if shown else ()
    followed = () if address else ("no feed reader can follow changes.xml without the site's address: set site_url in mkdocs.yml",)
    return drawn + followed


def _swap(built: Path, site: Path) -> None:
    """Put the finished site where the old one was: nobody sees half of one."""
    old = built.with_name(f"{built.name}-old")
    shutil.rmtree(old, ignore_errors=True)
    site.parent.mkdir(parents=True, exist_ok=True)
    if site.exists():
        site.rename(old)
    built.rename(site)
    shutil.rmtree(old, ignore_errors=True)


def _watched(config: Config, known: Library, offered: Offer, site: Path) -> None:
    """Look at every byte; a site with a leak is deleted before anybody can publish it."""
    ours, theme = _files(Path(__file__).parent), _files(_theme())
    ours += [Path(library.__file__).with_name(name) for name in ("model.py", "words.py")]
    words = [p.read_text(encoding="utf-8") for p in [*ours, *theme, own_settings(config)] if p.suffix in (".py", ".html", ".yml")]
    words.append(json.dumps(browser.rules()))
    found = leaks(site, watch(config, known, offered, [*words, _OF_MKDOCS]), [*ours, *theme], lookup.vocabulary(config))
    if found:
        lines = [f'{path.relative_to(site)}: holds "{words}", which is internal' for path, words in found]
        shutil.rmtree(site)
        raise KbError("kb build", "\n".join([f"nothing was published, {len(lines)} leaks:", told(lines)]))


def _theme() -> Path:
    import material

    return Path(material.__file__).parent / "templates"


def _files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file() and "__pycache__" not in path.parts]


_OF_MKDOCS = "Permanent link previous next page sitemap urlset lastmod location text title docs config lang separator pipeline fields"
"""Words of the site generator's own that stand in no template."""


def _settings(config: Config, audience: str) -> Settings:
    """What mkdocs.yml says of the site: its name and address, and by `repo_url` and `edit_uri` where docs/ is edited."""
    found = _loaded(own_settings(config), docs_dir=str(config.docs))
    url = f"{found.site_url.rstrip('/')}/" if found.site_url else ""
    edit = urljoin(f"{found.repo_url.rstrip('/')}/", f"{found.edit_uri.rstrip('/')}/") if found.repo_url and found.edit_uri else ""
    edit = edit if audience == INTERNAL else ""
    return Settings(Site(found.site_name, found.site_description or "", url), edit)


def _loaded(path: Path, **more: Any) -> Any:
    from mkdocs.config import load_config
    from mkdocs.exceptions import Abort, ConfigurationError

    try:
        return load_config(str(path), **more)
    except (Abort, ConfigurationError) as error:
        raise KbError(str(path), str(error)) from error


def _mkdocs(settings: Path) -> Path:
    """Run MkDocs, strictly; where it put the site."""
    from mkdocs.commands.build import build as mkdocs_build
    from mkdocs.exceptions import Abort, ConfigurationError

    heard = _Heard()
    logging.getLogger("mkdocs").addHandler(heard)
    try:
        loaded = _loaded(settings, strict=True)
        loaded.plugins.on_startup(command="build", dirty=False)
        mkdocs_build(loaded)
        return Path(loaded.site_dir)
    except (Abort, ConfigurationError) as error:
        raise KbError("kb build", told(heard.lines) or str(error)) from error
    finally:
        logging.getLogger("mkdocs").removeHandler(heard)


def told(lines: list[str]) -> str:
    """MkDocs' warnings as one message; a hundred of them would hide the first."""
    rest = len(lines) - MOST_TOLD
    return "\n".join([*lines[:MOST_TOLD], *([f"… and {rest} more"] if rest > 0 else [])])


class _Heard(logging.Handler):
    """MkDocs' warnings, kept to be told in one piece."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Keep one."""
        self.lines.append(f"docs/: {record.getMessage()}")
