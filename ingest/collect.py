"""One source → everything that it publishes now: its pages, or the feed that its page names. Fetches, reads apart, writes nothing."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urljoin, urlsplit

from ingest.changes import Rules
from ingest.errors import SourceError
from ingest.fetch import Fetched, Get
from ingest.follow import next_link, next_page
from ingest.notes import Proposal
from ingest.sandbox import apart
from ingest.understand import Understood, understand
from kb.errors import KbError
from kb.model import Source

PAGES = 20
"""Pages of one list that are read at most."""
_LOGIN = re.compile(r"/(?:log-?in|sign-?in|sso|saml2?|oauth2?|authenticate|auth|account/login|users/sign_in)(?:[/.?]|$)", re.I)


@dataclass(frozen=True)
class Collected:
    """What a source publishes."""

    proposals: tuple[Proposal, ...]
    entries: int
    moved: str | None = None
    notice: str | None = None
    """What a person should mend in the card."""


def collect(get: Get, source: Source, rules: Rules, known: Callable[[str], bool]) -> Collected:
    """Fetch `source`, page by page until one brings nothing that is not `known` (by file name). Raises KbError about it."""
    got = _fetched(get, source.url, source)
    moved, notice = got.moved, None
    first = _understood(got, source, rules)
    if first.feeds and not first.proposals:
        feed = urljoin(got.url, first.feeds[0])
        notice = f"is a page, not a feed; read the feed that it names: put {feed} into the card"
        got = _fetched(get, feed, source)
        first = _understood(got, source, rules)
        if not first.proposals:
            raise KbError(source.url, f"is a page, and {feed}, the feed that it names, is no feed")
    pages = [first]
    seen = {got.url}
    while len(pages) < PAGES and not all(known(p.name) for p in pages[-1].proposals):
        following = next_page(got.url, next_link(got.link) or pages[-1].next)
        if following is None or following in seen:
            break
        seen.add(following)
        got = _fetched(get, following, source)
        pages.append(_understood(got, source, rules))
    return Collected(tuple(p for page in pages for p in page.proposals), sum(page.entries for page in pages), moved, notice)


def _fetched(get: Get, url: str, source: Source) -> Fetched:
    try:
        got = get(url)
    except KbError as error:
        raise SourceError(error.subject, error.cause, "dead") from error
    if _LOGIN.search(urlsplit(got.url).path) and not _LOGIN.search(urlsplit(source.url).path):
        raise SourceError(source.url, f"has become a login page ({got.url[:120]}): check the address in the card's sources", "login")
    return got


def _understood(got: Fetched, source: Source, rules: Rules) -> Understood:
    return apart(source.url, understand, got.body, source, got.content_type, got.charset, rules)


def from_file(data: bytes, source: Source, rules: Rules) -> Collected:
    """The same of a file on disk."""
    found = apart(source.url, understand, data, source, "", None, rules)
    return Collected(found.proposals, found.entries)
