"""Release notes in the shapes that publishers use: which releases, which dates, which changes. All texts are our own."""

import datetime as dt

import pytest

from ingest.changes import change, rules
from ingest.dates import find_date
from ingest.reader import read
from ingest.versions import release_line
from kb.errors import KbError
from kb.model import Source

DAY = dt.date(2026, 3, 4)

TEXTS = {
    "keep a changelog": "# Changelog\n\n## [Unreleased]\n- soon\n\n## [2.1.0] - 2026-03-04\n\n### Added\n\n- SSO\n\n## [2.0.0] - 2026-01-02\n- first\n",
    "linked": "# Changes\n\n## [v2.1.0](https://x.example/compare/2.0...2.1) (2026-03-04)\n\n* SSO\n\n## [v2.0.0](https://x.example) (2026-01-02)\n* first\n",
    "setext": "Changes\n=======\n\nv2.1.0\n------\n\nReleased 2026-03-04\n\n- SSO\n\nv2.0.0\n------\n\n- first\n",
    "slash": "## 2.1.0 / 2026-03-04\n\n* [FEATURE] SSO\n\n## 2.0.0 / 2026-01-02\n\n* first\n",
    "release word and series": "# v2.1\n\n## Release v2.1.0 - 2026/03/04\n\n* SSO\n\n# v2.0\n\n## Release v2.0.0 - 2026/01/02\n* first\n",
    "sections at the release's level": "## Version 2.1.0 (2026-3-4)\n## Fixes\n- SSO\n## Java 17.0.2 support\n- yes\n## Version 2.0.0 (2026-1-2)\n## Fixes\n- b\n",
    "bold date line": "## 2.1.0 release notes\n\n**March 4, 2026** &mdash; Version 2.1.0 is out.\n\n- SSO\n\n## 2.0.0 release notes\n\n- first\n",
    "rst": "Changelog\n=========\n\nVersion 2.1.0\n-------------\n\nReleased 2026-03-04\n\n* SSO\n\nVersion 2.0.0\n-------------\n\n* first\n",
    "asciidoc": "= Notes\n\n////\n==== 9.9.9 - 2020-01-01\n////\n\n=== Agent version 2.x\n\n==== 2.1.0 - 2026-03-04\n\n* SSO\n\n==== 2.0.0 - 2026-01-02\n\n* first\n",
    "ruled": "=====================\nAgent 2.1.0 (2026-03-04)\n=====================\nFeatures:\n* SSO\n\n=====================\nAgent 2.0.0 (2026-01-02)\n=====================\n* first\n",
    "plain": "2026-03-04, Version 2.1.0\n\t* core: SSO. Thanks\n\t  to all.\n\n2026-01-02, Version 2.0.0\n\t* first 1.2.3\n",
    "anchors and parts": "## 2.1.0 [agent-2.1.0-release-notes]\n*March 4, 2026*\n\n### Features and more [agent-2.1.0-features]\n\n* SSO\n\n"
    "#### Output plugin - 12.1.0\n\n* x\n\n## 2.0.0 [agent-2.0.0-release-notes]\n\n* first\n",
    "level changes midway": "## 2.1.0\n\n*March 4, 2026*\n\n- SSO\n\n### 2.0.0\n\n- first\n",
    "page that asks for feedback": "<!DOCTYPE html><html><head></head><body><feedback-button></feedback-button>"
    "<h2>2.1.0 (2026-03-04)</h2><p>SSO</p><h2>2.0.0</h2><p>first</p></body></html>",
    "gnu news with other headings": "GNU agent NEWS  -*- outline -*-\n\n* Noteworthy changes in release 2.1.0 (2026-03-04) [stable]\n\n** New features\n\n  SSO\n\n"
    "* Noteworthy changes in release 2.0.0\n\n  first\n\nCopying\n=======\n\nwords\n",
    "what's new in": "What's new in Agent 2.1.0 (2026-03-04):\n\n* SSO\n\nWhat's new in Agent 2.0.0?\n\n* first 1.2.3\n",
    "name and version with a dash": "Changes in agent-2.1.0 (04 Mar 2026):\n\n\t- SSO\n\nChanges to agent-2.0.0 (?? Jan 2026):\n\n\t- first\n",
    "between": "### Major changes between Agent 2.0.0 and Agent 2.1.0 [4 Mar 2026]\n\n * SSO\n\n### Major changes between Agent 1.9.9 and Agent 2.0.0\n\n * x\n",
    "from and to": "Changes from 2.0.0 -> 2.1.0 (4 Mar 2026)\n===\n\n* SSO\n\nChanges from 2.0.0 RC 1 -> 2.0.0\n===\n\n* first\n",
    "debian": "agent (2.1.0) stable; urgency=medium\n\n  * SSO\n    for all\n\n -- A Person <a@b.example>  Wed, 04 Mar 2026 10:00:00 +0100\n\n"
    "agent (2.0.0) stable; urgency=low\n\n  * first\n",
    "compact date": "2.1.0 - 20260304\n================\n\n- SSO\n\n2.0.0 - soon\n============\n\n- first\n",
    "clock": "Agent 2.1.0   Released Wed March 4 12:00:00 CET 2026\n=====\n\n* SSO\n\nAgent 2.0.0\n=====\n\n* first\n",
    "field": "2.1.0\n=====\n\n:release-date: 2026-03-04 8.55 P.M UTC\n:release-by: A Person\n\n- SSO\n\n2.0.0\n=====\n\n- first\n",
    "release summary": "v2.1.0\n======\n\nRelease Summary\n---------------\n\n| Release Date: 2026-03-04\n\nBugfixes\n--------\n\n- SSO\n\nv2.0.0\n======\n\n- x\n",
    "date above": "# News\n\n_March 4, 2026_\n\n## v2.1.0\n\n- SSO\n\n_January 2026_\n\n## v2.0.0\n\n- first\n",
    "date heading over": "# News\n\n## March 4, 2026\n\n### Agent 2.1.0\n\n- SSO\n\n## Earlier\n\n### Agent 2.0.0\n\n- first\n",
    "month without day": "**2.1.0** (March 4, 2026)\n\n- SSO\n\n**2.0.0** (Jan 2026)\n\n- first\n",
    "site's own element": '---\ntitle: News\n---\n\n<Update label="v2.1.0" description="March 4, 2026">\n* SSO\n</Update>\n\n<Update label="v2.0.0">\n* first\n</Update>\n',
    "markdown table": "| Version | Date | Notes |\n|---|---|---|\n| 2.1.0 | 2026-03-04 | SSO |\n| 2.0.0 | TBD | first |\n",
    "code that opens a comment": "# 2.1.0 (2026-03-04)\n\n- SSO with `<!-- marks\n\n# 2.0.0\n\n- first\n",
    "page of divs": "<html><body><div><div>v2.1.0</div><div>2026-03-04</div><div><p>SSO</p></div><div>v2.0.0</div><div><p>first</p></div></div></body></html>",
    "page with a table": "<html><body><table><tr><th>Version</th><th>Date</th></tr><tr><td>2.1.0</td><td>2026-03-04</td><td>SSO</td></tr>"
    "<tr><td>2.0.0</td><td>soon</td><td>first</td></tr></table></body></html>",
    "time before heading": "<html><body><article><time datetime='2026-03-04'>x</time><h2>2.1.0</h2><p>SSO</p></article>"
    "<article><time datetime='2026-01-02'>x</time><h2>2.0.0</h2><p>first</p></article></body></html>",
    "definition list in words": "<html><body><dl><dt>Version 2.1.0 (March 4, 2026)</dt><dd>SSO</dd><dt>Version 2.0.0</dt><dd>first</dd></dl></body></html>",
    "gnu news": "* Noteworthy changes in release 2.1.0 (2026-03-04) [stable]\n\n** Bug fixes\n\n  SSO\n\n"
    "* Noteworthy changes in release 2.0.0 (2026-01-02) [stable]\n\n  first\n",
    "changes with": "Changes with agent 2.1.0                      04 Mar 2026\n\n    *) Feature: SSO.\n\n\n"
    "Changes with agent 2.0.0                      02 Jan 2026\n\n    *) first\n",
    "dated list": "<html><body><ul><li>2026-03-04 Version 2.1.0: SSO</li><li>2026-01-02 Version 2.0.0: first</li></ul></body></html>",
    "bold lines": "<html><body><p><strong>Version 2.1.0</strong> (2026-03-04)</p><ul><li>SSO</li></ul>"
    "<p><strong>Version 2.0.0</strong> (2026-01-02)</p><ul><li>first</li></ul></body></html>",
    "definition list": "<html><body><dl><dt>2.1.0 (2026-03-04)</dt><dd>SSO</dd><dt>2.0.0 (2026-01-02)</dt><dd>first</dd></dl></body></html>",
    "html": "<html><body><nav><h3>Version 9.9.9</h3></nav><h2>2026-03-04 - Release of Agent 2.1.0</h2><ul><li>SSO</li></ul>"
    "<h2>2nd of January, 2026 - Release of Agent 2.0.0</h2><p>first</p></body></html>",
}


