"""docs/ and the derived pages → the static site. The only module that runs MkDocs."""

import logging
import shutil
import time
from dataclasses import dataclass
from pathlib import Path

from kb import files, library
from kb.config import Config
from kb.errors import KbError
from kb.library import Library
from publish import lookup
from publish.pages import derived, menu, note_page, release_page, what_changed

MOST_TOLD = 10


@dataclass(frozen=True)
class Built:
    """A finished site."""

    folder: Path
    pages: int
    seconds: float


def stage(config: Config, known: Library) -> Path:
    """A copy of docs/ under .kb/ with the derived pages and sections; people's own files stay as they are."""
    folder = config.local / "pages"
    wanted = {path.relative_to(config.docs).as_posix(): path for path in _files(config.docs)}
    generated = derived(known)
    for path, card in known.cards.items():
        name = path.removeprefix("docs/")
        generated[name] = f"{files.read(config.root / path).rstrip()}\n\n{what_changed(card, known)}"
        for at, note in known.releases_of(card.competitor).items():
            generated[at.removeprefix("docs/")] = release_page(files.read(config.root / at), note, card.title)
        for at, heard in known.notes_of(card.competitor).items():
            generated[at.removeprefix("docs/")] = note_page(heard, card.title)
    for name, source in wanted.items():
        if name not in generated:
            _copy(source, folder / name)
    for name, text in generated.items():
        files.write(folder / name, text)
    pages = wanted.keys() | generated.keys()
    pages |= lookup.write(config, known, folder, pages)
    for stray in [p for p in folder.rglob("*") if p.is_file() and p.relative_to(folder).as_posix() not in pages]:
        stray.unlink()
    return folder


def _files(docs: Path) -> list[Path]:
    """The files of docs/ themselves: a link out of the folder is never published."""
    return [p for p in docs.rglob("*") if p.is_file() and not p.is_symlink() and p.resolve().is_relative_to(docs.resolve())]


def _copy(source: Path, target: Path) -> None:
    stat = source.stat()
    if target.is_file() and (target.stat().st_mtime_ns, target.stat().st_size) == (stat.st_mtime_ns, stat.st_size):
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy2(source, target)


def build(config: Config) -> Built:
    """Build the site into site/ under the root. Raises KbError when MkDocs warns: a broken link is an error here."""
    started = time.monotonic()
    known = library.load(config.root)
    if known.problems:
        raise KbError("kb build", "\n".join(["the cards must be readable first:", *map(str, known.problems)]))
    try:
        pages = stage(config, known)
        _mkdocs(config, pages, known)
    except OSError as error:
        raise KbError(str(error.filename or config.root), f"could not be written ({error.strerror or error})") from error
    site = config.root / "site"
    return Built(site, sum(1 for _ in site.rglob("*.html")), round(time.monotonic() - started, 2))


def _mkdocs(config: Config, pages: Path, known: Library) -> None:
    from mkdocs.commands.build import build as mkdocs_build
    from mkdocs.config import load_config
    from mkdocs.exceptions import Abort, ConfigurationError

    settings = config.root / "mkdocs.yml"
    if not settings.is_file():  # a knowledge base without its own looks like the one that ships
        settings = Path(__file__).parent.parent / "mkdocs.yml"
    heard = _Heard()
    logging.getLogger("mkdocs").addHandler(heard)
    try:
        loaded = load_config(str(settings), docs_dir=str(pages), site_dir=str(config.root / "site"), strict=True, nav=menu(known, pages))
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
