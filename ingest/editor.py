"""The user's own editor, for a text that is longer than a command line."""

import contextlib
import os
import shlex
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from kb.errors import USAGE, KbError

HELP = "Lines that begin with # are dropped; an empty text saves nothing. No names, addresses or numbers of customers."


def text(template: str) -> str:
    """What the user makes of `template`, without its comment lines. Raises KbError (wrong usage) without terminal or editor."""
    if not sys.stdin.isatty():
        raise KbError("kb note", 'there is no text: give it as in kb note acme "lost the POC", or - to read standard input', USAGE)
    handle, name = tempfile.mkstemp(prefix="kb-note-", suffix=".md")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as out:
            out.write(template)
        _open(name)
        written = Path(name).read_text(encoding="utf-8", errors="replace")
    finally:
        with contextlib.suppress(OSError):
            Path(name).unlink()
    return "\n".join(line for line in written.splitlines() if not line.startswith("#")).strip()


def _open(name: str) -> None:
    command = _editor()
    try:
        code = subprocess.call([*command, name])
    except OSError as error:
        raise KbError(command[0], f"could not be started as your editor ({error.strerror or error}): set EDITOR", USAGE) from None
    if code:
        raise KbError(command[0], f"ended with {code}, so nothing was saved", USAGE)


def _editor() -> list[str]:
    for name in ("VISUAL", "EDITOR"):
        if command := os.environ.get(name, "").strip():
            return shlex.split(command)
    for fallback in ("vi", "nano"):
        if shutil.which(fallback):
            return [fallback]
    raise KbError("kb note", "no editor: set EDITOR, or give the text on the command line", USAGE)
