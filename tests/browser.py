"""A site in a real browser: a server on loopback that sends the headers of `_headers`, and Chromium driven by Playwright."""

import functools
import http.server
import os
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

CHROMIUM = next((path for name in ("chromium", "chromium-browser", "google-chrome") if (path := shutil.which(name))), None)
SIZES = {"phone": (390, 844), "tablet": (768, 1024), "desktop": (1440, 900)}

try:
    import playwright.sync_api as playwright
except ImportError:  # left out of an installation without the dev extra
    playwright = None

needs_browser = pytest.mark.skipif(
    (CHROMIUM is None or playwright is None) and not os.environ.get("CI"),
    reason="no Chromium or no Playwright here: apt-get install chromium",
)


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """Serve `folder` as a host would that reads `_headers`; its address, with a slash at its end."""
    always = [line.strip().split(": ", 1) for line in (folder / "_headers").read_text().split("\n\n")[0].splitlines()[1:]]

    class Handler(http.server.SimpleHTTPRequestHandler):
        def end_headers(self) -> None:
            for name, value in always:
                self.send_header(name, value)
            super().end_headers()

        def log_message(self, *args: object) -> None: ...

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Handler, directory=str(folder)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    server.server_close()


@contextmanager
def chromium() -> Iterator[object]:
    """A browser for a whole run of tests."""
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(
            executable_path=CHROMIUM,
            args=["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"],
        )
        yield browser
        browser.close()


@dataclass
class Seen:
    """What went wrong while pages were open: errors in the console, and requests to anywhere but the site."""

    errors: list[str] = field(default_factory=list)
    foreign: list[str] = field(default_factory=list)


def _bad(said: object) -> bool:
    return said.type in ("error", "warning") and "blocked by Playwright" not in said.text  # it blocks workers at our own wish


@contextmanager
def opened(
    browser: object, address: str, size: str = "phone", scheme: str = "light", workers: str = "block", **more: object
) -> Iterator[tuple]:
    """A page in a context of its own, and what was seen; give `path=` to go there at once."""
    path = more.pop("path", None)
    wide, high = SIZES[size]
    context = browser.new_context(viewport={"width": wide, "height": high}, color_scheme=scheme, service_workers=workers, **more)
    page, seen = context.new_page(), Seen()
    page.on("console", lambda said: seen.errors.append(f"{page.url}: {said.text}") if _bad(said) else None)
    page.on("pageerror", lambda error: seen.errors.append(f"{page.url}: {error}"))
    context.on("request", lambda asked: seen.foreign.append(asked.url) if not asked.url.startswith((address, "data:", "blob:")) else None)
    if path is not None:
        page.goto(address + str(path))
        page.wait_for_load_state("networkidle")
    yield page, seen
    context.close()
