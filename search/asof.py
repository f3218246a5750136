"""`kb search --as-of`: the knowledge base of then, put down and packed beside the one of today."""

import os
import shutil
import sys
from pathlib import Path

from kb import config, history
from search import current, pack
from search.engine import tuned
from search.index import put_aside


def opened(root: str, when: str) -> tuple[str, str, str]:
    """(folder to search in, day, commit) for a day (YYYY-MM-DD) or a commit. Raises KbError (wrong usage) for one that git does not know.

    A commit is packed once, into .kb/as-of/<commit>/, which may be deleted at any time.
    """
    settings = config.load(root, Path(root))
    sha = history.commit(settings.root, when)
    folder = settings.local / "as-of" / sha
    if not folder.is_dir():
        _made(settings, sha, folder)
    elif not _usable(settings, folder):
        put_aside(settings, folder)
    return str(folder), history.day(settings.root, sha), sha


def _usable(settings: config.Config, folder: Path) -> bool:
    """Is its pack whole, and by the model and threshold of today?"""
    try:
        found = current.open_current(str(folder))
    except pack.Refused as refused:
        print(f"{refused}: made anew", file=sys.stderr)
        return False
    return found is not None and (found.model_folder, found.threshold) == (tuned.chosen(settings), settings.threshold)


def _made(settings: config.Config, sha: str, folder: Path) -> None:
    """Put down and packed under another name first: a folder of that name is whole."""
    part = folder.with_name(f"{sha}.{os.getpid()}")
    try:
        history.put_down(settings.root, sha, part)
        put_aside(settings, part)
        if not folder.exists():
            part.rename(folder)
    finally:
        shutil.rmtree(part, ignore_errors=True)
    if not _usable(settings, folder):
        put_aside(settings, folder)
