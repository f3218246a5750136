"""`python -m benchmarks.site [CARDS]`: `kb build` beside plain `mkdocs build` of the same docs/, in turn, whole processes, in one run.

The sample, then CARDS (default 500) synthetic cards: the sample's Acme card under other names, with three of its objections and
its links to release notes made plain words.
The index is brought up to date first: that is `kb index`'s time, told apart. Target: at 500 cards under twice plain MkDocs.
"""

import platform
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from kb import files
from kb.markdown import LINK

PROJECT = Path(__file__).parent.parent
RUNS = 3


def wall(command: list[str], root: Path) -> float:
    """Seconds of one whole process, which must succeed."""
    started = time.perf_counter()
    done = subprocess.run(
        command, cwd=root, check=False, capture_output=True, text=True, env={"PYTHONPATH": str(PROJECT), "PATH": "/usr/bin:/bin"}
    )
    if done.returncode:
        raise SystemExit(f"{' '.join(command)}: ended with {done.returncode}\n{done.stdout[-800:]}{done.stderr[-800:]}")
    return time.perf_counter() - started


def copied(root: Path) -> Path:
    """The sample in a folder of its own."""
    shutil.copytree(PROJECT / "docs", root / "docs")
    for name in ("kb.toml", "mkdocs.yml"):
        shutil.copy(PROJECT / name, root / name)
    return root


def synthetic(root: Path, cards: int) -> Path:
    """A knowledge base with so many cards of one text, each with its own name and ids."""
    text = files.read(PROJECT / "docs/battlecards/acme/index.md")
    text = LINK.sub(lambda m: m[1] if m[2].startswith(("releases/", "notes/")) else m[0], text)
    text = re.sub(
        r"(?s)(### You only have 140 integrations.*?)(?=## Talk tracks)", "", text
    )  # three objections: embedding is not the point
    text = re.sub(r"reviewed: \{.*\}", "reviewed: {on: 2026-10-02, by: dana}", text)
    for number in range(cards):
        slug = f"rival-{number:03d}"
        card = text.replace("competitor: acme", f"competitor: {slug}").replace("Acme Observability", f"Rival {number:03d}")
        files.write(root / f"docs/battlecards/{slug}/index.md", card)
    files.write(root / "docs/index.md", "# Home\n")
    for name in ("kb.toml", "mkdocs.yml"):
        shutil.copy(PROJECT / name, root / name)
    return root


def compare(root: Path, title: str) -> None:
    """One row: medians in turn, and their ratio."""
    kb = [sys.executable, "-m", "kb", "build", "--root", str(root)]
    plain = [sys.executable, "-m", "mkdocs", "build", "-q", "-d", str(root / "plain")]
    first = wall(kb, root)
    ours, theirs = zip(*((wall(kb, root), wall(plain, root)) for _ in range(RUNS)), strict=True)
    pages, bare = (sum(1 for _ in folder.rglob("*.html")) for folder in (root / "site", root / "plain"))
    own, other = statistics.median(ours), statistics.median(theirs)
    print(
        f"| {title} | {first:.1f} s | {own:.2f} s, {pages} pages, {pages / own:.0f} a second "
        f"| {other:.2f} s, {bare} pages, {bare / other:.0f} a second | {own / other:.2f} |",
        flush=True,
    )


def main() -> None:
    """Print the table."""
    cards = int(sys.argv[1]) if len(sys.argv) > 1 else 500
    print(f"{platform.machine()}, Python {platform.python_version()}, median of {RUNS}, in turn\n")
    print("| docs/ | first `kb build`, index included | `kb build` | `mkdocs build` | ratio |\n|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        compare(copied(Path(folder) / "sample"), "the sample")
        compare(synthetic(Path(folder) / "many", cards), f"{cards} cards")


if __name__ == "__main__":
    main()
