"""Slips of people around cards, notes and reviews: told on their line or kept from happening, and nothing else in the file moves."""

import datetime as dt
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from kb import library
from kb.mend import mended
from kb.model import Change, ReleaseNote
from kb.release import intact, parse_release, render_release
from kb.slips import slips
from tests.conftest import PROJECT, Site, kb
from tests.test_ingest import CHANGELOG, AddCard

CARD = """---
title: Acme
competitor: acme
owner: d@ours.example
reviewed: {on: 2026-11-01, by: dana}
audience: external-ok
---

# Acme

## Thirty-second read

- **We win when** they count.

## Why we win

- They have it. [Acme 4.2.0](releases/4.2.0.md#c1) {#one}
"""
RELEASE = render_release(
    ReleaseNote(
        "4.2.0", "https://acme.example/log", "ab" * 32, dt.date(2026, 9, 1), changes=(Change("launch", "An audit log for everybody."),)
    )
)
OBJECTION = "---\ntitle: Dear\nowner: d@ours.example\naudience: external-ok\n---\n\n# Too dear\n\n**Say this:** Count it.\n"


@pytest.fixture
def house(base: Path) -> Path:
    """One card, one release, one objection."""
    folder = base / "docs/battlecards/acme/releases"
    folder.mkdir(parents=True)
    (base / "docs/objections").mkdir()
    (folder / "4.2.0.md").write_text(RELEASE)
    (base / "docs/battlecards/acme/index.md").write_text(CARD)
    (base / "docs/objections/dear.md").write_text(OBJECTION)
    return base


def test_the_installed_command_reads_what_strangers_wrote(site: Site, base: Path, add_card: AddCard) -> None:
    """As people call it, and not as the tests do: the process apart that reads a page begins with the same script."""
    add_card("acme", f"changelog: {site.put('/log', CHANGELOG)}")
    command = [Path(sys.executable).with_name("kb"), "ingest", "--root", str(base)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False, cwd=PROJECT)
    assert done.returncode == 0, done.stderr
    assert (base / "docs/battlecards/acme/releases/1.1.0.md").is_file()


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("\n- **launch**", "\nThey also dropped it everywhere.\n\n- **launch**"),
        ("# 4.2.0", "# Acme goes bankrupt"),
        ("Published 2026-09-01.", "Published 2020-01-01. No material change."),
        ("- **launch**: ", "- **launch**: not "),
        ("date: 2026-09-01", "date: 2026-08-01"),
    ],
)
def test_a_seal_covers_whatever_a_release_note_shows(old: str, new: str) -> None:
    """A sentence between the changes, the heading, the line of the day, a change, a key: each breaks it. Windows line ends do not."""
    text = RELEASE
    assert old in text
    assert intact(parse_release(text, "4.2.0.md"))
    assert intact(parse_release(text.replace("\n", "\r\n"), "4.2.0.md"))
    assert not intact(parse_release(text.replace(old, new, 1), "4.2.0.md"))


@pytest.mark.parametrize("value", ["Acme Observability", '"Acme Inc"', "'Acme'", "Acme Observability  # their name"])
def test_a_folder_s_name_is_mended_whole(value: str) -> None:
    """Whatever stood there goes, its comment stays."""
    text, done = mended(CARD.replace("competitor: acme", f"competitor: {value}"), "docs/battlecards/acme/index.md")
    assert text == CARD.replace("competitor: acme", "competitor: acme" + ("  # their name" if "#" in value else ""))
    assert len(done) == 1


def test_code_stays_as_it_is() -> None:
    """A fence of the other kind within a code block ends nothing: neither mended nor told."""
    text = CARD + "\n```\n~~~\n• x  \n## Why we wim\n- y {.private}\n```\n"
    assert mended(text, "docs/battlecards/acme/index.md") == (text, [])
    assert slips(text, "docs/battlecards/acme/index.md") == []


