"""`kb build`: the sample becomes a site, strictly, and what is generated leaves people's files alone."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from bs4 import BeautifulSoup

from kb import config
from publish import stage
from publish.site import build
from tests.conftest import PROJECT, kb, snapshot


@pytest.fixture(scope="module")
def built(sample: Path) -> Path:
    before = snapshot(sample / "docs")
    done = kb(sample, "build")
    assert done.returncode == 0, done.stderr
    told = done.stdout.splitlines()  # nothing to open as a file: its scripts would not start
    assert [line.split(" ")[0] for line in told] == [told[0].split(" ")[0], "Look"]
    assert told[1] == f"Look at http://127.0.0.1:8000/ with `kb serve --root {sample}`"
    assert snapshot(sample / "docs") == before
    return sample / "site"


def test_every_file_has_its_page(built: Path, sample: Path) -> None:
    """Each card, objection, release note and field note is published, and every card's page says what changed."""
    for path in (sample / "docs").rglob("*.md"):
        name = path.relative_to(sample / "docs").with_suffix("")
        page = built / (name.parent if name.name == "index" else name) / "index.html"
        assert page.is_file(), page
    for card in (sample / "docs/battlecards").glob("*/index.md"):
        text = (built / "battlecards" / card.parent.name / "index.html").read_text()
        assert 'id="what-changed"' in text
        assert 'id="heard-in-the-field"' in text


def test_every_internal_link_and_anchor_leads_somewhere(built: Path) -> None:
    """In the built HTML: each relative link has its page, each fragment its id."""
    pages = {p.resolve(): BeautifulSoup(p.read_bytes(), "lxml") for p in built.rglob("*.html")}
    ids = {p: {str(t["id"]) for t in soup.find_all(id=True)} for p, soup in pages.items()}
    broken = []
    for page, soup in pages.items():
        main = soup.find("article") or soup
        for link in main.find_all("a", href=True):
            href = str(link["href"])
            if ":" in href or page.name == "404.html":
                continue
            where, _, anchor = href.partition("#")
            target = (page.parent / where).resolve() if where else page
            target = target / "index.html" if target.is_dir() else target
            if target not in ids or (anchor and anchor not in ids[target]):
                broken.append(f"{page.relative_to(built)}: {href}")
    assert broken == []


def test_no_page_asks_another_host(built: Path) -> None:
    """No script, style, font or image comes from anywhere else."""
    for page in built.rglob("*.html"):
        soup = BeautifulSoup(page.read_bytes(), "lxml")
        for tag, key in (("script", "src"), ("img", "src"), ("iframe", "src")):
            assert not [t for t in soup.find_all(tag) if str(t.get(key, "")).startswith(("http", "//"))], page
        assert not [t for t in soup.find_all("link", rel="stylesheet") if str(t["href"]).startswith(("http", "//"))], page


def test_a_broken_link_stops_the_build(sample: Path, tmp_path: Path) -> None:
    """Strict: a link to nothing ends with 1 and names the page and the target."""
    root = tmp_path / "broken"
    shutil.copytree(sample / "docs", root / "docs", ignore=shutil.ignore_patterns("releases", "notes"))
    shutil.copy(PROJECT / "kb.toml", root)
    (root / "docs/index.md").write_text("# Home\n\n[nowhere](nowhere.md)\n")
    done = kb(root, "build")
    assert done.returncode == 1
    assert "nowhere.md" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_link_out_of_docs_is_not_published(base: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    """A symbolic link in docs/ cannot carry another folder's files into the site."""
    outside = tmp_path_factory.mktemp("outside")
    (outside / "secret.md").write_text("# Secret canary\n")
    (base / "docs/index.md").write_text("# Home\n")
    (base / "docs/linked").symlink_to(outside)
    (base / "docs/secret.md").symlink_to(outside / "secret.md")
    assert kb(base, "build").returncode == 0
    assert not any("Secret canary" in p.read_text() for p in (base / "site").rglob("*.html"))


def test_a_diagram_without_mermaid_is_told(base: Path, add_card: Callable[..., Path], monkeypatch: pytest.MonkeyPatch) -> None:
    """Where Mermaid was not fetched the build says so, and no page loads a script that has nothing to draw with; without a diagram all is well."""
    monkeypatch.setattr(stage, "MERMAID", base / "mermaid.tiny.js")
    add_card("acme")
    (base / "mkdocs.yml").write_text((PROJECT / "mkdocs.yml").read_text().replace('site_url: ""', "site_url: https://kb.example/"))
    assert build(config.load(str(base), base)).warnings == ()
    (base / "docs/guide.md").write_text("# Guide\n\n```mermaid\nflowchart TD\n```\n")
    assert [said.split(":")[0] for said in build(config.load(str(base), base)).warnings] == ["1 page with a diagram, shown as text"]
    assert "diagrams.js" not in (base / "site/guide/index.html").read_text()
    (base / "mermaid.tiny.js").write_text("// draws")
    assert build(config.load(str(base), base)).warnings == ()
    assert "diagrams.js" in (base / "site/guide/index.html").read_text()
    assert (base / "site/assets/rejoinder/mermaid.tiny.js").is_file()


def test_a_feed_without_the_sites_address_is_told(base: Path, add_card: Callable[..., Path]) -> None:
    """Without site_url a feed's links lead nowhere: the build says so and no page offers it; with one, every page does."""
    add_card("acme")
    assert ["set site_url in mkdocs.yml" in said for said in build(config.load(str(base), base)).warnings] == [True]
    assert "application/rss+xml" not in (base / "site/index.html").read_text()
    (base / "mkdocs.yml").write_text((PROJECT / "mkdocs.yml").read_text().replace('site_url: ""', "site_url: https://kb.example/"))
    assert build(config.load(str(base), base)).warnings == ()
    assert "application/rss+xml" in (base / "site/index.html").read_text()
