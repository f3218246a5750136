"""`kb ingest` as a whole process against a real server on loopback: what is saved, what is said, what is never lost."""

import json
from collections.abc import Callable
from pathlib import Path

from kb.release import parse_release
from tests.conftest import Site, kb, snapshot

CHANGELOG = "# Changes\n\n## 1.1.0 - 2026-02-01\n\n- Added SSO\n\n## 1.0.0 - 2026-01-01\n\n- First\n"
FEED = """<?xml version="1.0"?><feed xmlns="http://www.w3.org/2005/Atom"><title>t</title><id>x</id><updated>2026-02-01T00:00:00Z</updated>
<entry><id>tag:2</id><title>Acme 1.1.0</title><updated>2026-02-01T00:00:00Z</updated><link href="https://a.example/2"/>
<content type="html">&lt;ul&gt;&lt;li&gt;Added SSO&lt;/li&gt;&lt;/ul&gt;</content></entry>
<entry><id>tag:1</id><title>Why we care</title><updated>2026-01-01T00:00:00Z</updated><content type="html">&lt;p&gt;Words&lt;/p&gt;</content></entry>
<!-- <entry><id>tag:0</id><title>Acme 0.9.0</title></entry> -->
</feed>"""
PAGE = '<html><body><article class="release"><h2>Acme 1.1.0</h2><time datetime="2026-02-01">x</time><ul><li>SSO</li></ul></article></body></html>'
AddCard = Callable[..., Path]


def releases(base: Path, slug: str) -> dict[str, Path]:
    return {p.name: p for p in (base / "docs/battlecards" / slug / "releases").glob("*.md")}


def test_three_kinds_of_source_become_one_file_a_release(site: Site, base: Path, add_card: AddCard) -> None:
    """A feed, a page and a changelog over HTTP; dates and changes as published; a second run changes no byte."""
    add_card("feedco", f"feed: {site.put('/feed', FEED, 'application/atom+xml')}")
    add_card("pageco", f"page: {site.put('/page', PAGE, 'text/html')}\n    entry: article.release")
    add_card("logco", f"changelog: {site.put('/log', CHANGELOG)}")
    done = kb(base, "ingest", "--json")
    assert done.returncode == 0, done.stderr
    outcomes = json.loads(done.stdout)["sources"]
    assert [(o["competitor"], o["status"], o["new"], o["revised"], o["error"]) for o in outcomes] == [
        ("feedco", "new", 2, 0, None),
        ("logco", "new", 2, 0, None),
        ("pageco", "new", 1, 0, None),
    ]
    assert set(releases(base, "logco")) == {"1.1.0.md", "1.0.0.md"}
    note = parse_release(releases(base, "pageco")["1.1.0.md"].read_text(), "x")
    assert (str(note.date), note.changes[0].text, note.source) == ("2026-02-01", "SSO", site.url + "/page")
    before = snapshot(base)
    again = kb(base, "ingest")
    assert again.returncode == 0
    assert again.stdout.count("unchanged") == 3
    assert snapshot(base) == before


def test_an_edited_entry_is_a_revision_of_the_same_note(site: Site, base: Path, add_card: AddCard) -> None:
    """The newer wording stands, the older one's hash is kept, and there is still one file."""
    add_card("acme", f"changelog: {site.put('/log', CHANGELOG)}")
    kb(base, "ingest")
    first = parse_release(releases(base, "acme")["1.1.0.md"].read_text(), "x")
    site.put("/log", CHANGELOG.replace("Added SSO", "Added SSO on Enterprise"))
    done = kb(base, "ingest")
    assert "1 revised" in done.stdout
    note = parse_release(releases(base, "acme")["1.1.0.md"].read_text(), "x")
    assert note.changes[0].text == "Added SSO on Enterprise"
    assert [r.sha256 for r in note.revisions] == [first.sha256]
    assert len(releases(base, "acme")) == 2


