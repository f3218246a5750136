"""`kb note` and `kb import notes` as whole processes: what is saved, what is redacted, what is left and why, what is never saved twice."""

import csv
import datetime as dt
import io
import json
import signal
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.fieldnotes import Defaults, Names, digest, draft, half_a_year_after, inert, short_name
from ingest.inbox.heard import Heard
from ingest.inbox.read import parse
from ingest.inbox.table import unformula
from ingest.near import THRESHOLD
from kb import config, library
from kb.note import parse_note, render_note
from kb.wiring import embedder
from tests.conftest import PROJECT, kb
from tests.terminal import on_terminal

AddCard = Callable[..., Path]
TODAY = dt.date.today()
GIVEN = ("--stage", "poc", "--source", "buyer-said", "--author", "Priya Nair")


def notes(base: Path, slug: str = "acme") -> dict[str, str]:
    return {p.name: p.read_text() for p in sorted((base / "docs/battlecards" / slug / "notes").glob("*.md"))}


def rows(done: subprocess.CompletedProcess[str]) -> list[dict]:
    assert "Traceback" not in done.stderr, done.stderr
    return json.loads(done.stdout)["notes"]


@pytest.fixture
def two(base: Path, add_card: AddCard) -> Path:
    """A knowledge base about Acme (also called Acme Cloud) and Brontide, with a list of customers."""
    for slug, alias in (("acme", "Acme Cloud"), ("brontide", "Brontide Ops")):
        card = add_card(slug)
        card.write_text(
            card.read_text().replace("owner:", f"aliases: [{alias}]\nowner:") + "\n## Why we win\n\n- x *(inference)* {#agent}\n"
        )
    (base / "kb.toml").write_text('[notes]\ncustomers = "customers.txt"\n')
    (base / "customers.txt").write_text("Globex Inc.\n")
    return base


# --- kb note -------------------------------------------------------------------------------------------------------------------------


def test_a_note_is_one_command(two: Path) -> None:
    """Alias, words, two options: one file with every field, the path on standard output, six months to live, and `kb check` is content."""
    done = kb(two, "note", "acme cloud", "lost the POC on HA failover", *GIVEN, "--deal", "d-1", "--supports", "agent")
    assert done.returncode == 0, done.stderr
    path = f"docs/battlecards/acme/notes/{TODAY}-lost-poc-ha-failover.md"
    assert done.stdout == path + "\n"
    note = parse_note((two / path).read_text(), path)
    assert (note.date, note.author, note.competitor, note.stage, note.source) == (TODAY, "priya", "acme", "poc", "buyer-said")
    assert (note.confidence, note.deal, note.expires) == ("medium", "d-1", half_a_year_after(TODAY))
    assert note.body == "lost the POC on HA failover\n\nSupports: [agent](../index.md#agent)"
    assert kb(two, "check").returncode == 0


def test_a_note_is_redacted_on_the_way_in(two: Path) -> None:
    """Customer, address, number and key never reach the disk, not even the file's name; what was taken out is counted."""
    words = "Globex's CISO joe@globex.example, +49 171 234 56 78, has password=hunter2"
    done = kb(two, "note", "acme", words, *GIVEN)
    assert done.stdout.splitlines()[1] == "redacted: 1 secret, 1 e-mail address, 1 phone number, 1 customer name"
    everything = "".join(name + text for name, text in notes(two).items()).lower()
    assert not any(word in everything for word in ("globex", "joe", "234", "hunter2"))
    assert "[customer] CISO [e-mail], [phone], has password=[secret]" in "".join(notes(two).values())


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (("acne", "x", *GIVEN), 'Did you mean "acme"?'),
        (("acme", "x", "--stage", "poc"), "--source: is missing: one of buyer-said, document-seen, public, rumour"),
        (("acme", "x", "--source", "public", "--stage", "pok"), "is no stage: one of lead, qualification, discovery"),
        (("acme", *GIVEN), "there is no text"),
        (("acme", " ", *GIVEN), "there is no text, so nothing was saved"),
        (("acme", "-", *GIVEN), "there is no text, so nothing was saved"),
        (("acme", "x", *GIVEN, "--deal", "Globex renewal"), "is not opaque"),
        (("acme", "x", *GIVEN, "--date", "03/04/2026"), "is no date that is certain"),
        (("acme", "x", *GIVEN, "--supports", "agnet"), 'Did you mean "agent"?'),
    ],
)
def test_what_is_missing_is_told_with_the_choices(two: Path, args: tuple[str, ...], message: str) -> None:
    """Wrong usage ends with 2, says what would be right, and writes nothing."""
    done = subprocess.run(
        [sys.executable, "-m", "kb", "note", *args, "--root", str(two)], capture_output=True, text=True, check=False, cwd=PROJECT, input=""
    )
    assert (done.returncode, notes(two)) == (2, {}), done.stderr
    assert message in done.stderr
    assert "Traceback" not in done.stderr


