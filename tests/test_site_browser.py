"""The site in a real Chromium: what an SE does on a phone, on a tablet and at a desk, and what must not happen while doing it."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from publish.vendored import MERMAID
from tests.browser import SIZES, chromium, needs_browser, opened, served
from tests.conftest import kb

pytestmark = needs_browser

CARDS = ("acme", "brontide", "ferrowatch", "quillstack")
PAGES = (
    "", "battlecards/", "battlecards/acme/", "battlecards/ferrowatch/", "battlecards/acme/releases/", "battlecards/acme/releases/4.4.0/",
    "battlecards/acme/notes/2026-09-12-poc-agent-cpu/", "objections/", "objections/all/", "objections/fedramp/", "compare/", "releases/",
    "stages/", "stages/discovery/", "glossary/", "guide/", "contribute/",
)  # fmt: skip
"""One of each kind."""
CALM = "2026-11-15T12:00:00"
"""A day on which the sample is partly stale."""


@pytest.fixture(scope="module")
def address(sample: Path) -> Iterator[str]:
    (sample / "mkdocs.yml").write_text(
        (sample / "mkdocs.yml").read_text() + "\nrepo_url: https://git.example/team/kb\nedit_uri: edit/main/docs/\n"
    )
    done = kb(sample, "build")
    assert done.returncode == 0, done.stderr
    with served(sample / "site") as found:
        yield found


@pytest.fixture(scope="module")
def browser() -> Iterator[object]:
    with chromium() as found:
        yield found


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", SIZES)
def test_every_kind_of_page_is_calm(browser, address: str, size: str, scheme: str) -> None:
    """At three sizes, light and dark: nothing wider than the window, nothing in the console, no request to anywhere else, no policy broken."""
    with opened(browser, address, size, scheme) as (page, seen):
        for path in PAGES:
            page.goto(address + path)
            page.wait_for_load_state("networkidle")
            assert page.evaluate("document.documentElement.scrollWidth") <= SIZES[size][0], path
        assert seen.errors == []
        assert seen.foreign == []


@pytest.mark.parametrize(("size", "scheme"), [("phone", "light"), ("phone", "dark"), ("desktop", "light")])
def test_axe_finds_nothing_serious(browser, address: str, size: str, scheme: str) -> None:
    """axe-core, every rule: no serious and no critical violation on any kind of page."""
    from axe_playwright_python.sync_playwright import Axe

    found = []
    with opened(browser, address, size, scheme, bypass_csp=True) as (page, _):
        for path in PAGES:
            page.goto(address + path)
            page.wait_for_load_state("networkidle")
            for fault in Axe().run(page).response["violations"]:
                if fault["impact"] in ("serious", "critical"):
                    found += [f"{path}: {fault['id']}: {node['html'][:160]}" for node in fault["nodes"][:3]]
    assert found == []


@pytest.mark.parametrize("card", CARDS)
def test_the_thirty_second_read_fits_a_phone(browser, address: str, card: str) -> None:
    """Title, who vouches, when we win, when they win, quick dismiss and the one thing to say are on the first screen."""
    with opened(browser, address, path=f"battlecards/{card}/") as (page, _):
        box = page.locator(".rj-thirty-second-read").bounding_box()
        assert box["y"] + box["height"] <= SIZES["phone"][1]
        assert page.locator(".rj-vouch").bounding_box()["y"] < 120


def test_an_objection_is_tapped(browser, address: str) -> None:
    """Say this is there at once and copied by its button; a tap on the heading unfolds the rest, another folds it."""
    with opened(browser, address, path="battlecards/acme/", permissions=["clipboard-read", "clipboard-write"]) as (page, seen):
        box = page.locator(".rj-objection").first
        rest = box.locator(".rj-part--if-pressed")
        assert "0.6 percent" in box.locator(".rj-say").inner_text()
        assert not rest.is_visible()
        box.locator("h3").click(position={"x": 20, "y": 20})
        assert rest.is_visible()
        box.locator(".rj-copy").click()
        assert page.evaluate("navigator.clipboard.readText()").startswith("Our collector takes about 0.6 percent")
        box.locator("h3").click(position={"x": 20, "y": 20})
        assert not rest.is_visible()
        assert seen.errors == []


def test_the_keyboard_alone_unfolds_an_objection(browser, address: str) -> None:
    """Focus on the fold, Enter: open; the copy button comes before it and says what it copies."""
    with opened(browser, address, "desktop", path="battlecards/acme/") as (page, _):
        page.locator(".rj-objection .rj-copy").first.focus()
        assert page.evaluate("document.activeElement.getAttribute('aria-label')") == "Copy what to say"
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        assert page.locator(".rj-objection details").first.get_attribute("open") is not None


def test_a_link_opens_what_it_leads_to(browser, address: str) -> None:
    """A link to an objection shows its rest; one to a talk track shows that tab."""
    with opened(browser, address, path="battlecards/acme/#acme-guide") as (page, _):
        assert page.locator(".rj-objection:has(#acme-guide) .rj-part--explore").is_visible()
        page.goto(f"{address}battlecards/acme/#negotiation")
        assert page.locator("#negotiation").is_visible()
        assert not page.locator("#poc").is_visible()


def test_the_first_column_stays_put(browser, address: str) -> None:
    """On a phone the comparison scrolls by itself, and the capability's name stays where it is."""
    with opened(browser, address, path="battlecards/acme/") as (page, _):
        first, last = (
            page.locator(".rj-compare tbody tr:first-child td:first-child"),
            page.locator(".rj-compare tbody tr:first-child td:last-child"),
        )
        before = first.bounding_box()["x"], last.bounding_box()["x"]
        last.evaluate(
            "cell => { for (let box = cell; box; box = box.parentElement) if (box.scrollWidth > box.clientWidth + 20) box.scrollLeft = 200 }"
        )
        assert first.bounding_box()["x"] == pytest.approx(before[0], abs=2)
        assert last.bounding_box()["x"] < before[1] - 20


