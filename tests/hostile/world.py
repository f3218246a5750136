"""A knowledge base into which every payload was ingested, in every place, and its built site."""

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from ingest.changes import Rules, rules
from ingest.collect import Collected
from ingest.notes import Proposal
from ingest.run import Options, save
from ingest.understand import understand
from kb import config, library
from kb.errors import KbError
from kb.model import ReleaseNote, Source
from kb.release import parse_release
from tests.conftest import CARD, PROJECT, Site, kb, serving, snapshot
from tests.hostile import atom, changelog, page, payloads, rss
from tests.test_sources import TODAY

ALL = payloads()
PLACES = ("atomco", "logco", "pageco", "rssco")
CALM = "## 1.0.0 - 2026-01-02\n\n- **before** `x` [link](https://a.example/x) after\n- fixed it\n\n## 0.9.0\n\n- last\n"


@dataclass
class World:
    """A knowledge base full of payloads, and its site."""

    root: Path
    notes: dict[str, ReleaseNote]
    """`logco/1.2.0.md` → what ingest made of it."""

    @property
    def site(self) -> Path:
        return self.root / "site"


def card(root: Path, slug: str, source: str) -> None:
    path = root / "docs/battlecards" / slug / "index.md"
    path.parent.mkdir(parents=True)
    path.write_text(CARD.format(title=slug.title(), slug=slug, sources=f"  - {source}"))


def read_files(root: Path) -> None:
    """Ingest a changelog and a page a payload, through all but the network."""
    settings, by = config.load(str(root), root), rules()
    cards = {c.competitor: c for c in library.load(root, only_cards=True).cards.values()}
    for slug, make, kind in (("logco", changelog, "changelog"), ("pageco", page, "page")):
        source = Source(kind, f"https://{slug}.example/x")
        found = tuple(p for payload in ALL for p in _read(make(payload), source, by))
        save(settings, cards[slug], source, Collected(found, len(found)), Options(TODAY))


def _read(data: bytes, source: Source, by: Rules) -> tuple[Proposal, ...]:
    try:
        return understand(data, source, "", None, by).proposals
    except KbError:
        return ()  # told, not taken: as inert as can be


@cache
def hostile_world(root: Path) -> World:
    """Every payload in every place, ingested for real into `root`, and the site built; once a process."""
    root.mkdir()
    with serving() as site:
        fill(root, site)
        before = set(snapshot(root))
        assert kb(root, "ingest").returncode == 0
    read_files(root)
    strange = [name for name in set(snapshot(root)) - before if "/releases/" not in name]
    assert not strange, "files outside the releases folders"
    built = kb(root, "build", timeout=300)
    assert built.returncode == 0, built.stderr
    paths = {f"{slug}/{p.name}": p for slug in (*PLACES, "calmco") for p in (root / "docs/battlecards" / slug / "releases").glob("*.md")}
    return World(root, {name: parse_release(path.read_text(encoding="utf-8"), name) for name, path in paths.items()})


def fill(root: Path, site: Site) -> None:
    (root / "kb.toml").write_text('[ingest]\nallow_hosts = ["127.0.0.1"]\n')
    (root / "mkdocs.yml").write_text((PROJECT / "mkdocs.yml").read_text())
    card(root, "atomco", f"feed: {site.put('/atom', atom(ALL), 'application/atom+xml')}")
    card(root, "rssco", f"feed: {site.put('/rss', rss(ALL), 'application/rss+xml')}")
    card(root, "calmco", f"changelog: {site.put('/calm', CALM)}")
    card(root, "logco", "changelog: https://logco.example/x\n    unused: x")
    card(root, "pageco", "page: https://pageco.example/x")
    for slug in ("logco", "pageco"):  # read from files below; nothing to fetch
        path = root / "docs/battlecards" / slug / "index.md"
        path.write_text(re.sub(r"sources:\n(?:  .*\n)+", "", path.read_text()))
    (root / "docs/index.md").write_text("# Home\n\nAll of it.\n")


def html_of(world: World, name: str) -> Path:
    slug, _, file = name.partition("/")
    return world.site / "battlecards" / slug / "releases" / file.removesuffix(".md") / "index.html"
