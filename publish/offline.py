"""What a built site needs to be installed and to open with the network cut: manifest, service worker, and a host's headers.

The same site gives the same bytes: the version is a hash of the files' hashes.
"""

import base64
import hashlib
import json
import re
from pathlib import Path
from urllib.parse import quote

from kb import files

THEME = Path(__file__).parent / "theme"
_LEFT = re.compile(r"^(?:sw\.js|_headers)$|\.(?:map|gz)$|(?:^|/)\.")
"""What no reader asks for, or no host gives out."""
_ON_DEMAND = re.compile(r"(?:^|/)lookup/[^/]+\.(?:i8|f16)$")
"""The lookup's model: fetched when it is first used, and then kept by publish/lookup/files.js."""
_PICTURE = re.compile(r"\.(?:png|jpe?g|gif|webp|avif)$", re.I)
_NAMES_PICTURES = (".html", ".css", ".webmanifest")
_LANGUAGES = re.compile(r"^assets/javascripts/lunr/")
"""The theme's search in other languages than English."""
_INLINE = re.compile(rb"<script(?![^>]*\ssrc=)([^>]*)>(.*?)</script>", re.S)
_POLICY = (
    "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'{hashes}; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "font-src 'self'; connect-src 'self'; worker-src 'self'; manifest-src 'self'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'self'"
)
"""`unsafe-inline` is for styles alone: theme and diagrams set some. `wasm-unsafe-eval` lets the search's WebAssembly start."""


def manifest(name: str, about: str) -> str:
    """manifest.webmanifest: what makes the site an app on a phone's home screen."""
    sizes = [("icon-192.png", "192x192", "image/png"), ("icon-512.png", "512x512", "image/png"), ("icon.svg", "any", "image/svg+xml")]
    values = {
        "name": name, "short_name": name[:12], "description": about, "start_url": "./", "scope": "./", "display": "standalone",
        "background_color": "#ffffff", "theme_color": "#1d3557",
        "icons": [{"src": f"assets/rejoinder/{file}", "sizes": size, "type": kind} for file, size, kind in sizes],
    }  # fmt: skip
    return json.dumps(values, ensure_ascii=False, indent=1) + "\n"


def finish(site: Path) -> None:
    """Write sw.js and _headers into a built site, whoever built it. Raises KbError when the disk refuses."""
    data = {path.relative_to(site).as_posix(): path.read_bytes() for path in sorted(site.rglob("*")) if path.is_file()}
    data = {name: content for name, content in data.items() if not _LEFT.search(name)}
    english = _english(data.get("search/search_index.json", b""))
    left = _unseen(data) | {name for name in data if _ON_DEMAND.search(name) or (english and _LANGUAGES.search(name))}
    kept = [name for name in data if name not in left]
    files.write(site / "sw.js", _worker({name: hashlib.sha256(data[name]).hexdigest()[:16] for name in kept}))
    inline = {found for name, content in data.items() if name.endswith(".html") for found in inline_scripts(content)}
    files.write(site / "_headers", headers(sorted(inline)))


def _unseen(data: dict[str, bytes]) -> set[str]:
    """Pictures that no page shows: a README file's, for instance."""
    pages = [content for name, content in data.items() if name.endswith(_NAMES_PICTURES)]
    return {name for name in data if _PICTURE.search(name) and not _shown(name.rpartition("/")[2], pages)}


def _shown(picture: str, pages: list[bytes]) -> bool:
    """Does any page hold its name, as it is or as addresses write it?"""
    return any(name.encode() in page for name in {picture, quote(picture)} for page in pages)


def _english(index: bytes) -> bool:
    """Does the theme's search, if there is one, read English alone?"""
    return not index or json.loads(index).get("config", {}).get("lang", ["en"]) == ["en"]


def _worker(kept: dict[str, str]) -> str:
    text = files.read(THEME / "sw.js")
    version = hashlib.sha256(json.dumps([kept, text], sort_keys=True).encode()).hexdigest()[:16]
    return text.replace("{/*FILES*/}", json.dumps(kept, indent=0)).replace("/*VERSION*/", version)


def inline_scripts(page: bytes) -> set[str]:
    """The sources, as a Content-Security-Policy names them, of the scripts that stand in a page itself: the theme's, a handful."""
    return {
        f"'sha256-{base64.b64encode(hashlib.sha256(code).digest()).decode()}'"
        for attributes, code in _INLINE.findall(page)
        if code.strip() and b"json" not in attributes
    }


def headers(inline: list[str]) -> str:
    """`_headers`, as Netlify, Cloudflare Pages and others read it: no script but the site's own files and the theme's, by hash."""
    policy = _POLICY.format(hashes="".join(f" {source}" for source in inline))
    rest = "  X-Content-Type-Options: nosniff\n  Referrer-Policy: same-origin\n"
    return f"/*\n  Content-Security-Policy: {policy}\n{rest}\n/sw.js\n  Cache-Control: no-cache\n"
