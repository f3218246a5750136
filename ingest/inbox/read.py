"""A file, a folder or a zip → what was heard. The content decides the format, the name only helps. The one module here that opens files."""

import json
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ingest.inbox import mail, markdown, slack, table, teams
from ingest.inbox.heard import Heard, decode
from kb.errors import USAGE, KbError

LARGEST = 64_000_000
"""Bytes of one file."""
MOST_BYTES, MOST_FILES = 256_000_000, 20_000
"""Of a zip or a folder, unpacked: a zip can claim to be small."""
_ASIDE = {
    "channels.json",
    "users.json",
    "groups.json",
    "dms.json",
    "mpims.json",
    "integration_logs.json",
    "canvases.json",
    "file_conversations.json",
}


def read(path: Path) -> list[Heard]:
    """Everything in `path`, in its order. Raises KbError with the file's name and what is wrong with it."""
    name = path.name
    if not path.exists():
        raise KbError(str(path), "no such file", USAGE)
    try:
        if path.is_dir():
            return _export(name, _folder(path))
        if path.stat().st_size > LARGEST:
            raise KbError(name, f"is larger than {LARGEST // 1_000_000} MB: split it")
        data = path.read_bytes()
        if data.startswith(b"PK\x03\x04"):
            return _zip(path)
    except OSError as error:
        raise KbError(name, f"could not be read ({error.strerror or error})") from None
    return parse(data, name)


def parse(data: bytes, name: str) -> list[Heard]:
    """What one file holds."""
    suffix = Path(name).suffix.lower()
    if suffix == ".eml" or mail.is_mail(data):
        return mail.read(data, name)
    text = decode(data, name)
    if suffix == ".json" or text.lstrip()[:1] in ("[", "{"):
        found = _from_json(text, name, sure=suffix == ".json")
        if found is not None:
            return found
    if suffix in (".csv", ".tsv") or table.is_table(text):
        return table.read(text, name) if text.strip() else []
    return markdown.read(text, name)


def _from_json(text: str, name: str, sure: bool) -> list[Heard] | None:
    """The messages of an export; None for a note that only begins with a bracket."""
    try:
        data = json.loads(text)
    except (json.JSONDecodeError, RecursionError) as error:
        if not sure and text.lstrip()[1:].lstrip()[:1] not in ("{", '"'):
            return None
        line = getattr(error, "lineno", 1)
        raise KbError(
            f"{name}:{line}", f"is not valid JSON ({getattr(error, 'msg', 'too deeply nested')}): was the export cut short?"
        ) from None
    if slack.is_slack(data):
        return slack.read({name: (text, data)}, {})
    messages = teams.messages(data)
    if messages is None:
        raise KbError(name, "is JSON, but no Slack export (messages with `ts`) and no Teams export (`createdDateTime`)")
    return teams.read(messages, text, name)


def _export(name: str, files: Iterator[tuple[str, bytes]]) -> list[Heard]:
    """A whole Slack export: every channel's days, and the people's names."""
    days: dict[str, tuple[str, Any]] = {}
    names: dict[str, str] = {}
    for file, data in files:
        text = decode(data, file)
        try:
            content = json.loads(text)
        except (json.JSONDecodeError, RecursionError):
            raise KbError(f"{name}/{file}", "is not valid JSON: was the export cut short?") from None
        if file.rsplit("/", 1)[-1] == "users.json":
            names = slack.users(content)
        elif file.rsplit("/", 1)[-1] not in _ASIDE and slack.is_slack(content):
            days[f"{name}/{file}"] = (text, content)
    if not days:
        raise KbError(name, "holds no Slack messages: expected an export with a folder for each channel, a JSON file for each day")
    return slack.read(days, names)


def _folder(path: Path) -> Iterator[tuple[str, bytes]]:
    found = sorted(p for p in path.rglob("*.json") if p.is_file())
    if len(found) > MOST_FILES or sum(p.stat().st_size for p in found) > MOST_BYTES:
        raise KbError(path.name, _TOO_MUCH)
    return ((p.relative_to(path).as_posix(), p.read_bytes()) for p in found)


_TOO_MUCH = f"holds more than {MOST_BYTES // 1_000_000} MB or {MOST_FILES:,} files when unpacked: import a channel at a time"


def _zip(path: Path) -> list[Heard]:
    try:
        with zipfile.ZipFile(path) as archive:
            return _export(path.name, _unpacked(archive, path.name))
    except (zipfile.BadZipFile, RuntimeError, NotImplementedError, EOFError) as error:
        raise KbError(path.name, f"is a zip that cannot be opened ({error})") from None


def _unpacked(archive: zipfile.ZipFile, name: str) -> Iterator[tuple[str, bytes]]:
    """The JSON files. What is read counts, not what the zip says of itself."""
    names = archive.namelist()
    if "[Content_Types].xml" in names:
        raise KbError(name, "is an Office document: save the sheet as CSV, or the text as .txt")
    left = MOST_BYTES
    wanted = sorted(n for n in names if n.endswith(".json") and not n.startswith("__MACOSX/"))
    if len(wanted) > MOST_FILES:
        raise KbError(name, _TOO_MUCH)
    for file in wanted:
        with archive.open(file) as packed:
            data = packed.read(left + 1)
        left -= len(data)
        if left < 0:
            raise KbError(name, _TOO_MUCH)
        yield file, data
