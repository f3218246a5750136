"""`kb from-issue FILE`: the text of a filled-in issue form becomes an objection or a field note."""

import argparse
import datetime as dt
import sys
from pathlib import Path

from kb import config, customers, files, library
from kb.commands.new import owner, put
from kb.errors import DONE, USAGE, KbError
from kb.issue import made
from kb.redact import told


def main(args: list[str]) -> int:
    """Run the command; it prints the path of the file."""
    parser = argparse.ArgumentParser("kb from-issue", description="The text of an issue form → an objection or a field note.")
    parser.add_argument("file", metavar="FILE", help="the issue's text as the host has it; - reads standard input")
    parser.add_argument("--author", metavar="NAME", help="who filed it (default: your git e-mail address)")
    parser.add_argument("--root", metavar="DIR", help="the knowledge base (default: the nearest folder upward with kb.toml)")
    options = parser.parse_args(args)
    settings = config.load(options.root, Path.cwd())
    text = sys.stdin.buffer.read().decode("utf-8", "replace") if options.file == "-" else _text(Path(options.file))
    who = options.author or owner(None, settings.root)
    person = f"@{who}" if options.author and "@" not in who else who
    known = library.load(settings.root, releases=False)
    found = made(text, known, who.split("@")[0] or who, person, dt.date.today(), customers.load(settings))
    print(put(settings.root, found.path, found.text))
    if any(found.redacted.values()):
        print(f"redacted: {told(found.redacted)}")
    return DONE


def _text(path: Path) -> str:
    if not path.is_file():
        raise KbError(str(path), "no such file", USAGE)
    return files.read(path)
