"""The `kb` command: a subcommand's name leads to a module, imported only when asked for."""

import io
import os
import sys

from kb.wiring import COMMANDS, command


def usage() -> str:
    """The help page; one line a command."""
    rows = "\n".join(f"  {name:<10} {what}" for name, (_, what) in COMMANDS.items())
    codes = "Exit codes: 0 done, 1 something to fix, 2 wrong usage, 3 no good answer."
    return f"usage: kb COMMAND [--root DIR] …\n\n{rows}\n\n`kb COMMAND --help` says more. {codes}"


def main(argv: list[str] | None = None) -> int:
    """Run one subcommand; its exit code. A KbError becomes one line on stderr, never a traceback."""
    args = sys.argv[1:] if argv is None else argv
    if not args or args[0] in ("-h", "--help", "help"):
        print(usage())
        return 0 if args else 2
    if args[0] not in COMMANDS:
        print(f"kb: no such command: {args[0]}\n\n{usage()}", file=sys.stderr)
        return 2
    return _run(args[0], args[1:])


def _run(name: str, args: list[str]) -> int:
    from kb.errors import KbError

    try:
        os.getcwd()  # noqa: PTH109  # pathlib costs milliseconds
    except OSError:
        print("kb: the folder that you are in is gone: go into another one", file=sys.stderr)
        return 2
    try:
        return command(name)(args)
    except KbError as error:
        print(error, file=sys.stderr)
        return error.code
    except KeyboardInterrupt:
        return 130


def run() -> int:
    """`main` for a process of its own. One that loaded nothing big has nothing to tidy up either, and ends 2.5 ms sooner."""
    code = 0
    if sys.stdout is None:  # `kb … >&-`
        sys.stdout = os.fdopen(os.open(os.devnull, os.O_WRONLY), "w")
    if isinstance(sys.stdout, io.TextIOWrapper):  # a terminal of another encoding costs a letter, not the answer
        sys.stdout.reconfigure(errors="backslashreplace")
    try:
        code = main()
        sys.stdout.flush()
    except OSError as error:
        if not isinstance(error, BrokenPipeError):  # `kb … | head`: the reader has had enough, so what is left goes nowhere
            print(f"kb: what was found cannot be written ({error.strerror or error})", file=sys.stderr)
            code = 1
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    if "threading" not in sys.modules:
        sys.stdout.flush()
        os._exit(code)
    return code


if __name__ == "__main__":
    raise SystemExit(run())
