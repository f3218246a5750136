"""The only module that writes under docs/. Every write is a temporary file, fsync, rename: old or new, never half."""

import os
import re
from collections.abc import Callable
from pathlib import Path

from kb.errors import KbError

_STRAY = ".kb-tmp-"


def write(path: Path, text: str) -> bool:
    """Put `text` at `path`, making its folders; False when the bytes were there already.

    Raises KbError naming the path when the disk refuses; the old file is then untouched.
    """
    return write_bytes(path, text.encode())


def write_bytes(path: Path, data: bytes) -> bool:
    """The same for bytes."""
    try:
        if path.is_file() and path.read_bytes() == data:
            return False
        path.parent.mkdir(parents=True, exist_ok=True)
        _replace(path, data)
    except OSError as error:
        raise KbError(str(path), f"could not be written ({error.strerror or error}); the old file is untouched") from error
    return True


def create(path: Path, text: str) -> bool:
    """Put `text` at a path that is free; False when something is there already, be it since a moment, which then stays.

    Two processes that want the same name at the same time get it once. Raises KbError when the disk refuses.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        _replace(path, text.encode(), os.link)
    except FileExistsError:
        return False
    except OSError as error:
        raise KbError(str(path), f"could not be written ({error.strerror or error})") from error
    return True


def _replace(path: Path, data: bytes, settle: Callable[[Path, Path], object] = os.replace) -> None:
    temporary = path.with_name(f"{_STRAY}{os.getpid()}-{path.name}"[:200])
    try:
        with temporary.open("wb") as out:
            out.write(data)
            out.flush()
            os.fsync(out.fileno())
        settle(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)  # the rename itself must survive a power cut
    finally:
        os.close(folder)


def sweep(folder: Path) -> int:
    """Delete what a killed run left half-written under `folder`; how many files that were. A run that still lives keeps its own."""
    strays = [path for path in folder.rglob(f"{_STRAY}*") if path.is_file() and not _alive(path.name)]
    for path in strays:
        path.unlink(missing_ok=True)
    return len(strays)


def _alive(stray: str) -> bool:
    match = re.match(rf"{_STRAY}(\d+)-", stray)
    if match is None or int(match[1]) == os.getpid():
        return False
    try:
        os.kill(int(match[1]), 0)
    except (OSError, OverflowError) as error:
        return isinstance(error, PermissionError)  # somebody else's process is a process too
    return True


def read(path: Path) -> str:
    """A file's text. Raises KbError when it cannot be read or is not UTF-8."""
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise KbError(str(path), f"is not UTF-8 text (byte {error.start}): save it as UTF-8") from error
    except OSError as error:
        raise KbError(str(path), f"could not be read ({error.strerror or error})") from error
