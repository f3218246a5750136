"""Cards, objections, release notes and field notes: Markdown in and out, and what is said of broken ones."""

import datetime as dt
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.dialects import marks
from kb import inline
from kb.card import parse_card, render_card
from kb.errors import MarkdownError
from kb.escape import escape, one_line, unescape
from kb.markdown import without_evidence
from kb.model import CHANGE_KINDS, CONFIDENCES, NOTE_SOURCES, RELEASE_STATES, Change, FieldNote, ReleaseNote, Revision, Sighting
from kb.note import parse_note, render_note
from kb.objection import parse_objection_page, render_objection_page
from kb.release import parse_release, render_release, seal
from kb.words import STAGES

PROJECT = Path(__file__).parent.parent
SAMPLE_CARDS = sorted((PROJECT / "docs/battlecards").glob("*/index.md"))
SAMPLE_OBJECTIONS = sorted(p for p in (PROJECT / "docs/objections").glob("*.md") if p.name != "index.md")

CARD = """---
title: Acme Observability
competitor: acme
aliases: [Acme Cloud]
owner: dana@ours.example
reviewed: {on: 2026-10-02, by: dana, head: 4.2.0}
sources:
  - page: https://acme.example/new
    entry: article.release
---

# Acme Observability

## Thirty-second read

- **We win when** they count hosts.

## Why we win

- SSO costs extra there. [Acme 4.2.0](releases/4.2.0.md#c2) {#no-sso}
- They will copy us *(inference)*

## Feature comparison

| Capability | Us | Them |
|---|---|---|
| SSO | all plans | [Enterprise](releases/4.2.0.md) |

## Objections

### Your agents eat our CPU {#agent-overhead}

**Also heard**

- the collector used a full core

**Say this:** Ours takes under one percent. Try it.

**Acknowledge:** CPU is money. **Explore:** Which nodes? **Evidence:** [bench](https://ours.example/b)
"""

words = st.text(max_size=80).map(one_line)
solid = words.filter(lambda w: w.strip() != "")
days = st.dates(dt.date(1990, 1, 1), dt.date(2090, 1, 1))
slugs = st.from_regex(r"[a-z][a-z0-9-]{0,12}", fullmatch=True)
changes = st.builds(
    Change,
    kind=st.sampled_from(CHANGE_KINDS),
    text=solid,
    topics=st.lists(slugs, max_size=3, unique=True).map(tuple),
    because=st.sampled_from(["", "fix: crash; agent: CPU", "launch: nothing else fits"]),
)
revisions = st.lists(st.builds(Revision, sha256=slugs, date=st.none() | days), max_size=2).map(tuple)
sightings = st.builds(
    Sighting,
    source=st.sampled_from(["https://acme.example/b", "https://acme.example/c"]),
    sha256=slugs,
    date=st.none() | days,
    url=st.none() | st.just("https://acme.example/r2"),
    revisions=revisions,
)
notes = st.builds(
    ReleaseNote,
    version=solid,
    source=st.just("https://acme.example/feed"),
    sha256=st.from_regex(r"[0-9a-f]{64}", fullmatch=True),
    date=st.none() | days,
    title=words,
    url=st.none() | st.just("https://acme.example/r?a=b#c"),
    changes=st.lists(changes, max_size=5).map(tuple),
    revisions=revisions,
    state=st.sampled_from(RELEASE_STATES),
    also=st.lists(sightings, max_size=2).map(tuple),
    dated_by=st.none() | st.just("https://acme.example/b"),
).filter(lambda n: n.title != n.version)


@given(notes)
def test_a_release_note_survives_the_way_to_disk_and_back(note: ReleaseNote) -> None:
    """parse ∘ render is the identity for any text that a publisher may use, YAML and Markdown marks included."""
    again = parse_release(render_release(note), "x.md")
    assert again == note
    assert again.seal == seal(again)


