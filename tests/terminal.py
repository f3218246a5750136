"""The real command on a terminal of its own."""

import os
import pty
import subprocess
import sys
from pathlib import Path

from tests.conftest import PROJECT

ENDS = b"\x04" * 9
"""Ctrl-D for whoever asks on after that: a test must fail then, not wait."""


def on_terminal(root: Path, *args: str, typed: str = "", **env: str) -> tuple[int, str]:
    """`kb` with these arguments and what is typed; its exit code and all that it showed."""
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "kb", *args, "--root", str(root)]
    clean = {k: v for k, v in os.environ.items() if k not in ("VISUAL", "EDITOR")}
    with subprocess.Popen(command, stdin=theirs, stdout=theirs, stderr=theirs, cwd=PROJECT, env={**clean, **env}) as process:
        os.close(theirs)
        os.write(ours, typed.encode() + ENDS)
        shown = b""
        while True:
            try:
                piece = os.read(ours, 4096)
            except OSError:
                break
            if not piece:
                break
            shown += piece
        code = process.wait(60)
    os.close(ours)
    return code, shown.decode()