def test_a_missing_list_of_customers_stops_the_way_in(two: Path) -> None:
    """A name that reaches git stays there: without the list that kb.toml promises nothing is written."""
    (two / "customers.txt").unlink()
    done = kb(two, "note", "acme", "Globex lost", *GIVEN)
    assert (done.returncode, notes(two)) == (2, {})
    assert "customers.txt: is missing" in done.stderr


def test_what_is_there_already_is_told_and_not_saved(two: Path) -> None:
    """The same words and a paraphrase end with 1 and the path; --anyway saves beside, the second of a name gets -2."""
    first = "In the POC the agent of Acme used a full core on the checkout node in the evening peak."
    assert kb(two, "note", "acme", first, *GIVEN).returncode == 0
    same = kb(two, "note", "acme", first, *GIVEN)
    assert (same.returncode, len(notes(two))) == (1, 1)
    assert "says the same already" in same.stderr
    near = kb(two, "note", "acme", "During the evening peak Acme's agent took one full core on the checkout node in our POC.", *GIVEN)
    assert (near.returncode, len(notes(two))) == (1, 1)
    assert "% similar) already" in near.stderr
    assert kb(two, "note", "acme", first, *GIVEN, "--anyway").returncode == 0
    assert [name[10:] for name in notes(two)] == ["-poc-agent-acme-used-full-2.md", "-poc-agent-acme-used-full.md"]


def test_a_terminal_is_asked_and_the_editor_opens(two: Path, tmp_path: Path) -> None:
    """Stage by its beginning, source by Enter, the text from $EDITOR without its comment lines."""
    script = tmp_path / "editor.sh"
    script.write_text('#!/bin/sh\nprintf "They liked the map.\\n# mine\\n" >> "$1"\n')
    script.chmod(0o755)
    code, shown = on_terminal(two, "note", "acme", "--author", "tom", typed="neg\n\n", EDITOR=str(script))
    assert code == 0, shown
    (text,) = notes(two).values()
    note = parse_note(text, "x")
    assert (note.stage, note.source, note.body) == ("negotiation", "buyer-said", "They liked the map.")


@pytest.mark.parametrize(
    ("editor", "message"), [("true", "there is no text"), ("false", "ended with 1"), ("/no/such", "could not be started")]
)
def test_an_editor_that_leaves_nothing_saves_nothing(two: Path, editor: str, message: str) -> None:
    """An empty text, an editor that fails, one that is not there: exit 2, one clear line."""
    code, shown = on_terminal(two, "note", "acme", *GIVEN, EDITOR=editor)
    assert (code, notes(two)) == (2, {}), shown
    assert message in shown
    assert "Traceback" not in shown


def test_what_redaction_left_is_shown_before_it_is_saved(two: Path) -> None:
    """On a terminal `n` saves nothing; --yes does not ask."""
    code, shown = on_terminal(two, "note", "acme", "Globex lost", *GIVEN, typed="n\n")
    assert (code, notes(two)) == (2, {})
    assert "[customer] lost" in shown
    assert on_terminal(two, "note", "acme", "Globex lost", *GIVEN, "--yes")[0] == 0


