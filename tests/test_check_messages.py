"""`kb check` on bad input: every message with the file that brings it about, and what `--fix` mends. Never a traceback."""

import ast
import datetime as dt
import json
import re
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kb.check import check
from kb.customers import Customers
from kb.library import Problem, edited, load, text_of
from kb.mend import mended
from kb.slips import slips
from kb.sources import Memory, key
from kb.templates import NOTE as UNWRITTEN
from kb.templates import SAY_THIS
from tests.conftest import PROJECT, kb
from tests.test_check import HEAD, NOTE, OBJECTION, READ, RELEASE, TODAY

CARD_AT, NOTE_AT, PAGE_AT = "docs/battlecards/acme/index.md", "docs/battlecards/acme/notes/2026-09-12-x.md", "docs/objections/dear.md"
HEARD = NOTE.format("Dear.")
DEAR = OBJECTION.format("acme", "No.")
WIN = "## Why we win\n\n"
OBJECT = "## Objections\n\n### Dear {#d}\n\n"


def put(base: Path, *written: tuple[str, str | bytes]) -> None:
    """A good card and release note, and over them what is given."""
    for path, text in ((CARD_AT, HEAD + READ), ("docs/battlecards/acme/releases/4.2.0.md", RELEASE), *written):
        (base / path).parent.mkdir(parents=True, exist_ok=True)
        (base / path).write_bytes(text.encode() if isinstance(text, str) else text)


def swap(text: str, old: str, new: str) -> str:
    assert old in text
    return text.replace(old, new, 1)


