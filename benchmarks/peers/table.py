"""`python -m benchmarks.peers.table [PYTHON]`: Rejoinder beside what somebody would use instead, in one run.

The same texts (every answer of the sample, as one text), the same questions (the sample's golden set), the same model, the same machine.
PYTHON is an interpreter that has the other tools (`make peers` makes one); a tool that does not start is told, and left out.

- cold: one question as a whole process, median of RUNS, in turn with the others.
- R@1, R@3: questions whose right answer comes first, and in the first three.
- false: of the questions without an answer, the share that gets one all the same. Only Rejoinder says no by itself.
- AUROC: how well the tool's own best score would tell questions with an answer from those without, if one set a threshold.
"""

import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
from datetime import date
from pathlib import Path

from benchmarks.peers.tools import TOOLS
from benchmarks.search import PROJECT, QUERY, wall
from kb import library
from kb.config import load
from search import golden
from search.engine.model import folder_of
from search.index import update
from search.metrics import Outcome, measures
from search.passages import answers

RUNS = 5
NAMES = {"plain": "plain script (sentence-transformers + Chroma)", "txtai": "txtai, hybrid", "llm": "llm similar", "rg": "ripgrep"}


def corpus(folder: Path, questions: list[golden.Golden]) -> None:
    """What the tools index and are asked."""
    found = answers(library.load(PROJECT, releases=False))
    (folder / "texts.jsonl").write_text("".join(json.dumps({"id": a.id, "text": f"{a.title}\n{a.whole}"}) + "\n" for a in found))
    (folder / "questions.jsonl").write_text("".join(json.dumps({"query": g.query}) + "\n" for g in questions))


class Peer:
    """Another tool, in a process of its own."""

    def __init__(self, name: str, python: str, folder: Path, model: str) -> None:
        self.name, self._folder, self._model = name, folder, model
        self._command = [python, "-m", "benchmarks.peers.tools", name]
        self._environment = os.environ | {"LLM_USER_PATH": str(folder), "HF_HUB_OFFLINE": "1", "TOKENIZERS_PARALLELISM": "false"}

    def run(self, what: str, *query: str) -> str:
        """Raises SystemExit with the tool's last words when it fails."""
        command = [*self._command, what, str(self._folder), self._model, *query]
        done = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=False, env=self._environment)
        if done.returncode:
            raise SystemExit(f"{self.name} {what}: {(done.stderr.strip().splitlines() or ['failed'])[-1]}")
        return done.stdout

    def cold(self) -> list[str]:
        """The command of one question."""
        if self.name == "llm":
            place = Path(self._command[0]).parent
            return [str(place / "llm"), "similar", "texts", "-d", str(self._folder / "llm.db"), "-c", QUERY]
        return [*self._command, "ask", str(self._folder), self._model, QUERY]

    def outcomes(self, questions: list[golden.Golden]) -> list[Outcome]:
        """Of all questions; whatever is found counts as an answer, since the tools do not say no."""
        found = [json.loads(line) for line in self.run("all").splitlines()]
        return [
            Outcome(g.query, g.expect, tuple(ident for ident, _ in row), row[0][1] if row else 0.0, bool(row))
            for g, row in zip(questions, found, strict=True)
        ]


def line(name: str, seconds: float, outcomes: list[Outcome]) -> str:
    got = measures(outcomes)
    found = f"{got['recall@1']:.2f} | {got['recall@3']:.2f} | {got['false_answer_rate']:.0%} | {got['auroc']:.2f}"
    return f"| {name} | {seconds:.3f} s | {found} |"


def main(python: str = sys.executable) -> None:
    config = load(str(PROJECT), PROJECT)
    update(config)
    questions = golden.read(PROJECT / "tests/golden.jsonl")
    with tempfile.TemporaryDirectory() as scratch:
        corpus(Path(scratch), questions)
        peers = []
        for name in TOOLS:
            peer = Peer(name, python, Path(scratch), folder_of(config.model, PROJECT))
            try:
                peer.run("build")
                peers.append((peer, peer.outcomes(questions)))
            except (OSError, SystemExit) as error:
                print(f"left out: {error}", file=sys.stderr)
        os.environ |= {"LLM_USER_PATH": scratch, "HF_HUB_OFFLINE": "1"}
        commands = {"kb": [sys.executable, "-m", "kb", "search", QUERY, "--root", str(PROJECT)], **{p.name: p.cold() for p, _ in peers}}
        rounds = [{name: wall(command) for name, command in commands.items()} for _ in range(RUNS + 1)][1:]
    cold = {name: statistics.median(row[name] for row in rounds) for name in commands}
    print(f"{date.today()}, Python {platform.python_version()}, {platform.machine()}, {os.cpu_count()} cores, {len(questions)} questions\n")
    print("| | cold | R@1 | R@3 | false | AUROC |\n|---|---|---|---|---|---|")
    print(line("**kb search**", cold["kb"], golden.ask(config, questions)))
    for peer, outcomes in peers:
        print(line(NAMES[peer.name], cold[peer.name], outcomes))


if __name__ == "__main__":
    main(*sys.argv[1:])
