"""What a source is to us over time: one note a release however it is published, and a word when something is odd."""

import datetime as dt
import itertools
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ingest.changes import change, rules
from ingest.merge import merge, rank
from ingest.run import Options, run
from kb import config, library
from kb.errors import KbError
from kb.model import Change, ReleaseNote, Source
from kb.release import ONLY_FIXES, parse_release
from kb.sources import Memory, findings
from tests.conftest import Site, kb, snapshot

AddCard = Callable[..., Path]
TODAY = dt.date(2026, 11, 20)
LOG = "## 1.1.0 - 2026-02-01\n\n- Added SSO\n\n## 1.0.0 - 2026-01-01\n\n- First\n"


def entry(ident: str, title: str, day: str, body: str = "SSO", link: str = "") -> str:
    return (
        f"<item><guid isPermaLink='false'>{ident}</guid><title>{title}</title><pubDate>{day}T10:00:00Z</pubDate>"
        f"<link>{link or f'https://a.example/{ident}'}</link><description>{body}</description></item>"
    )


def rss(*entries: str) -> str:
    return f'<rss version="2.0"><channel><title>t</title>{"".join(entries)}</channel></rss>'


def notes(base: Path, slug: str = "acme") -> dict[str, ReleaseNote]:
    found = (base / "docs/battlecards" / slug / "releases").glob("*.md")
    return {path.name: parse_release(path.read_text(), path.name) for path in sorted(found)}


def ingest(base: Path, *args: str) -> list[dict[str, object]]:
    done = kb(base, "ingest", "--json", *args)
    assert "Traceback" not in done.stderr
    return list(json.loads(done.stdout)["sources"])


def log_of(*versions: str, day: str = "2026-01-01") -> str:
    return "".join(f"## {version} - {day}\n\n- SSO {version}\n\n" for version in versions)


JSON_FEED = {
    "version": "https://jsonfeed.org/version/1.1",
    "title": "t",
    "items": [
        {
            "id": "2",
            "url": "https://a.example/2",
            "title": "Acme 1.1.0",
            "content_html": "<ul><li>SSO</li></ul>",
            "date_published": "2026-02-01T23:30:00-05:00",
        },
        {"id": 1, "title": "Acme 1.0.0", "content_text": "- First", "date_published": "2026-01-01"},
    ],
}
GITHUB = [
    {
        "tag_name": "v1.1.0-rc.1",
        "name": "",
        "body": "- SSO",
        "published_at": "2026-02-02T03:00:00Z",
        "prerelease": True,
        "draft": False,
        "html_url": "https://a.example/2",
    },
    {
        "tag_name": "v1.0.0",
        "name": "One",
        "body": "## Fixes\n\n* First\n",
        "published_at": "2026-01-01T03:00:00Z",
        "prerelease": False,
        "draft": False,
    },
]
GITLAB = [
    {
        "tag_name": "v1.1.0",
        "name": "1.1.0",
        "description": "- SSO",
        "released_at": "2026-02-02T03:00:00Z",
        "_links": {"self": "https://a.example/2"},
    }
]


@pytest.mark.parametrize(
    ("value", "names"), [(JSON_FEED, ["1.0.0.md", "1.1.0.md"]), (GITHUB, ["1.0.0.md", "1.1.0-rc.1.md"]), (GITLAB, ["1.1.0.md"])]
)
def test_json_feeds_and_release_apis_are_read(site: Site, base: Path, add_card: AddCard, value: object, names: list[str]) -> None:
    """JSON Feed, GitHub's and GitLab's release lists: versions, days in UTC, changes, and what is a pre-release."""
    add_card("acme", f"feed: {site.put('/releases', json.dumps(value), 'application/json')}")
    assert ingest(base)[0]["error"] is None
    found = notes(base)
    assert list(found) == names
    newest = found[names[-1]]
    assert (str(newest.date), [c.text for c in newest.changes], newest.url) == ("2026-02-02", ["SSO"], "https://a.example/2")
    assert newest.state == ("pre-release" if "rc" in names[-1] else "")


