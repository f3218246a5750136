"""`kb build --audience external-ok`: a canary in every place where an internal word can lie, looked for in every byte that comes out."""

import gzip
import itertools
import re
from pathlib import Path

import pytest

from kb import config, library
from publish.audience import kept, relinked, unmarked
from publish.leaks import Watch, leaks, split
from publish.offer import offer
from tests.conftest import PROJECT, kb

CARD = """---
title: Acme Observability
competitor: acme
aliases: [CANARY]
owner: CANARY@ours.example
backup_owner: CANARY@ours.example
reviewed: {on: 2026-10-02, by: CANARY, head: 1.0.0}
audience: external-ok
tags: [CANARY]
sources:
  - feed: https://CANARY.example/feed
---

# Acme Observability

An introduction for PUBLIC reading. <!-- CANARY in a comment -->

CANARY in a paragraph of the introduction. {.internal}

## Thirty-second read

- **We win when** they need a PUBLIC read.
- **They win when** CANARY {.internal}

## Why we win

- PUBLIC claim one. [Acme 1.0.0](releases/1.0.0.md#c1), [CANARY note](notes/2026-10-01-CANARY.md) {#one}
- CANARY claim. [Acme 1.0.0](releases/1.0.0.md#c1) {#two .internal}
- PUBLIC claim with more below. [Acme 1.0.0](releases/1.0.0.md#c1)
    - CANARY below it {.internal}
    - PUBLIC below it
- CANARY claim over
  two lines of CANARY. {.internal}

    And a CANARY paragraph below it.

<!--
CANARY comment
over lines -->

## Objections

### You PUBLIC are slow {#slow}

**Also heard**

- it is PUBLIC slow
- CANARY slow {.internal}

**Say this:** PUBLIC answer, see [the other](../../objections/inside-CANARY.md).

**Evidence:** [Acme 1.0.0](releases/1.0.0.md#c1), [CANARY heard](notes/2026-10-01-CANARY.md). **Ask back:** PUBLIC question?

**If pressed:** CANARY {.internal}

### You CANARY are dear {#dear .internal}

**Say this:** CANARY answer.

![](CANARY-linked-inside.png)

## Talk tracks

### Discovery

PUBLIC track.

CANARY track. {.internal}

### POC {.internal}

- CANARY question

## Feature comparison

| Capability | Us | Acme |
|---|---|---|
| PUBLIC capability | yes | no |
| CANARY capability | yes | no {.internal} |
"""

INSIDE = """---
title: Brontide
competitor: brontide
owner: CANARY@ours.example
reviewed: {on: 2026-10-02, by: CANARY}
---

# Brontide

CANARY introduction

## Thirty-second read

- **We win when** CANARY.
- PUBLIC by its own mark. {.external-ok}

## Why we lose

- CANARY *(inference)*
"""

OBJECTION = """---
title: {title}
competitors: [acme]
stages: [poc]
category: security
owner: CANARY@ours.example
reviewed: {{on: 2026-10-05, by: CANARY}}
audience: {audience}
---

# {title}

**Also heard**

- {word} heard

**Say this:** {word} answer. [file]({file})

**If pressed:** CANARY concession. <!-- CANARY --> {{.internal}}
"""

NOTE = """---
date: 2026-10-01
author: CANARY
competitor: acme
stage: poc
source: buyer-said
deal: CANARY
---

CANARY said something.
"""

RELEASE = """---
version: {version}
date: 2026-09-01
source: https://acme.example/feed
sha256: 3ad107c0f08c81dd21770945209e25aa380603012b733531e8e40854638db5f5
---

# {version} {{#release}}

- **launch**: {word} change {{#c1}}
"""