MESSAGES: list[tuple[str, str | bytes, int, str]] = [
    # a file that cannot be read at all
    (CARD_AT, "", 1, "the file is empty: write a card, or delete the file"),
    (CARD_AT, " \n\n", 1, "the file is empty"),
    (CARD_AT, "# Acme\n", 1, "the file must begin with front matter between two lines `---`"),
    (CARD_AT, "---\ntitle: Acme\n# Acme\n", 1, "the front matter is not closed: add a line `---` after it"),
    (CARD_AT, (HEAD + READ).encode() + b"- \x93quoted\x94\n", 14, "is not UTF-8 text (byte 135): save it as UTF-8"),
    (CARD_AT, (HEAD + READ).encode("utf-16"), 1, "is UTF-16 text: save it as UTF-8"),
    (CARD_AT, HEAD + READ + "<<<<<<< HEAD\n- a\n=======\n- b\n>>>>>>> main\n", 14, "a git merge conflict is left in the file"),
    (CARD_AT, HEAD + READ + "- a\n>>>>>>>\n", 15, "a git merge conflict is left in the file"),
    (CARD_AT, HEAD + READ + "||||||| 1a2b3c\n- a\n", 14, "a git merge conflict is left in the file"),
    (CARD_AT, HEAD + READ + "=======\n- a\n", 14, "a git merge conflict is left in the file"),
    (CARD_AT, HEAD + READ + "- a\n=======\n- b\n", 15, "a git merge conflict is left in the file"),
    (CARD_AT, HEAD + READ + "| a | b |\n=======\n", 15, "a git merge conflict is left in the file"),
    # front matter
    (CARD_AT, swap(HEAD, "owner: ", "owner:\t") + READ, 4, "a tab in the front matter: indent with spaces"),
    (CARD_AT, swap(HEAD, "title: Acme", "title: Acme: the card") + READ, 2, "a colon within a value: put the value in quotes"),
    (CARD_AT, swap(HEAD, "title: Acme", "title: Acme\ntitle: Acne") + READ, 3, "a key stands there twice: keep one of the two"),
    (CARD_AT, swap(HEAD, "title: Acme", 'title: "Acme') + READ, 2, "a quote is opened and not closed"),
    (CARD_AT, swap(HEAD, "title: Acme", 'title: "\\Acme"') + READ, 2, "a backslash in double quotes: use single quotes"),
    (CARD_AT, swap(HEAD, "title: Acme", "title: @acme") + READ, 2, "a value must not begin with this character"),
    (CARD_AT, swap(HEAD, "title: Acme", "title: *acme") + READ, 2, "a value must not begin with `*`"),
    (CARD_AT, swap(HEAD, "title: Acme", "title: Acme\ntags: [a, b") + READ, 3, "a list or braces are not closed"),
    (CARD_AT, swap(HEAD, "title: Acme", "title: Acme\nbare words") + READ, 3, "a line that is no `key: value`"),
    (CARD_AT, swap(HEAD, "title: Acme", '"title": "Acme" b') + READ, 2, "a line is indented unlike the lines around it"),
    (CARD_AT, swap(HEAD, "title: Acme", "title: Ac\x00me") + READ, 2, "a character that cannot be seen"),
    (CARD_AT, swap(HEAD, "2026-11-01", "2026-13-45") + READ, 5, '"2026-13-45" is not a date: write it as YYYY-MM-DD'),
    (CARD_AT, swap(HEAD, "2026-11-01", "1 Nov") + READ, 5, '"1 Nov" is not a date: write it as YYYY-MM-DD'),
    (CARD_AT, "---\n- a\n---\n", 2, "the front matter must be lines of `key: value`"),
    (CARD_AT, swap(HEAD, "title: Acme\n", "") + READ, 1, "`title` is missing from the front matter: add a line `title: …`"),
    (CARD_AT, swap(HEAD, "title: Acme", "title: [Acme]") + READ, 2, "`title` must be a single value, not a list"),
    (CARD_AT, swap(HEAD, "title: Acme", "title: Acme\naliases: {a: b}") + READ, 3, "`aliases` must be a list such as [one, two]"),
    (CARD_AT, swap(HEAD, "competitor: acme", "competitor: ../acme") + READ, 3, "must be the folder's name: letters, digits, dots and dashes"),
    (CARD_AT, swap(HEAD, "title: Acme", "title: Acme\naudience: everyone") + READ, 3, "isn't one of internal, external-ok."),
    (CARD_AT, swap(HEAD, "{on: 2026-11-01, by: dana}", "dana") + READ, 5, "`reviewed` must be {on: YYYY-MM-DD, by: name, head: version}"),
    (CARD_AT, swap(HEAD, "on: 2026-11-01", "on: ") + READ, 5, "`reviewed` needs a date"),
    (CARD_AT, swap(HEAD, "title: Acme", "title: Acme\nreview_every: 3 months") + READ, 3, '"3 months" is not a number of days: write it like 90d'),
    (CARD_AT, swap(HEAD, "title: Acme", "title: Acme\nsources: x") + READ, 3, "`sources` must be a list of lines such as `- feed: https://…`"),
    (CARD_AT, swap(HEAD, "title: Acme", "title: Acme\nsources: [{rss: x}]") + READ, 3, "a source must have exactly one of feed, page, changelog"),
    (CARD_AT, swap(HEAD, "title: Acme", "title: Acme\nsources: [{feed: x}]") + READ, 3, '"x" is not an http(s) address'),
    (CARD_AT, swap(HEAD, "by: dana", "by: dana, head: 2026.10") + READ, 5, "`head` is read as the number 2026.1: put the version in quotes"),
    # what a card says
    (CARD_AT, swap(HEAD, "competitor: acme", "competitor: acne") + READ, 3, '`competitor: acne` must be the folder\'s name, "acme"'),
    (CARD_AT, HEAD + READ + "## Why we wim\n\n- x\n", 14, '"Why we wim" is not a section of a battlecard. Did you mean "Why we win"?'),
    (CARD_AT, HEAD + WIN + "- x *(inference)*\n", 1, 'the card needs a section "## Thirty-second read"'),
    (CARD_AT, HEAD + READ + "## Why we lose\n\n## Why we win\n", 16, 'the section "Why we win" must come before "Why we lose"'),
    (CARD_AT, HEAD + READ + WIN + "- a *(inference)* {#x}\n- b *(inference)* {#x}\n", 17, "the id {#x} is used on line 16 already: ids must be unique"),
    (CARD_AT, HEAD + READ + WIN + "- SSO costs extra\n", 16, 'no evidence for "SSO costs extra…": link a release note, a field note or a dated page'),
    (CARD_AT, HEAD + READ + "## Landmines to lay\n\n" + "- a *(inference)*\n" * 4, 19, "at most three landmines to lay: nobody remembers a fourth"),
    (CARD_AT, HEAD + READ + OBJECT + "**Say this:** One. Two. Three.\n", 16, '"Say this" of "Dear" has more than two sentences'),
    (CARD_AT, HEAD + READ + OBJECT + "We are not.\n", 16, 'the objection "Dear" has no answer: add a paragraph `**Say this:** …`'),
    (CARD_AT, HEAD + READ + "## Objections\n\n### {#d}\n\n**Say this:** No.\n", 16, "a heading without words: write what the buyer says"),
    (CARD_AT, swap(HEAD, "title: Acme", 'title: "\\ud800"') + READ, 2, "is half a character: type the character itself"),
    (CARD_AT, swap(HEAD, "title: Acme", "<<: x") + READ, 2, "a key must not be `<<`"),
    (CARD_AT, swap(HEAD, "title: Acme", "title: Acme\n...\na: b") + READ, 4, "a line `...` or `%…` within the front matter: delete it"),
    # what nobody has filled in
    (CARD_AT, HEAD + "## Thirty-second read\n\n- **We win when** …\n", 12, '"We win when …" is still the template\'s words: finish the line'),
    (PAGE_AT, OBJECTION.format("acme", SAY_THIS), 8, '"Too dear": still the template\'s words in Say this: write yours, or delete the part'),
    (NOTE_AT, NOTE.format(UNWRITTEN), 9, "the note is still the template's words: write what was said"),
    # where links lead
    (CARD_AT, HEAD + READ + WIN + "- a [r](releases/4.2.O.md)\n", 16, 'expected docs/battlecards/acme/releases/4.2.O.md. Did you mean "docs/battlecards/acme/releases/4.2.0.md"?'),
    (CARD_AT, HEAD + READ + WIN + "- a [r](releases/4.2.0.md#c7)\n", 16, '4.2.0.md has no "c7".'),
    (CARD_AT, HEAD + READ + WIN + "- a [r](../../../../etc/passwd)\n", 16, "leads to no file: expected "),
    (CARD_AT, HEAD + READ + WIN + f"- a [r](notes/{'x' * 300}.md)\n", 16, "leads to no file: expected "),
    # reviews
    (CARD_AT, swap(HEAD, "reviewed: {on: 2026-11-01, by: dana}\n", "") + READ, 1, "never reviewed: read it, then `kb verify`"),
    (CARD_AT, swap(HEAD, "2026-11-01", "2026-01-01") + READ, 5, "review overdue since 2026-04-01 (last by dana on 2026-01-01)"),
    (CARD_AT, swap(HEAD, "2026-11-01", "9999-12-31") + READ, 5, "reviewed on 9999-12-31, which is in the future"),
    (CARD_AT, swap(HEAD, "by: dana", "by: dana, head: 4.3.0") + READ, 5, 'reviewed.head "4.3.0" is no release note of acme.'),
    (CARD_AT, swap(HEAD, "d@ours.example", "dana") + READ, 4, 'the owner "dana" is no address: write an e-mail address, @user or @org'),
    # field notes
    (NOTE_AT, swap(HEARD, "date: 2026-09-12\n", ""), 1, "`date` is missing from the front matter: add a line `date: YYYY-MM-DD`"),
    (NOTE_AT, swap(HEARD, "stage: poc", "stage: pocc"), 5, "\"stage: pocc\" isn't one of lead, qualification, discovery, presentation, poc"),
    (NOTE_AT, swap(HEARD, "source: buyer-said", "source: heard"), 6, "isn't one of buyer-said, document-seen, public, rumour."),
    (NOTE_AT, swap(HEARD, "competitor: acme", "competitor: brontide"), 4, "`competitor: brontide` must be the folder's name"),
    (NOTE_AT, NOTE.format("Write to joe@buyer.example."), 9, 'holds an e-mail address ("joe@…"): field notes carry no personal data'),
    (NOTE_AT, NOTE.format("Call +49 171 234 56 78."), 9, "holds a phone number"),
    (NOTE_AT, NOTE.format("Globex pays less."), 9, "holds a customer's name"),
    (NOTE_AT, NOTE.format("See [x](../releases/1.0.md)."), 9, "leads to no file"),
    (NOTE_AT, swap(HEARD, "2026-09-12", "2099-09-12"), 2, "noted on 2099-09-12, which is in the future: correct the date"),
    (NOTE_AT, swap(HEARD, "stage: poc", "expires: 2026-01-01\nstage: poc"), 5, "expires on 2026-01-01, before it was noted: correct the date"),
    (NOTE_AT, NOTE.format("\u200b"), 9, "the note says nothing: write what was said, or delete the file"),
    # addresses, ids and reviewers
    (CARD_AT, HEAD + READ + WIN + "- a [r](javascript:alert) [p, read 2026-10-02](https://a.example)\n", 16, '"javascript:alert" is no address of a page: link'),
    (CARD_AT, HEAD + READ + WIN + "- a *(inference)* {#why-we-win}\n", 16, "the id {#why-we-win} is used on line 14 already"),
    (CARD_AT, swap(HEAD, "by: dana", "by: ") + READ, 5, "`reviewed` must say who vouches: {on: YYYY-MM-DD, by: name}"),
    (CARD_AT, swap(HEAD, "by: dana", "by: [dana]") + READ, 5, "`reviewed` must say who vouches"),
    # objections
    (PAGE_AT, OBJECTION.format("acne", "No."), 3, 'there is no card for the competitor "acne". Did you mean "acme"?'),
    (PAGE_AT, swap(DEAR, "# Too dear", "Too dear"), 7, "the buyer's words must stand in a heading `# …`"),
    (PAGE_AT, swap(DEAR, "title: Dear", "title: Dear\nstages: [pocc]"), 3, '"pocc" isn\'t one of lead, qualification'),
    (PAGE_AT, swap(DEAR, "title: Dear", "title: Dear\ncategory: prices"), 3, '"category: prices" isn\'t one of pricing'),
    # release notes that were edited by hand
    ("docs/battlecards/acme/releases/4.3.0.md", swap(RELEASE, "sha256: ab", "sha256: ab\nseal: 0123456789abcdef"), 1, "was edited by hand, so it no longer"),
    ("docs/battlecards/acme/releases/4.3.0.md", RELEASE + "- a change\n", 11, "a change must read `- **kind**: text`, kind one of launch"),
    ("docs/battlecards/acme/releases/4.3.0.md", swap(RELEASE, "sha256: ab", "sha256: ab\nrevisions: x"), 6, "`revisions` must be a list of"),
    ("docs/battlecards/acme/releases/4.3.0.md", swap(RELEASE, "sha256: ab", "sha256: ab\nalso: x"), 6, "`also` must be a list of"),
]  # fmt: skip


