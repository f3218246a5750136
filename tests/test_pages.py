"""The pages that nobody writes, and the form that cards get: values in, Markdown out."""

import re
import shutil
import xml.etree.ElementTree as ET
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from markdown import markdown

from kb import library
from kb.conflict import Conflict
from kb.errors import MarkdownError
from kb.holding import holds_until
from kb.library import Library
from kb.touched import touched
from publish import feeds, home, lists, overview
from publish.cardpage import Beside, card_page
from publish.derived import PAGES, Site, derived
from publish.evidence import dated
from publish.lines import braces, rewrite_items, rewrite_rows, with_braces
from publish.pages import LONGEST, menu
from publish.winloss import chart, parse_winloss
from tests.conftest import PROJECT, kb

ACME = "docs/battlecards/acme/index.md"


@pytest.fixture(scope="module")
def known() -> Library:
    return library.load(PROJECT)


def test_every_generated_page_is_in_one_list(known: Library) -> None:
    """The list of derived pages makes all of them from the sample, and none that the list does not name."""
    asked = Site(gaps='{"query": "Do you run on mainframes"}\n{"query": "do you run on Mainframes"}\nhalf a li')
    made = derived(known, asked)
    patterns = [re.compile(re.escape(where).replace(r"<competitor>", r"[\w-]+").replace(r"\*", r"[\w-]+")) for where in PAGES]
    assert all(any(pattern.fullmatch(path) for path in made) for pattern in patterns)
    assert all(any(pattern.fullmatch(path) for pattern in patterns) for path in made)
    assert "| do you run on Mainframes | 2 |" in made["gaps.md"]
    assert "gaps.md" not in derived(known, Site())


def test_an_empty_knowledge_base_has_a_home(tmp_path: Path) -> None:
    """Without a card no page is made of cards, and the site still builds."""
    assert set(derived(Library(tmp_path), Site())) >= {"index.md", "changes.xml", "llms.txt"}
    assert "compare.md" not in derived(Library(tmp_path), Site())


def test_hundreds_of_cards_leave_room_for_the_rest(known: Library, tmp_path: Path) -> None:
    """Home shows those that a release touches and a few more, the menu the list of all: neither is as long as the knowledge base."""
    one = known.cards[ACME]
    many = {f"docs/battlecards/r{n}/index.md": replace(one, competitor=f"r{n}", title=f"Rival {n:03d}") for n in range(LONGEST + 1)}
    large = Library(tmp_path, cards=many)
    page = home.home(large, "# Ours", reasons={"r60": ["newer releases touch 1 claim"]})
    assert page.count('class="rj-tile"') == home.TILES
    assert page.index("[Rival 060]") < page.index("[Rival 000]")
    assert f"[All {LONGEST + 1} battlecards](battlecards/index.md)" in page
    assert {"Battlecards": ["battlecards/index.md"]} in menu(large, tmp_path)
    few = next(tab for tab in menu(known, tmp_path) if "Battlecards" in tab)
    assert len(few["Battlecards"]) == 1 + len(known.cards)
    assert "battlecards](battlecards/index.md)" not in home.home(known, "# Ours")


def test_all_objections_are_listed_by_competitor_category_and_stage(known: Library) -> None:
    """Each of the forty is there once by competitor; those that say category and stage are there as well."""
    page = lists.all_objections(known)
    first, by_category, by_stage = page.split('\n=== "')[1:]
    entries = lists.entries(known)
    assert len(entries) == 40
    assert all(f"](../{entry.href})" in first for entry in entries)
    assert all(f"](../{entry.href})" in by_category for entry in entries if entry.category)
    assert all(by_stage.count(f"](../{entry.href})") == len(entry.stages) for entry in entries)


def test_the_matrix_has_every_row_of_every_card(known: Library) -> None:
    """Each capability once, in each cell what that card says with its evidence; links lead from where the page lies."""
    page = overview.matrix(known)
    assert page.count("| SAML SSO |") == 1
    row = next(line for line in page.split("\n") if line.startswith("| SAML SSO |"))
    assert "Pro and up [4.4.0](battlecards/acme/releases/4.4.0.md#c2){.rj-ev}" in row
    assert "Scale [2026.7]" in row
    for card in known.cards.values():
        for claim in card.claims:
            if claim.section == "Feature comparison":
                assert f"| {claim.text.split('|')[0].strip()} |" in page


def test_the_week_ends_on_the_newest_day_of_the_data(known: Library) -> None:
    """Home needs no clock: the sample's newest day is a field note's, and what is older than a week is not news."""
    assert home.newest(known) == date(2026, 11, 17)
    page = home.home(known, "# Ours\n\nhello\n\n## Below\n\nlast")
    assert page.index("hello") < page.index("## Cards") < page.index("## Top objections") < page.index("## Below")
    assert page.startswith(f"# Ours\n\n{home.ASK}\n\nhello\n")
    assert home.home(known, "untitled").startswith(f"{home.ASK}\n\nuntitled\n")
    week = page[page.index("## What changed lately") : page.index("## What needs review")]
    assert "Brontide 2026.11" in week
    assert "2026-11-04" not in week