def test_a_note_waits_for_no_model(two: Path) -> None:
    """Neither torch nor Chroma is imported to write one down: that is what makes it quick."""
    code = (
        "import sys; from kb.__main__ import main;"
        f"code = main(['note', 'acme', 'One thing about prices.', '--root', {str(two)!r}, *{list(GIVEN)!r}]);"
        "print(code, [m for m in ('torch', 'chromadb', 'sentence_transformers') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=PROJECT)
    assert done.stdout.splitlines()[-1] == "0 []"


# --- kb import notes -----------------------------------------------------------------------------------------------------------------

TABLE = """Created Date;Rep;Account Competitor;Sales Stage;Source;Opportunity;Comments
2026-10-01;"Nair, Priya";Acme Cloud;Proof of Concept;buyer;d-77;"Their agent ate a core
on the ""edge"" nodes"
2.10.2026;tom.hall@ours.example;;Closed Lost;;Globex renewal;Brontide lost it, not acme. Ask joe@globex.example
2026-10-03;Tom;Acne;;;;Something
yesterday;Tom;acme;;;;Something else
2026-10-05;Tom;acme;;;;"=HYPERLINK(""http://x"")"
2026-10-06;Tom;;;;;nobody is named here
;;;;;;
"""


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
@pytest.mark.parametrize("delimiter", [";", ",", "\t"])
def test_a_table_becomes_notes(two: Path, encoding: str, delimiter: str) -> None:
    """Usual column names, three delimiters, four encodings, quoted new lines: rows become notes, what was left has its line and reason."""
    table = list(csv.reader(io.StringIO(TABLE), delimiter=";"))
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter).writerows(table)
    path = two / "export.csv"
    path.write_bytes((out.getvalue() + f"2026-10-07{delimiter}Zoë{delimiter}acme" + delimiter * 4 + "Très cher\r\n").encode(encoding))
    done = kb(two, "import", "notes", str(path), "--json")
    got = rows(done)
    assert done.returncode == 1
    assert [(r["line"], r["status"], r["competitor"]) for r in got] == [
        (2, "new", "acme"), (4, "new", "brontide"), (5, "unassigned", None), (6, "failed", None), (7, "new", "acme"), (8, "unassigned", None),
        (10, "new", "acme"),
    ]  # fmt: skip
    first = parse_note((two / got[0]["path"]).read_text(), "x")
    assert (first.author, first.stage, first.source, first.deal, str(first.date)) == ("priya", "poc", "buyer-said", "d-77", "2026-10-01")
    assert first.body == 'Their agent ate a core\non the "edge" nodes'
    second = parse_note((two / got[1]["path"]).read_text(), "x")
    assert (second.author, second.stage, second.source, second.confidence, second.deal) == ("tom", "close", "rumour", "low", None)
    assert (got[1]["also"], got[1]["redacted"]) == (["acme"], {"e-mail": 1, "deal": 1})
    assert 'Did you mean "acme"?' in got[2]["error"]
    assert "no date that is certain" in got[3]["error"]
    assert parse_note((two / got[4]["path"]).read_text(), "x").body.startswith("'=HYPERLINK")
    assert parse_note((two / got[6]["path"]).read_text(), "x").author == "zoë"
    assert kb(two, "check").returncode == 0


def test_a_second_import_writes_nothing(two: Path) -> None:
    """The same file again: every note is already there, also after a reviewer linked a claim; no byte changes."""
    path = two / "export.csv"
    path.write_text(TABLE)
    kb(two, "import", "notes", str(path))
    note = next((two / "docs/battlecards/acme/notes").glob("*.md"))
    note.write_text(note.read_text() + "\nSupports: [agent](../index.md#agent)\n")
    before = notes(two) | notes(two, "brontide")
    again = kb(two, "import", "notes", str(path), "--json")
    assert [r["status"] for r in rows(again) if not r["error"]] == ["duplicate"] * 3
    assert notes(two) | notes(two, "brontide") == before


def test_a_dry_run_writes_nothing(two: Path) -> None:
    """--dry-run says what would be new and leaves docs/ as it was."""
    (two / "n.csv").write_text(TABLE)
    done = kb(two, "import", "notes", str(two / "n.csv"), "--dry-run")
    assert "3 would be new" in done.stdout
    assert notes(two) == notes(two, "brontide") == {}