@pytest.mark.parametrize(("path", "text", "line", "message"), MESSAGES, ids=[f"{n}-{m[3][:40]}" for n, m in enumerate(MESSAGES)])
def test_a_fault_is_one_message_with_path_line_and_what_must_be_so(
    base: Path, path: str, text: str | bytes, line: int, message: str
) -> None:
    """The bad file, and the one line that it gets."""
    put(base, (path, text))
    (only,) = (str(p) for p in check(load(base), TODAY, {}, Customers(["Globex"])))
    assert only.startswith(f"{path}:{line}: ")
    assert message in only


def test_a_file_that_cannot_be_read_blames_no_other(base: Path) -> None:
    """A tab in a card's front matter is one error, although an objection, a note and another card lead to it; a broken release likewise."""
    brontide = swap(HEAD.replace("acme", "brontide"), "title: Acme", "title: Brontide") + READ
    link = "[a](../{}/index.md#price)"
    others = (
        ("docs/battlecards/brontide/index.md", brontide + WIN + f"- b {link.format('acme')} [page, read 2026-10-02](https://b.example)\n"),
        (PAGE_AT, OBJECTION.format("acme", "No.") + "\n**Evidence:** [a](../battlecards/acme/index.md#price)\n"),
        (NOTE_AT, NOTE.format("See [a](../index.md#price).")),
    )
    put(base, (CARD_AT, swap(HEAD, "owner: ", "owner:\t") + READ), *others)
    assert [p.path for p in check(load(base), TODAY, {})] == [CARD_AT]
    broken = ("docs/battlecards/acme/releases/4.2.0.md", swap(RELEASE, "source: ", "source:\t"))
    put(
        base,
        (CARD_AT, swap(HEAD, "by: dana", "by: dana, head: 4.2.0") + READ + WIN + "- a [r](releases/4.2.0.md#c1) {#price}\n"),
        *others,
        broken,
    )
    assert [p.path for p in check(load(base), TODAY, {})] == [broken[0]]