def test_json_of_another_kind_says_so(site: Site, base: Path, add_card: AddCard) -> None:
    """An API's error object is a failure that quotes it."""
    add_card("acme", f"feed: {site.put('/releases', json.dumps({'message': 'Not Found'}), 'application/json')}")
    assert 'it says "Not Found"' in str(ingest(base)[0]["error"])


def test_the_feed_that_a_page_names_is_read(site: Site, base: Path, add_card: AddCard) -> None:
    """A page where a feed should be: its <link rel=alternate> is followed, and the card's owner is told the address."""
    site.put("/feeds/all.xml", rss(entry("1", "Acme 1.0.0", "2026-01-01")), "application/rss+xml")
    page = '<html><head><link rel="alternate" type="application/rss+xml" href="/feeds/all.xml"></head><body>News</body></html>'
    add_card("acme", f"feed: {site.put('/news', page, 'text/html')}")
    (outcome,) = ingest(base)
    assert (outcome["status"], outcome["new"]) == ("new", 1)
    assert f"put {site.url}/feeds/all.xml into the card" in str(outcome["notice"])


def test_a_list_is_read_page_by_page(site: Site, base: Path, add_card: AddCard) -> None:
    """rel=next in a page and in a Link header is followed to the end the first time, and no further than what is known later."""

    def page(*versions: str, following: str = "") -> str:
        link = f'<a rel="next" href="{following}">Older</a>' if following else ""
        return f"<html><body>{''.join(f'<h2>Acme {v}</h2><p>SSO</p>' for v in versions)}{link}</body></html>"

    site.put("/news", page("1.4.0", "1.3.0", following="/news?page=2"), "text/html")
    site.put("/news?page=2", page("1.2.0", following="/news?page=3"), "text/html")
    site.put("/news?page=3", page("1.1.0", following="/other/chapter"), "text/html")
    site.answers["/api"] = (
        200,
        {"Content-Type": "application/json", "Link": f'<{site.url}/api?page=2>; rel="next"'},
        json.dumps(GITHUB).encode(),
    )
    site.put("/api?page=2", json.dumps(GITLAB), "application/json")
    add_card("acme", f"page: {site.url}/news")
    add_card("apico", f"feed: {site.url}/api")
    assert [outcome["new"] for outcome in ingest(base)] == [4, 3]
    assert not site.asked("/other/chapter")
    site.seen.clear()
    ingest(base)
    assert not site.asked("/news?page=2")


@pytest.mark.parametrize("order", list(itertools.permutations(range(2))))
def test_two_sources_of_one_release_are_one_note_whatever_their_order(
    site: Site, base: Path, add_card: AddCard, order: tuple[int, ...]
) -> None:
    """A feed and a changelog: the same bytes whichever the card names first; the date that one lacks comes from the other."""
    lines = [
        f"feed: {site.put('/feed', rss(entry('1', 'Acme v1.1.0', '2026-02-03'), entry('0', 'Acme 1.0.0', '2026-01-01')), 'text/xml')}",
        f"changelog: {site.put('/log', '## 1.1.0' + chr(10) + chr(10) + '- Added SSO' + chr(10) + chr(10) + '## 1.0.0' + chr(10) + chr(10) + '- x')}",
    ]
    add_card("acme", *[lines[n] for n in order])
    ingest(base)
    note = notes(base)["1.1.0.md"]
    assert note.source.endswith("/log")
    assert (str(note.date), note.dated_by, note.page) == ("2026-02-03", f"{site.url}/feed", "https://a.example/1")
    assert [seen.source for seen in note.also] == [f"{site.url}/feed"]
    before = snapshot(base / "docs/battlecards/acme/releases")
    assert [outcome["status"] for outcome in ingest(base)] == ["unchanged", "unchanged"]
    assert snapshot(base / "docs/battlecards/acme/releases") == before


days = st.none() | st.dates(dt.date(2026, 1, 1), dt.date(2026, 1, 5))
SOURCES = (Source("feed", "https://a.example/feed"), Source("changelog", "https://a.example/log"), Source("page", "https://a.example/new"))
views = st.builds(
    ReleaseNote,
    version=st.just("1.0.0"),
    source=st.sampled_from([s.url for s in SOURCES]),
    sha256=st.sampled_from(["a", "b", "c"]),
    date=days,
    url=st.none() | st.just("https://a.example/r"),
    changes=st.sampled_from([(), (Change("fix", "x"),)]),
)


