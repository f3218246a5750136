"""`kb schema`: the JSON Schema of each kind's front matter, into schemas/."""

import argparse
from pathlib import Path

from kb import config, files
from kb.errors import DONE, FIX
from kb.schema import as_files


def main(args: list[str]) -> int:
    """Run the command; with --check, exit 1 when what is there is not what it would write."""
    parser = argparse.ArgumentParser("kb schema", description="JSON Schema of the front matter, for editors, into schemas/.")
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 when schemas/ is not current")
    parser.add_argument("--root", metavar="DIR", help="the knowledge base (default: the nearest folder upward with kb.toml)")
    options = parser.parse_args(args)
    folder = config.load(options.root, Path.cwd()).root / "schemas"
    stale = [name for name, text in as_files().items() if not _holds(folder / name, text)]
    for name in stale:
        if not options.check:
            files.write(folder / name, as_files()[name])
        print(f"schemas/{name}{': is not current: run `kb schema`' if options.check else ''}")
    return FIX if stale and options.check else DONE


def _holds(path: Path, text: str) -> bool:
    return path.is_file() and files.read(path) == text