def test_a_heading_underlined_with_seven_signs_is_no_merge_mark(base: Path) -> None:
    """`=======` under a line of words makes a heading of it."""
    put(base, (CARD_AT, swap(HEAD, "# Acme\n", "Acme is\n=======\n") + READ))
    assert check(load(base), TODAY, {}) == []


SLIPS = [
    (CARD_AT, HEAD + READ + "##Why we win\n\n- x\n", 14, '"##Why we win" does not begin a section: write "## Why we win"'),
    (CARD_AT, HEAD + READ + "# Why we win\n\n- x\n", 14, '"# Why we win" does not begin a section'),
    (CARD_AT, HEAD + READ + "**Why we win**\n\n- x\n", 14, '"**Why we win**" does not begin a section'),
    (CARD_AT, HEAD + READ + "**why we win:**\n\n- x\n", 14, 'does not begin a section: write "## Why we win"'),
    (CARD_AT, HEAD + READ + "###Dear\n", 14, '"###Dear" is no heading: write a blank behind the ###'),
    (PAGE_AT, swap(DEAR, "# Too dear", "##Too\n\n# Too dear"), 8, '"##Too" is no heading'),
    (CARD_AT, HEAD + READ + WIN + "• x\n", 16, 'a line that begins with "•" is no claim: begin it with "- "'),
    (CARD_AT, HEAD + READ + WIN + "– x\n", 16, 'a line that begins with "–" is no claim'),
    (CARD_AT, HEAD + READ + WIN + "- x\n\n" + WIN + "- y\n", 18, 'the section "Why we win" begins on line 14 already: put the two together'),
    (CARD_AT, HEAD + READ + WIN + "- x {rollups}\n", 16, '"{rollups}" is no id: write "{#rollups}", and nothing behind it'),
    (CARD_AT, HEAD + READ + WIN + "- x (#rollups)\n", 16, '"(#rollups)" is no id'),
    (CARD_AT, HEAD + READ + WIN + "- x {#rollups}.\n", 16, '"{#rollups}." is no id: write "{#rollups}"'),
    (CARD_AT, HEAD + READ + WIN + "- x {#a .interal}\n", 16, '".interal" says nothing of who may read the line: write .internal or .external-ok'),
    (CARD_AT, HEAD + READ + WIN + "- x {.Internal}\n", 16, '".Internal" says nothing of who may read the line: write .internal or .external-ok'),
    (CARD_AT, HEAD + READ + WIN + "- x {.inernal}\n", 16, '".inernal" says nothing of who may read'),
    (CARD_AT, HEAD + READ + WIN + "- x {.internal-only}\n", 16, '".internal-only" says nothing of who may read'),
    (CARD_AT, HEAD + READ + WIN + "- x {#a .private}\n", 16, '".private" says nothing of who may read'),
    (CARD_AT, HEAD + READ + WIN + "- x {.internal}.\n", 16, '"{.internal}" says nothing of who may read the line: write {.internal} at its very end'),
    (CARD_AT, HEAD + READ + WIN + "- x {.internal} [p](https://a.example)\n", 16, '"{.internal}" says nothing of who may read'),
    (CARD_AT, HEAD + READ + WIN + "- x {.internal,}\n", 16, "says nothing of who may read"),
    (CARD_AT, HEAD + READ + WIN + "- x {#zz.internal}\n", 16, '"{#zz.internal}" says nothing of who may read'),
    (CARD_AT, HEAD + READ + WIN + "- x {internal}\n", 16, '"{internal}" says nothing of who may read the line: write {.internal}'),
    (CARD_AT, HEAD + READ + WIN + "- x{.external}\n", 16, '".external" says nothing of who may read the line'),
    (CARD_AT, HEAD + READ + WIN + "- x (.internal)\n", 16, '"(.internal)" says nothing of who may read'),
    (CARD_AT, HEAD + READ + WIN + "- x .internal\n", 16, '".internal" says nothing of who may read'),
    (PAGE_AT, swap(DEAR, "No.", "No. {.intern}"), 10, '".intern" says nothing of who may read'),
    (CARD_AT, HEAD + READ + WIN + "- x {#a} [p](https://a.example)\n", 16, '"{#a}" is no id: write "{#a}" at the very end of the line'),
    (CARD_AT, HEAD + READ + WIN + "- x {# a}\n", 16, '"{# a}" is no id: write "{#a}" at the very end of the line'),
    (CARD_AT, HEAD + READ + WIN + "- x {#a} {#b}\n", 16, '"{#a}" is no id'),
    (CARD_AT, HEAD + READ + WIN + "<!-- later\n\n- x\n", 16, "a comment `<!--` that does not end, so nothing below is read"),
    (CARD_AT, HEAD + READ + WIN + "```\n\n- x\n", 16, "a code block that does not end, so nothing below is read"),
    (CARD_AT, HEAD + READ + WIN + "```\n~~~\n- x\n", 16, "a code block that does not end"),
    (CARD_AT, swap(HEAD, "title: Acme", "title: Acme\nreviewevery: 90d") + READ, 3, "`reviewevery` is no key of a card, so nothing reads it. Did you mean \"review_every\"?"),
    (CARD_AT, swap(HEAD, "reviewed:", "review:") + READ, 5, '`review` is no key of a card, so nothing reads it. Did you mean "reviewed"?'),
    (NOTE_AT, swap(HEARD, "author: ", "auhtor: x\nauthor: "), 3, '`auhtor` is no key of a field note, so nothing reads it. Did you mean "author"?'),
]  # fmt: skip