@settings(max_examples=300)
@given(st.lists(views, max_size=8), st.randoms())
def test_the_order_of_sources_does_not_matter(seen: list[ReleaseNote], random: object) -> None:
    """Each source's own history in its order, the sources mixed in any way: the same note; and seeing it all again changes nothing."""
    order = rank(SOURCES)

    def after(views: list[ReleaseNote]) -> dict[str, ReleaseNote]:
        known: dict[str, ReleaseNote] = {}
        for view in views:
            known |= merge(known, {"1.0.0.md": view}, order).write
        return known

    queues = [[v for v in seen if v.source == s.url] for s in SOURCES]
    latest = {q[-1].source: q[-1] for q in queues if q}
    mixed: list[ReleaseNote] = []
    while any(queues):
        mixed.append(random.choice([q for q in queues if q]).pop(0))  # type: ignore[attr-defined]
    end = after(seen)
    # the same words (one digest) stand for one date and one set of changes
    words = {(v.source, v.sha256): v for v in seen}
    if len({(v.source, v.sha256, v.date, v.url, v.changes) for v in seen}) == len(words):
        assert after(mixed) == end
        assert all(merge(end, {"1.0.0.md": view}, order).write == {} for view in latest.values())


def test_a_post_keeps_its_note_when_its_publisher_renames_it(site: Site, base: Path, add_card: AddCard) -> None:
    """Another id, another date or another title: still one note, an edit is a revision with both hashes."""
    add_card("acme", f"feed: {site.put('/feed', rss(entry('1', 'Why we care', '2026-01-01')), 'text/xml')}")
    ingest(base)
    (name,) = notes(base)
    first = notes(base)[name]
    for changed in (
        entry("other-id", "Why we care", "2026-01-01", link="https://a.example/1"),
        entry("other-id", "Why we care", "2026-01-09", link="https://a.example/1"),
        entry("1", "Why we care a lot", "2026-01-09"),
    ):
        site.put("/feed", rss(changed), "text/xml")
        ingest(base)
        assert list(notes(base)) == [name]
    last = notes(base)[name]
    assert last.version == "Why we care a lot"
    assert last.revisions[0].sha256 == first.sha256
    assert last.sha256 != first.sha256


def test_a_version_published_twice_is_one_note(site: Site, base: Path, add_card: AddCard) -> None:
    """Twice under one title: one note. A later notice about it: a note of its own, and the release stays the release."""
    release, again = entry("1", "Acme 1.0.0", "2026-01-01"), entry("7", "Acme 1.0.0", "2026-01-02")
    notice = entry("9", "Acme 1.0.0: a security notice", "2026-01-05", "Please upgrade")
    site.put("/feed", rss(again, release), "text/xml")
    add_card("acme", f"feed: {site.url}/feed")
    ingest(base)
    assert list(notes(base)) == ["1.0.0.md"]
    before = notes(base)["1.0.0.md"]
    for order in ((notice, again, release), (release, again, notice)):
        site.put("/feed", rss(*order), "text/xml")
        ingest(base)
        assert len(notes(base)) == 2
        assert notes(base)["1.0.0.md"] == before


@pytest.mark.parametrize(
    ("heading", "state"),
    [
        ("2.0.0 - 2026-01-01", ""),
        ("2.0.0-rc.1 - 2026-01-01", "pre-release"),
        ("2.0.0b3", "pre-release"),
        ("2.0.0-SNAPSHOT", "pre-release"),
        ("2.0.0 (unreleased)", "unreleased"),
        ("Release v2.0.0 - TBD", "unreleased"),
        ("2.0.0-mysql", ""),
        ("2.0.0.Final", ""),
    ],
)
def test_what_is_not_a_release_yet_is_told_apart(base: Path, add_card: AddCard, tmp_path: Path, heading: str, state: str) -> None:
    """Pre-releases and announced versions carry their state; `[Unreleased]` without a version is no note at all."""
    add_card("acme")
    path = tmp_path / "log.md"
    path.write_text(f"## [Unreleased]\n\n- soon\n\n## {heading}\n\n- SSO\n\n## 1.0.0\n\n- x\n")
    assert kb(base, "ingest", "--file", str(path), "--competitor", "acme").returncode == 0
    found = notes(base)
    assert len(found) == 2
    assert [n.state for n in found.values() if n.version.startswith("2")] == [state]