SLACK = [
    {"type": "message", "ts": "1790000000.000100", "user": "U1", "user_profile": {"real_name": "Tom Hall"},
     "text": "Acme&amp;co: <https://acme.example/p|their prices> went up :tada: says <@U2>, mail <mailto:joe@globex.example|joe@globex.example>",
     "thread_ts": "1790000000.000100"},
    {"type": "message", "ts": "1790000050.000100", "user": "U2", "text": "By 20 % in <#C1|pricing>", "thread_ts": "1790000000.000100"},
    {"type": "message", "subtype": "channel_join", "ts": "1790000060.0", "user": "U3", "text": "<@U3> has joined acme"},
    {"type": "message", "subtype": "bot_message", "bot_id": "B1", "ts": "1790000070.0", "text": "acme build"},
    {"type": "message", "ts": "1790000080.000100", "user": "U2", "text": "Brontide was live in a day"},
]  # fmt: skip
USERS = [{"id": "U2", "real_name": "Priya Nair"}]


def as_zip(path: Path, files: dict[str, str]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return path


@pytest.mark.parametrize("form", ["file", "zip", "folder"])
def test_a_slack_export_becomes_notes(two: Path, form: str) -> None:
    """A channel's day, a whole export as zip or folder: threads stay together, joins and bots are skipped, markup becomes words."""
    files = {"users.json": json.dumps(USERS), "deals/2026-09-21.json": json.dumps(SLACK, indent=1), "channels.json": "[]"}
    if form == "file":
        path = two / "2026-09-21.json"
        path.write_text(json.dumps(SLACK))
    elif form == "zip":
        path = as_zip(two / "export.zip", files)
    else:
        path = two / "export"
        for name, text in files.items():
            (path / name).parent.mkdir(parents=True, exist_ok=True)
            (path / name).write_text(text)
    done = kb(two, "import", "notes", str(path), "--json")
    assert done.returncode == 0, done.stdout
    first, second = (parse_note((two / r["path"]).read_text(), "x") for r in rows(done))
    who = "colleague" if form == "file" else "Priya"
    assert (
        first.body
        == f"Acme&co: their prices (https://acme.example/p) went up  says @{who}, mail [e-mail]\n\nBy 20 % in #pricing".replace("  ", " ")
    )
    assert (first.competitor, first.author, str(first.date)) == ("acme", "tom", "2026-09-21")
    assert second.competitor == "brontide"


def test_a_teams_export_becomes_notes(two: Path) -> None:
    """Graph's chatMessage: HTML becomes paragraphs, replies stay with their parent, deleted and system messages are skipped."""

    def message(ident: str, html: str, **more: object) -> dict[str, object]:
        user = {"user": {"displayName": "Ines Roth"}}
        return {
            "id": ident,
            "createdDateTime": "2026-10-01T08:00:00Z",
            "from": user,
            "body": {"contentType": "html", "content": html},
            **more,
        }

    found = [
        message("2", "<p>And <b>rude</b>.</p>", replyToId="1"),
        message("1", "<div>Brontide was late<br>again <at id='0'>Tom</at></div><script>x</script>"),
        message("3", "<p>Acme, deleted</p>", deletedDateTime="2026-10-02T08:00:00Z"),
        message("4", "<p>Acme</p>", messageType="systemEventMessage"),
        message("5", "<p>Acme bot</p>", **{"from": {"application": {"displayName": "bot"}}}),
    ]
    (two / "chat.json").write_text(json.dumps({"value": found}))
    done = kb(two, "import", "notes", str(two / "chat.json"), "--json", "--stage", "poc", "--source", "buyer-said")
    (row,) = rows(done)
    note = parse_note((two / row["path"]).read_text(), "x")
    assert note.body == "Brontide was late\nagain Tom\n\nAnd rude."
    assert (note.author, str(note.date), note.stage, note.source) == ("ines", "2026-10-01", "poc", "buyer-said")


MAIL = """From: "Hall, Tom" <tom@ours.example>
Date: Thu, 1 Oct 2026 23:30:00 -0700
Subject: =?utf-8?q?Re=3A_Acme_n=C3=A4chste_Woche?=
MIME-Version: 1.0
Content-Type: {kind}; charset=utf-8

"""


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("text/plain", "They moved the date.\n\n> old words\nOn Mon, 1 Jun 2026, Joe wrote:\n> older\n"),
        ("text/plain", "They moved the date.\n-- \nTom Hall\n+49 171 234 56 78\n"),
        ("text/html", "<p>They moved the <i>date</i>.</p><blockquote>old words</blockquote><div class=gmail_signature>Tom</div>"),
    ],
)
def test_a_mail_becomes_a_note(two: Path, kind: str, body: str) -> None:
    """Subject as first sentence, the author's own words, the day of the sender; quotes and signature are dropped."""
    (two / "m.eml").write_text(MAIL.format(kind=kind) + body)
    (row,) = rows(kb(two, "import", "notes", str(two / "m.eml"), "--json"))
    note = parse_note((two / row["path"]).read_text(), "x")
    assert (note.body, note.author, str(note.date)) == ("Acme nächste Woche.\n\nThey moved the date.", "tom", "2026-10-01")


