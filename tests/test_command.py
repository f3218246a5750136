"""The `kb` command as a whole: help, wrong usage, where the knowledge base is, and what a cold start imports."""

import subprocess
import sys
from pathlib import Path

import pytest

from kb.__main__ import COMMANDS
from tests.conftest import PROJECT, kb


def run(*args: str, cwd: Path = PROJECT) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-m", "kb", *args], capture_output=True, text=True, check=False, cwd=cwd)


def test_help_lists_every_command() -> None:
    """`kb --help` names all commands; no argument at all is wrong usage."""
    done = run("--help")
    assert done.returncode == 0
    assert all(f"  {name} " in done.stdout for name in COMMANDS)
    assert run().returncode == 2
    assert run("serch").returncode == 2


@pytest.mark.parametrize("name", COMMANDS)
def test_each_command_explains_itself(name: str) -> None:
    """`kb COMMAND --help` ends with 0; an unknown option with 2."""
    assert run(name, "--help").returncode == 0
    assert run(name, "--no-such-option").returncode == 2


def test_outside_a_knowledge_base_it_says_what_to_do(tmp_path: Path) -> None:
    """No kb.toml upward, or a --root without one: exit 2 and a hint."""
    done = kb(tmp_path, "check")
    assert done.returncode == 2
    assert "holds no kb.toml" in done.stderr


@pytest.mark.parametrize(
    ("toml", "message"),
    [
        ("[search", "is not valid TOML"),
        ("[search]\nmodle = 'x'\n", "has no setting `modle`"),
        ("[search]\nthreshold = 'high'\n", "is of the wrong type"),
        ("[search]\nthreshold = true\n", "is of the wrong type"),
        ("[search]\nthreshold = nan\n", "must be a number from 0 to 1"),
        ("[search]\nthreshold = 2\n", "must be a number from 0 to 1"),
        ("[search]\nmodel = ''\n", "is of the wrong type"),
        ("[search]\nchroma = 'docs/battlecards'\n", "must be a folder of its own"),
        ("[search]\nchroma = '.'\n", "must be a folder of its own"),
        ("[search]\nchroma = '/tmp'\n", "must be a folder of its own"),
        ("[serach]\n", "has no table [serach]"),
        ("search = 1\n", "`search` must be a table"),
    ],
)
def test_a_wrong_setting_is_named(base: Path, toml: str, message: str) -> None:
    """Typing errors in kb.toml end with 2, not with a surprise."""
    (base / "kb.toml").write_text(toml)
    done = kb(base, "check")
    assert done.returncode == 2
    assert message in done.stderr


@pytest.mark.parametrize("name", COMMANDS)
def test_no_command_loads_what_it_does_not_use(name: str) -> None:
    """Importing a command pulls in neither torch, Chroma nor MkDocs: those come when the work begins."""
    module = COMMANDS[name][0]
    code = f"import sys, {module}; print([m for m in ('torch', 'chromadb', 'mkdocs', 'sentence_transformers') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=PROJECT)
    assert done.stdout.strip() == "[]"


def test_a_reader_who_has_had_enough_is_no_error(sample: Path) -> None:
    """`kb … | head -1`: nothing on stderr, whatever the command had still to say."""
    for command in (f"eval --queries {PROJECT}/tests/golden.jsonl", "search 'your agents eat our CPU'", "check --format json", "--help"):
        line = f"{sys.executable} -m kb {command} {'' if command == '--help' else f'--root {sample}'} | true"
        done = subprocess.run(["sh", "-c", line], capture_output=True, text=True, cwd=PROJECT, check=True)
        assert done.stderr == "", command
