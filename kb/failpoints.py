"""Named places between two effects on the disk, at which a test can end the process as a power cut would."""

import os
import signal

POINTS = (
    "file-opened", "file-written", "file-synced", "file-renamed",
    "notes-written", "memory-written",
    "memory-gone", "rows-gone", "rows-new", "pack-written", "index-written",
)  # fmt: skip
_NAME, _, _COUNT = os.environ.get("KB_FAIL_AT", "").partition(":")
_left = int(_COUNT or 1)


def point(name: str) -> None:
    """Does nothing, unless KB_FAIL_AT is `name` or `name:3` (its third time): then the process is killed with no chance to clean up."""
    global _left  # noqa: PLW0603  # one counter a process
    if name == _NAME:
        _left -= 1
        if _left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