def test_an_announced_version_that_ships_is_a_revision(site: Site, base: Path, add_card: AddCard) -> None:
    """`2.0.0 (unreleased)` becomes `2.0.0 - date`: the same note, both hashes."""
    add_card("acme", f"changelog: {site.put('/log', '## 2.0.0 (unreleased)' + chr(10) + chr(10) + '- SSO')}")
    ingest(base)
    assert notes(base)["2.0.0.md"].state == "unreleased"
    site.put("/log", "## 2.0.0 - 2026-03-01\n\n- SSO")
    ingest(base)
    note = notes(base)["2.0.0.md"]
    assert (note.state, str(note.date), len(note.revisions)) == ("", "2026-03-01", 1)


def test_a_change_says_which_words_decided(base: Path, add_card: AddCard, tmp_path: Path) -> None:
    """Kind and topics come with the table's words; a team's own rows come first; nothing but fixes is said to be no material change."""
    found = change("The agent crashed on EKS", "", rules())
    assert (found.kind, found.because) == ("launch", "launch: no other rule fits; agent: agent; kubernetes: eks")
    own = '[[kind]]\nname = "fix"\nwords = ["crashed"]\n\n[[topic]]\nname = "billing"\nwords = ["invoice"]\n'
    assert change("The agent crashed on EKS", "", rules(own)).because == "fix: crashed; agent: agent; kubernetes: eks"
    (base / "changes.toml").write_text(own)
    add_card("acme")
    path = tmp_path / "log.md"
    path.write_text("## 1.0.0\n\n- The invoice crashed\n")
    kb(base, "ingest", "--file", str(path), "--competitor", "acme")
    (note,) = notes(base).values()
    assert note.changes == (Change("fix", "The invoice crashed", ("billing",), "fix: crashed; billing: invoice"),)
    assert ONLY_FIXES in (base / "docs/battlecards/acme/releases/1.0.0.md").read_text()
    (base / "changes.toml").write_text('[[kind]]\nname = "meh"\nwords = ["x"]\n')
    done = kb(base, "ingest", "--file", str(path), "--competitor", "acme")
    assert (done.returncode, '"meh" is no kind of change' in done.stderr) == (2, True)


def test_another_table_sorts_known_releases_anew(site: Site, base: Path, add_card: AddCard) -> None:
    """A row that a PMM adds takes effect on what is still published; it is no revision."""
    add_card("acme", f"changelog: {site.put('/log', '## 1.0.0' + chr(10) + chr(10) + '- Invoices by mail')}")
    ingest(base)
    (base / "changes.toml").write_text('[[kind]]\nname = "pricing"\nwords = ["invoices"]\n')
    (outcome,) = ingest(base)
    assert (outcome["status"], outcome["revised"]) == ("new", 0)
    assert notes(base)["1.0.0.md"].changes[0].kind == "pricing"


def test_an_odd_batch_waits_for_a_person(site: Site, base: Path, add_card: AddCard) -> None:
    """40 new releases at once from a settled source are not merged, lie in .kb/quarantine to be looked at, and --accept merges them."""
    old = [f"0.{n}.0" for n in range(10)]
    add_card("acme", f"changelog: {site.put('/log', log_of(*old))}")
    assert ingest(base)[0]["new"] == 10
    site.put("/log", log_of(*[f"1.{n}.0" for n in range(40)], *old))
    done = kb(base, "ingest")
    assert done.returncode == 1
    assert "an odd batch, nothing was merged: 40 new releases at once" in done.stderr
    assert "kb ingest acme --accept" in done.stderr
    assert len(notes(base)) == 10
    assert len(list((base / ".kb/quarantine/acme").rglob("*.md"))) == 40
    assert "quarantined" in kb(base, "check").stdout
    assert ingest(base, "acme", "--accept")[0]["new"] == 40
    assert len(notes(base)) == 50
    assert not list((base / ".kb/quarantine/acme").rglob("*.md"))
    assert ingest(base)[0]["health"] == []


