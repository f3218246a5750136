"""`make screenshots`: the pictures in the README, taken from the sample's site with the machine's own Chromium."""

import functools
import http.server
import shutil
import sys
import tempfile
import threading
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from benchmarks.site import copied, wall

PROJECT = Path(__file__).parent.parent
INTO = PROJECT / "docs/assets/screenshots"
DAY = "2026-11-15T12:00:00"
"""What the pictures take for today, so that they do not change from day to day."""
PHONE, DESK = (390, 844), (1280, 800)
PICTURES = (
    ("home", "", DESK, "light", ""),
    ("card-phone", "battlecards/acme/", PHONE, "light", ""),
    ("objection-phone", "battlecards/acme/#agent-overhead", PHONE, "dark", ""),
    ("lookup", "lookup/?q=your+daemon+will+slow+our+nodes+down", DESK, "light", "Our collector takes about"),
)
"""Name, page, size, scheme, and words to wait for."""


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *args: object) -> None:
        """Say nothing."""


def main() -> None:
    """Build the sample apart, then take each picture."""
    chromium = next(path for name in ("chromium", "chromium-browser", "google-chrome") if (path := shutil.which(name)))
    with tempfile.TemporaryDirectory() as folder:
        root = copied(Path(folder) / "sample")
        wall([sys.executable, "-m", "kb", "build", "--root", str(root)], root)
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(_Quiet, directory=str(root / "site")))
        threading.Thread(target=server.serve_forever, daemon=True).start()
        with sync_playwright() as driver:
            browser = driver.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
            for name, page, size, scheme, words in PICTURES:
                take(browser, f"http://127.0.0.1:{server.server_port}/{page}", INTO / f"{name}.png", size, scheme, words)
        server.shutdown()


def take(browser: Browser, address: str, path: Path, size: tuple[int, int], scheme: str, words: str) -> None:
    """One picture."""
    context = browser.new_context(viewport={"width": size[0], "height": size[1]}, color_scheme=scheme, service_workers="block")
    page = context.new_page()
    page.clock.set_system_time(DAY)
    page.goto(address)
    page.wait_for_load_state("networkidle")
    if words:
        page.get_by_text(words).first.wait_for(timeout=60_000)
    path.parent.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=path)
    print(path.relative_to(PROJECT))
    context.close()


if __name__ == "__main__":
    main()
