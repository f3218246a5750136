"""The only module that reaches the network: an address in, capped bytes out, every fault a sentence."""

import time
from dataclasses import dataclass

import httpx2

from kb.errors import KbError

CAP = 20 * 1024 * 1024
"""Bytes of one answer, after decompression."""
REDIRECTS = 5
TOTAL = 120.0
"""Seconds for one source, however slowly it drips."""


@dataclass(frozen=True)
class Fetched:
    """What an address answered."""

    url: str
    """After redirects."""
    body: bytes
    content_type: str
    charset: str | None


def client(timeout: float, contact: str) -> httpx2.Client:
    """One client for a whole run; `timeout` is seconds between two pieces of an answer."""
    agent = f"Rejoinder/0.1 (release-note reader{f'; {contact}' if contact else ''})"
    headers = {"User-Agent": agent, "Accept": "application/atom+xml, application/rss+xml, text/html, text/plain, */*;q=0.5"}
    return httpx2.Client(timeout=timeout, follow_redirects=True, max_redirects=REDIRECTS, headers=headers)


def fetch(http: httpx2.Client, url: str) -> Fetched:
    """GET `url`. Raises KbError with the address and what went wrong: no host, no answer, a status, too large."""
    try:
        with http.stream("GET", url) as answer:
            if answer.status_code >= 400:
                raise KbError(url, f"the server answered {answer.status_code} {answer.reason_phrase}".rstrip())
            return Fetched(str(answer.url), _body(answer, url), answer.headers.get("content-type", ""), answer.charset_encoding)
    except httpx2.ConnectError as error:
        raise KbError(url, f"the host cannot be reached ({error})") from error
    except httpx2.TimeoutException as error:
        raise KbError(url, "no answer in time: raise [ingest] timeout in kb.toml, or try again later") from error
    except httpx2.TooManyRedirects as error:
        raise KbError(url, f"more than {REDIRECTS} redirects") from error
    except (httpx2.HTTPError, httpx2.InvalidURL, ValueError) as error:
        raise KbError(url, f"could not be read ({error or type(error).__name__})") from error


def _body(answer: httpx2.Response, url: str) -> bytes:
    started, parts, size = time.monotonic(), list[bytes](), 0
    for part in answer.iter_bytes():
        size += len(part)
        if size > CAP:
            raise KbError(url, f"is larger than {CAP // 1024 // 1024} MB: name a smaller page")
        if time.monotonic() - started > TOTAL:
            raise KbError(url, f"was still answering after {TOTAL:.0f} s")
        parts.append(part)
    return b"".join(parts)


def mirrored(url: str, mirrors: dict[str, str]) -> str:
    """`url` with the longest mirrored prefix replaced; notes keep the address that the card names."""
    prefix = max((p for p in mirrors if url.startswith(p)), key=len, default=None)
    return url if prefix is None else mirrors[prefix] + url[len(prefix) :]