@given(
    st.builds(
        FieldNote, date=days, author=slugs, competitor=slugs, stage=st.sampled_from(STAGES), source=st.sampled_from(NOTE_SOURCES),
        body=solid, confidence=st.sampled_from(CONFIDENCES), deal=st.none() | slugs, expires=st.none() | days,
    )
)  # fmt: skip
def test_a_field_note_survives_the_way_to_disk_and_back(note: FieldNote) -> None:
    """parse ∘ render is the identity for field notes."""
    text = render_note(note)
    assert parse_note(text, "x.md") == note


@given(st.text())
def test_escaping_is_exact_and_leaves_nothing_active(text: str) -> None:
    """What was published comes back word for word, and no character that Markdown or HTML acts on is left."""
    line = one_line(text)
    assert unescape(escape(line)) == line
    assert not set(escape(line).replace("&#", "")) & set('<>"`*_[]{}|\\~^$&')


def test_a_card_is_read_whole() -> None:
    """Claims know their section, evidence, basis, id and line; objections their phrasings and anatomy."""
    card = parse_card(CARD, "docs/battlecards/acme/index.md")
    assert [(c.section, c.id, c.basis, c.line) for c in card.claims] == [
        ("Why we win", "no-sso", "fact", 20),
        ("Why we win", None, "inference", 21),
        ("Feature comparison", None, "fact", 27),
    ]
    assert card.claims[0].evidence[0].href == "releases/4.2.0.md#c2"
    objection = card.objections[0]
    assert (objection.id, objection.line) == ("agent-overhead", 31)
    assert objection.also_heard == ("the collector used a full core",)
    assert objection.say_this == "Ours takes under one percent. Try it."
    assert dict(objection.parts) == {
        "Acknowledge": "CPU is money.",
        "Explore": "Which nodes?",
        "Evidence": "[bench](https://ours.example/b)",
    }
    assert (card.sources[0].kind, card.sources[0].entry) == ("page", "article.release")


@pytest.mark.parametrize("text", [CARD, *(p.read_text() for p in SAMPLE_CARDS)])
def test_a_card_survives_rendering(text: str) -> None:
    """parse ∘ render is the identity for the card above and for every card that ships."""
    card = parse_card(text, "docs/battlecards/acme/index.md")
    assert parse_card(render_card(card), "docs/battlecards/acme/index.md") == card


@pytest.mark.parametrize("path", SAMPLE_OBJECTIONS, ids=lambda p: p.stem)
def test_an_objection_page_survives_rendering(path: Path) -> None:
    """parse ∘ render is the identity for every objection that ships."""
    page = parse_objection_page(path.read_text(), path.name)
    assert parse_objection_page(render_objection_page(page), path.name) == page


def test_a_claim_is_spoken_without_its_evidence() -> None:
    """Links at the end go, one or several; a link inside the sentence keeps its words."""
    assert without_evidence("SSO costs extra. [Acme 4.2](a.md#c2), [page, read 2026-10-02](https://x/y) {#no-sso}") == "SSO costs extra."
    assert without_evidence("See [the list](a.md) first.") == "See [the list](a.md) first."


