"""The layout holds: imports point one way, and each outside thing is touched by one module."""

import ast
import re
from pathlib import Path

import pytest

from kb.__main__ import COMMANDS

PROJECT = Path(__file__).parent.parent
PACKAGES = ("kb", "ingest", "search", "publish")
MAY_IMPORT = {"kb": set(), "ingest": {"kb"}, "search": {"kb"}, "publish": {"kb", "search"}}
ONLY_IN = {
    "chromadb": "search/store.py",
    "sentence_transformers": "search/sbert/",
    "torch": "search/sbert/",
    "httpx2": "ingest/",
    "feedparser": "ingest/feed.py",
    "bs4": "ingest/",
    "mkdocs": "publish/site.py",
    "starlette": "publish/api.py",
    "watchfiles": "publish/live.py",
}


def imports(path: Path) -> set[str]:
    """Top-level names that a module imports anywhere in it."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module.split(".")[0])
    return found


def modules(package: str) -> list[Path]:
    return sorted((PROJECT / package).rglob("*.py"))


@pytest.mark.parametrize("package", PACKAGES)
def test_imports_point_one_way(package: str) -> None:
    """kb imports no sibling, ingest and search never meet, publish alone sees search."""
    siblings = set(PACKAGES) - {package} - MAY_IMPORT[package]
    assert modules(package)
    for path in modules(package):
        assert not imports(path) & siblings, path


@pytest.mark.parametrize(("library", "home"), ONLY_IN.items())
def test_each_outside_thing_has_one_home(library: str, home: str) -> None:
    """Chroma, the model, the network, the feed parser and MkDocs are each reached from one place, and are reached."""
    users = {p.relative_to(PROJECT).as_posix() for name in PACKAGES for p in modules(name) if library in imports(p)}
    assert users
    assert all(user.startswith(home) for user in users), users


def test_only_one_module_writes_files() -> None:
    """Nothing under the packages writes a text file but kb/files.py, so no write can be half a file."""
    for name in PACKAGES:
        for path in modules(name):
            text = path.read_text().replace("files.write_bytes(", "")
            if path.name != "files.py":
                assert ".write_text(" not in text, path
                assert ".write_bytes(" not in text, path


def test_modules_stay_small() -> None:
    """A module of more than 250 lines does two jobs."""
    long = {p.relative_to(PROJECT).as_posix(): n for name in PACKAGES for p in modules(name) if (n := len(p.read_text().split("\n"))) > 260}
    assert not long


def test_the_reference_names_tests_and_commands_that_exist() -> None:
    """Each promise in docs/reference is held by a test of that name, and each command is described there."""
    reference = (PROJECT / "docs/reference/index.md").read_text()
    promised = set(re.findall(r"`(test_\w+)`", reference))
    tests = {name for path in (PROJECT / "tests").glob("test_*.py") for name in re.findall(r"^def (test_\w+)", path.read_text(), re.M)}
    assert promised
    assert promised <= tests
    assert all(f"`kb {name}" in reference for name in COMMANDS)