def test_freshness_is_the_readers_clock(browser, address: str) -> None:
    """The same site says Fresh in October and Stale, with the reason, in May; so do claims whose evidence was read too long ago, and prices."""
    with opened(browser, address) as (page, _):
        page.clock.set_fixed_time("2026-10-10T12:00:00")
        page.goto(f"{address}objections/fedramp/")
        assert page.locator(".rj-vouch .rj-badge").inner_text() == "Fresh"
        page.goto(f"{address}battlecards/acme/")
        assert page.locator("#proof-cpu .rj-badge").count() == 0
        page.clock.set_fixed_time("2027-05-01T12:00:00")
        page.goto(f"{address}objections/fedramp/")
        assert page.locator(".rj-vouch .rj-badge").inner_text() == "Stale: review overdue since 2027-01-03"
        page.goto(f"{address}battlecards/acme/")
        assert "review overdue since 2026-12-31" in page.locator(".rj-vouch").inner_text()
        assert "its page was last read on 2026-08-14" in page.locator("#proof-cpu").inner_text()
        assert "a price, last looked at on 2026-10-02" in page.locator("#price-ours").inner_text()


def test_a_claim_says_which_release_touches_it(browser, address: str) -> None:
    """What was shipped since the review makes a card stale whatever the date, and the claim that it may contradict says so."""
    with opened(browser, address) as (page, _):
        page.clock.set_fixed_time("2026-10-10T12:00:00")
        page.goto(f"{address}battlecards/brontide/")
        assert re.search(r"Stale: newer releases touch \d+ claims", page.locator(".rj-vouch").inner_text())
        assert "touches this claim" in page.locator("li.rj-stale").first.inner_text()
        said = page.locator(".rj-compare tr .rj-badge").first.inner_text()
        assert re.match(r"Check first: Brontide .* touches this claim", said)
        page.goto(f"{address}compare/")
        assert page.locator("tr .rj-badge", has_text=said).count() >= 1
        page.goto(address)
        assert re.search(r"stale: newer releases touch \d+ claims", page.locator(".rj-tile:has-text('Brontide')").inner_text())
        assert "stale: newer releases touch" in page.locator("h2:has-text('needs review') ~ * tbody tr").first.inner_text()


def test_the_edit_link_opens_the_right_file(browser, address: str) -> None:
    """Of a card and of an objection, by mkdocs.yml's repo_url and edit_uri; a page that nobody wrote has none."""
    with opened(browser, address) as (page, _):
        for path, file in (("battlecards/acme/", "battlecards/acme/index.md"), ("objections/fedramp/", "objections/fedramp.md")):
            page.goto(address + path)
            assert page.locator(".rj-edit").get_attribute("href") == f"https://git.example/team/kb/edit/main/docs/{file}"
        page.goto(f"{address}compare/")
        assert page.locator("a[href*='/edit/']").count() == 0


@pytest.mark.parametrize("card", CARDS)
def test_a_card_prints_on_two_pages(browser, address: str, card: str) -> None:
    """A4, from a dark screen too, in letters that can be read: text from 7 points, evidence from 6."""
    with opened(browser, address, "desktop", "dark", path=f"battlecards/{card}/") as (page, _):
        assert len(re.findall(rb"/Type\s*/Page\b", page.pdf(prefer_css_page_size=True))) <= 2
        page.emulate_media(media="print")
        points = "text => parseFloat(getComputedStyle(text).fontSize) * 0.75"
        assert page.locator(".rj-say p").first.evaluate(points) >= 7
        assert page.locator("li .rj-ev").first.evaluate(points) >= 6


