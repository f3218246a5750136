"""A web server on loopback that publishes what the sample's fictional competitors publish."""

import functools
import http.server
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

SOURCES = Path(__file__).parent / "sources"
HOSTS = ("acme", "brontide", "ferrowatch", "quillstack")
_TYPES = {
    ".atom": "application/atom+xml",
    ".xml": "application/rss+xml",
    ".md": "text/markdown; charset=utf-8",
    ".html": "text/html; charset=utf-8",
}


class _Handler(http.server.SimpleHTTPRequestHandler):
    extensions_map = _TYPES

    def translate_path(self, path: str) -> str:
        """https://brontide.example/whats-new is the file whats-new.html."""
        found = Path(super().translate_path(path))
        return str(found if found.suffix else found.with_suffix(".html"))

    def log_message(self, *args: object) -> None:
        """Say nothing: the demo's own output is the story."""


@contextmanager
def serving() -> Iterator[dict[str, str]]:
    """Serve the sources on a free port; yields the mirrors, https://acme.example/ → http://127.0.0.1:…/acme/."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(_Handler, directory=str(SOURCES)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield {f"https://{host}.example/": f"http://127.0.0.1:{server.server_port}/{host}/" for host in HOSTS}
    finally:
        server.shutdown()
        server.server_close()