@pytest.mark.parametrize(("path", "text", "line", "message"), SLIPS, ids=[f"{n}-{m[3][:40]}" for n, m in enumerate(SLIPS)])
def test_what_stands_there_and_is_not_read_is_told_on_its_line(path: str, text: str, line: int, message: str) -> None:
    """A heading, a list item, an id or a key with a slip: one message."""
    (only,) = slips(text, path)
    assert only.line == line
    assert message in only.message


def test_what_only_looks_like_a_slip_is_left_alone() -> None:
    """Code, bold words, a link to an anchor, attributes, a page's own keys; and not one in the sample."""
    body = "**Also heard**\n\n```\n##Why we win\n• x {rollups}\n```\n\nWhy we win: x\n\n- x [see](#rollups)\n- y `{a}` {#b}\n- z {.internal}\n- a {#c .external-ok}\n- b, an .internally made one [m](https://a.internal/x.internal) and `{.internal}`\n| c {.internal} |\n<!-- {#d}\n{.private} -->\n"
    assert slips(swap(HEAD, "title: Acme", "title: Acme\nhide: [toc]") + READ + WIN + body, CARD_AT) == []
    assert [slips(text_of(path, name), name) for name, path in edited(PROJECT) if slips(text_of(path, name), name)] == []


def test_the_check_tells_slips(base: Path) -> None:
    """`kb check` ends with 1 for a heading that is none."""
    put(base, (CARD_AT, HEAD + READ + "##Why we win\n\n- x\n"))
    done = kb(base, "check")
    assert done.returncode == 1
    assert f'{CARD_AT}:14: "##Why we win" does not begin a section' in done.stdout


