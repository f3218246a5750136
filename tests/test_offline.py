"""Nothing that answers a question or makes the index reaches for a network."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import PROJECT

CUT = ["unshare", "--map-root-user", "--net"]
"""A process of its own network, in which there is none: not even loopback is up."""


@pytest.mark.skipif(
    shutil.which("unshare") is None or subprocess.run([*CUT, "true"], check=False, capture_output=True).returncode != 0,
    reason="this machine does not let a test cut the network (unshare)",
)
def test_index_search_eval_and_check_work_with_the_network_cut(base: Path) -> None:
    """From nothing: the index is made, a question answered, the answers measured and the cards checked."""
    shutil.copytree(PROJECT / "docs/objections", base / "docs/objections")
    shutil.copytree(PROJECT / "docs/battlecards/acme", base / "docs/battlecards/acme", ignore=shutil.ignore_patterns("releases", "notes"))
    (base / "q.jsonl").write_text(json.dumps({"query": "the collector used a full core", "expect": ["battlecards/acme#agent-overhead"]}))

    def cut(*args: str) -> subprocess.CompletedProcess[str]:
        command = [*CUT, sys.executable, "-m", "kb", *args, "--root", str(base)]
        return subprocess.run(command, capture_output=True, text=True, timeout=300, check=False, cwd=PROJECT)

    indexed = cut("index", "--json")
    assert indexed.returncode == 0, indexed.stderr
    assert json.loads(indexed.stdout)["embedded"] > 50
    found = cut("search", "the collector used a full core on every node", "--json")
    assert found.returncode == 0, found.stderr
    assert json.loads(found.stdout)["hits"][0]["id"] == "battlecards/acme#agent-overhead"
    assert json.loads(cut("eval", "--queries", str(base / "q.jsonl"), "--json").stdout)["recall@1"] == 1
    assert "Traceback" not in cut("check").stderr
