"""HTML pages as blocks, and the entries that a selector names. Pure: bytes or text in, values out."""

from collections.abc import Iterator

from bs4 import BeautifulSoup
from bs4.element import NavigableString, PreformattedString, Tag
from soupsieve import SelectorSyntaxError

from ingest.blocks import Block, Entry
from ingest.segment import entry_of
from kb.errors import KbError

_FEEDS = ("application/rss+xml", "application/atom+xml", "application/feed+json", "application/rdf+xml")
_MARKS = {"code": "``", "tt": "``", "kbd": "``", "samp": "``", "strong": "****", "b": "****", "a": "[]"}
DEEPEST = 80
"""Levels of nesting that a page is read in; what lies deeper counts as one piece of text."""
_NOISE = ("script", "style", "nav", "header", "footer", "template", "noscript", "svg", "form", "aside")
_HEADINGS = {"h1": 1, "h2": 2, "h3": 3, "h4": 4, "h5": 5, "h6": 6, "dt": 6, "summary": 6}
_BLOCKS = frozenset("p div section article main ul ol dl dd table tr td th blockquote br pre body html details time".split())


def soup_of(data: bytes | str, encoding: str | None = None) -> BeautifulSoup:
    """The page without what is not its content."""
    soup = BeautifulSoup(data, "lxml", from_encoding=encoding if isinstance(data, bytes) else None)
    for tag in soup.find_all(_NOISE):
        inside_article = tag.name == "header" and tag.find_parent("article")
        if not inside_article:
            tag.decompose()
    return soup


def html_blocks(root: Tag) -> list[Block]:
    """Blocks in the order of the page."""
    return [block for block in _walk(root, 0, DEEPEST) if block.text]


def _walk(tag: Tag, depth: int, left: int) -> Iterator[Block]:
    """`depth`: of the list that we are in; `left`: levels of nesting that are still looked at one by one."""
    if not left:
        yield Block("text", _squash([tag.get_text(" ")]))
        return
    run: list[str] = []
    for child in tag.children:
        name = child.name if isinstance(child, Tag) else ""
        if isinstance(child, PreformattedString):
            continue  # comments, CDATA, doctypes
        if isinstance(child, NavigableString):
            run.append(str(child))
        elif isinstance(child, Tag) and (name in _HEADINGS or name in _BLOCKS or name == "li" or _holds_blocks(child)):
            yield Block("text", _squash(run))
            run = []
            yield from _block(child, name, depth, left - 1)
        elif isinstance(child, Tag):
            run.append(_marked(child))
    yield Block("text", _squash(run))


def _block(tag: Tag, name: str, depth: int, left: int) -> Iterator[Block]:
    if name in _HEADINGS:
        yield Block("heading", _squash([tag.get_text(" ")]), _HEADINGS[name])
        for time in tag.find_all("time"):
            yield Block("date", str(time.get("datetime") or time.get_text()))
    elif name == "time":
        yield Block("date", str(tag.get("datetime") or tag.get_text()))
    elif name == "li":
        words, lists = _apart(tag)
        yield Block("item", words, depth or 1)
        for nested in lists:
            yield from _walk(nested, depth + 1, left)
    else:
        yield from _walk(tag, depth + 1 if name in ("ul", "ol") else depth, left)


def _holds_blocks(tag: Tag) -> bool:
    return tag.find([*_HEADINGS, "li", "p", "div", "article", "table"]) is not None


def _apart(item: Tag) -> tuple[str, list[Tag]]:
    """An item's own words, and the lists inside it; without recursion, since nesting may be hostile."""
    words, lists, stack = list[str](), list[Tag](), list(reversed(item.contents))
    while stack:
        node = stack.pop()
        if isinstance(node, Tag) and node.name in ("ul", "ol"):
            lists.append(node)
        elif isinstance(node, Tag) and node.name in _MARKS and not node.find(["ul", "ol", "li", "p"]):
            words.append(_marked(node))
        elif isinstance(node, Tag):
            stack += reversed(node.contents)
        elif isinstance(node, NavigableString) and not isinstance(node, PreformattedString):
            words.append(str(node))
    return _squash(words), lists


def _marked(tag: Tag) -> str:
    """A tag within a line: its words, with the marks of `kb.inline` for code, bold and links to the web."""
    words = tag.get_text(" " if tag.name == "br" else "")
    inner = " ".join(words.split())
    if not inner or tag.name not in _MARKS:
        return words
    if tag.name == "a":
        href = str(tag.get("href") or "")
        return f"[{inner}]({href})" if href.startswith(("http://", "https://")) else words
    mark = _MARKS[tag.name]
    before, after = mark[: len(mark) // 2], mark[len(mark) // 2 :]
    return f"{words[: len(words) - len(words.lstrip())]}{before}{inner}{after}{words[len(words.rstrip()) :]}"


def _squash(parts: list[str]) -> str:
    return " ".join("".join(parts).split())


def selected_entries(soup: BeautifulSoup, selector: str) -> list[Entry]:
    """One entry for each element that `selector` matches."""
    try:
        tags = soup.select(selector)
    except SelectorSyntaxError as error:
        raise KbError(selector, f"is not a CSS selector: {str(error).splitlines()[0]}") from None
    return [entry_of(html_blocks(tag)) for tag in tags]


def feeds_of(soup: BeautifulSoup) -> tuple[str, ...]:
    """The feeds that a page's head names, as written."""
    tags = soup.find_all("link", rel="alternate", type=lambda kind: str(kind).lower() in _FEEDS)
    return tuple(str(tag.get("href") or "") for tag in tags if tag.get("href"))


def next_of(soup: BeautifulSoup) -> str | None:
    """The page's `rel=next`, as written: it may be the next chapter as well as the next page, see `ingest.follow`."""
    tag = soup.find(["link", "a"], rel="next", href=True)
    return str(tag["href"]) if tag else None
