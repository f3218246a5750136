"""How bytes travel: connections only to checked addresses and until a deadline, answers through an HTTP cache."""

import contextlib
import logging
import socket
import ssl
import threading
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

import httpcore2
import httpx2
from hishel import CacheOptions, SqliteStorage
from hishel.httpx2 import CacheTransport

from ingest.addresses import is_named, refusal

MOST_CACHED = 200 * 1024 * 1024
"""Bytes that the cache under .kb/ may take."""
_clock = threading.local()
logging.getLogger("hishel").setLevel(logging.CRITICAL + 1)  # a cache that cannot write is no news to anybody; it would log a traceback


class Refused(Exception):
    """An address that a source must not lead to."""

    def __init__(self, host: str, reason: str) -> None:
        super().__init__(reason)
        self.host = host


@contextlib.contextmanager
def deadline(seconds: float) -> Iterator[None]:
    """Whatever this thread reads within must be there in time, however slowly and steadily it drips."""
    _clock.end = time.monotonic() + seconds
    try:
        yield
    finally:
        del _clock.end


def _left(timeout: float | None) -> float | None:
    """Seconds that one read may still take. Raises ReadTimeout when the time is over."""
    end: float | None = getattr(_clock, "end", None)
    if end is None:
        return timeout
    left = end - time.monotonic()
    if left <= 0:
        raise httpcore2.ReadTimeout("the deadline has passed")
    return left if timeout is None else min(timeout, left)


class _Stream(httpcore2.NetworkStream):
    """A connection whose reads end at the deadline; all else is the library's."""

    def __init__(self, inner: httpcore2.NetworkStream) -> None:
        self._inner = inner

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._inner.read(max_bytes, _left(timeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._inner.write(buffer, _left(timeout))

    def close(self) -> None:
        self._inner.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore2.NetworkStream:
        return _Stream(self._inner.start_tls(ssl_context, server_hostname, _left(timeout)))

    def get_extra_info(self, info: str) -> object:
        return self._inner.get_extra_info(info)


class _Guard(httpcore2.SyncBackend):
    """Resolves a name once, refuses it when any of its addresses is not public, and connects to an address that it checked.

    So neither odd spellings (`0x7f.1`), nor a second answer of the DNS, nor a redirect leads inside.
    """

    def __init__(self, allowed: tuple[str, ...]) -> None:
        self._allowed = allowed

    def connect_tcp(
        self, host: str, port: int, timeout: float | None = None, local_address: str | None = None,
        socket_options: Iterable[httpcore2.SOCKET_OPTION] | None = None,
    ) -> httpcore2.NetworkStream:  # fmt: skip
        failed: Exception | None = None
        for address in self._checked(host, port):
            try:
                return _Stream(super().connect_tcp(address, port, _left(timeout), local_address, socket_options))
            except (httpcore2.ConnectError, httpcore2.ConnectTimeout) as error:
                failed = error
        raise failed or httpcore2.ConnectError(f"{host} has no address")

    def _checked(self, host: str, port: int) -> list[str]:
        if is_named(host, port, self._allowed):
            return [host]
        try:
            found = [str(info[4][0]) for info in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]
        except (OSError, UnicodeError) as error:
            raise httpcore2.ConnectError(getattr(error, "strerror", None) or str(error)) from error
        for address in found:
            if reason := refusal(address):
                raise Refused(host, f"{host} is {reason}" if address == host else f"{host} leads to {address}, {reason}")
        return list(dict.fromkeys(found))


class _Guarded(httpx2.HTTPTransport):
    def __init__(self, allowed: tuple[str, ...]) -> None:
        super().__init__()
        # The library takes a backend only through its pool; a proxy would resolve names unchecked, so there is none.
        self._pool = httpcore2.ConnectionPool(ssl_context=httpx2.create_ssl_context(), network_backend=_Guard(allowed))


def transport(allowed: tuple[str, ...], cache: Path | None) -> httpx2.BaseTransport:
    """The guarded network behind a private RFC 9111 cache at `cache`, a file that may be deleted at any time; None: no cache."""
    network = _Guarded(allowed)
    storage = _storage(cache) if cache else None
    return CacheTransport(network, storage, CacheOptions(shared=False)) if storage else network


def _storage(path: Path) -> SqliteStorage | None:
    """The cache, begun anew when it is damaged, or None where nothing can be written."""
    for _ in range(2):
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            storage = SqliteStorage(database_path=path, max_size=MOST_CACHED)
            storage.get_entries("opens the file, so that damage shows here")
            return storage
        except Exception:  # sqlite's errors, the library's own, the disk's: a cache is not worth failing for
            with contextlib.suppress(OSError):
                for part in path.parent.glob(f"{path.name}*"):
                    part.unlink()
    return None
