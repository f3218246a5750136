"""HTML pages as blocks, and the entries that a selector names. Pure: bytes or text in, values out."""

from collections.abc import Iterator

from bs4 import BeautifulSoup
from bs4.element import NavigableString, PreformattedString, Tag
from soupsieve import SelectorSyntaxError

from ingest.blocks import Block, Entry
from ingest.segment import entry_of
from kb.errors import KbError

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
    return [block for block in _walk(root, 0) if block.text]


def _walk(tag: Tag, depth: int) -> Iterator[Block]:
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
            yield from _block(child, name, depth)
        elif isinstance(child, Tag):
            run.append(child.get_text(" " if child.name == "br" else ""))
    yield Block("text", _squash(run))


def _block(tag: Tag, name: str, depth: int) -> Iterator[Block]:
    if name in _HEADINGS:
        yield Block("heading", _squash([tag.get_text(" ")]), _HEADINGS[name])
        for time in tag.find_all("time"):
            yield Block("date", str(time.get("datetime") or time.get_text()))
    elif name == "time":
        yield Block("date", str(tag.get("datetime") or tag.get_text()))
    elif name == "li":
        yield Block("item", _own_text(tag), depth or 1)
        for nested in tag.find_all(["ul", "ol"]):
            if nested.find_parent("li") is tag:
                yield from _walk(nested, depth + 1)
    else:
        yield from _walk(tag, depth + 1 if name in ("ul", "ol") else depth)


def _holds_blocks(tag: Tag) -> bool:
    return tag.find([*_HEADINGS, "li", "p", "div", "article", "table"]) is not None


def _own_text(item: Tag) -> str:
    """An item's words without those of the lists inside it."""
    return _squash([str(s) for s in item.strings if s.find_parent("li") is item])


def _squash(parts: list[str]) -> str:
    return " ".join("".join(parts).split())


def selected_entries(soup: BeautifulSoup, selector: str) -> list[Entry]:
    """One entry for each element that `selector` matches."""
    try:
        tags = soup.select(selector)
    except SelectorSyntaxError as error:
        raise KbError(selector, f"is not a CSS selector: {str(error).splitlines()[0]}") from None
    return [entry_of(html_blocks(tag)) for tag in tags]