def test_the_feed_is_rss_and_always_the_same(known: Library) -> None:
    """Well-formed, newest first, addresses whole when the site's is known; two runs give the same bytes."""
    text = feeds.feed(known, "Rejoinder & co", "https://kb.example/team/")
    assert text == feeds.feed(known, "Rejoinder & co", "https://kb.example/team/")
    channel = ET.fromstring(text).find("channel")
    assert channel is not None
    assert channel.findtext("title") == "Rejoinder & co: what changed"
    items = channel.findall("item")
    assert len(items) == feeds.ITEMS
    assert all(str(item.findtext("link")).startswith("https://kb.example/team/") for item in items)
    assert str(items[0].findtext("pubDate")).startswith("Tue, 17 Nov 2026")


def test_llms_txt_names_every_card_and_objection(known: Library) -> None:
    """One line each, with its address."""
    text = feeds.llms(known, "Rejoinder", "about", "")
    assert text.startswith("# Rejoinder\n\n> about\n")
    assert text.count("\n- [") == len(known.cards) + 40
    assert "(objections/fedramp/)" in text


@pytest.mark.parametrize("path", sorted((PROJECT / "docs/battlecards").glob("*/index.md")), ids=lambda p: p.parent.name)
def test_a_card_page_keeps_every_word(path: Path, known: Library) -> None:
    """Form is added, nothing is lost: every word and every link of every section is on the page."""
    name = path.relative_to(PROJECT).as_posix()
    page = card_page(known.cards[name], name, Beside(known))
    words = {*re.findall(r"[\w%.-]+", page), "Say", "this"}  # the box's label is the style's
    for section in known.cards[name].sections:
        lost = [word for word in re.findall(r"[\w%.-]+", section.body) if word not in words]
        assert not lost, (section.name, lost)


def test_reasons_reach_the_claim_and_the_card(known: Library) -> None:
    """What happened since the review is written beside the claim it touches, as text that can end no attribute."""
    reasons = {"acme#log-price": ['Acme 4.6 "touches" this {claim}', "and <b>"], "acme": ["material release since"]}
    page = card_page(known.cards[ACME], ACME, Beside(known, reasons=reasons))
    line = next(line for line in page.split("\n") if "#log-price" in line)
    assert 'data-reasons="Acme 4.6 ”touches” this (claim) | and ‹b›"' in line
    assert 'data-reasons="material release since"' in page
    html = markdown(line, extensions=["publish.ids", "attr_list"])
    assert '<li class="' in html or 'id="log-price"' in html


def test_evidence_carries_its_date(known: Library) -> None:
    """A release note's and a field note's day stand beside the link; a page on the web says itself when it was read."""
    text = "Said. [Acme 4.5.0](releases/4.5.0.md#c1), [page, read 2026-10-02](https://acme.example/)"
    assert dated(text, ACME, known) == (
        "Said. [Acme 4.5.0 <small>2026-11-04</small>](releases/4.5.0.md#c1){.rj-ev} [page, read 2026-10-02](https://acme.example/){.rj-ev}"
    )


def test_how_long_evidence_holds(known: Library) -> None:
    """As long as its last piece: a page until it should be read again, a note until it expires, a release note for good."""
    page, note, release = "[p, read 2026-10-02](https://a.example/)", "[n](notes/2026-09-12-poc-agent-cpu.md)", "[r](releases/4.5.0.md)"
    assert holds_until(page, ACME, known, "30d") == (date(2026, 11, 1), "its page was last read on 2026-10-02")
    end = holds_until(f"{page} {note}", ACME, known, "30d")
    assert end is not None
    assert end[0] == date(2027, 3, 12)
    assert holds_until(f"{page} {release}", ACME, known, "30d") is None
    assert holds_until("no link", ACME, known, "30d") is None


def test_wins_and_losses_are_drawn() -> None:
    """Counts per quarter become bars with their numbers, and the sum is told in words; a bad row is told with its line."""
    quarters = parse_winloss("quarter,won,lost\n2026-Q1,3,1\n2026-Q2,0,2\n", "x.csv")
    drawn = chart(quarters)
    assert drawn.startswith("**3 won, 3 lost**, 50 % won, from 2026-Q1 to 2026-Q2.")
    assert drawn.count("<rect") == 3
    assert 'aria-label="2026-Q1: 3 won, 1 lost; 2026-Q2: 0 won, 2 lost"' in drawn
    for text, line in (("quarter,won,lost\n2026-Q1,3,x\n", 2), ("a,b\n1,2\n", 1), ('quarter,won,lost\n"<b>",1,2\n', 2)):
        with pytest.raises(MarkdownError) as told:
            parse_winloss(text, "x.csv")
        assert told.value.line == line