@pytest.mark.skipif(not MERMAID.is_file(), reason="Mermaid was not fetched (npm was missing when the project was installed)")
def test_diagrams_are_drawn(browser, address: str) -> None:
    """A Mermaid block becomes a picture, from a file of the site's own."""
    with opened(browser, address, "tablet", path="battlecards/acme/") as (page, seen):
        page.locator(".rj-diagram svg").wait_for(timeout=20_000)
        assert "OpenTelemetry collector" in page.locator(".rj-diagram svg").text_content()
        assert seen.foreign == []
        assert seen.errors == []


def test_it_opens_with_the_network_cut(browser, address: str) -> None:
    """After one visit everything is there offline: a card never opened before, the theme's search, diagrams, a page that does not exist."""
    with opened(browser, address, "desktop", workers="allow", path="") as (page, seen):
        page.evaluate("navigator.serviceWorker.ready.then(() => true)")
        page.context.set_offline(True)
        page.goto(f"{address}battlecards/quillstack")
        assert page.locator("h1").inner_text().startswith("Quillstack")
        if MERMAID.is_file():
            page.locator(".rj-diagram svg").wait_for(timeout=20_000)
        page.goto(f"{address}objections/fedramp/?from=train")
        assert page.locator(".rj-say").is_visible()
        page.keyboard.press("s")  # "/" is the lookup's
        page.keyboard.type("failover")
        page.locator(".md-search-result__link").first.wait_for(timeout=20_000)
        page.goto(f"{address}no/such/page/")
        assert "404" in page.locator("h1").inner_text()
        assert seen.foreign == []


def test_a_thumb_hits_what_it_aims_at(browser, address: str) -> None:
    """On a touch screen: the way to an answer is on home's first screen, and what an SE taps in a call is at least 40 pixels high."""
    with opened(browser, address, path="", has_touch=True, is_mobile=True) as (page, _):
        ask = page.locator("article a.rj-ask").bounding_box()
        assert ask["y"] + ask["height"] < SIZES["phone"][1] / 2
        page.locator("article a.rj-ask").tap()
        page.wait_for_url("**/lookup/")
        page.goto(f"{address}battlecards/acme/")
        low = page.evaluate(
            "[...document.querySelectorAll('.rj-copy, .rj-jumps a, .lookup-open')].filter((e) => e.getBoundingClientRect().height < 40).length"
        )
        assert low == 0
        overlaps = page.evaluate(
            """[...document.querySelectorAll('.rj-say')].filter((say) => {
                const range = document.createRange();
                range.selectNodeContents(say.querySelector('p'));
                const button = say.querySelector('.rj-copy').getBoundingClientRect();
                return [...range.getClientRects()].some((r) => r.right > button.left && r.top < button.bottom && r.bottom > button.top);
            }).length"""
        )
        assert overlaps == 0


def test_a_printed_objection_page_keeps_its_parts(browser, address: str) -> None:
    """On a page that is only one objection the rest is on the paper, over the page's width, folded or not; on a card it stays folded."""
    with opened(browser, address, "desktop", path="objections/fedramp/") as (page, _):
        page.locator("details.rj-rest summary").click()
        page.emulate_media(media="print")
        page.evaluate("dispatchEvent(new Event('beforeprint'))")
        assert page.locator(".rj-part--if-pressed").is_visible()
        assert page.locator(".md-content__inner").evaluate("box => getComputedStyle(box).columnCount") == "auto"
        assert len(re.findall(rb"/Type\s*/Page\b", page.pdf(prefer_css_page_size=True))) == 1
        page.goto(f"{address}battlecards/acme/")
        page.evaluate("dispatchEvent(new Event('beforeprint'))")
        assert page.locator("details.rj-rest:visible").count() == 0


def test_a_comparison_is_compact(browser, address: str) -> None:
    """The theme's own table cells do not win: on a phone three of the four columns are seen without scrolling."""
    with opened(browser, address, path="battlecards/acme/") as (page, _):
        cell = page.locator(".rj-compare tbody td").nth(2)
        assert cell.evaluate("td => getComputedStyle(td).paddingTop") == "8px"
        assert cell.bounding_box()["x"] + cell.bounding_box()["width"] <= SIZES["phone"][0]
        page.emulate_media(media="print")
        assert float(cell.evaluate("td => parseFloat(getComputedStyle(td).paddingTop)")) < 2
