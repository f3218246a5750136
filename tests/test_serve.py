"""`kb serve`: site, API and search on one port, the site follows what is edited, and only those with the token get in from elsewhere."""

import http.client
import json
import os
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from kb import config
from kb.errors import KbError
from publish.api import app, located
from publish.commands.serve import loopback, main
from publish.live import Live
from tests.conftest import PROJECT, until

starlette = pytest.importorskip("starlette")


@contextmanager
def serving(root: Path, *more: str, **environment: str) -> Iterator[tuple[str, int]]:
    """The real command in a process of its own, on a free port; host and port."""
    command = [sys.executable, "-m", "kb", "serve", "--port", "0", "--root", str(root), *more]
    process = subprocess.Popen(
        command, cwd=PROJECT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env={**os.environ, **environment}
    )
    threading.Thread(target=lambda: list(process.stderr or []), daemon=True).start()
    try:
        told = process.stdout.readline()
        found = re.match(r"http://([\d.]+):(\d+)/", told)
        assert found, told
        yield found[1], int(found[2])
    finally:
        process.terminate()
        process.wait(20)


def asked(at: tuple[str, int], path: str, **headers: str) -> tuple[int, dict[str, str], str]:
    """Status, headers and body of a GET."""
    connection = http.client.HTTPConnection(*at, timeout=60)
    connection.request("GET", path, headers={name.replace("_", "-"): value for name, value in headers.items()})
    answer = connection.getresponse()
    body = answer.read().decode()
    connection.close()
    return answer.status, {name.lower(): value for name, value in answer.getheaders()}, body


def test_site_api_and_search_share_a_port(sample: Path) -> None:
    """Pages with the reload script, cards, a search with the contract's keys, the API's own page; a stranger's Host is refused."""
    with serving(sample) as at:
        status, _, page = asked(at, "/battlecards/acme/")
        assert status == 200
        assert "/api/live.js" in page
        assert asked(at, "/battlecards/acme")[0] == 307
        cards = json.loads(asked(at, "/api/cards")[2])["cards"]
        assert [card["competitor"] for card in cards] == ["acme", "brontide", "ferrowatch", "quillstack"]
        one = json.loads(asked(at, "/api/cards/acme")[2])
        assert one["objections"][0]["say_this"].startswith("Our collector")
        assert asked(at, "/api/cards/nobody")[0] == 400
        found = json.loads(asked(at, "/api/search?q=your+agent+eats+our+cpu&competitor=acme")[2])
        assert found["answered"] is True
        assert found["hits"][0]["id"] == "battlecards/acme#agent-overhead"
        assert {"query", "answered", "seconds", "hits", "near"} <= found.keys()
        assert json.loads(asked(at, "/api/search?q=lunch&stage=never")[2])["error"].startswith("stage: must be one of lead")
        assert asked(at, "/api/search?q=")[0] == 400
        paths = json.loads(asked(at, "/api/openapi.json")[2])["paths"]
        assert all(path in asked(at, "/api/")[2] for path in paths)
        assert asked(at, "/", Host="evil.example")[0] == 400
        assert asked(at, "/../kb.toml")[0] == 404
        assert asked(at, "/%2e%2e/kb.toml")[0] == 404


def test_the_browser_is_opened_where_the_site_is_and_with_the_token(sample: Path, tmp_path: Path) -> None:
    """--open with an address that listens everywhere: the browser gets this machine's own, and is let in."""
    browser, seen = tmp_path / "browser", tmp_path / "seen"
    browser.write_text(f'#!/bin/sh\necho "$1" > {seen}.part && mv {seen}.part {seen}\n')
    browser.chmod(0o755)
    with serving(sample, "--host", "0.0.0.0", "--open", KB_TOKEN="open sesame&", BROWSER=f"{browser} %s") as (_, port):
        until(seen.is_file)
        address = seen.read_text().strip()
        assert address == f"http://127.0.0.1:{port}/?token=open%20sesame%26"
        status, headers, _ = asked(("127.0.0.1", port), address.removeprefix(f"http://127.0.0.1:{port}"))
        assert status == 303
        assert asked(("127.0.0.1", port), "/", Cookie=headers["set-cookie"].split(";")[0])[0] == 200


def test_another_address_needs_a_token(sample: Path) -> None:
    """Without one the command ends with 2; with one every request needs it, as a header or, from a browser, once in the address."""
    with pytest.raises(KbError) as refused:
        main(["--host", "0.0.0.0", "--root", str(sample)])
    assert refused.value.code == 2
    with serving(sample, "--host", "0.0.0.0", KB_TOKEN="sesame") as (_, port):
        at = ("127.0.0.1", port)
        assert asked(at, "/")[0] == 401
        assert asked(at, "/api/cards", Authorization="Bearer wrong")[0] == 401
        assert asked(at, "/api/cards", Authorization="Bearer sesame")[0] == 200
        status, headers, _ = asked(at, "/compare/?token=sesame")
        assert status == 303
        assert "token" not in headers["location"]
        assert "HttpOnly" in headers["set-cookie"]
        assert asked(at, "/compare/", Cookie=headers["set-cookie"].split(";")[0])[0] == 200


@pytest.mark.parametrize(("host", "alone"), [("127.0.0.1", True), ("127.8.8.8", True), ("::1", True), ("localhost", True), ("0.0.0.0", False), ("::", False), ("10.0.0.1", False), ("localhost.example", False)])  # fmt: skip
def test_what_is_loopback(host: str, alone: bool) -> None:
    """Only an address of this machine's own needs no token."""
    assert loopback(host) is alone


def test_the_site_follows_and_a_bad_edit_leaves_the_old_one(base: Path) -> None:
    """A rebuild shows the new words; one that fails keeps the old site and tells why, and the next good one mends it."""
    (base / "docs/index.md").write_text("# Home\n\nfirst words\n")
    said: list[str] = []
    live = Live(config.load(str(base), base), said.append)
    assert live.rebuild()
    first = live.folder
    (base / "docs/index.md").write_text("# Home\n\n[nowhere](nowhere.md)\n")
    assert not live.rebuild()
    assert live.folder == first
    assert "nowhere.md" in live.trouble
    (base / "docs/index.md").write_text("# Home\n\nsecond words\n")
    assert live.rebuild()
    assert (live.version, live.trouble) == (2, "")
    assert "second words" in (live.folder / "index.html").read_text()
    assert app(config.load(str(base), base), live, "", "Rejoinder").routes


def test_a_page_is_only_of_the_site(tmp_path: Path) -> None:
    """No address leads out of the folder, also not by way of a link in it."""
    site = tmp_path / "site"
    (site / "sub").mkdir(parents=True)
    (site / "sub/index.html").write_text("x")
    (tmp_path / "secret").write_text("x")
    (site / "link").symlink_to(tmp_path / "secret")
    assert located(site, "sub/") == site / "sub/index.html"
    assert located(site, "sub") == site / "sub"
    assert located(site, "../secret") is None
    assert located(site, "link") is None
    assert located(site, "/etc/passwd") is None