def source(kind: str = "changelog", entry: str | None = None) -> Source:
    return Source(kind, "https://x.example/changes", entry)


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS.keys())
def test_each_format_yields_its_two_releases(text: str) -> None:
    """In every shape: exactly the two releases, the newer one's date, and a change under each."""
    found = read(text.encode(), source()).entries
    assert [entry.version for entry in found] == ["2.1.0", "2.0.0"]
    assert found[0].date == DAY
    assert all(any(block.text for block in entry.blocks) for entry in found)


@pytest.mark.parametrize(
    ("heading", "version", "day"),
    [
        ("Brontide 2026.10.1", "2026.10.1", None),
        ("Brontide 2026.10", "2026.10", None),
        ("2026.10.1 - 2026-10-27", "2026.10.1", dt.date(2026, 10, 27)),
        ("v1.65.0/v0.159.0", "1.65.0", None),
        ("[2.1.0] - 2026-03-04 [YANKED]", "2.1.0", DAY),
        ("2.1.0 (Windows only)", "2.1.0", None),
        ("2.1.0-rc.1", "2.1.0-rc.1", None),
    ],
)
def test_odd_headings_are_read(heading: str, version: str, day: dt.date | None) -> None:
    """Calendar versions, two versions, remarks and pre-releases."""
    line = release_line(heading)
    assert line is not None
    assert (line.version, line.date) == (version, day)


