"""Other people's scripts that the site carries so that nothing is asked of another host: fetched once, when the project is installed.

`python -m publish.vendored` packs them with npm and checks what came. Without npm, or without a network, the site works all the same:
diagrams are then shown as the text that they were written in.
"""

import hashlib
import shutil
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

from kb import files

FOLDER = Path(__file__).parent / "theme" / "vendor"
MERMAID = FOLDER / "mermaid.tiny.js"
"""Draws the diagrams (MIT); 2.5 MB that a site without any does not carry."""
PACKAGE, MEMBER = "@mermaid-js/tiny@11.17.2", "package/dist/mermaid.tiny.js"
SHA256 = "7a644017d37f93c8359790884e6b67fb1f747c78eb20475952404bd87190a3f8"


def fetch() -> str:
    """Put it in its place; what to tell, empty when there is nothing to tell."""
    if MERMAID.is_file() and hashlib.sha256(MERMAID.read_bytes()).hexdigest() == SHA256:
        return ""
    npm = shutil.which("npm")
    if npm is None:
        return "no npm here: diagrams will be shown as text (install npm, then `python -m publish.vendored`)"
    with tempfile.TemporaryDirectory() as scratch:
        done = subprocess.run([npm, "pack", "--silent", PACKAGE], cwd=scratch, capture_output=True, text=True, check=False)
        packed = next(Path(scratch).glob("*.tgz"), None)
        if done.returncode or packed is None:
            why = (done.stderr.strip().splitlines() or ["npm failed"])[-1][:120]
            return f"{PACKAGE} could not be fetched: diagrams will be shown as text ({why})"
        with tarfile.open(packed) as archive:
            member = archive.extractfile(MEMBER)
            content = member.read() if member else b""
    if hashlib.sha256(content).hexdigest() != SHA256:
        return f"{PACKAGE} is not what it was: not used, diagrams will be shown as text"
    files.write_bytes(MERMAID, content)
    return ""


if __name__ == "__main__":
    if told := fetch():
        print(told, file=sys.stderr)
