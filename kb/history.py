"""The knowledge base as it was: commits found by name or by day, and their docs/ put down beside. Runs git."""

import io
import re
import subprocess
import tarfile
from datetime import date
from pathlib import Path

from kb import files
from kb.errors import USAGE, KbError


def git(root: Path, *args: str) -> bytes:
    """What a git command prints. Raises KbError (wrong usage) with what it says when it fails, or is missing."""
    try:
        done = subprocess.run(["git", *args], capture_output=True, check=False, cwd=root, timeout=120)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise KbError("git", f"could not be run ({error})", USAGE) from None
    if done.returncode:
        said = done.stderr.decode("utf-8", "replace").strip().splitlines()
        raise KbError(f"git {args[0]}", said[0].removeprefix("fatal: ") if said else "failed", USAGE)
    return done.stdout


def commit(root: Path, when: str) -> str:
    """The full hash of a commit by name, or of the newest on the current branch at the end of a day. Raises KbError (wrong usage)."""
    if re.fullmatch(r"\d{4}-\d\d-\d\d", when):
        try:
            day = date.fromisoformat(when)
        except ValueError:
            raise KbError(when, "is not a date: write it as YYYY-MM-DD", USAGE) from None
        found = git(root, "rev-list", "-1", f"--before={day} 23:59:59", "HEAD").decode().strip()
        if not found:
            raise KbError(when, "is before the first commit: git knows nothing of that day", USAGE)
        return found
    try:
        return git(root, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{when}^{{commit}}").decode().strip()
    except KbError:
        git(root, "rev-parse", "--git-dir")  # without git, or outside a repository, that is what is told
        raise KbError(when, "is neither a day (YYYY-MM-DD) nor a commit, branch or tag that git knows here", USAGE) from None


def day(root: Path, sha: str) -> str:
    """The day of a commit, as YYYY-MM-DD."""
    return git(root, "show", "-s", "--format=%cs", sha).decode().strip()


_HUNK = re.compile(r"^@@ -\S+ \+(\d+)(?:,(\d+))? @@")


def changed_lines(root: Path, base: str) -> dict[str, set[int]]:
    """Path from `root` → the lines, from 1, that are new or other than in the commit `base`; where some were deleted, the line before.

    A file that git does not know yet is new as a whole, and of one that is gone the path is there.

    Raises KbError (wrong usage) when git does not know `base`.
    """
    plain = ("-U0", "--no-color", "--no-ext-diff", "--no-renames", "--no-prefix", "--relative")  # whatever the user's settings say
    shown = git(root, "-c", "core.quotePath=false", "diff", *plain, commit(root, base), "--", ".")
    new = git(root, "-c", "core.quotePath=false", "ls-files", "--others", "--exclude-standard", "--", "docs")
    found = {path: set(range(1, _lines(root / path) + 1)) for path in new.decode("utf-8", "replace").splitlines()}
    before = path = ""
    for line in shown.decode("utf-8", "replace").splitlines():
        if line.startswith("--- "):
            before = line[4:].rstrip("\t")
        elif line.startswith("+++ ") and before:
            path, before = line[4:].rstrip("\t").replace("/dev/null", before), ""
        elif hunk := _HUNK.match(line):
            first, count = int(hunk[1]), int(hunk[2] or 1)
            found.setdefault(path, set()).update(range(first, first + max(count, 1)))
    return found


def _lines(path: Path) -> int:
    try:
        return path.read_bytes().count(b"\n") + 1
    except OSError:  # gone since git looked
        return 0


def put_down(root: Path, sha: str, folder: Path) -> Path:
    """docs/ of a commit under `folder`, which must not be there; `folder`. A commit's tree holds no file outside it."""
    top = Path(git(root, "rev-parse", "--show-toplevel").decode().strip())  # git reads paths from where it stands
    below = root.resolve().relative_to(top.resolve()).as_posix()
    tree = sha if below == "." else f"{sha}:{below}"
    if "docs" not in git(top, "ls-tree", "--name-only", tree).decode().split("\n"):
        raise KbError(sha[:10], "holds no docs/: there was no knowledge base yet", USAGE)
    archive = git(top, "archive", "--format=tar", tree, "--", "docs")
    with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
        found = [(folder / member.name, tar.extractfile(member)) for member in tar if member.isfile()]  # links are left out
        texts = {path: data.read().decode("utf-8", "surrogateescape") for path, data in found if data and path.suffix == ".md"}
    files.create(texts)  # all at once: one wait for the disk, not one a file
    files.write(folder / "kb.toml", "")  # not the one of then: it may name an index of a server, which must not be written to
    return folder
