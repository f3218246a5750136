"""`make benchmark`: whole-process time of `kb search` beside the plain script, in turn, as a ratio within one run.

Targets (DESIGN: a cold answer in 0.1 s) live here and in docs/, never in a timed test: machines differ, ratios less so.
"""

import platform
import statistics
import subprocess
import sys
import tempfile
import time
from datetime import date
from pathlib import Path

from benchmarks.synthetic import make
from kb.config import load
from search.engine.model import folder_of
from search.index import update

PROJECT = Path(__file__).parent.parent
QUERY = "the collector used a full core on every node"
RUNS = 7
FINE = (0, 3)
"""Exit codes of `kb search` that are no failure: an answer, and none that is good enough."""


def wall(command: list[str], fine: tuple[int, ...] = (0,)) -> float:
    """Seconds of one whole process, which must end with one of the codes `fine`."""
    started = time.perf_counter()
    done = subprocess.run(command, cwd=PROJECT, check=False, capture_output=True)
    took = time.perf_counter() - started
    if done.returncode not in fine:
        raise SystemExit(f"{' '.join(command)}: ended with {done.returncode}\n{done.stderr.decode()}")
    return took


def table(root: Path, title: str) -> None:
    """`kb search` on the knowledge base at `root`, beside the plain script on the same Chroma and bare Python."""
    config = load(str(root), root)
    done = update(config)
    ours = [sys.executable, "-m", "kb", "search", QUERY, "--root", str(root)]
    plain = [sys.executable, "-m", "benchmarks.plain_script", str(config.root / config.chroma), folder_of(config.model, config.root), QUERY]
    bare = [sys.executable, "-I", "-c", "pass"]
    for command in (ours, plain, bare):
        wall(command, FINE)  # warm-up: the page cache, the .pyc files
    rows = [(wall(ours, FINE), wall(plain), wall(bare)) for _ in range(RUNS)]
    mine, theirs, python = (statistics.median(column) for column in zip(*rows, strict=True))
    ratio = statistics.median(other / own for own, other, _ in rows)
    print(f"{title}: {done.passages} passages")
    print(f"  kb search                                     {mine:7.3f} s")
    print(f"  plain script (sentence-transformers + Chroma) {theirs:7.3f} s")
    print(f"  python -I -c pass                             {python:7.3f} s")
    print(f"  plain script / kb search                      {ratio:7.1f} x", flush=True)


def main() -> None:
    print(f"{date.today()}  Python {platform.python_version()}  {platform.machine()}  {RUNS} runs, medians")
    table(PROJECT, "the sample")
    with tempfile.TemporaryDirectory() as scratch:
        table(make(Path(scratch) / "kb", 400), "synthetic")


if __name__ == "__main__":
    main()