def test_an_edit_by_hand_is_never_taken_for_what_was_published(site: Site, base: Path, add_card: AddCard) -> None:
    """`kb check` names the note; ingest leaves it as it is, even when its publisher has revised it; deleted, it comes back as published."""
    add_card("acme", f"changelog: {site.put('/log', CHANGELOG)}")
    kb(base, "ingest")
    path = releases(base, "acme")["1.1.0.md"]
    forged = path.read_text().replace("Added SSO", "Removed SSO")
    path.write_text(forged)
    site.put("/log", CHANGELOG.replace("Added SSO", "Added SSO on Enterprise"))
    assert kb(base, "ingest").returncode == 0
    assert path.read_text() == forged
    checked = kb(base, "check")
    assert checked.returncode == 1
    assert "docs/battlecards/acme/releases/1.1.0.md:1: was edited by hand" in checked.stdout + checked.stderr
    path.unlink()
    kb(base, "ingest")
    assert "Added SSO on Enterprise" in path.read_text()
    assert "by hand" not in kb(base, "check").stdout


def test_a_source_that_drops_old_entries_loses_nothing(site: Site, base: Path, add_card: AddCard) -> None:
    """A feed that keeps only its newest entry leaves the older notes where they are."""
    add_card("acme", f"changelog: {site.put('/log', CHANGELOG)}")
    kb(base, "ingest")
    site.put("/log", CHANGELOG.split("## 1.0.0", maxsplit=1)[0])
    assert kb(base, "ingest").returncode == 0
    assert len(releases(base, "acme")) == 2


def test_one_failing_source_fails_alone(site: Site, base: Path, add_card: AddCard) -> None:
    """Four faults and one good source: the good one is saved, exit 1, each fault named with its cause."""
    add_card("gone", f"feed: {site.url}/nothing")
    add_card("html", f"feed: {site.put('/html', '<html><body>Sorry</body></html>', 'text/html')}")
    empty = '<rss version="2.0"><channel><title>t</title></channel></rss>'
    add_card("none", f"feed: {site.put('/empty', empty, 'application/rss+xml')}")
    add_card("dead", "feed: http://127.0.0.1:9/feed")
    add_card("good", f"changelog: {site.put('/log', CHANGELOG)}")
    done = kb(base, "ingest")
    assert done.returncode == 1
    assert "good" in done.stdout
    assert "2 new" in done.stdout
    assert len(releases(base, "good")) == 2
    for name, cause in {"gone": "404", "html": "is not a feed", "none": "no entries", "dead": "cannot be reached"}.items():
        (line,) = [line for line in done.stderr.splitlines() if line.startswith(name)]
        assert cause in line
    assert "Traceback" not in done.stderr


def test_a_broken_card_is_named_and_the_others_are_ingested(site: Site, base: Path, add_card: AddCard) -> None:
    """Front matter that is no YAML costs that card only: path, line, message, exit 1."""
    add_card("good", f"changelog: {site.put('/log', CHANGELOG)}")
    add_card("bad").write_text("---\ntitle: [x\n---\n")
    done = kb(base, "ingest")
    assert done.returncode == 1
    assert "docs/battlecards/bad/index.md:2: the front matter is not valid YAML" in done.stderr
    assert len(releases(base, "good")) == 2


def test_a_file_on_disk_is_ingested_like_a_source(base: Path, add_card: AddCard, tmp_path: Path) -> None:
    """--file detects the format, needs --competitor, and refuses an unknown one with the nearest name."""
    add_card("acme")
    path = tmp_path / "CHANGES.md"
    path.write_text(CHANGELOG)
    assert kb(base, "ingest", "--file", str(path), "--competitor", "acme").returncode == 0
    assert len(releases(base, "acme")) == 2
    unknown = kb(base, "ingest", "--file", str(path), "--competitor", "acne")
    assert unknown.returncode == 2
    assert 'Did you mean "acme"?' in unknown.stderr
    assert kb(base, "ingest", "--file", str(path)).returncode == 2
    assert kb(base, "ingest", "--file", str(tmp_path / "no"), "--competitor", "acme").returncode == 2
    assert "is a folder" in kb(base, "ingest", "--file", str(tmp_path), "--competitor", "acme").stderr
    rubbish, large = tmp_path / "rubbish", tmp_path / "large"
    rubbish.write_bytes(bytes(range(256)) * 400)
    large.write_bytes(b"x" * (21 << 20))
    assert kb(base, "ingest", "--file", str(rubbish), "--competitor", "acme").stderr == "file:rubbish: 0 releases, format unknown\n"
    assert "larger than 20 MB" in kb(base, "ingest", "--file", str(large), "--competitor", "acme").stderr


