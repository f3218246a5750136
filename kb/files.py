"""The only module that writes under docs/. Every write is a temporary file, fsync, rename: old or new, never half."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from kb.errors import KbError
from kb.failpoints import point

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


def _replace(path: Path, data: bytes) -> None:
    temporary = path.with_name(f"{_STRAY}{os.getpid()}-{path.name}"[:200])
    try:
        with temporary.open("wb") as out:
            point("file-opened")
            out.write(data)
            out.flush()
            point("file-written")
            os.fsync(out.fileno())
        point("file-synced")
        temporary.replace(path)
        point("file-renamed")
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)  # the rename itself must survive a power cut
    finally:
        os.close(folder)


@contextmanager
def locked(path: Path, who: str, patience: float = 600.0) -> Iterator[None]:
    """Be the only one who holds `path`, waiting for it and saying so. Raises KbError after `patience` seconds, or when the disk refuses."""
    from filelock import FileLock, Timeout

    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        lock = FileLock(path)
        try:
            lock.acquire(timeout=0.2)
        except Timeout:
            print(f"{who} is at work here: waiting for it …", file=sys.stderr)
            lock.acquire(timeout=patience)
    except Timeout:
        raise KbError(str(path), f"{who} has been at work for {patience:.0f} s: wait for it, or end it") from None
    except OSError as error:
        raise KbError(str(path), f"could not be written ({error.strerror or error})") from error
    try:
        yield
    finally:
        lock.release()


def sweep(folder: Path) -> int:
    """Delete what a killed run left half-written under `folder`; how many files that were."""
    strays = [path for path in folder.rglob(f"{_STRAY}*") if path.is_file()]
    for path in strays:
        path.unlink(missing_ok=True)
    return len(strays)


def read_bytes(path: Path) -> bytes:
    """A file's bytes. Raises KbError when it cannot be read."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise KbError(str(path), f"could not be read ({error.strerror or error})") from error


def read(path: Path) -> str:
    """A file's text. Raises KbError when it cannot be read or is not UTF-8."""
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise KbError(str(path), f"is not UTF-8 text (byte {error.start}): save it as UTF-8") from error
    except OSError as error:
        raise KbError(str(path), f"could not be read ({error.strerror or error})") from error
