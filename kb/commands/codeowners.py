"""`kb codeowners`: .github/CODEOWNERS from the cards' owners."""

import argparse
from pathlib import Path

from kb import config, files, library
from kb.errors import DONE, FIX
from kb.owners import PATH, codeowners


def main(args: list[str]) -> int:
    """Run the command; with --check, exit 1 when what is there is not what it would write."""
    parser = argparse.ArgumentParser("kb codeowners", description=f"{PATH} from `owner` and `backup_owner` in the cards.")
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 when it is not current")
    parser.add_argument("--root", metavar="DIR", help="the knowledge base (default: the nearest folder upward with kb.toml)")
    options = parser.parse_args(args)
    root = config.load(options.root, Path.cwd()).root
    text, path = codeowners(library.load(root)), root / PATH
    current = path.is_file() and files.read(path) == text
    if options.check and not current:
        print(f"{PATH}:1: is not current: run `kb codeowners` and commit what it writes")
        return FIX
    if not current:
        files.write(path, text)
        print(PATH)
    return DONE