def test_markdown_and_text_become_notes(two: Path) -> None:
    """Front matter makes one note, H2 and rules make several, a bare text is one; lines are those of the file."""
    (two / "one.md").write_text(
        "---\ndate: 2026-09-01\nauthor: ines\ncompetitor: brontide\nstage: poc\nsource: public\n---\n\nIt was quick.\n"
    )
    (two / "many.md").write_text("# October\n\n## 2026-10-02: Acme at a bank\n\nThey lost.\n\n```\n---\n```\n\n---\n\nBrontide won.\n")
    (two / "bare.txt").write_text("acme has a new office\n")
    done = kb(two, "import", "notes", *(str(two / n) for n in ("one.md", "many.md", "bare.txt")), "--json", "--author", "Sam")
    got = rows(done)
    assert [(r["file"], r["line"], r["competitor"]) for r in got] == [
        ("one.md", 8, "brontide"), ("many.md", 3, "acme"), ("many.md", 13, "brontide"), ("bare.txt", 1, "acme")
    ]  # fmt: skip
    bodies = [parse_note((two / r["path"]).read_text(), "x") for r in got]
    assert [n.body for n in bodies] == [
        "It was quick.",
        "Acme at a bank.\n\nThey lost.\n\n```\n---\n```",
        "Brontide won.",
        "acme has a new office",
    ]
    assert [(str(n.date), n.author) for n in bodies] == [
        ("2026-09-01", "ines"),
        ("2026-10-02", "sam"),
        (str(TODAY), "sam"),
        (str(TODAY), "sam"),
    ]


ODD = {
    "empty.csv": (b"", None),
    "half.json": (b'[{"ts": "1790000000.1", "text": "acme', "is not valid JSON"),
    "other.json": (b'{"a": 1}', "no Slack export"),
    "deep.json": (b"[" * 100_000, "is not valid JSON"),
    "columns.csv": (b"a,b\n1,2\n", "has no column for the note itself"),
    "open.csv": (b'date,competitor,note\n2026-10-01,acme,fine\n2026-10-02,acme,"never closed\n2026-10-03,acme,x\n', "is never closed"),
    "wide.csv": (b"note,competitor\na,b,acme\n", "has 3 cells, the header 2"),
    "image.md": (bytes(range(256)) * 8, "is not text"),
    "front.md": (b"---\ndate: [\n---\n\nacme\n", "not valid YAML"),
    "broken.zip": (b"PK\x03\x04 nothing", "is a zip that cannot be opened"),
    "nothing.eml": (b"Subject: \n\n", None),
    "bracket.md": (b"[acme](https://x.example) said no", None),
    "conflict.txt": (b"acme\n<<<<<<< HEAD\n=======\n>>>>>>> x\n", None),
}


