"""`python -m benchmarks.scale [PASSAGES…]`: the pack, an embedded Chroma and a Chroma server at several sizes, in one run.

The passages are synthetic: vectors in clusters of four, as the passages of one objection are, and one-line texts. So the figures are for
time, disk and memory; what is found by how many is measured by the neighbours that an exact search finds (`recall@10`). Each way at each
size is a process of its own, whose largest memory is told. Embedding is not in it: its rate is a line of its own in `benchmarks.build`.
"""

import json
import os
import platform
import resource
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path
from urllib.request import urlopen

import numpy as np
from numpy.typing import NDArray

from benchmarks.search import wall
from kb.config import load
from search import current, index, store
from search.answer import Answer, Passage
from search.compile import compiled
from search.engine import model, tuned
from search.session import Question, Session

SIZES = (2_000, 100_000, 1_000_000)
ASKED, NEAREST, A_CLUSTER = 200, 10, 4


def vectors(count: int) -> NDArray[np.float32]:
    """Unit vectors in clusters; the same for the same count."""
    random = np.random.default_rng(7)
    rows = np.repeat(random.standard_normal((-(-count // A_CLUSTER), 384), dtype=np.float32), A_CLUSTER, axis=0)[:count]
    rows += 0.8 * random.standard_normal(rows.shape, dtype=np.float32)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    return rows


def questions(rows: NDArray[np.float32]) -> NDArray[np.float32]:
    """Vectors near some of the rows."""
    random = np.random.default_rng(8)
    asked = rows[random.integers(0, len(rows), ASKED)] + 0.05 * random.standard_normal((ASKED, 384), dtype=np.float32)
    return asked / np.linalg.norm(asked, axis=1, keepdims=True)


def asked_of(ask: Callable[[NDArray[np.float32]], object], rows: NDArray[np.float32]) -> dict[str, float]:
    """Milliseconds of one question: the first, half of them, nineteen of twenty."""
    took = []
    for vector in questions(rows):
        started = time.perf_counter()
        ask(vector)
        took.append(1000 * (time.perf_counter() - started))
    return {"first ms": took[0], "p50 ms": statistics.median(took[1:]), "p95 ms": sorted(took[1:])[int(0.95 * len(took))]}


def as_pack(count: int, root: Path) -> dict[str, float]:
    """What `kb search` reads: compiled, then asked warm in one process and cold by the command."""
    (root / "kb.toml").write_text("")
    rows, config = vectors(count), load(str(root), root)
    folder = tuned.chosen(config)
    bert = model.load(folder)
    answers = [
        Answer(f"objections/o{n}", "objection", f"Objection {n}", (), f"Say {n}.", "docs/objections/o.md", 1, "internal", None, None,
               phrasings=("p",) * (A_CLUSTER - 1), whole=f"they say word{n % 5000} and term{n}")
        for n in range(-(-count // A_CLUSTER))
    ]  # fmt: skip
    passages = [Passage(f"{answers[n // A_CLUSTER].id}:{n % A_CLUSTER}", answers[n // A_CLUSTER].id, f"passage {n}") for n in range(count)]
    started = time.perf_counter()
    raw = compiled(answers, passages, rows, {}, bert, None, "synthetic", "kernel", {})
    memory = {"stamps": current.stamps(str(root)), "model_folder": folder, "weights": current.stamp(model.weights_of(folder)),
              "reader_file": "", "reader": [0, 0], "threshold": 0.5, "chroma": config.chroma}  # fmt: skip
    (root / ".kb").mkdir()
    index.put_down(config, raw, memory)
    built, size = time.perf_counter() - started, len(raw)
    del raw, rows, answers, passages
    session = Session(str(root))
    warm = [1000 * seconds(lambda: session.ranked(Question("your agents use too much of our cpu"))) for _ in range(50)]
    cold = [
        wall([sys.executable, "-m", "kb", "search", "your agents use too much of our cpu", "--root", str(root)], (0, 3)) for _ in range(7)
    ]
    return {"rows/s": count / built, "disk MB": size / 1e6, "cold ms": 1000 * statistics.median(cold), "p50 ms": statistics.median(warm),
            "p95 ms": sorted(warm)[47]}  # fmt: skip


def seconds(run: Callable[[], object]) -> float:
    started = time.perf_counter()
    run()
    return time.perf_counter() - started


def in_chroma(count: int, root: Path, address: str = "") -> dict[str, float]:
    """The rows put into Chroma as `kb index` puts them, and asked for the nearest."""
    (root / "kb.toml").write_text(f'[search]\nchroma = "{address}"\n' if address else "")
    rows, names = vectors(count), [f"objections/o{n // A_CLUSTER}:{n % A_CLUSTER}" for n in range(count)]
    kept, started = store.Store(load(str(root), root), "synthetic"), time.perf_counter()
    for n in range(0, count, store.BATCH):
        part = slice(n, n + store.BATCH)
        meta = [{"answer": name, "digest": name} for name in names[part]]
        kept.put(names[part], rows[part], [f"passage {name}" for name in names[part]], meta)
    built = time.perf_counter() - started
    found: list[list[str]] = []
    times = asked_of(lambda vector: found.append(kept.nearest(vector, NEAREST)), rows)
    exact = [{names[n] for n in np.argsort(-(rows @ vector))[:NEAREST]} for vector in questions(rows)]
    recall = statistics.mean(len(best.intersection(some)) / NEAREST for best, some in zip(exact, found, strict=True))
    return {
        "rows/s": count / built,
        "disk MB": sum(p.stat().st_size for p in root.rglob("*") if p.is_file()) / 1e6,
        **times,
        "recall@10": recall,
    }


def on_server(count: int, root: Path) -> dict[str, float]:
    """The same with `chroma run` on a free port; its memory, not the client's."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [
        str(Path(sys.executable).with_name("chroma")),
        "run",
        "--host",
        "127.0.0.1",
        "--port",
        str(port),
        "--path",
        str(root / "volume"),
    ]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as server:
        try:
            for _ in range(600):
                try:
                    urlopen(f"http://127.0.0.1:{port}/api/v2/heartbeat", timeout=5).close()
                    break
                except OSError:
                    time.sleep(0.1)
            figures = in_chroma(count, root, f"http://127.0.0.1:{port}")
            status = Path(f"/proc/{server.pid}/status").read_text()
            return figures | {"peak MB": float(next(line.split()[1] for line in status.splitlines() if line.startswith("VmHWM"))) / 1000}
        finally:
            server.kill()


WAYS = {"pack": as_pack, "chroma": in_chroma, "server": on_server}


def one(way: str, count: int) -> None:
    """One way at one size, in this process; its figures as a line of JSON."""
    root = Path(tempfile.mkdtemp(prefix="scale-"))
    try:
        figures = WAYS[way](count, root)
        print(json.dumps({"peak MB": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000} | figures))
    finally:
        shutil.rmtree(root, ignore_errors=True)


def main(arguments: list[str]) -> None:
    if arguments[:1] == ["--one"]:
        one(arguments[1], int(arguments[2]))
        return
    print(f"{date.today()}  Python {platform.python_version()}  {platform.machine()}  {os.cpu_count()} cores; synthetic passages")
    for count in map(int, arguments or SIZES):
        for way in WAYS:
            command = [sys.executable, "-m", "benchmarks.scale", "--one", way, str(count)]
            done = subprocess.run(command, capture_output=True, text=True, check=False)
            lines = done.stdout.splitlines()
            told = json.loads(lines[-1]) if done.returncode == 0 and lines else {}
            figures = "  ".join(f"{name} {value:,.3g}" if value < 100 else f"{name} {value:,.0f}" for name, value in told.items())
            print(f"{count:>9,}  {way:<7} {figures or done.stderr.strip().splitlines()[-1]}", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
