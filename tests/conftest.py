"""Knowledge bases to try things on, and a web server on loopback that answers what a test tells it to."""

import http.server
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

PROJECT = Path(__file__).parent.parent

CARD = """\
---
title: {title}
competitor: {slug}
owner: dana@ours.example
reviewed: {{on: 2026-11-01, by: dana}}
sources:
{sources}
---

# {title}

## Thirty-second read

- **We win when** they count hosts.
"""


Answer = tuple[int, dict[str, str], bytes]


@dataclass
class Site:
    """What the loopback server answers: path → (status, headers, body), or a function of the request that gives that."""

    url: str = ""
    answers: dict[str, Answer | Callable[[http.server.BaseHTTPRequestHandler], Answer | None]] = field(default_factory=dict)
    seen: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    """Path and headers of every request, in order."""

    def asked(self, path: str) -> list[dict[str, str]]:
        """The headers of every request for `path`."""
        return [headers for at, headers in self.seen if at == path]

    def put(self, path: str, body: str | bytes, kind: str = "text/plain; charset=utf-8", status: int = 200) -> str:
        """Serve `body` at `path`; its address."""
        self.answers[path] = (status, {"Content-Type": kind}, body.encode() if isinstance(body, str) else body)
        return self.url + path


@contextmanager
def serving() -> Iterator[Site]:
    """A server on a free port of loopback."""
    served = Site()

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            served.seen.append((self.path, {name.lower(): value for name, value in self.headers.items()}))
            answer = served.answers.get(self.path, (404, {"Content-Type": "text/html"}, b"<html>gone</html>"))
            answer = answer(self) if callable(answer) else answer
            if answer is None:
                return  # it wrote by itself
            status, headers, body = answer
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            if "Content-Length" not in headers:
                self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    served.url = f"http://127.0.0.1:{server.server_port}"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield served
    server.shutdown()
    server.server_close()


@pytest.fixture
def site() -> Iterator[Site]:
    with serving() as served:
        yield served


@pytest.fixture
def base(tmp_path: Path) -> Path:
    """An empty knowledge base."""
    (tmp_path / "docs" / "battlecards").mkdir(parents=True)
    (tmp_path / "kb.toml").write_text('[ingest]\nallow_hosts = ["127.0.0.1"]\n')
    return tmp_path


@pytest.fixture
def add_card(base: Path) -> Callable[..., Path]:
    """Put a card into `base`, its sources given as lines such as `feed: http://…`."""

    def add(slug: str, *sources: str) -> Path:
        path = base / "docs" / "battlecards" / slug / "index.md"
        path.parent.mkdir(parents=True)
        lines = "\n".join(f"  - {source}" for source in sources) or "  []"
        path.write_text(CARD.format(title=slug.title(), slug=slug, sources=lines))
        return path

    return add


def kb(root: Path, *args: str, timeout: float = 300) -> subprocess.CompletedProcess[str]:
    """Run the real command in a process of its own."""
    command = [sys.executable, "-m", "kb", *args, "--root", str(root)]
    return subprocess.run(command, capture_output=True, text=True, timeout=timeout, check=False, cwd=PROJECT)


def snapshot(folder: Path) -> dict[str, bytes]:
    """Every file below `folder` and its bytes, but for .kb/, which may be deleted at any time."""
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file() and ".kb" not in p.parts}


@pytest.fixture(scope="session")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the knowledge base that ships, so that no test writes into the project."""
    root = tmp_path_factory.mktemp("sample")
    shutil.copytree(PROJECT / "docs", root / "docs")
    for name in ("kb.toml", "mkdocs.yml"):
        shutil.copy(PROJECT / name, root / name)
    return root


def until(ready: Callable[[], bool], seconds: float = 60) -> None:
    """Wait for what another process is about to do."""
    end = time.monotonic() + seconds
    while not ready():
        assert time.monotonic() < end, f"not within {seconds} s"
        time.sleep(0.05)
