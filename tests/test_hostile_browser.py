"""A sample of every class of payload in a real Chromium: nothing runs, and nothing is asked for that a harmless page would not ask for."""

import functools
import http.server
import os
import shutil
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.hostile import payloads
from tests.hostile.world import PLACES, World, hostile_world, html_of

CHROMIUM = next((path for name in ("chromium", "chromium-browser", "google-chrome") if (path := shutil.which(name))), None)
SAMPLE = 2
"""Payloads of each class, in each place."""
AT_ONCE = 16
needs_chromium = pytest.mark.skipif(CHROMIUM is None and not os.environ.get("CI"), reason="no Chromium here: apt-get install chromium")


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    return hostile_world(tmp_path_factory.getbasetemp() / "hostile")


@contextmanager
def watched(folder: Path) -> Iterator[tuple[str, list[str]]]:
    """Serve `folder`; the address, and every path that was asked for."""
    asked: list[str] = []

    class Handler(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *args: object) -> None: ...

        def do_GET(self) -> None:
            asked.append(self.path)
            super().do_GET()

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Handler, directory=str(folder)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}", asked
    server.shutdown()
    server.server_close()


def opened(address: str, profile: Path) -> str:
    """The page as it stands after its scripts ran."""
    assert CHROMIUM, "CI must have a Chromium"
    options = (
        "--headless --no-sandbox --disable-gpu --no-first-run --disable-background-networking --disable-component-update --disable-sync"
    )
    command = [CHROMIUM, *options.split(), f"--user-data-dir={profile}", "--virtual-time-budget=6000", "--dump-dom", address]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=True).stdout


def frames(site: Path, name: str, paths: list[Path]) -> str:
    """A page of our own that shows `paths` in frames; its name."""
    inner = "".join(f'<iframe width=400 height=300 src="/{path.relative_to(site).as_posix()}"></iframe>' for path in paths)
    (site / name).write_text(f"<!DOCTYPE html><title>frames</title>{inner}")
    return name


@needs_chromium
def test_nothing_runs_and_nothing_is_asked_for(world: World, tmp_path: Path) -> None:
    """Release notes, lists and cards of every class in every place, opened: no request but for files of the site."""
    chosen = [
        p for kind in {p.kind for p in payloads()} for p in [q for q in payloads() if q.kind == kind][:: max(1, 30 // SAMPLE)][:SAMPLE]
    ]
    wanted = [html_of(world, f"{place}/{p.version}.md") for place in PLACES for p in chosen]
    wanted = [path for path in wanted if path.is_file()]
    wanted += [html_of(world, name) for name in sorted(world.notes) if name.startswith("rssco/")][:: len(payloads()) // 30]
    wanted += [world.site / "battlecards" / place / kind / "index.html" for place in PLACES for kind in ("", "releases")]
    assert len(wanted) > 100
    with watched(world.site) as (address, asked):
        for n in range(0, len(wanted), AT_ONCE):
            name = frames(world.site, f"frames-{n}.html", wanted[n : n + AT_ONCE])
            assert "frames" in opened(f"{address}/{name}", tmp_path / "profile")
    opened_pages = {f"/{path.relative_to(world.site).as_posix()}" for path in wanted}
    assert opened_pages <= set(asked), "a page was not opened"
    strange = {path.split("?")[0].lstrip("/") for path in asked if not (world.site / path.split("?")[0].lstrip("/")).exists()}
    assert strange <= {"favicon.ico"}  # every payload asks for something that is not there


@needs_chromium
def test_a_payload_that_gets_through_would_be_noticed(world: World, tmp_path: Path) -> None:
    """The same look at a page that is not escaped sees the script run and the picture load: the test above can fail."""
    control = world.site / "control"
    control.mkdir(exist_ok=True)
    (control / "index.html").write_text("<!DOCTYPE html><script>fetch('/pwned-by-script')</script><img src=/pwned.png>")
    with watched(world.site) as (address, asked):
        opened(f"{address}/{frames(world.site, 'frames-control.html', [control / 'index.html'])}", tmp_path / "profile")
    assert {"/pwned-by-script", "/pwned.png"} <= set(asked)