@pytest.mark.parametrize("name", ODD)
def test_odd_files_say_what_is_wrong_with_them(two: Path, name: str) -> None:
    """Empty, cut, binary, foreign: one line with the cause and exit 1, never a traceback; a good file beside it is imported."""
    data, message = ODD[name]
    (two / name).write_bytes(data)
    (two / "good.txt").write_text("Brontide has a map")
    done = kb(two, "import", "notes", str(two / name), str(two / "good.txt"))
    assert "Traceback" not in done.stderr
    assert len(notes(two, "brontide")) == 1
    assert done.returncode == (1 if message else 0), done.stderr
    assert message is None or message in done.stderr
    assert kb(two, "check").returncode == 0


def test_an_office_file_and_a_zip_bomb_are_refused(two: Path) -> None:
    """A sheet that is no CSV says so; a zip that unpacks to more than the limit is left after that much, not after all of it."""
    sheet = as_zip(two / "book.xlsx", {"[Content_Types].xml": "<x/>"})
    assert "save the sheet as CSV" in kb(two, "import", "notes", str(sheet)).stderr
    bomb = as_zip(two / "bomb.zip", {f"c/{n}.json": "[" + " " * 40_000_000 + "]" for n in range(8)})
    assert bomb.stat().st_size < 1_000_000
    done = kb(two, "import", "notes", str(bomb))
    assert done.returncode == 1
    assert "holds more than 256 MB" in done.stderr


def test_what_is_outside_stays_words(two: Path) -> None:
    """HTML, links, attributes and definitions in an imported text reach no page as such."""
    evil = 'acme <script>x</script> [a](javascript:x) [b]: http://x {onclick=x} [c][b]\n\n> "q"\n'
    (two / "evil.txt").write_text(evil)
    (row,) = rows(kb(two, "import", "notes", str(two / "evil.txt"), "--json"))
    body = parse_note((two / row["path"]).read_text(), "x").body
    assert not any(mark in body for mark in ("<script", "](", "]:", "][", "{onclick"))


def big(path: Path, count: int) -> Path:
    words = ["agent", "node", "price", "renewal", "failover", "log", "metric", "trace", "upgrade", "console", "bank", "airline"]
    lines = (f"2026-10-01,acme,{' '.join(words[(n * k) % 12] for k in range(1, 9))} case {n}" for n in range(count))
    path.write_text("date,competitor,note\n" + "\n".join(lines) + "\n")
    return path


def test_ten_thousand_rows_finish(two: Path) -> None:
    """A large table is imported once, and told from itself the second time; only a fixed number of vectors is made."""
    path = big(two / "big.csv", 10_000)
    for status in ("new", "already there"):
        done = kb(two, "import", "notes", str(path), "--anyway")
        assert done.stdout.splitlines()[-1] == f"10000 {status}"
    assert len(notes(two)) == 10_000


def test_two_imports_at_once_save_each_note_once(two: Path) -> None:
    """The same file by two processes: together they write every note, and none twice."""
    path = big(two / "big.csv", 300)
    command = [sys.executable, "-m", "kb", "import", "notes", str(path), "--anyway", "--json", "--root", str(two)]
    both = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=PROJECT) for _ in range(2)]
    got = [json.loads(process.communicate(timeout=120)[0])["notes"] for process in both]
    assert all(process.returncode == 0 for process in both)
    assert len(notes(two)) == 300
    assert sum(row["status"] == "new" for result in got for row in result) == 300


def test_a_killed_import_goes_on_where_it_was(two: Path) -> None:
    """Killed while it writes: what stands is whole, what was half is cleared away, and the next run adds the rest."""
    path = big(two / "big.csv", 3_000)
    folder = two / "docs/battlecards/acme/notes"
    command = [sys.executable, "-m", "kb", "import", "notes", str(path), "--anyway", "--root", str(two)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, cwd=PROJECT) as process:
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline and not (folder.is_dir() and any(folder.iterdir())):
            time.sleep(0.005)
        process.send_signal(signal.SIGKILL)
    assert process.returncode == -signal.SIGKILL
    stood = {name for name in notes(two) if not name.startswith(".")}
    assert len(stood) < 3_000
    assert kb(two, "check").returncode == 0
    assert kb(two, "import", "notes", str(path), "--anyway").returncode == 0
    after = notes(two)
    assert stood <= set(after)
    assert len(after) == 3_000


