"""Which page comes next. Pure; what a page itself names is read by `ingest.html`."""

import re
from urllib.parse import urljoin, urlsplit

_LINK = re.compile(r'<([^<>]+)>\s*;[^,]*\brel="?next"?', re.I)
_PAGE = re.compile(r"(?:/(?:page|p))?[/-]?\d+(?:\.html?)?/?$|/$", re.I)


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
