"""`kb init`, and the walk through it: the code blocks of docs/guide/start.md run in an empty folder against a loopback server."""

import os
import pty
import re
import signal
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest

from tests.conftest import PROJECT, Site, kb, until
from tests.test_workflows import FEED, ITEM

HOME = '<html><head><link rel="alternate" type="application/rss+xml" href="/blog.xml"><link rel="alternate" type="application/atom+xml" href="/{}/releases.xml"></head></html>'  # fmt: skip
LINKED = '<html><body><nav><a href="/about">About</a><a href="/brontide/release-notes">Release notes</a></nav></body></html>'


def publish(site: Site) -> None:
    """Two competitors: one names a feed, the other links a page."""
    site.put("/acme/", HOME.format("acme"), "text/html")
    site.put("/acme/releases.xml", FEED.format(ITEM.format(v="4.4.0", n=1)), "application/rss+xml")
    site.put("/brontide/", LINKED, "text/html")
    page = "<html><body><article><h2>2.1.0 (2026-06-01)</h2><ul><li>New: alerts by phone.</li></ul></article><article><h2>2.0.0 (2026-05-01)</h2><ul><li>Fixed a crash.</li></ul></article></body></html>"  # fmt: skip
    site.put("/brontide/release-notes", page, "text/html")


def init(folder: Path, *args: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "kb", "init", str(folder), "--owner", "d@ours.example", *args]
    return subprocess.run(command, capture_output=True, text=True, check=False, cwd=PROJECT)


def test_the_guide_s_code_blocks_run_as_they_stand(tmp_path: Path, site: Site) -> None:
    """From an empty folder to a searched, committed knowledge base; only the two addresses lead to loopback."""
    publish(site)
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin/kb").write_text(f'#!/bin/sh\nPYTHONPATH={PROJECT} exec {sys.executable} -m kb "$@"\n')
    (tmp_path / "bin/kb").chmod(0o755)
    text = (PROJECT / "docs/guide/start.md").read_text()
    script = "\n".join(re.findall(r"```sh\n(.*?)```", text, re.S))
    for name in ("acme", "brontide"):
        assert f"https://{name}.example/" in script
        script = script.replace(f"https://{name}.example/", f"{site.url}/{name}/")
    script = script.replace("kb init rejoinders", "kb init rejoinders --allow-host 127.0.0.1")
    begun = 'kb new objection "You are too expensive" --owner dana@tidewatch.example\n'
    assert begun in script
    filled = (
        "sed -i 's/two sentences at most that can be said aloud/Count what a host costs in three years/' docs/objections/you-are-*.md\n"
    )
    script = script.replace(begun, begun + filled)  # what the guide tells a person to do by hand
    env = os.environ | {"PATH": f"{tmp_path / 'bin'}:{os.environ['PATH']}", "GIT_AUTHOR_NAME": "D", "GIT_AUTHOR_EMAIL": "d@ours.example", "GIT_COMMITTER_NAME": "D", "GIT_COMMITTER_EMAIL": "d@ours.example", "EMAIL": "d@ours.example"}  # fmt: skip
    done = subprocess.run(["bash", "-ec", script], cwd=tmp_path, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    root = tmp_path / "rejoinders"
    assert f"feed: {site.url}/acme/releases.xml" in (root / "docs/battlecards/acme/index.md").read_text()
    assert f"page: {site.url}/brontide/release-notes" in (root / "docs/battlecards/brontide/index.md").read_text()
    assert (root / "docs/battlecards/acme/releases/4.4.0.md").is_file()
    assert (root / "docs/battlecards/brontide/releases/2.1.0.md").is_file()
    assert (root / "site/index.html").is_file()
    assert "Count what a host costs in three years." in done.stdout
    assert "`objections/you-are-too-expensive` added: You are too expensive" in done.stdout


def test_what_is_made_is_whole_and_offline_works(tmp_path: Path) -> None:
    """Workflows that can be run, CODEOWNERS, schema, a commit and a clean state; and the check finds no error."""
    done = init(tmp_path / "new", "--product", "Ours", "--competitor", "Acme Cloud=https://acme.example", "--offline")
    root = tmp_path / "new"
    assert done.returncode == 1  # no source yet: it says so
    assert "Acme Cloud: no source was looked for" in done.stdout
    assert os.access(root / ".github/scripts/check", os.X_OK)
    assert "/docs/battlecards/acme-cloud/ d@ours.example" in (root / ".github/CODEOWNERS").read_text()
    assert {p.name for p in (root / "schemas").iterdir()} == {"card.json", "objection.json", "field-note.json", "release-note.json"}
    assert subprocess.run(["git", "status", "--porcelain"], cwd=root, capture_output=True, text=True, check=True).stdout == ""
    checked = kb(root, "check")
    assert checked.returncode == 0, checked.stdout
    assert kb(root, "schema", "--check").returncode == kb(root, "codeowners", "--check").returncode == 0
    built = kb(root, "build")
    assert built.returncode == 0, built.stderr
    assert "Ours" in (root / "site/index.html").read_text()
    assert (root / "site/contribute/write/index.html").is_file()
    assert kb(root, "eval").returncode == 0


def test_a_home_page_that_is_no_use_is_told_and_the_rest_is_made(tmp_path: Path, site: Site) -> None:
    """One names no feed, one is gone: a line each, exit 1, both cards."""
    site.put("/", "<html><body>Hello</body></html>", "text/html")
    done = init(
        tmp_path / "new",
        "--product",
        "Ours",
        "--allow-host",
        "127.0.0.1",
        "--competitor",
        f"A={site.url}/",
        "--competitor",
        f"B={site.url}/b",
    )
    assert done.returncode == 1
    assert f"{site.url}/: names no feed and no page of release notes" in done.stdout
    assert f"{site.url}/b: the server answered 404" in done.stdout
    assert (tmp_path / "new/docs/battlecards/b/index.md").is_file()


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (["--competitor", "A=https://a.example"], "--product: is missing"),
        (["--product", "P"], "--competitor: is missing"),
        (["--product", "P", "--competitor", "A"], "must be NAME=URL"),
        (["--product", "P", *["--competitor", "A=https://a.example"] * 2, "--offline"], '"A": has the folder of "A"'),
        (["--product", "P", "--competitor", "!=https://a.example", "--offline"], "holds no letter or digit"),
    ],
)
def test_wrong_usage_makes_nothing_silently(tmp_path: Path, args: list[str], message: str) -> None:
    """Exit 2 and what is missing, without a traceback."""
    done = init(tmp_path / "new", *args)
    assert done.returncode == 2
    assert message in done.stderr
    assert "Traceback" not in done.stderr