def test_a_future_date_waits_for_a_person(site: Site, base: Path, add_card: AddCard) -> None:
    """A release dated years ahead is not merged; neither is anything by a machine whose clock was set back, and nothing is lost."""
    add_card("acme", f"changelog: {site.put('/log', log_of('2.0.0', day='2031-01-01'))}")
    (outcome,) = ingest(base)
    assert outcome["status"] == "quarantined"
    assert "dated after today" in str(outcome["error"])
    assert not notes(base)
    site.put("/log", LOG)
    settings_ = config.load(str(base), base)
    cards = list(library.load(base, only_cards=True).cards.values())
    for today, count in ((dt.date(1999, 1, 1), 0), (TODAY, 2), (dt.date(1999, 1, 1), 2)):
        run(settings_, cards, Options(today), lambda outcome: None)
        assert len(notes(base)) == count


def health(base: Path) -> list[str]:
    return [str(finding["kind"]) for outcome in ingest(base) for finding in outcome["health"]]  # type: ignore[attr-defined]


def test_a_source_in_trouble_is_told_by_kind(site: Site, base: Path, add_card: AddCard) -> None:
    """Dead, empty, a login page, shrunken, moved for good: in `kb ingest --json`, and in `kb check` without the network."""
    today = dt.date.today().isoformat()
    ten = [f"1.{n}.0" for n in range(10)]
    add_card("acme", f"changelog: {site.put('/log', log_of(*ten, day=today))}")
    assert health(base) == []
    site.put("/log", log_of(*ten[:4], day=today))
    assert health(base) == ["shrunken"]
    assert "shrunken: " in kb(base, "check").stdout
    site.put("/log", "", status=410)
    assert health(base) == ["dead"]
    assert "dead: the server answered 410" in kb(base, "check").stdout
    site.put("/log", " ")
    assert health(base) == ["empty"]
    site.put("/log", "<html><body><form><input type=password></form></body></html>", "text/html")
    assert health(base) == ["login"]
    site.answers["/log"] = (302, {"Location": "/login?next=/log"}, b"")
    site.put("/login?next=/log", log_of("9.9.9"))
    assert health(base) == ["login"]
    site.put("/new", log_of(*ten, day=today))
    site.answers["/log"] = (301, {"Location": "/new"}, b"")
    assert health(base) == ["moved"]
    assert "put that address into the card" in kb(base, "check").stdout
    assert len(notes(base)) == 10


def test_a_source_gone_quiet_is_frozen() -> None:
    """Nothing new in four times the usual interval and at least a month; few dates say nothing."""
    weekly = [TODAY - dt.timedelta(days=7 * n + 60) for n in range(9)]
    (finding,) = findings(Memory(), weekly, TODAY)
    assert finding.kind == "frozen"
    assert "60 days; usual are 7" in finding.message
    assert findings(Memory(), [day + dt.timedelta(days=40) for day in weekly], TODAY) == []
    assert findings(Memory(), weekly[:3], TODAY) == []


def test_a_link_out_of_docs_is_not_written_through(
    site: Site, base: Path, add_card: AddCard, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """releases/ as a symbolic link to somewhere else: told, and nothing appears there."""
    outside = tmp_path_factory.mktemp("outside")
    card = add_card("acme", f"changelog: {site.put('/log', LOG)}")
    (card.parent / "releases").symlink_to(outside)
    assert "leads out of docs/" in str(ingest(base)[0]["error"])
    assert list(outside.iterdir()) == []


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.sampled_from(["kind", "topic", "x"]), st.text(max_size=5), st.text(max_size=5)), max_size=3))
def test_any_table_is_read_or_refused_with_a_sentence(rows: list[tuple[str, str, str]]) -> None:
    """A team's changes.toml can be wrong in any way: rules come out, or a KbError."""
    own = "".join(f"[[{what}]]\nname = {json.dumps(name)}\nwords = [{json.dumps(word)}]\n" for what, name, word in rows)
    try:
        found = rules(own)
    except KbError:
        return
    assert found.kinds
    assert change("anything at all", "", found).because
