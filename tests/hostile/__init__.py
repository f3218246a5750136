"""Payloads of our own writing by class, and the places where a publisher can put them."""

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from html import escape
from pathlib import Path

HERE = Path(__file__).parent


@dataclass(frozen=True)
class Payload:
    """One hostile text; `number` tells it apart from all others and is part of its release's version."""

    kind: str
    text: str
    number: int

    @property
    def version(self) -> str:
        """The release that carries it."""
        return f"1.{self.number}.0"


def payloads() -> list[Payload]:
    """All of them, in a fixed order."""
    return [Payload(kind, text, number) for number, (kind, text) in enumerate(_texts())]


def _texts() -> Iterator[tuple[str, str]]:
    for path in sorted(HERE.glob("*.toml")):
        data = tomllib.loads(path.read_text(encoding="utf-8"))
        for text in data["payloads"]:
            yield path.stem, text * data.get("times", 1)


def changelog(payload: Payload) -> bytes:
    """In a list item, and behind the version in the heading when it fits on its line."""
    words = payload.text if "\n" not in payload.text and len(payload.text) < 60 else ""
    return f"# Changes\n\n## {payload.version} - 2026-01-02 {words}\n\n- before {payload.text} after\n\n- last\n".encode("utf-8", "replace")


def page(payload: Payload) -> bytes:
    """As real markup of a page."""
    text = payload.text
    html = f"<!DOCTYPE html><html><body><h2>{payload.version} (2026-01-02)</h2><ul><li>before {text} after</li></ul><p>{text}</p></body></html>"
    return html.encode("utf-8", "replace")


def atom(all_of_them: list[Payload]) -> bytes:
    """Title, id, link and HTML content of an Atom entry each."""
    entries = "".join(
        f"<entry><title type='text'>Agent {p.version} {_xml(p.text)[:400]}</title><id>{_xml(p.text)[:400]}{p.number}</id>"
        f'<link href="{_xml(p.text)[:400]}"/><updated>2026-01-02T00:00:00Z</updated>'
        f"<content type='html'>&lt;ul&gt;&lt;li&gt;before {_xml(p.text)} after&lt;/li&gt;&lt;/ul&gt;</content></entry>"
        for p in all_of_them
    )
    return f'<?xml version="1.0"?><feed xmlns="http://www.w3.org/2005/Atom"><title>t</title><id>x</id>{entries}</feed>'.encode(
        "utf-8", "replace"
    )


def rss(all_of_them: list[Payload]) -> bytes:
    """Posts without a version: the title is the name, and the markup stands in CDATA."""
    items = "".join(
        f"<item><title>{_xml(p.text)[:400]}</title><guid>post-{p.number}</guid><description><![CDATA[{_printable(p.text).replace(']]>', '')}]]></description></item>"
        for p in all_of_them
    )
    return f'<?xml version="1.0"?><rss version="2.0"><channel><title>t</title>{items}</channel></rss>'.encode("utf-8", "replace")


def _xml(text: str) -> str:
    return escape(_printable(text))


def _printable(text: str) -> str:
    """XML cannot hold most control characters at all."""
    return "".join(c for c in text if c in "\t\n" or (c >= " " and c not in "\ufffe\uffff"))
