"""Nothing that answers a question or makes the index reaches for a network, and a site that was visited is there without one."""

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from publish.offline import THEME, finish
from tests.browser import chromium, needs_browser, opened, served
from tests.conftest import PROJECT

CUT = ["unshare", "--map-root-user", "--net"]
"""A process of its own network, in which there is none: not even loopback is up."""


@pytest.mark.skipif(
    shutil.which("unshare") is None or subprocess.run([*CUT, "true"], check=False, capture_output=True).returncode != 0,
    reason="this machine does not let a test cut the network (unshare)",
)
def test_index_search_eval_and_check_work_with_the_network_cut(base: Path) -> None:
    """From nothing: the index is made, a question answered, the answers measured and the cards checked."""
    shutil.copytree(PROJECT / "docs/objections", base / "docs/objections")
    shutil.copytree(PROJECT / "docs/battlecards/acme", base / "docs/battlecards/acme", ignore=shutil.ignore_patterns("releases", "notes"))
    (base / "q.jsonl").write_text(json.dumps({"query": "the collector used a full core", "expect": ["battlecards/acme#agent-overhead"]}))

    def cut(*args: str) -> subprocess.CompletedProcess[str]:
        command = [*CUT, sys.executable, "-m", "kb", *args, "--root", str(base)]
        return subprocess.run(command, capture_output=True, text=True, timeout=300, check=False, cwd=PROJECT)

    indexed = cut("index", "--json")
    assert indexed.returncode == 0, indexed.stderr
    assert json.loads(indexed.stdout)["embedded"] > 50
    found = cut("search", "the collector used a full core on every node", "--json")
    assert found.returncode == 0, found.stderr
    assert json.loads(found.stdout)["hits"][0]["id"] == "battlecards/acme#agent-overhead"
    assert json.loads(cut("eval", "--queries", str(base / "q.jsonl"), "--json").stdout)["recall@1"] == 1
    assert "Traceback" not in cut("check").stderr


def kept(site: Path) -> set[str]:
    """The files that the service worker fetches when the site is first visited."""
    finish(site)
    found = re.search(r"^const FILES = (\{.*?\n\});", (site / "sw.js").read_text(), re.S | re.M)
    assert found
    return set(json.loads(found[1]))


@pytest.fixture
def little(tmp_path: Path) -> Path:
    """A site of two pages, as a generator leaves it."""
    site = tmp_path / "site"
    (site / "assets/rejoinder").mkdir(parents=True)
    shutil.copy(THEME / "assets/offline.js", site / "assets/rejoinder/offline.js")
    for name in ("index.html", "card.html", "404.html"):
        (site / name).write_text(
            f'<!DOCTYPE html><title>x</title><h1>{name} old</h1><script defer src="assets/rejoinder/offline.js"></script>'
        )
    (site / "favicon.ico").write_bytes(b"")
    return site


def test_a_visit_fetches_what_readers_see_and_no_more(little: Path) -> None:
    """What words need of the lookup, however large; not its model, no picture that no page shows, no language that is not searched."""
    put = {
        "lookup/answers.1.pack": b"x" * 300_000, "lookup/kernel.1.wasm": b"x", "lookup/weights.1.i8": b"x", "lookup/vectors.1.f16": b"x",
        "assets/screenshots/readme.png": b"x", "assets/shown one.png": b"x", "assets/javascripts/lunr/min/lunr.de.min.js": b"x",
        "search/search_index.json": b'{"config": {"lang": ["en"]}, "docs": []}',
    }  # fmt: skip
    for name, content in put.items():
        (little / name).parent.mkdir(parents=True, exist_ok=True)
        (little / name).write_bytes(content)
    (little / "card.html").write_text('<img src="assets/shown%20one.png">')
    found = kept(little)
    wanted = {"lookup/answers.1.pack", "lookup/kernel.1.wasm", "assets/shown one.png", "search/search_index.json"}
    assert found & put.keys() == wanted
    (little / "search/search_index.json").write_text('{"config": {"lang": ["en", "de"]}, "docs": []}')
    assert kept(little) - found == {"assets/javascripts/lunr/min/lunr.de.min.js"}


@pytest.fixture(scope="module")
def browser() -> Iterator[object]:
    with chromium() as found:
        yield found


@needs_browser
def test_a_reader_of_an_old_page_is_told_of_the_new_one(browser: object, little: Path) -> None:
    """After a publish the kept page opens at once, a notice says that there is a newer one, and a tap shows it; nothing is said before,
    and an open page finds out when the reader comes back to it."""
    finish(little)
    with served(little) as address, opened(browser, address, workers="allow", path="card.html") as (page, _):
        page.evaluate("navigator.serviceWorker.ready.then(() => true)")
        page.wait_for_function("navigator.serviceWorker.controller")
        page.reload()
        for how in ("reload", "return"):
            before = page.locator("h1").inner_text()
            # the look that loading the page began has ended: a browser takes a second one, meanwhile, for the same
            page.evaluate("navigator.serviceWorker.ready.then((registration) => registration.update()).then(() => true)")
            assert page.locator(".rj-updated").count() == 0
            (little / "card.html").write_text((little / "card.html").read_text().replace("</h1>", f" {how}</h1>"))
            finish(little)
            if how == "reload":
                page.reload()
            else:
                page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
            assert page.locator("h1").inner_text() == before
            page.get_by_role("button", name="Reload").click()
            page.get_by_role("heading", name=f"{before} {how}").wait_for()
        page.context.set_offline(True)
        page.goto(f"{address}index.html")
        assert page.locator("h1").inner_text() == "index.html old"


@needs_browser
def test_an_interrupted_visit_goes_on_where_it_was(browser: object, little: Path) -> None:
    """What came before the line broke is not fetched again."""
    finish(little)
    gone = (little / "card.html").rename(little / "away")  # the first visit finds one file missing, and fails
    with served(little) as address, opened(browser, address, workers="allow") as (page, _):
        fetched: list[str] = []
        page.context.on("request", lambda request: fetched.append(request.url.rsplit("/", 1)[-1]) if request.service_worker else None)
        page.goto(f"{address}index.html")
        settled = "navigator.serviceWorker.getRegistration().then((found) => !found || !found.installing)"
        page.wait_for_load_state("networkidle")
        page.wait_for_function(settled)
        assert fetched.count("offline.js") == 1
        gone.rename(little / "card.html")
        page.reload()
        page.evaluate("navigator.serviceWorker.ready.then(() => true)")
        assert fetched.count("card.html") == 2
        assert fetched.count("offline.js") == 1