def test_an_unknown_competitor_is_wrong_usage(base: Path, add_card: AddCard) -> None:
    """`kb ingest acne` exits 2 and names what there is."""
    add_card("acme", "feed: http://127.0.0.1:9/")
    done = kb(base, "ingest", "acne")
    assert done.returncode == 2
    assert 'no such competitor. Did you mean "acme"?' in done.stderr


def test_a_card_cannot_steer_where_notes_are_written(site: Site, base: Path, add_card: AddCard) -> None:
    """`competitor: ../../x` is a fault in the card, told with its line, and no file appears anywhere."""
    card = add_card("acme", f"changelog: {site.put('/log', CHANGELOG)}")
    card.write_text(card.read_text().replace("competitor: acme", "competitor: ../../outside"))
    before = snapshot(base.parent)
    done = kb(base, "ingest")
    assert done.returncode == 1
    assert "docs/battlecards/acme/index.md:3: " in done.stderr
    assert snapshot(base.parent) == before


def test_a_dry_run_writes_nothing(site: Site, base: Path, add_card: AddCard) -> None:
    """--dry-run says what would be new and leaves the tree as it was."""
    add_card("acme", f"changelog: {site.put('/log', CHANGELOG)}")
    before = snapshot(base)
    assert "2 new" in kb(base, "ingest", "--dry-run").stdout
    assert snapshot(base) == before


def test_a_mirror_is_fetched_and_the_card_s_address_is_kept(site: Site, base: Path, add_card: AddCard) -> None:
    """[ingest.mirrors] changes where bytes come from, not what the note says its source is."""
    add_card("acme", "changelog: https://acme.example/log")
    site.put("/mirror/log", CHANGELOG)
    (base / "kb.toml").write_text(f'[ingest.mirrors]\n"https://acme.example/" = "{site.url}/mirror/"\n')
    assert kb(base, "ingest").returncode == 0
    assert "source: https://acme.example/log" in releases(base, "acme")["1.1.0.md"].read_text()


def test_what_is_published_stays_text(site: Site, base: Path, add_card: AddCard) -> None:
    """Markup, attribute lists, paths and control characters in an entry reach neither the page nor a path outside the folder."""
    evil = '# Changes\n\n## 1.1.0 - 2026-02-01\n\n- <script>alert(1)</script> [x](javascript:alert(1)) {onclick=x} \x07 `--8<-- "f"`\n\n## 1.0.0\n\n- a\n'
    add_card("acme", f"changelog: {site.put('/log', evil)}")
    add_card("feedco", f"feed: {site.put('/feed', FEED.replace('Why we care', '../../../../etc/passwd'), 'application/atom+xml')}")
    before = {name for name in snapshot(base) if "/releases/" not in name}
    assert kb(base, "ingest").returncode == 0
    text = releases(base, "acme")["1.1.0.md"].read_text()
    body = text.split("---\n")[2]
    assert not any(mark in body for mark in ("<script", "](", "{onclick", "\x07", "--8<--"))
    assert {name for name in snapshot(base) if "/releases/" not in name} == before
    assert kb(base, "check").returncode == 0


def test_a_folder_that_cannot_be_made_is_told(site: Site, base: Path, add_card: AddCard) -> None:
    """A file where releases/ should be: exit 1, the path and the cause, and what was there is still there."""
    card = add_card("acme", f"changelog: {site.put('/log', CHANGELOG)}")
    (card.parent / "releases").write_text("a file where a folder should be")
    done = kb(base, "ingest")
    assert done.returncode == 1
    assert "could not be written" in done.stderr
    assert "Traceback" not in done.stderr
    assert (card.parent / "releases").read_text() == "a file where a folder should be"