@pytest.fixture
def marked(base: Path) -> tuple[Path, list[str]]:
    """A knowledge base with a canary of its own in every place, and all of them."""
    docs = base / "docs"
    texts = {
        "battlecards/acme/index.md": CARD,
        "battlecards/acme/notes/2026-10-01-CANARY.md": NOTE,
        "battlecards/acme/releases/1.0.0.md": RELEASE.format(version="1.0.0", word="PUBLIC"),
        "battlecards/acme/winloss.csv": "quarter,won,lost\nCANARY,1,2\n",
        "battlecards/acme/CANARY-linked-inside.png": "CANARY bytes",
        "battlecards/brontide/index.md": INSIDE,
        "battlecards/brontide/releases/9.9.9-CANARY.md": RELEASE.format(version="9.9.9-CANARY", word="CANARY"),
        "objections/outside.md": OBJECTION.format(title="Outside PUBLIC", audience="external-ok", word="PUBLIC", file="shown.txt"),
        "objections/inside-CANARY.md": OBJECTION.format(title="CANARY", audience="internal", word="CANARY", file="hidden.txt"),
        "objections/shown.txt": "PUBLIC file",
        "objections/hidden.txt": "CANARY file",
        "objections/index.md": "# All\n\nCANARY index\n",
        "index.md": "# Home\n\nCANARY home\n",
        "guide/index.md": "# Guide\n\nCANARY guide\n",
        "CANARY.json": '{"word": "CANARY"}',
    }
    count = itertools.count()
    places: list[str] = []

    def canary(_: object) -> str:
        places.append(f"kanarie{next(count):03d}x")
        return places[-1]

    for path, text in texts.items():
        name = path.replace("CANARY", "kanariefile")  # links must lead somewhere
        for target in re.findall(r"[\w./-]*CANARY[\w./-]*\.(?:md|png)", text):
            text = text.replace(target, target.replace("CANARY", "kanariefile"))  # noqa: PLW2901
        (docs / name).parent.mkdir(parents=True, exist_ok=True)
        (docs / name).write_text(re.sub("CANARY", canary, text))
    (base / ".kb").mkdir()
    (base / ".kb/gaps.jsonl").write_text(re.sub("CANARY", canary, '{"query": "CANARY asked"}\n'))
    (base / "mkdocs.yml").write_text((PROJECT / "mkdocs.yml").read_text() + "\nrepo_url: https://git.example/kanarierepo\n")
    return base, [*places, "kanariefile", "kanarierepo"]


def everything(site: Path) -> str:
    """Every byte of a site, file names included, gzip opened."""
    found = []
    for path in site.rglob("*"):
        if path.is_file():
            data = path.read_bytes()
            found += [path.as_posix(), (gzip.decompress(data) if path.suffix == ".gz" else data).decode("utf-8", "replace")]
    return "\n".join(found)


def test_no_canary_leaves_the_house(marked: tuple[Path, list[str]]) -> None:
    """Cards, objections, lines, notes, releases, front matter, comments, files and their names: nothing internal is in any byte."""
    root, places = marked
    assert len(places) > 40
    done = kb(root, "build", "--audience", "external-ok")
    assert done.returncode == 0, done.stderr
    told = everything(root / "site-external-ok")
    assert [word for word in places if word in told] == []
    assert (root / "site-external-ok/sitemap.xml.gz").is_file()
    wanted = ["they need a PUBLIC read", "PUBLIC claim one", "PUBLIC below it", "PUBLIC answer", "PUBLIC question", "PUBLIC track", "PUBLIC capability",
              "PUBLIC by its own mark", "PUBLIC heard", "PUBLIC file", "PUBLIC change", "for PUBLIC reading"]  # fmt: skip
    assert [words for words in wanted if words not in told] == []
    assert kb(root, "build").returncode == 0
    inside = everything(root / "site")
    assert sum(word in inside for word in places) > 25, "the internal site has them, so they could have been found"
    assert ".internal}" not in inside


def test_the_pack_of_outsiders_holds_no_canary(marked: tuple[Path, list[str]]) -> None:
    """What a pack for outsiders would be made of: the answers of the shared library, every field of them."""
    from search.passages import answers

    root, places = marked
    settings = config.load(str(root), root)
    shared = offer(settings, library.load(root), "external-ok").library
    found = answers(shared)
    told = "\n".join(map(repr, found))
    assert {answer.audience for answer in found} == {"external-ok"}
    assert "PUBLIC" in told
    assert [word for word in places if word in told] == []


def test_an_item_with_an_internal_line_in_it_is_internal_to_the_search(marked: tuple[Path, list[str]]) -> None:
    """`kb search --audience external-ok` on the full index: what is said to outsiders holds no canary, not even from a line within an item."""
    from search.passages import answers

    root, places = marked
    said = "\n".join(f"{answer.title} {answer.say_this}" for answer in answers(library.load(root)) if answer.audience == "external-ok")
    assert "PUBLIC" in said
    assert [word for word in places if word in said and word != "kanariefile"] == []


