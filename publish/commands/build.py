"""`kb build`: docs/ → the static site in site/."""

import argparse
import json
import shlex
import sys
from pathlib import Path

from kb import config
from kb.words import AUDIENCES
from publish.site import build


def main(args: list[str]) -> int:
    """Run the command."""
    parser = argparse.ArgumentParser("kb build", description="The static site, into site/; for outsiders into site-external-ok/.")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--audience", choices=AUDIENCES, default="internal", help="external-ok: a site without one internal word")
    parser.add_argument("--root", metavar="DIR", help="the knowledge base (default: the nearest folder upward with kb.toml)")
    options = parser.parse_args(args)
    built = build(config.load(options.root, Path.cwd()), options.audience)
    if options.json:
        print(json.dumps({"folder": str(built.folder), "pages": built.pages, "seconds": built.seconds, "warnings": built.warnings}))
    else:
        for warning in built.warnings:
            print(f"kb build: {warning}", file=sys.stderr)
        print(f"{built.pages} pages in {built.seconds:.1f} s, in {built.folder}\n{_way_in(built.folder, options)}")
    return 0


def _way_in(folder: Path, options: argparse.Namespace) -> str:
    """How to look at it: as files it would have no lookup, since browsers start no module from a disk."""
    if options.audience == "internal":
        command = f"kb serve --root {shlex.quote(options.root)}" if options.root else "kb serve"
    else:
        command = f"{shlex.quote(sys.executable)} -m http.server 8000 --bind 127.0.0.1 -d {shlex.quote(str(folder))}"
    return f"Look at http://127.0.0.1:8000/ with `{command}`"
