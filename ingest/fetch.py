"""The only module that asks the network: an address in, capped bytes out, politely, every fault a sentence."""

import email.utils
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

import httpx2
import stamina

from ingest.decoding import CAP, TooLarge, decoded
from ingest.robots import AGENT, ALLOW_ALL, Robots, robots
from ingest.transport import Refused, deadline, transport
from kb.config import Config
from kb.errors import KbError

REDIRECTS = 5
TOTAL = 120.0
"""Seconds for one address with its redirects and retries, however slowly it drips."""
ATTEMPTS = 3
PATIENCE = 30.0
"""The longest Retry-After, in seconds, that is waited for within a run; the longest pause between two requests to a host."""
_BUSY = frozenset({408, 425, 429, 500, 502, 503, 504})
_MOVED = frozenset({301, 308})

stamina.instrumentation.set_on_retry_hooks([])  # it would log every retry to the terminal


@dataclass(frozen=True)
class Fetched:
    """What an address answered."""

    url: str
    """After redirects."""
    body: bytes
    content_type: str = ""
    charset: str | None = None
    link: str = ""
    """The Link header: where an API says its next page is."""
    moved: str | None = None
    """Where it has moved to for good (301, 308 all the way), so that the card can be mended."""


class _Busy(Exception):
    """An answer that may be another one later."""

    def __init__(self, status: str, wait: float | None) -> None:
        super().__init__(status)
        self.wait = wait


class Network:
    """One run's way out. Safe for several threads; a host gets one request at a time."""

    def __init__(self, config: Config, total: float = TOTAL) -> None:
        """Open no connection yet. `total`: seconds for one address."""
        self._total = total
        allowed = (*config.allow_hosts, *(urlsplit(mirror).netloc for mirror in config.mirrors.values()))
        agent = f"{AGENT}/0.1 (release-note reader{f'; {config.contact}' if config.contact else ''})"
        headers = {
            "User-Agent": agent,
            "Accept": "application/atom+xml, application/rss+xml, application/feed+json, text/html, text/plain, */*;q=0.5",
            "Accept-Encoding": "gzip, deflate",
            "Cache-Control": "no-cache",  # always ask whether it changed (ETag, Last-Modified); never ask for the same bytes twice
        }
        self._http = httpx2.Client(timeout=config.timeout, headers=headers, transport=transport(allowed, config.local / "http.sqlite"))
        self._robots: dict[str, Robots] = {}
        self._turns: dict[str, threading.Lock] = {}
        self._last: dict[str, float] = {}
        self._lock = threading.Lock()

    def __enter__(self) -> Self:
        """Usable with `with`."""
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """Close every connection."""
        self._http.close()

    def get(self, url: str) -> Fetched:
        """GET `url`. Raises KbError with the address and what went wrong: no host, no answer, refused, a status, too large."""
        try:
            with deadline(self._total):
                return self._follow(url)
        except ValueError as error:
            raise KbError(url, f"is not an address that can be read ({error})") from None

    def _follow(self, url: str) -> Fetched:
        here, for_good = url, True  # all redirects so far were for good
        for _ in range(REDIRECTS + 1):
            self._ask_robots(here, url)
            answer, body = self._patiently(here, url)
            if answer.status_code >= 300 and answer.next_request is None:
                raise KbError(url, f"the server answered {_status(answer)}{_nowhere(answer)}")
            if answer.next_request is None:
                moved = here if for_good and here != url else None
                said = answer.headers
                return Fetched(here, body, said.get("content-type", ""), answer.charset_encoding, said.get("link", ""), moved)
            for_good = for_good and answer.status_code in _MOVED
            here = _next(answer, url)
        raise KbError(url, f"more than {REDIRECTS} redirects")

    def _patiently(self, here: str, url: str) -> tuple[httpx2.Response, bytes]:
        """One hop, tried again when that may help. Raises KbError about `url`."""
        try:
            for attempt in stamina.retry_context(_again, attempts=ATTEMPTS, timeout=None, wait_initial=0.5, wait_max=5.0, wait_jitter=0.5):
                with attempt:
                    return self._once(here)
        except Refused as error:
            mend = f'if it is yours, name it in kb.toml: [ingest] allow_hosts = ["{error.host}"]'
            raise KbError(url, f"is refused: {error}; {mend}") from None
        except _Busy as error:
            raise KbError(url, f"the server answered {error}{_later(error.wait)}") from None
        except TooLarge:
            raise KbError(url, f"is larger than {CAP // 1024 // 1024} MB: name a smaller page") from None
        except httpx2.ConnectError as error:
            raise KbError(url, f"the host cannot be reached ({error})") from None
        except httpx2.TimeoutException:
            raise KbError(url, "no answer in time: raise [ingest] timeout in kb.toml, or try again later") from None
        except (httpx2.HTTPError, httpx2.InvalidURL, ValueError) as error:
            raise KbError(url, f"could not be read ({error or type(error).__name__})") from None
        raise AssertionError("a retry loop ends with an answer or an error")

    def _once(self, url: str) -> tuple[httpx2.Response, bytes]:
        with self._turn(url), self._http.stream("GET", url, follow_redirects=False) as answer:
            if answer.status_code in _BUSY:
                raise _Busy(_status(answer), _retry_after(answer.headers.get("retry-after", ""), time.time()))
            if answer.next_request is not None or answer.status_code >= 400:
                return answer, b""
            return answer, decoded(_capped(answer), answer.headers.get("content-encoding", ""))

    @contextmanager
    def _turn(self, url: str) -> Iterator[None]:
        """This host's turn: one request at a time, with the pause that its robots.txt asks for."""
        host = urlsplit(url).netloc
        with self._lock:
            turn = self._turns.setdefault(host, threading.Lock())
        with turn:
            pause = self._robots.get(_origin(url), ALLOW_ALL).pause
            time.sleep(max(0.0, min(pause, PATIENCE) - (time.monotonic() - self._last.get(host, -PATIENCE))))
            try:
                yield
            finally:
                self._last[host] = time.monotonic()

    def _ask_robots(self, here: str, url: str) -> None:
        origin = _origin(here)
        if origin not in self._robots:
            self._robots[origin] = self._read_robots(origin, url)
        if not self._robots[origin].allow(here):
            instead = "ask the publisher, or save the page and use `kb ingest --file`"
            raise KbError(url, f"{origin}/robots.txt asks readers like us to stay away from it: {instead}")

    def _read_robots(self, origin: str, url: str) -> Robots:
        """A host without a robots.txt allows everything; one whose robots.txt cannot be read now is left alone (RFC 9309)."""
        here = f"{origin}/robots.txt"
        for _ in range(REDIRECTS + 1):
            answer, body = self._patiently(here, url)
            if answer.next_request is None:
                return robots(body) if answer.status_code < 400 else ALLOW_ALL
            here = _next(answer, url)
        return ALLOW_ALL


