"""The other site generator: `zensical build` on the settings that `kb build` leaves in .kb/ makes the same pages."""

import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from publish.offline import finish
from tests.browser import chromium, needs_browser, opened, served
from tests.conftest import PROJECT, kb

pytestmark = pytest.mark.skipif(
    importlib.util.find_spec("zensical") is None and not os.environ.get("CI"), reason="no Zensical here: pip install zensical"
)


@pytest.fixture(scope="module")
def both(sample: Path) -> tuple[Path, Path]:
    """The sample's site as MkDocs builds it, and as Zensical does."""
    done = kb(sample, "build")
    assert done.returncode == 0, done.stderr
    command = [sys.executable, "-m", "zensical", "build", "-f", "pages.yml"]
    built = subprocess.run(
        command, cwd=sample / ".kb", capture_output=True, text=True, check=False, env={**os.environ, "PYTHONPATH": str(PROJECT)}
    )
    assert built.returncode == 0, built.stdout + built.stderr
    return sample / "site", sample / ".kb/built-pages"


def pages(site: Path) -> set[str]:
    return {path.relative_to(site).as_posix() for path in site.rglob("*.html")}


def test_the_same_pages(both: tuple[Path, Path]) -> None:
    """Page for page: a green build of it that ignored something silently would have fewer."""
    by_mkdocs, by_zensical = both
    assert len(pages(by_mkdocs)) > 120
    assert pages(by_zensical) == pages(by_mkdocs)


def test_what_our_extensions_do_is_there(both: tuple[Path, Path]) -> None:
    """Ids of claims, dates for freshness, tabs, folds, our scripts, and the files beside the pages."""
    card = (both[1] / "battlecards/acme/index.html").read_text()
    for wanted in ('id="log-price"', "data-until=", "data-due=", "tabbed-set", "<details", "assets/rejoinder/freshness.js", "rj-diagram"):
        assert wanted in card, wanted
    assert json.loads((both[1] / "manifest.webmanifest").read_text())["start_url"] == "./"
    assert all((both[1] / name).is_file() for name in ("changes.xml", "llms.txt", "assets/rejoinder/site.css"))


@needs_browser
def test_freshness_and_lookup_work_there(both: tuple[Path, Path]) -> None:
    """In a browser: the card is told stale by the reader's clock, and the lookup's box answers."""
    finish(both[1])
    with served(both[1]) as address, chromium() as browser, opened(browser, address, "desktop") as (page, seen):
        page.clock.set_fixed_time("2027-05-01T12:00:00")
        page.goto(f"{address}battlecards/acme/")
        assert page.locator(".rj-vouch .rj-badge").inner_text().startswith("Stale")
        page.goto(f"{address}lookup/?q=your+agent+eats+our+cpu")
        page.get_by_text("Our collector takes about 0.6 percent").first.wait_for(timeout=60_000)
        assert seen.foreign == []
