"""The sample's release notes are what its fictional competitors publish, fetched over HTTP."""

import shutil
from pathlib import Path

from sample.demo import configure
from sample.server import serving
from tests.conftest import kb, snapshot


def test_the_sample_s_sources_yield_the_release_notes_in_docs(sample: Path, tmp_path: Path) -> None:
    """Ingested anew from the loopback server, every release note is byte for byte the one that ships."""
    root = tmp_path / "anew"
    shutil.copytree(sample / "docs", root / "docs", ignore=shutil.ignore_patterns("releases"))
    with serving() as mirrors:
        configure(root, mirrors)
        done = kb(root, "ingest")
    assert done.returncode == 0, done.stderr
    assert snapshot(root / "docs") == snapshot(sample / "docs")