def test_a_leak_stops_the_build_and_nothing_is_left_to_publish(marked: tuple[Path, list[str]]) -> None:
    """A word that slipped into a shared file's name, which no mark can hold back, is found, told, and the site is gone."""
    root, _ = marked
    (root / "docs/guide/secret.md").write_text("# Secret\n\nProject zanzibarium starts in May.\n")
    page = root / "docs/objections/zanzibarium.md"
    page.write_text((root / "docs/objections/outside.md").read_text())
    watched = Watch(["Project zanzibarium starts in May"], ["PUBLIC"], [])
    site = root / "made"
    (site / "sub").mkdir(parents=True)
    (site / "sub/zanzibarium.txt").write_text("x")
    (site / "a.html").write_text("<p>zanz&#105;barium</p>")
    (site / "b.json").write_text('"\\u007aanzibarium"')
    (site / "c.xml.gz").write_bytes(gzip.compress(b"<x>zanzibarium</x>"))
    assert {path.name for path, _ in leaks(site, watched, [])} == {"zanzibarium.txt", "a.html", "b.json", "c.xml.gz"}


def test_a_run_of_ordinary_words_is_a_leak(tmp_path: Path) -> None:
    """Six words in a row that only an internal text has are found, tags between them or not; the same words apart are none."""
    watched = Watch(["we would go down to half the price"], ["price half the go would we down to"], [])
    (tmp_path / "a.html").write_text("<p>they said we would <b>go down</b> to half</p>")
    assert leaks(tmp_path, watched, [])
    (tmp_path / "a.html").write_text("<p>we would go; down to the price</p>")
    assert not leaks(tmp_path, watched, [])


def test_a_mark_that_marks_nothing_is_refused(marked: tuple[Path, list[str]]) -> None:
    """`{.internal}` in the middle of a sentence protects nothing, so the build says where it must stand."""
    root, _ = marked
    path = root / "docs/objections/outside.md"
    path.write_text(path.read_text().replace("answer.", "answer {.internal} goes on."))
    done = kb(root, "build", "--audience", "external-ok")
    assert done.returncode == 1
    assert "docs/objections/outside.md: a mark {.internal} stands where it marks nothing" in done.stderr


@pytest.mark.parametrize(
    ("text", "audience", "left"),
    [
        ("- a\n- b {.internal}\n- c", "external-ok", "- a\n- c"),
        ("- a\n- b {#b .external-ok}\n- c", "internal", "- b {#b .external-ok}"),
        ("one\n\ntwo\nlines {.internal}\n\nthree", "external-ok", "one\n\nthree"),
        ("- a\n    - x {.internal}\n    - y", "external-ok", "- a\n    - y"),
        ("- a {.internal}\n    - x\n- b", "external-ok", "- b"),
        ("### A {.internal}\n\ntext\n\n#### B\n\nmore\n\n### C\n\nleft", "external-ok", "### C\n\nleft"),
        ("| a | b |\n|---|---|\n| c | d {.external-ok} |\n| e | f |", "internal", "| a | b |\n|---|---|\n| c | d {.external-ok} |"),
        ("| a |\n|---|\n| c |", "internal", ""),
        ("a <!-- b --> c <!-- d", "external-ok", "a  c"),
    ],
)  # fmt: skip
def test_what_is_kept(text: str, audience: str, left: str) -> None:
    """Items, rows, paragraphs and headings with all below them; comments never."""
    assert kept(text, audience) == left
    assert "internal" not in unmarked(left)
    inside, _ = split(text, audience == "external-ok")
    assert all(word not in left for block in inside for word in re.findall(r"two|more|text|b\b.*internal", block))


def test_links_to_what_is_not_there() -> None:
    """Evidence that stays inside goes with its words; within a sentence the words stay; ids stay."""
    line = "- We [win](a.md) often. [One](releases/1.md#c1), [note](notes/n.md), [web](https://x.example/) {#id}"
    there = {"docs/c/releases/1.md"}
    assert relinked(line, "docs/c/index.md", there) == "- We win often. [One](releases/1.md#c1), [web](https://x.example/) {#id}"