def test_a_claim_that_moved_to_another_card_is_found(base: Path) -> None:
    """A link to an id that only another card has says which."""
    brontide = HEAD.replace("acme", "brontide") + READ + WIN + "- x *(inference)* {#query-language}\n"
    put(
        base,
        (CARD_AT, HEAD + READ + WIN + "- a [r](index.md#query-language) [p, read 2026-10-02](https://a.example)\n"),
        ("docs/battlecards/brontide/index.md", brontide),
    )
    (only,) = (p.message for p in check(load(base), TODAY, {}))
    assert only.endswith('has no "query-language". docs/battlecards/brontide/index.md has it: link that.')


def test_a_review_by_hand_is_told_what_was_verified_last(base: Path) -> None:
    """The card's line and the last review of `reviews.yml` differ: an error that says what stood there."""
    put(base, (CARD_AT, HEAD + READ), ("docs/battlecards/acme/reviews.yml", "- {reviewed: 2026-10-01, by: sam, head: null}\n"))
    (only,) = check(load(base), TODAY, {})
    assert "`reviewed` is not what was verified last (2026-10-01 by sam): put that back, then `kb verify acme`" in str(only)
    assert only.level == "error"


def test_a_source_in_trouble_is_told_where_the_card_names_it(base: Path) -> None:
    """What ingest remembers of a source comes as a warning of its card."""
    url = "https://acme.example/feed"
    put(base, (CARD_AT, swap(HEAD, "title: Acme", f"title: Acme\nsources: [{{feed: '{url}'}}]") + READ))
    memory = {key("acme", url): Memory(moved="https://acme.example/new")}
    found = [str(p) for p in check(load(base), TODAY, memory)]
    assert any(f"{url}: moved: " in line for line in found)


def test_every_message_of_the_check_is_shown_here() -> None:
    """Whoever adds a message to kb/check.py adds its bad card above: each constant piece of each message is in one of the tests."""
    shown = " ".join(m[3] for m in MESSAGES) + Path(__file__).read_text()
    for node in ast.walk(ast.parse((PROJECT / "kb/check.py").read_text())):
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Problem":
            pieces = [n.value for n in ast.walk(node.args[2]) if isinstance(n, ast.Constant) and isinstance(n.value, str)]
            longest = max((p.strip(" \"'`:.…") for p in pieces), key=len, default="")
            assert longest[:25] in shown, longest


