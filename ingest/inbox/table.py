"""Spreadsheets as CSV or TSV: a row is a note. Columns are known by the names that CRM exports and people give them. Pure."""

import csv
import io
import re
from collections.abc import Iterator, Mapping

from ingest.inbox.heard import Heard, tidy
from kb.errors import KbError

COLUMNS = {
    "date": ("date", "day", "when", "heard on", "created", "created at", "created date", "created on", "timestamp"),
    "author": ("author", "rep", "owner", "se", "sales engineer", "reported by", "submitted by", "created by", "opportunity owner"),
    "competitor": ("competitor", "account competitor", "competitors", "competitor name", "primary competitor", "vendor"),
    "stage": ("stage", "deal stage", "sales stage", "opportunity stage"),
    "source": ("source", "source type"),
    "confidence": ("confidence",),
    "deal": ("deal", "deal id", "opportunity", "opportunity id", "opp", "opp id"),
    "expires": ("expires", "expires on", "valid until"),
    "text": ("note", "text", "comment", "body", "notes", "comments", "field note", "what they said", "feedback", "description"),
}
_KNOWN = {name: column for column, names in COLUMNS.items() for name in names}
_DELIMITERS = ",;\t|"
csv.field_size_limit(4_000_000)


def columns(text: str) -> tuple[str, list[str]]:
    """The delimiter of the first row, and what each of its cells names: a key of COLUMNS or nothing."""
    first = re.split(r"\r\n|\r|\n", _body(text)[0].lstrip(), maxsplit=1)[0]
    rows = ((d, [_column(cell) for cell in next(csv.reader([first], delimiter=d), [])]) for d in _DELIMITERS)
    return max(rows, key=lambda found: len({c for c in found[1] if c}))


def _column(cell: str) -> str:
    return _KNOWN.get(re.sub(r"[\s_-]+", " ", cell.strip().lower()), "")


def _body(text: str) -> tuple[str, int]:
    """Without the `sep=;` that Excel writes first, and the lines that this took."""
    match = re.match(r"sep=.\r?\n", text)
    return (text[match.end() :], 1) if match else (text, 0)


def is_table(text: str) -> bool:
    """Does the first row name a column for the text and one more?"""
    names = {name for name in columns(text)[1] if name}
    return "text" in names and len(names) > 1


def read(text: str, file: str) -> list[Heard]:
    """One Heard a row that holds anything. Raises KbError when no column is for the text."""
    delimiter, names = columns(text)
    if "text" not in names:
        raise KbError(file, f"has no column for the note itself: name one of them {', '.join(COLUMNS['text'][:5])}")
    return [_heard(file, line, row, names, delimiter) for line, row in _rows(*_body(text), delimiter) if any(cell.strip() for cell in row)][
        1:
    ]


def _rows(text: str, skipped: int, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    """Each row with its first line. A quote that is never closed becomes one row that says so, not the rest of the file."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    last = text.count("\n") or text.count("\r")
    while True:
        line = reader.line_num + 1
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield line + skipped, [_BROKEN, f"is not CSV ({error}); the rows after it were not read"]
            return
        if reader.line_num >= last and not _closed(text, line, delimiter):
            row = [_BROKEN, 'a quote (") opens here and is never closed: mend this row; those after it were not read']
        yield line + skipped, row


_BROKEN = "\0broken"


def _closed(text: str, line: int, delimiter: str) -> bool:
    """Does the last row end with the file, or did the file end inside a quote?"""
    rest = "\n".join(re.split(r"\r\n|\r|\n", text)[line - 1 :])
    try:
        list(csv.reader(io.StringIO(rest, newline=""), delimiter=delimiter, strict=True))
    except csv.Error as error:
        return "unexpected end" not in str(error)
    return True


def _heard(file: str, line: int, row: list[str], names: list[str], delimiter: str) -> Heard:
    if row[0] == _BROKEN:
        return Heard(file, line, "", error=row[1])
    if len(row) > len(names) and names[-1] == "text":
        row = [*row[: len(names) - 1], delimiter.join(row[len(names) - 1 :])]
    if len(row) > len(names):
        return Heard(file, line, " ".join(row), error=f"has {len(row)} cells, the header {len(names)}: put the text in quotes")
    cells: dict[str, str] = {}
    for name, cell in zip(names, row, strict=False):
        if name and cell.strip():
            cells[name] = f"{cells[name]}\n\n{cell}" if name == "text" and name in cells else cells.get(name, cell.strip())
    return Heard(file, line, unformula(tidy(cells.get("text", ""))), _without_text(cells))


def _without_text(cells: Mapping[str, str]) -> dict[str, str]:
    return {name: cell for name, cell in cells.items() if name != "text"}


def unformula(text: str) -> str:
    """`text` so that no spreadsheet runs it when the notes are exported again; Markdown itself would not.

    = + @ (and their wide forms) get the single quote that OWASP advises. A dash is mostly a person's: `- they said` is a list
    of one and loses it, longer lists get stars, and `-5% discount` gets a real minus. TAB and CR at the beginning are cut.
    """
    text = text.strip()
    if re.match(r"-\s", text):
        return text[1:].lstrip() if "\n" not in text else re.sub(r"^-(?=\s)", "*", text, flags=re.M)
    if text.startswith(("-", "－")):
        return "−" + text[1:]
    return f"'{text}" if text.startswith(("=", "+", "@", "＝", "＋", "＠")) else text