def test_a_review_changes_its_line_alone(house: Path) -> None:
    """With Windows line ends, in a file that others may not read: all that stays; a file that is read-only, or a link, is left alone."""
    page = house / "docs/objections/dear.md"
    page.write_bytes(OBJECTION.replace("\n", "\r\n").encode())
    page.chmod(0o600)
    assert kb(house, "verify", "objections/dear", "--by", "sam").returncode == 0
    lines = page.read_bytes().split(b"\r\n")
    assert [line for line in lines if line not in OBJECTION.encode().split(b"\n")] == [next(n for n in lines if n.startswith(b"reviewed"))]
    assert stat.S_IMODE(page.stat().st_mode) == 0o600
    page.rename(house / "elsewhere.md")
    page.symlink_to(house / "elsewhere.md")
    before = (house / "elsewhere.md").read_bytes()
    done = kb(house, "verify", "objections/dear", "--by", "kim")
    assert (done.returncode, "it is a link" in done.stderr) == (1, True)
    assert page.is_symlink()
    assert (house / "elsewhere.md").read_bytes() == before
    page.unlink()
    (house / "elsewhere.md").rename(page)
    page.chmod(0o444)
    done = kb(house, "verify", "objections/dear", "--by", "lou")
    assert done.returncode == 1
    assert "read-only" in done.stderr


def test_nobody_vouches_for_nothing(house: Path) -> None:
    """A name of blanks, and no git to ask: wrong usage, one line."""
    done = kb(house, "verify", "objections/dear", "--by", "   ")
    assert (done.returncode, done.stderr) == (2, "--by: is empty: who vouches for the card?\n")


@pytest.mark.parametrize(
    "claim",
    [
        'They say "Banana is king" (LINK).',
        '**"Banana is king"** LINK',
        '*"Banana is king"* LINK',
        '"Banana is king"; LINK',
        "“Banana is king”! LINK",
        '"Banana is king" in LINK',
        '"Banana is king" *(inference)* LINK',
        'LINK says "Banana is king".',
    ],
)
def test_a_quotation_is_held_to_the_entry_however_it_is_set(house: Path, claim: str) -> None:
    """In brackets, bold, before a semicolon, behind "says": what is quoted must be there."""
    card = house / "docs/battlecards/acme/index.md"
    card.write_text(CARD + f"- {claim.replace('LINK', '[Acme 4.2.0](releases/4.2.0.md#c1)')}\n")
    done = kb(house, "check", str(card))
    assert 'does not say "Banana is king"' in done.stdout


def test_a_note_that_would_be_refused_is_not_written(house: Path) -> None:
    """A line of seven signs, which reads as a merge conflict: told, and nothing written, whichever command it came through."""
    for command in (("note", "acme", "A list\n\n=======\nwas pasted", "--yes"), ("new", "note", "acme", "=======\nsplit")):
        done = kb(house, *command)
        assert done.returncode in (1, 2)
        assert "merge conflict" in done.stderr
    assert not library.load(house).notes


def test_what_is_new_is_neither_there_twice_nor_unreadable(house: Path) -> None:
    """A competitor that has a card by that name; an address that is none; a name that stands for all pages."""
    for words, said in (
        (("competitor", "Acme", "--owner", "d@o.example"), "has a card: docs/battlecards/acme/index.md"),
        (("competitor", "Foo", "--owner", "d@o.example", "--feed", "notaurl"), "is not an http(s) address"),
        (("objection", "index", "--owner", "d@o.example"), "say it in more words"),
    ):
        done = kb(house, "new", *words)
        assert (done.returncode, said in done.stderr) == (2, True), done.stderr
    done = kb(house, "new", "objection", "Line\nbreak # two", "--owner", "d@o.example")
    assert "# Line break # two\n" in (house / done.stdout.strip()).read_text()


def test_a_path_of_elsewhere_is_not_found_clean(house: Path) -> None:
    """`kb check /etc` has looked at nothing, and says so."""
    done = kb(house, "check", "/etc")
    assert (done.returncode, "is not of the knowledge base" in done.stderr) == (2, True)


def test_a_site_for_outsiders_may_use_the_program_s_own_words(house: Path) -> None:
    """Stop words and the like stand in the lookup's data, and are no internal words although only an internal note says them."""
    notes = house / "docs/battlecards/acme/notes"
    notes.mkdir()
    note = "---\ncompetitor: acme\ndate: 2026-10-01\nsource: buyer-said\nstage: poc\nauthor: d\nconfidence: high\n---\n\nYou should not miss it, they would.\n"
    (notes / "2026-10-01-x.md").write_text(note)
    (house / "docs/index.md").write_text("---\naudience: external-ok\n---\n\n# Home\n")
    (house / "mkdocs.yml").write_text((PROJECT / "mkdocs.yml").read_text())
    done = kb(house, "build", "--audience", "external-ok")
    assert done.returncode == 0, done.stderr