BAD = (
    "\ufeff---\r\ntitle: “Acme”  # by hand\r\ncompetitor: acne   # was renamed\r\naudience: Internal\r\naliases:\r\n\t- Acme Cloud\r\n"
    "owner:\u00a0d@ours.example \r\nreviewed: {on: 2026-11-01, by: dana}\r\n---\r\n\r\n# Acme\r\n\r\n## Thirty second read\r\n\r\n"
    "-\u00a0x\r\nkept  \r\nbreak\r\n\r\n```\r\ncode \r\n```\r\n"
)
GOOD = (
    '---\ntitle: "Acme"  # by hand\ncompetitor: acme   # was renamed\naudience: internal\naliases:\n  - Acme Cloud\n'
    "owner: d@ours.example\nreviewed: {on: 2026-11-01, by: dana}\n---\n\n# Acme\n\n## Thirty-second read\n\n- x\nkept  \nbreak\n\n```\ncode \n```\n"
)


def test_fix_mends_what_has_one_right_answer_and_nothing_else(base: Path) -> None:
    """Comments, order, line breaks and code stay; each mend is told with its line; a second run does nothing."""
    put(base, (CARD_AT, BAD))
    assert kb(base, "check").returncode == 1
    first = kb(base, "check", "--fix")
    assert (base / CARD_AT).read_bytes().decode() == GOOD
    assert first.returncode == 0, first.stdout
    for told in (
        "index.md:1: mended: a byte order mark before the first line → removed",
        "index.md:1: mended: Windows line ends → plain ones",
        "index.md:7: mended: non-breaking spaces on 2 lines → plain ones",
        "index.md:6: mended: a tab in the front matter → spaces",
        "index.md:2: mended: curly quotes around a value → straight ones",
        'index.md:4: mended: `audience`: "Internal" → "internal"',
        'index.md:3: mended: `competitor: acne` → the folder\'s name, "acme"',
        'index.md:13: mended: the section "Thirty second read" → "Thirty-second read"',
    ):
        assert told in first.stderr
    assert kb(base, "check", "--fix").stderr == ""


def test_without_fix_the_check_tells_that_it_could_be_mended(base: Path) -> None:
    """Windows line ends and the like are warnings that name the command; the file is left alone."""
    put(base, (CARD_AT, (HEAD + READ).replace("\n", "\r\n")))
    done = kb(base, "check")
    assert done.returncode == 0
    assert f"{CARD_AT}:1: warning: Windows line ends → plain ones: `kb check --fix` does it" in done.stdout
    assert b"\r\n" in (base / CARD_AT).read_bytes()


@pytest.mark.parametrize(
    ("path", "line", "left"),
    [
        (NOTE_AT, "stage: deal", "stage: deal"),  # near nothing
        (CARD_AT, "audience: external", "audience: external"),  # near two, and who may read it is no guess
        (CARD_AT, "audience: external-no", "audience: external-no"),
        (PAGE_AT, "audience: internel", "audience: internel"),
        (CARD_AT, "audience:  External-OK ", "audience:  external-ok"),
        (NOTE_AT, "stage: pocc", "stage: poc"),
        (NOTE_AT, "confidence: hgih # sure", "confidence: high # sure"),
        (PAGE_AT, "stages: [poc, negociation]", "stages: [poc, negotiation]"),
        (PAGE_AT, "category: Feature-Gap", "category: feature-gap"),
        (CARD_AT, "aliases: [“Acme Cloud”, „Acme, Inc“]", 'aliases: ["Acme Cloud", "Acme, Inc"]'),
        (CARD_AT, "aliases:\n  - “Acme Cloud”", 'aliases:\n  - "Acme Cloud"'),
        (CARD_AT, "title: The “Best”, they “say”", "title: The “Best”, they “say”"),
        (PAGE_AT, "competitors: [acne]", "competitors: [acne]"),
    ],
)
def test_a_slip_is_mended_only_when_one_word_is_near(path: str, line: str, left: str) -> None:
    """One near match is the answer; none or two are a person's to choose."""
    assert mended(f"---\n{line}\n---\n", path)[0] == f"---\n{left}\n---\n"