BROKEN = [
    ("title: Acme\n", 1, "must begin with front matter"),
    ("---\ntitle: Acme\n", 1, "not closed"),
    ("---\ntitle: [Acme\n---\n", 2, "not valid YAML"),
    ("---\ntitle: Acme\ncompetitor: acme\n---\n", 1, "`owner` is missing"),
    ("---\ntitle: Acme\n\towner: x\n---\n", 3, "a tab in the front matter"),
    ("---\ntitle: A\ncompetitor: a\nowner: o\nreviewed: yesterday\n---\n", 5, "`reviewed` must be {on:"),
    ("---\ntitle: A\ncompetitor: a\nowner: o\nreviewed: {on: soon, by: d}\n---\n", 5, '"soon" is not a date'),
    ("---\ntitle: A\ncompetitor: a\nowner: o\naudience: intern\n---\n", 5, 'isn\'t one of internal, external-ok. Did you mean "internal"?'),
    ("---\ntitle: A\ncompetitor: a\nowner: o\nreview_every: monthly\n---\n", 5, "write it like 90d"),
    ("---\ntitle: A\ncompetitor: a\nowner: o\nsources:\n  - rss: http://x\n---\n", 5, "exactly one of feed, page, changelog"),
    ("---\ntitle: A\ncompetitor: a\nowner: o\nsources:\n  - feed: file:///etc\n---\n", 5, "is not an http(s) address"),
    ("---\ntitle: A\ncompetitor: ../../a\nowner: o\n---\n", 3, "must be the folder's name"),
    (CARD.replace("**Say this:**", "**Say:**"), 31, "has no answer"),
    (CARD.replace("## Why we win", "<<<<<<< HEAD\n## Why we win"), 18, "git merge conflict"),
]


@pytest.mark.parametrize(("text", "line", "message"), BROKEN, ids=[b[2] for b in BROKEN])
def test_a_broken_card_is_told_with_its_line(text: str, line: int, message: str) -> None:
    """Every fault in a card has a line and says what must be so."""
    with pytest.raises(MarkdownError) as caught:
        parse_card(text, "docs/battlecards/acme/index.md")
    assert caught.value.line == line
    assert message in caught.value.message


marked = st.lists(
    st.sampled_from(["`", "**", "[", "](https://a.example/x?y=1&lt;z)", "](javascript:x)", "{#c1}", "<b>", "&lt;", "&amp;", "\\", "word ", " ", "a*b", "_", "`x`"]) | words,
    max_size=12,
).map("".join)  # fmt: skip


@given(marked)
def test_kept_formatting_is_exact_and_the_rest_is_text(text: str) -> None:
    """Any text with marks, half marks and markup comes back the same, and nothing but code, bold and web links is left active."""
    text = one_line(text)
    shown = inline.render(text)
    assert inline.parse(shown) == text
    bare = re.sub(r"`[\w .,:;/=+@%#'-]+`|</?code>|\*\*|\[|\]\(https?://[\w.~:/?#@!&=%+,;-]+\)", "", shown)
    assert not re.search(r"[<>`*_\[\]{}|\\~^$\"]", bare), shown


@given(marked)
def test_an_excerpt_is_never_cut_within_a_mark(text: str) -> None:
    """Cut to forty characters at any place: no longer, and what is left shows words of the whole."""
    text = one_line(text)
    cut = inline.shorten(text, 40)
    assert len(inline.words(cut)) <= 40
    assert inline.words(text).startswith(inline.words(cut.removesuffix("…")).rstrip()[:20])


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("Adds `kb note` and **bold** [docs](https://a.example/d)", "Adds `kb note` and **bold** [docs](https://a.example/d)"),
        ('See [#12](https://a.example/(x)) "t"', 'See [#12](https://a.example/%28x%29) "t"'),
        ('See [#12](https://a.example/x "title") now', "See [#12](https://a.example/x) now"),
        ("``rst code`` and :ref:`here <x>`", "`rst code` and `here`"),
        ("`words <https://a.example/r>`_ here", "[words](https://a.example/r) here"),
        ("https://a.example/p[#5] and link:https://a.example/q[q]", "[#5](https://a.example/p) and [q](https://a.example/q)"),
        ("<https://a.example/p> __strong__ snake_case__x", "[https://a.example/p](https://a.example/p) **strong** snake_case__x"),
        ("[x](javascript:alert(1)) [rel](../a.md) ![img](https://a.example/i.png)", "x rel img"),
    ],
)
def test_every_dialect_s_formatting_becomes_the_same_three_marks(written: str, kept: str) -> None:
    """Markdown, reStructuredText and AsciiDoc: code, bold and links to the web; other links and images become words."""
    assert marks(written) == kept