def test_a_disk_that_refuses_loses_nothing(two: Path) -> None:
    """A file where the folder of notes should be: each note is told as failed, the other competitor's are saved."""
    (two / "docs/battlecards/acme/notes").write_text("in the way")
    (two / "n.csv").write_text("competitor,note\nacme,one\nbrontide,two\n")
    done = kb(two, "import", "notes", str(two / "n.csv"), "--json")
    assert [row["status"] for row in rows(done)] == ["failed", "new"]
    assert "could not be written" in rows(done)[0]["error"]


# --- the pure parts ------------------------------------------------------------------------------------------------------------------


def test_near_duplicates_are_told_from_other_events(sample: Path) -> None:
    """Of 25 paraphrases of the sample's notes at least 22 are known as such; 25 other events about the same subjects are not."""
    pairs = json.loads((PROJECT / "tests/near_notes.json").read_text())
    known = {Path(path).stem: note.body.split("\n\nSupports")[0] for path, note in library.load(sample).notes.items()}
    embed = embedder(config.load(str(sample), sample))
    same = [float(embed([text])[0] @ embed([known[stem]])[0]) for stem, text in pairs["same"].items()]
    other = [float(embed([text])[0] @ embed([known[stem]])[0]) for stem, text in pairs["other"].items()]
    assert sum(cosine >= THRESHOLD for cosine in same) >= 22
    assert max(other) < THRESHOLD


@given(
    st.text(max_size=60), st.sampled_from(["=1+1", "+cmd", "-cmd|x", "@SUM(A1)", "\t=1", "\r=1", "- they said", "-5% off", "- a\n- b", ""])
)
def test_no_cell_begins_with_a_formula(text: str, start: str) -> None:
    """Whatever a cell holds, what is kept of it begins with no character that a spreadsheet acts on."""
    assert not unformula(start + text).startswith(("=", "+", "-", "@", "\t", "\r"))


def test_a_cell_stays_readable() -> None:
    """Lists, discounts and formulas as people see them afterwards."""
    assert [unformula(c) for c in ("- they said", "-5% discount", "=1+1", "+20 %", "- a\n- b", "plain")] == [
        "they said", "−5% discount", "'=1+1", "'+20 %", "* a\n* b", "plain"
    ]  # fmt: skip


@given(st.text(max_size=200))
@settings(max_examples=300, deadline=None)
def test_any_text_becomes_a_note_that_reads_back(text: str) -> None:
    """Whatever stands in a file, the note that is made of it is read back as it is, and says the same when it comes again."""
    one = draft(Heard("f", 1, text), Defaults(TODAY, "tom", "acme"), Names(()))
    if one.note is not None and one.note.body:
        assert parse_note(render_note(one.note), "x") == one.note
        assert inert(one.note.body) == one.note.body
        assert digest(one.note.body) == digest(one.note.body + "\n\nSupports: [x](../index.md#x)")


@given(st.binary(max_size=300))
@settings(max_examples=300, deadline=None)
def test_any_bytes_are_notes_or_a_clear_error(data: bytes) -> None:
    """Nothing but KbError leaves the reader, whatever a file is called and holds."""
    from kb.errors import KbError

    for name in ("a.csv", "a.json", "a.eml", "a.md"):
        try:
            assert all(isinstance(one, Heard) for one in parse(data, name))
        except KbError as error:
            assert error.cause


@pytest.mark.parametrize(
    ("name", "short"),
    [("Priya Nair", "priya"), ("Nair, Priya", "priya"), ("tom.hall@ours.example", "tom"), ("Zoë", "zoë"), ("", ""), ("–", "")],
)
def test_an_author_is_a_first_name(name: str, short: str) -> None:
    """However an export names a colleague, the note has the first name in lower case, as people write it."""
    assert short_name(name) == short


def test_six_months_later_is_a_day_that_exists() -> None:
    """31 August leads to the end of February, December to June."""
    days = [dt.date(2026, 8, 31), dt.date(2026, 12, 15), dt.date(2027, 8, 30), dt.date(2026, 5, 27)]
    assert [str(half_a_year_after(d)) for d in days] == ["2027-02-28", "2027-06-15", "2028-02-29", "2026-11-27"]
