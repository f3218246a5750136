"""What a competitor publishes is data: every payload in every place, ingested, built, and found inert in the HTML."""

import json
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from selectolax.lexbor import LexborHTMLParser, LexborNode

from kb import inline
from kb.escape import one_line
from publish.pages import page_title
from tests.conftest import kb
from tests.hostile.world import ALL, PLACES, World, hostile_world, html_of

TEXTUAL = ("script", "handlers", "css", "templates", "attribute-lists", "search")
"""Classes of which every word must be there to read; of the others, Markdown and HTML rightly take some as markup."""


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    return hostile_world(tmp_path_factory.getbasetemp() / "hostile")


def parsed(path: Path) -> LexborHTMLParser:
    return LexborHTMLParser(path.read_bytes())


def nodes(tree: LexborHTMLParser) -> Iterator[LexborNode]:
    assert tree.root is not None
    yield from tree.root.traverse(include_text=False)


def shape(tree: LexborHTMLParser) -> set[tuple[str, tuple[str, ...]]]:
    """Every element with the names of its attributes."""
    return {(str(node.tag), tuple(sorted(node.attributes))) for node in nodes(tree)}


def loads(tree: LexborHTMLParser) -> set[str]:
    """What the page runs or loads: scripts' texts, and every address but those of links."""
    found = set()
    for node in nodes(tree):
        if node.tag == "script":
            found.add(node.text(deep=True))
        found |= {
            f"{name}={value}"
            for name, value in node.attributes.items()
            if name in ("src", "srcset", "poster", "data", "action", "ping", "background")
        }
        if node.tag in ("link", "base", "meta"):
            found |= {f"{node.tag} {name}={value}" for name, value in node.attributes.items() if name in ("href", "http-equiv")}
    return found


def spaces(text: str) -> str:
    return " ".join(text.split())


def pages(world: World) -> list[Path]:
    return [html_of(world, name) for name in world.notes if not name.startswith("calmco")]


def test_every_payload_is_ingested_somewhere_and_none_is_a_file_elsewhere(world: World) -> None:
    """At least 340 payloads of 15 classes; in each place nearly all became a note, and every note has its page."""
    assert len(ALL) >= 340
    assert len({payload.kind for payload in ALL}) >= 15
    counts = Counter(name.split("/")[0] for name in world.notes)
    assert all(counts[place] >= 0.9 * len(ALL) for place in PLACES), counts
    assert all(path.is_file() for path in pages(world))


def test_no_page_has_anything_but_what_a_harmless_one_has(world: World) -> None:
    """Elements and attributes, scripts and addresses that load: on every page a subset of those on a harmless page of its kind; ids are unique."""
    calm = {name: parsed(html_of(world, name)) for name in world.notes if name.startswith("calmco")}
    shapes = set.union(*(shape(tree) for tree in calm.values()))
    loading = set.union(*(loads(tree) for tree in calm.values()))
    for path in pages(world):
        tree = parsed(path)
        assert shape(tree) <= shapes | {("code", ()), ("strong", ()), ("a", ("href",))}, path
        assert {x.replace("atomco", "calmco") for x in loads(tree)} <= loading | {x for x in loads(tree) if "canonical" in x}, path
        ids = [node.attributes["id"] for node in nodes(tree) if "id" in node.attributes]
        assert len(ids) == len(set(ids)), path
        for node in tree.css("article a[href]"):
            assert re.match(r"https?://|[\w.#/-]", node.attributes["href"] or ""), path
            assert not re.match(r"(?i)\s*(javascript|data|vbscript|file):", node.attributes["href"] or ""), path


def test_cards_and_lists_of_a_hostile_competitor_are_as_harmless(world: World) -> None:
    """The card, which shows the newest releases, the table of all releases and the list of cards."""
    for kind in ("", "releases"):
        calm = parsed(world.site / "battlecards/calmco" / kind / "index.html")
        for place in PLACES:
            tree = parsed(world.site / "battlecards" / place / kind / "index.html")
            extra = {("code", ()), ("strong", ()), ("a", ("href",))}
            assert shape(tree) <= shape(calm) | extra, (place, kind)
            assert not [x for x in loads(tree) - loads(calm) if "pwned" in x], (place, kind)
            rows = len([name for name in world.notes if name.startswith(f"{place}/")])
            assert not kind or len(tree.css("article tbody tr")) == rows, place
            assert all(len(row.css("td")) == 3 for row in tree.css("article tbody tr")), place


def test_every_page_keeps_its_frame(world: World) -> None:
    """Header, footer and the way back to the card are there; nothing swallowed the rest, and no template was another."""
    for name in [name for name in world.notes if not name.startswith("calmco")]:
        path, note = html_of(world, name), world.notes[name]
        tree = parsed(path)
        assert spaces(tree.css_first("title").text()) == f"{spaces(page_title(note.title or note.version))} - Rejoinder", path
        assert tree.css_first("header.md-header") is not None, path
        assert tree.css_first("footer.md-footer") is not None, path
        assert [node.text() for node in tree.css("article a[href]")][-2:].count("all release notes") == 1 or "as published" in tree.html[
            -9000:
        ], path
        assert "all release notes" in (tree.css_first("article").text()), path


def test_what_was_published_reads_as_text(world: World) -> None:
    """The page shows exactly the words of the note; the note of a payload of a textual class holds every word of it."""
    for name, note in world.notes.items():
        tree = parsed(html_of(world, name))
        shown = spaces(tree.css_first("article h1").text().removesuffix("¶"))
        assert shown == spaces(note.title or note.version), name
        for number, change in enumerate(note.changes, 1):
            item = tree.css_first(f"li[id=c{number}]")
            assert item is not None, name
            assert spaces(item.text()).endswith(spaces(inline.words(change.text))), name
    for payload in [p for p in ALL if p.kind in TEXTUAL]:
        kept = " ".join(c.text for c in world.notes[f"logco/{payload.version}.md"].changes)
        missing = [word for word in re.findall(r"[A-Za-z]{3,}", one_line(payload.text)) if word not in kept]
        assert not missing, (payload, kept)


def test_the_checks_and_the_search_index_take_it(world: World) -> None:
    """`kb check` finds no error, and the site's search index is JSON without a live tag of a payload's making."""
    done = kb(world.root, "check")
    assert done.returncode == 0, done.stdout[-2000:]
    index = json.loads((world.site / "search/search_index.json").read_text())
    text = "".join(f"{doc['title']}{doc['text']}" for doc in index["docs"])
    tags = {tag.lower() for tag in re.findall(r"<\s*/?\s*([a-zA-Z][\w-]*)", text)}
    assert tags <= {
        "p",
        "ul",
        "ol",
        "li",
        "strong",
        "em",
        "code",
        "table",
        "thead",
        "tbody",
        "tr",
        "th",
        "td",
        "h1",
        "h2",
        "h3",
        "pre",
        "blockquote",
    }, tags
    assert "49" not in {word for doc in index["docs"] if "logco" in doc["location"] and "7" in doc["text"] for word in doc["text"].split()}
