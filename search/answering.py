"""A person at the terminal answers for each conflict: still true, changed in the editor, or retired. Each answer is saved at once."""

import os
import shlex
import shutil
import subprocess
from collections.abc import Callable
from datetime import date
from pathlib import Path

from kb import files
from kb.conflict import Answer, Conflict, answered, said
from kb.errors import USAGE, KbError

CHOICES = "  s: still true, c: change it now in your editor, r: retire it, Enter: later > "
DONE = {"c": "changed", "r": "retired"}
Still = Callable[[], list[Conflict]]


def enough(because: str) -> bool:
    """Is it a reason that the next reviewer can judge? One word is none."""
    return len(because.split()) >= 3


def ask(waiting: list[Conflict], card: Path, by: str, save: Callable[[Answer], None], still: Still) -> list[Conflict]:
    """Ask until each is answered or put off; those that were put off. `still` reads the card again: what is open now."""
    later: list[Conflict] = []
    while waiting:
        one, text = waiting[0], files.read(card)
        print(f"\n{one.id}\n  we say:   {said(one.claim)}\n  they say: {one.change.text}")
        choice = _asked(CHOICES).lower()
        if choice in DONE:
            waiting = _mended(one, waiting, later, card, text, choice, by, save, still)
        elif choice == "s" and (because := _because()):
            save(answered(one, "still-true", because, by, date.today()))
            waiting = waiting[1:]
        elif not choice:
            later, waiting = [*later, one], waiting[1:]
        elif choice != "s":
            print(f'  "{choice}" is none of s, c, r')
    return later


def _asked(question: str) -> str:
    try:
        return input(question).strip()
    except EOFError:
        return ""


def _because() -> str:
    """Why it is still true; asked again until it is a reason, empty when the person thinks better of it."""
    while (because := _asked("  because (Enter: back) > ")) and not enough(because):
        print("  say in a few words why it is still true: at least three")
    return because


def _mended(one: Conflict, waiting: list[Conflict], later: list[Conflict], card: Path, text: str, choice: str, by: str,
            save: Callable[[Answer], None], still: Still) -> list[Conflict]:  # fmt: skip
    """The card edited, or the claim's lines deleted; what waits then. What went wrong is told, and the same is asked again."""
    try:
        if choice == "c":
            edit(card, one.claim.line)
        else:
            files.write(card, without(text, one.claim.line))
        now = still()
    except KbError as error:
        print(f"  {error}")
        files.write(card, text)  # the lines must stay where the conflicts say they are
        return waiting
    if one.key in {other.key for other in now}:
        print("  the card still says so")
    else:
        save(answered(one, DONE[choice], f"{one.version} says: {one.change.text}", by, date.today()))
    put_off = {other.key for other in later}
    return [other for other in now if other.key not in put_off]


def without(text: str, line: int) -> str:
    """`text` without the item or table row that begins on that line, counted from 1, and what is indented below it."""
    lines = text.splitlines(keepends=True)
    end = line
    while end < len(lines) and lines[end][:1] in (" ", "\t") and lines[end].strip():
        end += 1
    return "".join([*lines[: line - 1], *lines[end:]])


def edit(path: Path, line: int) -> None:
    """Open the user's editor on a line. Raises KbError when there is none or it fails."""
    command = next((shlex.split(os.environ[name]) for name in ("VISUAL", "EDITOR") if os.environ.get(name, "").strip()), None)
    command = command or next(([name] for name in ("vi", "nano") if shutil.which(name)), None)
    if command is None:
        raise KbError("kb verify", "no editor: set EDITOR, or edit the claim elsewhere and run this again", USAGE)
    at = [f"+{line}"] if Path(command[0]).name in ("vi", "vim", "nvim", "nano", "emacs") else []
    try:
        code = subprocess.call([*command, *at, str(path)])
    except OSError as error:
        raise KbError(command[0], f"could not be started as your editor ({error.strerror or error}): set EDITOR", USAGE) from None
    if code:
        raise KbError(command[0], f"ended with {code}", USAGE)
