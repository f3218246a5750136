"""The only module that writes under docs/. Every write is a temporary file, fsync, rename: old or new, never half."""

import errno
import os
import re
import stat
import sys
from collections.abc import Iterator, Mapping
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


def create(texts: Mapping[Path, str]) -> set[Path]:
    """Put each text at its path where nothing is yet; the paths that were taken, be it since a moment, and stay as they are.

    Many files wait for the disk once, not each on its own. Two processes that want the same name get it once. Raises KbError
    when the disk refuses; what stands by then is whole.
    """
    waiting: dict[Path, Path] = {}
    path = Path()
    try:
        for path, text in texts.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            waiting[path] = _temporary(path)
            _put(waiting[path], text.encode("utf-8", "surrogateescape"), settled=len(texts) < _MANY)
        if len(texts) >= _MANY:
            os.sync()
        taken = {path for path, temporary in waiting.items() if not _link(temporary, path)}
        for folder in {path.parent for path in texts}:
            _settle(folder)
    except OSError as error:
        raise KbError(str(path), f"could not be written ({error.strerror or error})") from error
    finally:
        for temporary in waiting.values():
            temporary.unlink(missing_ok=True)
    return taken


_MANY = 20


def _link(temporary: Path, path: Path) -> bool:
    try:
        os.link(temporary, path)
    except FileExistsError:
        return False
    except OSError as error:
        if error.errno not in (errno.EPERM, errno.ENOTSUP, errno.ENOSYS):
            raise
        if path.exists():  # a file system without hard links: nearly as good
            return False
        temporary.replace(path)
    return True


def _temporary(path: Path) -> Path:
    return path.with_name(f"{_STRAY}{os.getpid()}-{path.name}"[:200])


def _put(path: Path, data: bytes, settled: bool = True) -> None:
    with path.open("wb") as out:
        point("file-opened")
        out.write(data)
        if settled:
            out.flush()
            point("file-written")
            os.fsync(out.fileno())


def _settle(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)  # the new name itself must survive a power cut
    finally:
        os.close(handle)


def _replace(path: Path, data: bytes) -> None:
    """With the permissions that the file has. A link is neither followed, it may lead anywhere, nor put out of the way."""
    if path.is_symlink():
        raise OSError(errno.ELOOP, "it is a link: put the file itself there")
    mode = path.stat().st_mode if path.exists() else None
    if mode is not None and not mode & 0o222:
        raise PermissionError(errno.EACCES, "it is read-only")
    temporary = _temporary(path)
    try:
        _put(temporary, data)
        if mode is not None:
            temporary.chmod(stat.S_IMODE(mode))
        point("file-synced")
        temporary.replace(path)
        point("file-renamed")
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    _settle(path.parent)


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
    """Delete what a killed run left half-written under `folder`; how many files that were. A run that still lives keeps its own."""
    strays = [path for path in folder.rglob(f"{_STRAY}*") if path.is_file() and not _alive(path.name)]
    for path in strays:
        path.unlink(missing_ok=True)
    return len(strays)


def read_bytes(path: Path) -> bytes:
    """A file's bytes. Raises KbError when it cannot be read."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise KbError(str(path), f"could not be read ({error.strerror or error})") from error


def clear(folder: Path) -> None:
    """Delete the files of a folder that jobs made, under .kb/; a folder that is not there is clear."""
    for path in sorted(folder.glob("*")) if folder.is_dir() else []:
        path.unlink(missing_ok=True)


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
