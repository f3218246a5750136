"""`make ingest-report CORPUS=folder`: how much of real release notes is found, over real HTTP.

The folder holds release-note files and a truth.json: {file: {"releases": [[version, date or null], …]}} or
{file: {"entries": n}} for feeds. A throw-away knowledge base gets a card a file, a loopback server publishes the files, and
`kb ingest` reads them. "real" also counts versions that stand in the file but not in its truth (a truth may stop early).
"""

import functools
import http.server
import json
import subprocess
import sys
import tempfile
import threading
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from ingest.changes import changes, rules
from ingest.dialects import marks
from ingest.notes import slug
from ingest.reader import read
from kb.inline import SPAN
from kb.model import Source
from kb.release import parse_release

CARD = "---\ntitle: {name}\ncompetitor: {slug}\nowner: me@ours.example\nsources:\n  - {kind}: {url}\n---\n\n## Thirty-second read\n\n- x\n"


@dataclass
class Row:
    """The figures of one file."""

    name: str
    true: int = 0
    found: int = 0
    written: int = 0
    in_truth: int = 0
    real: int = 0
    dated: int = 0
    dates: int = 0


def formatting(corpus: Path, names: dict[str, str]) -> dict[str, tuple[int, int]]:
    """List items, code, bold and links: how many the notes keep, of how many are published (an excerpt may cut some)."""
    by = rules()
    found: Counter[str] = Counter()
    kept: Counter[str] = Counter()
    for name, kind in names.items():
        for entry in read((corpus / name).read_bytes(), Source(kind, f"https://x.example/{name}")).entries:
            published = " ".join(marks(block.text) for block in entry.blocks if block.kind != "heading")
            found += _marks(published, sum(block.kind == "item" for block in entry.blocks))
            made = changes(entry.blocks, by)
            kept += _marks(" ".join(change.text for change in made), min(len(made), sum(block.kind == "item" for block in entry.blocks)))
    return {what: (kept[what], found[what]) for what in found}


def _marks(text: str, items: int) -> Counter[str]:
    spans = Counter("code" if m[1] else "bold" if m[2] else "link" for m in SPAN.finditer(text))
    return spans + Counter({"list item": items})


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *args: object) -> None: ...


def ingest(corpus: Path, names: dict[str, str], root: Path) -> subprocess.CompletedProcess[str]:
    """Serve `corpus` and ingest each of `names` (file → kind of source) into a card of its own under `root`."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(_Quiet, directory=str(corpus)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    (root / "kb.toml").write_text('[ingest]\nallow_hosts = ["127.0.0.1"]\n')
    for name, kind in names.items():
        card = root / "docs/battlecards" / card_slug(name) / "index.md"
        card.parent.mkdir(parents=True)
        card.write_text(CARD.format(name=name, slug=card_slug(name), kind=kind, url=f"http://127.0.0.1:{server.server_port}/{name}"))
    done = subprocess.run([sys.executable, "-m", "kb", "ingest", "--root", str(root)], capture_output=True, text=True, check=False)
    server.shutdown()
    return done


def card_slug(name: str) -> str:
    return slug(name).replace(".", "-").replace("_", "-")


def row(corpus: Path, root: Path, name: str, truth: dict[str, object]) -> Row:
    paths = list((root / "docs/battlecards" / card_slug(name) / "releases").glob("*.md"))
    notes = [parse_release(path.read_text(encoding="utf-8"), str(path)) for path in paths]
    got = {note.version: note.date for note in notes}
    if "entries" in truth:
        count = int(str(truth["entries"]))
        return Row(name, count, min(count, len(paths)), len(paths), min(count, len(paths)), min(count, len(paths)))
    want = {str(version): day for version, day in cast(list[list[str | None]], truth["releases"])}
    raw = (corpus / name).read_text(encoding="utf-8", errors="replace")
    hit = [version for version in want if version in got]
    dated = [version for version in hit if want[version]]
    right = [version for version in dated if str(got[version]) == want[version]]
    return Row(name, len(want), len(hit), len(got), len(hit), sum(v in want or v in raw for v in got), len(dated), len(right))


def show(rows: list[Row]) -> None:
    total = Row("all", *(sum(getattr(r, key) for r in rows) for key in ("true", "found", "written", "in_truth", "real", "dated", "dates")))
    print(f"{'file':<32}{'true':>6}{'found':>7}{'written':>9}{'recall':>8}{'in truth':>10}{'real':>8}{'dates':>8}")
    for r in [*rows, total]:
        cells = (r.found, r.true), (r.in_truth, r.written), (r.real, r.written), (r.dates, r.dated)
        recall, exact, real, dates = (f"{a / b:.1%}" if b else "–" for a, b in cells)
        print(f"{r.name:<32}{r.true:>6}{r.found:>7}{r.written:>9}{recall:>8}{exact:>10}{real:>8}{dates:>8}")


def main(corpus: Path) -> int:
    truth = json.loads((corpus / "truth.json").read_text(encoding="utf-8"))
    kinds = {name: "feed" if "entries" in t else "page" if name.endswith((".html", ".htm")) else "changelog" for name, t in truth.items()}
    with tempfile.TemporaryDirectory() as folder:
        done = ingest(corpus, kinds, Path(folder))
        print(done.stderr, end="", file=sys.stderr)
        show([row(corpus, Path(folder), name, truth[name]) for name in truth])
    counts = formatting(corpus, kinds)
    print("formatting kept: " + ", ".join(f"{what} {a}/{b}" for what, (a, b) in sorted(counts.items())))
    print(f"  in all {sum(a for a, _ in counts.values()) / max(1, sum(b for _, b in counts.values())):.1%}")
    return done.returncode


if __name__ == "__main__":
    if len(sys.argv) != 2:
        raise SystemExit("usage: make ingest-report CORPUS=folder")
    raise SystemExit(main(Path(sys.argv[1])))
