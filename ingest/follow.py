"""Where else to look: the next page of a list, and the feed that a page names. Pure."""

import re
from urllib.parse import urljoin, urlsplit

from bs4 import BeautifulSoup

_FEEDS = ("application/rss+xml", "application/atom+xml", "application/feed+json", "application/rdf+xml")
_LINK = re.compile(r'<([^<>]+)>\s*;[^,]*\brel="?next"?', re.I)
_PAGE = re.compile(r"(?:/(?:page|p))?[/-]?\d+(?:\.html?)?/?$|/$", re.I)


def feeds_of(soup: BeautifulSoup) -> tuple[str, ...]:
    """The feeds that a page's head names, as written."""
    tags = soup.find_all("link", rel="alternate", type=lambda kind: str(kind).lower() in _FEEDS)
    return tuple(str(tag.get("href") or "") for tag in tags if tag.get("href"))


def next_of(soup: BeautifulSoup) -> str | None:
    """The page's `rel=next`, as written: it may be the next chapter as well as the next page, see `next_page`."""
    tag = soup.find(["link", "a"], rel="next", href=True)
    return str(tag["href"]) if tag else None


def next_link(header: str) -> str | None:
    """`rel=next` of a Link header (RFC 8288): how APIs paginate."""
    match = _LINK.search(header)
    return match[1] if match else None


def next_page(url: str, target: str | None) -> str | None:
    """`target` as an address, when it is another page of the same list on the same host; documentation's next chapter is not."""
    if not target:
        return None
    try:
        there, here = urlsplit(urljoin(url, target)), urlsplit(url)
    except ValueError:
        return None
    same_host = (there.scheme, there.netloc) == (here.scheme, here.netloc)
    same_list = _PAGE.sub("", there.path) == _PAGE.sub("", here.path)
    return there.geturl() if same_host and same_list and there.geturl() != url else None
