"""The staged pages → the static site. The only module that runs MkDocs."""

import logging
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

from kb import library
from kb.config import Config
from kb.errors import KbError
from publish.stage import Settings, settings_file, stage

MOST_TOLD = 10


@dataclass(frozen=True)
class Built:
    """A finished site."""

    folder: Path
    pages: int
    seconds: float


def build(config: Config) -> Built:
    """Build the site into site/ under the root. Raises KbError when MkDocs warns: a broken link is an error here."""
    started = time.monotonic()
    known = library.load(config.root)
    if known.problems:
        raise KbError("kb build", "\n".join(["the cards must be readable first:", *map(str, known.problems)]))
    site = config.root / "site"
    try:
        pages = stage(config, known, Settings(_edit(config)))
        _mkdocs(settings_file(config, known, pages, site))
    except OSError as error:
        raise KbError(str(error.filename or config.root), f"could not be written ({error.strerror or error})") from error
    return Built(site, sum(1 for _ in site.rglob("*.html")), round(time.monotonic() - started, 2))


def _edit(config: Config) -> str:
    """Where docs/ is edited, by `repo_url` and `edit_uri` of mkdocs.yml; empty without them."""
    path = config.root / "mkdocs.yml"
    if not path.is_file():
        return ""
    found = _loaded(path, docs_dir=str(config.docs))
    return urljoin(f"{found.repo_url.rstrip('/')}/", f"{found.edit_uri.rstrip('/')}/") if found.repo_url and found.edit_uri else ""


def _loaded(path: Path, **more: Any) -> Any:
    from mkdocs.config import load_config
    from mkdocs.exceptions import Abort, ConfigurationError

    try:
        return load_config(str(path), **more)
    except (Abort, ConfigurationError) as error:
        raise KbError(str(path), str(error)) from error


def _mkdocs(settings: Path) -> None:
    from mkdocs.commands.build import build as mkdocs_build
    from mkdocs.exceptions import Abort, ConfigurationError

    heard = _Heard()
    logging.getLogger("mkdocs").addHandler(heard)
    try:
        loaded = _loaded(settings, strict=True)
        loaded.plugins.on_startup(command="build", dirty=False)
        mkdocs_build(loaded)
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