NOT_RELEASES = [
    "Upgrading from 1.2.0 to 1.3.0",
    "Python 3.11 support",
    "Fixes in the parser",
    "Agent version 6.x",
    "1.5 times faster queries",
    "2.3 Installing on Windows",
    "[unreleased]",
]


@pytest.mark.parametrize("heading", NOT_RELEASES)
def test_a_heading_with_a_number_is_not_yet_a_release(heading: str) -> None:
    """Numbers in headings that name no release are passed over."""
    assert release_line(heading) is None


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2026-03-04", DAY),
        ("2026/3/4", DAY),
        ("04.03.2026", DAY),
        ("March 4th, 2026", DAY),
        ("4th of March, 2026", DAY),
        ("4 Mar 2026", DAY),
        ("25/12/2026", dt.date(2026, 12, 25)),
        ("12/25/2026", dt.date(2026, 12, 25)),
        ("03/04/2026", None),
        ("20205-01-31", None),
        ("2026-xx-xx", None),
        ("2026-02-30", None),
        ("Q4 2026", None),
        ("May 2026", None),
        ("TBD", None),
    ],
)
def test_a_date_is_read_for_certain_or_not_at_all(text: str, day: dt.date | None) -> None:
    """Dates in many habits; what is ambiguous, impossible or vague is absent, never a guess and never today."""
    found = find_date(text)
    assert (found[0] if found else None) == day


def test_a_selector_names_the_releases_of_a_page() -> None:
    """`entry:` cuts the page; the date comes from <time>, the version from the heading."""
    page = (
        '<html><body><article class="release"><h2>Acme 2.1.0</h2><time datetime="2026-03-04">last week</time><ul><li>SSO</li></ul></article>'
        '<article class="post"><h2>Acme 1.0.0</h2></article></body></html>'
    )
    (entry,) = read(page.encode(), source("page", "article.release")).entries
    assert (entry.version, entry.date) == ("2.1.0", DAY)


@pytest.mark.parametrize(
    ("data", "kind", "entry", "message"),
    [
        (b"<html><h1>Not found</h1></html>", "feed", None, "is not a feed (it is an HTML page)"),
        (b"# Hello\n\nNo releases here.\n", "changelog", None, "0 releases, format unknown"),
        (b"", "changelog", None, "the answer is empty"),
        (b"<rss version='2.0'><channel><title>x</title></channel></rss>", "feed", None, "the feed has no entries"),
        (b"<html><body><p>x</p></body></html>", "page", "article.release", "nothing matches"),
        (b"<html><body><p>x</p></body></html>", "page", "article[", "is not a CSS selector"),
    ],
)
def test_what_is_not_understood_says_so(data: bytes, kind: str, entry: str | None, message: str) -> None:
    """Nothing found is a failure with a cause, never an empty success."""
    with pytest.raises(KbError) as caught:
        read(data, source(kind, entry))
    assert message in str(caught.value)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "iso-8859-1", "windows-1251"])
def test_text_is_decoded_by_what_it_says_of_itself(encoding: str) -> None:
    """A feed in any encoding that its XML declaration or BOM names is read as its author wrote it."""
    word = "Überwachung" if encoding != "windows-1251" else "Журнал"
    declared = "utf-8" if encoding == "utf-8-sig" else encoding
    feed = f'<?xml version="1.0" encoding="{declared}"?><rss version="2.0"><channel><title>t</title><item><title>{word} 1.2.0</title></item></channel></rss>'
    (entry,) = read(feed.encode(encoding), source("feed")).entries
    assert entry.title == f"{word} 1.2.0"
    assert entry.version == "1.2.0"


@pytest.mark.parametrize(
    ("text", "heading", "kind", "topic"),
    [
        ("SAML SSO on every plan", "Added", "pricing", "sso"),
        ("Crash when a span has no name", "Bug fixes", "fix", "traces"),
        ("CVE-2026-0001 in the agent", "", "security", "agent"),
        ("The v1 query API was removed", "", "breaking", None),
        ("The old collector is deprecated", "Changes", "deprecation", "agent"),
        ("A new map of services", "Added", "launch", None),
        ("Fixed: keys of removed users stayed active", "", "fix", None),
        ("New: plans for teams", "", "launch", "pricing"),
        ("[SECURITY] Agent: fixed a leak", "Changes", "security", "agent"),
    ],
)
def test_a_change_gets_its_kind_and_topics(text: str, heading: str, kind: str, topic: str | None) -> None:
    """The table changes.toml decides by the heading above, then by the line's own words."""
    found = change(text, heading, rules())
    assert found.kind == kind
    assert topic is None or topic in found.topics