def test_items_and_rows_are_changed_in_place() -> None:
    """Only the first paragraph of a top-level item, on one line; code that looks like a list stays."""
    body = "before\n\n- one\n  more {#a .b}\n    - inner\n- two\n\n```\n- code\n```"
    assert rewrite_items(body, str.upper) == "before\n\n- ONE MORE {#A .B}\n    - inner\n- TWO\n\n```\n- code\n```"
    assert rewrite_rows("| a | b |\n|---|---|\n| c | d \\| e |", lambda row: [*reversed(row)]) == "| a | b |\n|---|---|\n| d \\| e | c |"
    assert with_braces(*braces("words {#id .class}")) == "words {#id .class}"


def test_ids_give_no_handler_and_no_style() -> None:
    """Of what stands in braces behind an item only id, class and data- reach the page."""
    html = markdown('- a {#x .y data-z="1" onclick="alert(1)" style="color:red"}', extensions=["publish.ids"])
    assert html == '<ul>\n<li class="y" data-z="1" id="x">a</li>\n</ul>'


def test_a_bad_count_is_told_in_a_line(sample: Path, tmp_path: Path) -> None:
    """`kb build` names the file and the line of a row that is none."""
    root = tmp_path / "kb"
    shutil.copytree(sample / "docs", root / "docs")
    shutil.copy(PROJECT / "kb.toml", root)
    (root / "docs/battlecards/acme/winloss.csv").write_text("quarter,won,lost\n2026-Q1,many,2\n")
    done = kb(root, "build")
    assert done.returncode == 1
    assert done.stderr.startswith("docs/battlecards/acme/winloss.csv:2: a row must read like")


def test_outsiders_get_no_to_do_list(known: Library) -> None:
    """Glossary, gaps and what needs review are ours."""
    made = derived(replace(known, notes={}), Site(for_outsiders=True))
    assert "glossary.md" not in made
    assert "What needs review" not in made["index.md"]


def test_what_a_release_touches_is_marked_wherever_the_card_is_told_of(known: Library) -> None:
    """Home's tile and row come first and say why, and a comparison's row, which has no id, is found by its capability."""
    claim = next(c for c in known.cards[ACME].claims if c.text.startswith("SAML SSO |"))
    change = next(iter(known.releases_of("acme").values())).changes[0]
    found = touched({"acme": [Conflict(claim, "x.md", "4.5.0", "c1", change, 0.9, "plan | restriction")], "brontide": []}, known)
    assert found["acme"] == ["newer releases touch 1 claim"]
    page = home.home(known, "# Ours", reasons={**found, "quillstack": ["newer releases touch 2 claims"]})
    tiles, review = page.split("## What changed")[0], page.split("## What needs review")[1]
    assert tiles.index("[Acme") < tiles.index("[Quillstack") < tiles.index("[Brontide")
    assert review.index("[Acme") < review.index("[Brontide")
    assert tiles.count("data-reasons") == 2
    assert review.split("\n")[4].count('data-reasons="newer releases touch 1 claim"') == 1
    mark = '<span class="rj-due" data-reasons="Acme Observability 4.5.0 touches this claim"></span>'
    row = next(line for line in overview.matrix(known, found).split("\n") if line.startswith("| SAML SSO"))
    assert f"(battlecards/acme/releases/4.4.0.md#c2){{.rj-ev}} {mark} |" in row
    card = card_page(known.cards[ACME], ACME, Beside(known, reasons=found))
    assert f"| SAML SSO {mark} |" in card
    assert card.count("data-reasons") == 2


def test_a_stage_has_the_objections_of_each_card(known: Library) -> None:
    """Each card's own stand below its talk track; what was heard names the competitor and ends between words."""
    page = lists.stages(known)["stages/poc.md"]
    tracks, heard = page.split("\n## Heard at this stage")
    with_track = [card for card in known.cards.values() if f'=== "{card.title}"' in tracks]
    assert len(with_track) > 1
    for card in with_track:
        tab = tracks.split(f'=== "{card.title}"')[1].split('\n=== "')[0]
        assert all(f"(../battlecards/{card.competitor}/index.md#{o.id})" in tab for o in card.objections), card.title
    assert "· Acme Observability: A platform lead at a payments processor" in heard
    assert "Supports" not in heard
    assert ".…" not in heard
    listed = tracks.count("](../battlecards/") - len(with_track) + tracks.count("](../objections/")
    assert f"| [POC](poc.md) | {listed} | 4 |" in lists.stages(known)["stages/index.md"]
    words = {word.strip(".,;:") for note in known.notes.values() for word in note.body.split()}
    assert all(line.rstrip(" .…").rsplit(" ", 1)[-1] in words for line in heard.strip().split("\n"))
