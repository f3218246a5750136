"""`kb index`: docs/ → Chroma."""

import argparse
import json
import sys
from pathlib import Path

from kb import config
from kb.errors import DONE, FIX
from search import index


def main(args: list[str]) -> int:
    """Run the command: exit 1 when a file could not be read; the rest is indexed."""
    parser = argparse.ArgumentParser("kb index", description="Bring the embedding index up to date with docs/.")
    parser.add_argument("--rebuild", action="store_true", help="embed everything again")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--root", metavar="DIR", help="the knowledge base (default: the nearest folder upward with kb.toml)")
    options = parser.parse_args(args)
    done = index.update(config.load(options.root, Path.cwd()), options.rebuild, progress=sys.stderr.isatty())
    for problem in done.problems:
        print(f"{problem} (nothing of this file is found)", file=sys.stderr)
    if options.json:
        print(json.dumps(vars(done)))
    else:
        print(f"{done.passages} passages: {done.embedded} embedded, {done.deleted} deleted, {done.seconds:.1f} s")
    return FIX if done.problems else DONE
