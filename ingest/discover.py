"""A competitor's home page → where it publishes its release notes."""

from urllib.parse import urljoin, urlsplit

from bs4 import BeautifulSoup

from ingest.feed import is_feed
from ingest.fetch import Network
from ingest.html import feeds_of
from kb.config import Config
from kb.errors import KbError

_TELLING = ("release", "changelog", "whats-new", "what-s-new", "product-updates", "updates")


def discover(config: Config, url: str) -> tuple[str, str] | None:
    """(kind, address) of a source: the address if it is a feed, else the feed that the page names, else a page of releases that it links.

    None when the page names none. Raises KbError when it cannot be read.
    """
    with Network(config) as network:
        got = network.get(url)
    if is_feed(got.body):
        return "feed", url
    # as plain HTML: the release-note reader's soup has no <nav> and <footer>, where such links stand
    soup = BeautifulSoup(got.body, "lxml", from_encoding=got.charset)
    feeds = [address for href in feeds_of(soup) if (address := _address(got.url, href))]
    if feeds:
        return "feed", min(feeds, key=lambda address: (not _tells(address), feeds.index(address)))
    links = (_address(got.url, str(tag["href"])) for tag in soup.find_all("a", href=True))
    here = urlsplit(got.url).netloc
    return next((("page", link) for link in links if link and urlsplit(link).netloc == here and _tells(urlsplit(link).path)), None)


def _address(base: str, href: str) -> str | None:
    try:
        found = urljoin(base, href.strip())
        return found if urlsplit(found).scheme in ("http", "https") else None
    except ValueError:
        return None


def _tells(address: str) -> bool:
    return any(word in address.lower() for word in _TELLING)


def tried(config: Config, url: str) -> tuple[tuple[str, str] | None, str]:
    """The same, and what to tell when there is none."""
    try:
        found = discover(config, url)
    except KbError as error:
        return None, str(error)
    return found, "" if found else f"{url}: names no feed and no page of release notes: put one into the card's `sources`"