def test_a_folder_that_is_not_empty_is_left_alone(tmp_path: Path) -> None:
    """Nothing is mixed into what is there."""
    (tmp_path / "mine").write_text("x")
    assert init(tmp_path, "--product", "P", "--competitor", "A=https://a.example", "--offline").returncode == 2
    assert [p.name for p in tmp_path.iterdir()] == ["mine"]


def test_on_a_terminal_it_asks(tmp_path: Path) -> None:
    """Without flags: product, competitor, home page, and an empty line to end."""
    here, there = pty.openpty()
    command = [sys.executable, "-m", "kb", "init", str(tmp_path / "new"), "--owner", "d@ours.example", "--offline"]
    with subprocess.Popen(command, stdin=there, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=PROJECT) as running:
        os.write(here, b"Ours\nAcme\nacme.example\n\n")
        running.communicate(timeout=60)
    assert "# Ours: what did the buyer just say?" in (tmp_path / "new/docs/index.md").read_text()
    assert (tmp_path / "new/docs/battlecards/acme/index.md").is_file()


def test_on_a_terminal_it_opens_the_site_and_its_exit_code_is_its_own(tmp_path: Path) -> None:
    """The site is there until Ctrl-C; that no source was looked for is exit 1 all the same."""
    browser, seen = tmp_path / "browser", tmp_path / "seen"
    browser.write_text(f'#!/bin/sh\necho "$1" > {seen}.part && mv {seen}.part {seen}\n')
    browser.chmod(0o755)
    here, there = pty.openpty()
    flags = ["--owner", "d@ours.example", "--offline", "--product", "P", "--competitor", "Acme=https://acme.example"]
    command = [sys.executable, "-m", "kb", "init", str(tmp_path / "new"), *flags]
    with subprocess.Popen(
        command, stdin=there, stdout=there, stderr=there, cwd=PROJECT, env={**os.environ, "BROWSER": f"{browser} %s"}
    ) as running:
        try:
            until(seen.is_file)
            with urllib.request.urlopen(seen.read_text().strip()) as page:
                assert "P: what did the buyer just say?" in page.read().decode()
            running.send_signal(signal.SIGINT)
            assert running.wait(30) == 1
        finally:
            running.kill()
    assert b"The site opens in your browser" in os.read(here, 65536)
