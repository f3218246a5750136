"""`make kills N=1000`: kill -9 at random moments of `kb ingest` and `kb index`, and count what was lost. It should be nothing.

Between two kills the loopback server publishes another state of the changelog. After each kill every file must be whole: the
card byte for byte as it was, every release note one that some state yields. At the end one more run must heal everything.
"""

import argparse
import functools
import http.server
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

from kb.errors import KbError
from kb.release import parse_release

PROJECT = Path(__file__).parent.parent
CARD = (
    "---\ntitle: Acme\ncompetitor: acme\nowner: me@ours.example\nsources:\n  - changelog: {url}\n---\n\n# Acme\n\n"
    "## Thirty-second read\n\n- Written by hand.\n\n## Objections\n\n### You are too expensive\n\n**Say this:** Compare the bill.\n"
)


@dataclass
class Outcome:
    """What came of it."""

    killed: int = 0
    ended: int = 0
    faults: list[str] = field(default_factory=list)


def state(n: int) -> str:
    """The changelog after `n` edits: one version more each, and the newest but one reworded."""
    return "".join(f"## 1.{m}.0 - 2026-01-01\n\n- Added part {m}{' for all' if m == n - 1 else ''}\n\n" for m in range(n, -1, -1))


def kill_at_random(root: Path, times: int, seed: int, index_every: int = 10) -> Outcome:
    """Kill `times` runs; every `index_every`-th is an indexing, which takes longer."""
    outcome, chance = Outcome(), random.Random(seed)
    served = root / "served"
    served.mkdir()
    base = root / "kb"
    card = base / "docs/battlecards/acme/index.md"
    card.parent.mkdir(parents=True)
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(_Quiet, directory=str(served)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    (base / "kb.toml").write_text('[ingest]\nallow_hosts = ["127.0.0.1"]\n')
    card.write_text(CARD.format(url=f"http://127.0.0.1:{server.server_port}/log.md"))
    by_hand = card.read_bytes()
    usual = {"ingest": 1.0, "index": 6.0}
    for n in range(times):
        (served / "log.md").write_text(state(n // 4 % 12))
        name = "index" if n % index_every == index_every - 1 else "ingest"
        _killed(base, name, chance.uniform(0.2, 1.1) * usual[name], outcome, usual)
        outcome.faults += [f"run {n}: {fault}" for fault in _faults(base, card, by_hand)]
    (served / "log.md").write_text(state(12))
    for name in ("ingest", "index"):
        if subprocess.run(_command(base, name), cwd=PROJECT, capture_output=True, check=False).returncode:
            outcome.faults.append(f"the last `kb {name}` failed")
    strays = [str(p) for p in base.joinpath("docs").rglob(".kb-tmp-*")]
    notes = list(base.glob("docs/battlecards/acme/releases/*.md"))
    if strays or len(notes) != 13:
        outcome.faults.append(f"not healed: {len(notes)} notes of 13, strays {strays}")
    server.shutdown()
    server.server_close()
    return outcome


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *args: object) -> None: ...


def _command(base: Path, name: str) -> list[str]:
    return [sys.executable, "-m", "kb", name, "--root", str(base)]


def _killed(base: Path, name: str, after: float, outcome: Outcome, usual: dict[str, float]) -> None:
    started = time.monotonic()
    process = subprocess.Popen(_command(base, name), cwd=PROJECT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        process.wait(after)
        usual[name] = 0.5 * usual[name] + 0.5 * (time.monotonic() - started)
        outcome.ended += 1
    except subprocess.TimeoutExpired:
        process.send_signal(signal.SIGKILL)
        process.wait()
        outcome.killed += 1


def _faults(base: Path, card: Path, by_hand: bytes) -> list[str]:
    found = [] if card.read_bytes() == by_hand else ["the card was changed"]
    for path in base.glob("docs/battlecards/acme/releases/*.md"):
        if path.name.startswith(".kb-tmp-"):
            continue
        try:
            note = parse_release(path.read_text(encoding="utf-8"), path.name)
            part = note.version.split(".")[1]
            if [change.text for change in note.changes] not in ([f"Added part {part}"], [f"Added part {part} for all"]):
                found.append(f"{path.name} holds {note.changes}")
        except (KbError, UnicodeDecodeError) as error:
            found.append(f"{path.name} is not whole: {error}")
    return found


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("-n", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        outcome = kill_at_random(Path(folder), options.n, options.seed)
    print(f"{outcome.killed} killed, {outcome.ended} ended before the kill, {len(outcome.faults)} faults")
    print("\n".join(outcome.faults[:20]))
    return 1 if outcome.faults else 0


if __name__ == "__main__":
    raise SystemExit(main())
