"""`python -m benchmarks.build`: making the index of 2,000 passages, and bringing it up to date after one changed card.

The full build's rate (embedding alone) is told for the three ways that give the float32 model's own vectors, in one run; then the whole
build, its memory, and what one changed page costs after the imports, which a person who edits with `kb serve` pays once.
"""

import json
import platform
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

from benchmarks.synthetic import make, page
from kb import files, library
from kb.config import Config, load
from search import index, vectors
from search.engine import model, tuned
from search.passages import answers, passages

OBJECTIONS = 400
CHANGES, ROUNDS = 5, 8


def seconds(run: Callable[[], Any]) -> float:
    started = time.perf_counter()
    run()
    return time.perf_counter() - started


def rates(config: Config) -> None:
    """Passages a second, of each way to embed, in turn."""
    texts = [p.text for a in answers(library.load(config.root)) for p in passages(a)]
    folder = tuned.chosen(config)
    bert = model.load(folder)
    ways = {
        "kernel in C, every core": vectors.ours(folder, bert) if bert else None,
        "ONNX Runtime, float32": vectors.runtime(folder, config.local / "model.onnx"),
        "sentence-transformers": vectors.library(folder),
    }
    some = {name: embed for name, embed in ways.items() if embed is not None}
    for embed in some.values():
        embed(texts[:8])  # loads
    rounds = [{name: seconds(lambda embed=embed, n=n: embed(texts[n::ROUNDS])) for name, embed in some.items()} for n in range(ROUNDS)]
    for name in some:
        took = statistics.median(row[name] for row in rounds)
        print(f"  {name:<32}{len(texts) / ROUNDS / took:8.0f} passages/s", flush=True)


def changed(root: Path) -> None:
    """In this process: the imports, by a run that finds nothing to do; then single changed pages. Prints JSON."""
    config = load(str(root), root)
    files.write(config.docs / "objections/module-0.md", page(0, " once"))
    index.update(config)
    took = []
    for n in range(CHANGES):
        files.write(config.docs / "objections/module-1.md", page(1, f" {n}"))
        took.append(seconds(lambda: index.update(config)))
    print(json.dumps({"seconds": sorted(took)[CHANGES // 2], "peak": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000}))


def whole(root: Path) -> None:
    """In this process: the index from nothing. Prints JSON."""
    done = index.update(load(str(root), root))
    print(
        json.dumps({"seconds": done.seconds, "passages": done.passages, "peak": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000})
    )


def child(what: str, root: Path) -> dict[str, float]:
    """The figures of one part, run in a process of its own."""
    command = [sys.executable, "-m", "benchmarks.build", what, str(root)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found


def main() -> None:
    with tempfile.TemporaryDirectory() as scratch:
        root = make(Path(scratch) / "kb", OBJECTIONS)
        built = child("whole", root)
        print(f"{date.today()}  Python {platform.python_version()}  {platform.machine()}  {built['passages']:.0f} passages, synthetic")
        print(f"whole build, imports included    {built['seconds']:8.1f} s   {built['peak']:.0f} MB at most")
        one = child("changed", root)
        print(f"one changed page, after imports  {one['seconds']:8.2f} s   {one['peak']:.0f} MB at most")
        rates(load(str(root), root))


if __name__ == "__main__":
    if sys.argv[1:]:
        {"whole": whole, "changed": changed}[sys.argv[1]](Path(sys.argv[2]))
    else:
        main()