def _next(answer: httpx2.Response, url: str) -> str:
    """Where a redirect leads. Raises KbError about `url` when that is no web address."""
    assert answer.next_request is not None
    target = str(answer.next_request.url)
    if urlsplit(target).scheme not in ("http", "https"):
        raise KbError(url, f"redirects to {target[:80]}: only http and https are followed")
    return target


def _nowhere(answer: httpx2.Response) -> str:
    target = answer.headers.get("location", "")
    return f" and leads to {target[:80]!r}: only http and https are followed" if target else ""


def _status(answer: httpx2.Response) -> str:
    return f"{answer.status_code} {answer.reason_phrase}".rstrip()


def _again(error: Exception) -> bool | float:
    """Is it worth trying again, and after how many seconds?"""
    if isinstance(error, _Busy):
        return error.wait if error.wait is not None and error.wait <= PATIENCE else error.wait is None
    return isinstance(error, httpx2.TransportError) and not isinstance(error, (httpx2.UnsupportedProtocol, httpx2.ReadTimeout))


def _retry_after(header: str, now: float) -> float | None:
    """Seconds, from a number or an HTTP date; None when there is none that can be read."""
    if header.strip().isdigit():
        return float(header)
    try:
        return max(0.0, email.utils.parsedate_to_datetime(header).timestamp() - now)
    except (ValueError, TypeError, OverflowError):
        return None


def _later(wait: float | None) -> str:
    return f" and asks to be left alone for {wait:.0f} s: try again then" if wait and wait > PATIENCE else ""


def _capped(answer: httpx2.Response) -> bytes:
    parts, size = list[bytes](), 0
    for part in answer.iter_raw():
        size += len(part)
        if size > CAP:
            raise TooLarge
        parts.append(part)
    return b"".join(parts)


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def mirrored(url: str, mirrors: dict[str, str]) -> str:
    """`url` with the longest mirrored prefix replaced; notes keep the address that the card names."""
    prefix = max((p for p in mirrors if url.startswith(p)), key=len, default=None)
    return url if prefix is None else mirrors[prefix] + url[len(prefix) :]


Get = Callable[[str], Fetched]