def test_a_drawn_bullet_becomes_a_claim_only_where_claims_stand() -> None:
    """Pasted from a word processor; in code and in other sections it is somebody's text, and a dash may be meant."""
    body = "## Talk tracks\n\n• a\n\n## Why we win\n\n•\tNo SSO [r](r)\n  ● b\n– c\n\n```\n• d\n```\n"
    text, done = mended(HEAD + body, CARD_AT)
    assert text == HEAD + body.replace("•\tNo", "- No").replace("  ● b", "  - b")
    assert [mend.what for mend in done] == ['"•" at the beginning of a claim → "-"', '"●" at the beginning of a claim → "-"']


def test_what_a_job_wrote_is_never_mended() -> None:
    """A release note is evidence: its bytes stay."""
    text = RELEASE.replace("\n", "\r\n")
    assert mended(text, "docs/battlecards/acme/releases/4.2.0.md") == (text, [])


def test_annotations_are_written_as_github_demands(base: Path) -> None:
    """A percent sign, a line end, a comma or a colon in path or message does not break the annotation."""
    path = "docs/battlecards/acme/notes/2026-09-12-a,b.md"
    put(base, (path, NOTE.format("See [x](100%25%0Aor.md).")), ("docs/objections/a:b.md", ""))
    lines = kb(base, "check", "--format", "github").stdout.splitlines()
    assert any(
        line.startswith("::error file=docs/battlecards/acme/notes/2026-09-12-a%2Cb.md,line=9::") and "100%2525%250Aor.md" in line
        for line in lines
    )
    assert any(line.startswith("::error file=docs/objections/a%3Ab.md,line=1::the file is empty") for line in lines)


SEED = (PROJECT / "docs/battlecards/acme/index.md").read_text().split("\n")
PIECES = ["\t", "\u00a0", "“", "”", "\r\n", "\x00", "\ufeff", ": ", "---", "<<<<<<< a", "[", "{", "}", '"', "'", "&a", "*a", "!x", "|", "> ", "#", "%", "@", "? ", "- ", "\u2028", "\ud7ff", "=======", "{#a}", "```", "| a |", "](", "<!--", "1e999", "0x", "2026-99-99", "~"]  # fmt: skip


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_no_edit_by_hand_brings_a_traceback(base: Path, data: st.DataObject) -> None:
    """Lines deleted, doubled, swapped, and odd characters anywhere: problems, never an exception; and what was mended stays mended."""
    lines = SEED[: data.draw(st.integers(1, 40))]
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(lines) - 1))
        column = data.draw(st.integers(0, min(len(lines[at]), 40)))
        lines[at] = lines[at][:column] + data.draw(st.sampled_from(PIECES)) + lines[at][column + data.draw(st.integers(0, 3)) :]
        lines.insert(data.draw(st.integers(0, len(lines))), data.draw(st.sampled_from(lines)))
    text = "\n".join(lines)
    put(base, (CARD_AT, text))
    for problem in check(load(base), dt.date(2026, 11, 23), {}):
        assert 1 <= problem.line <= text.replace("\r\n", "\n").replace("\r", "\n").count("\n") + 1
        assert "\n" not in problem.message
    once = mended(text, CARD_AT)[0]
    assert mended(once, CARD_AT) == (once, [])


def test_the_json_is_whole_whatever_the_files_hold(base: Path) -> None:
    """A script that reads `--format json` gets JSON."""
    put(base, (CARD_AT, b"\xff\xfe\x00"), (NOTE_AT, "\x00"))
    problems = json.loads(kb(base, "check", "--format", "json").stdout)["problems"]
    assert {p["path"] for p in problems} == {CARD_AT, NOTE_AT}


def test_the_pages_for_writers_name_messages_that_exist() -> None:
    """Each message in docs/contribute/messages.md is one that the code gives."""
    told = re.findall(r"^\| `([^`]+)` \|", (PROJECT / "docs/contribute/messages.md").read_text(), re.M)
    code = " ".join(path.read_text() for name in ("kb", "search") for path in (PROJECT / name).glob("*.py")).replace("\\'", "'")
    assert len(told) > 15
    assert [message for message in told if message not in code] == []


def test_the_editor_s_task_finds_each_problem() -> None:
    """The pattern in .vscode/tasks.json reads file, line, severity and message out of what `kb check` prints."""
    pattern = json.loads((PROJECT / ".vscode/tasks.json").read_text())["tasks"][0]["problemMatcher"]["pattern"]["regexp"]
    for level in ("error", "warning"):
        found = re.match(pattern, str(Problem("docs/objections/a:b.md", 7, "x: y", level)))
        assert found
        assert found.groups() == ("docs/objections/a:b.md", "7", "warning" if level == "warning" else None, "x: y")
