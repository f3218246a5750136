"""The one way a user's mistake or the world's fault is told: a subject, a cause, an exit code."""

DONE, FIX, USAGE, NO_ANSWER = 0, 1, 2, 3


class KbError(Exception):
    """Something the user can act on; printed as `subject: cause` by the command line, never as a traceback."""

    def __init__(self, subject: str, cause: str, code: int = FIX) -> None:
        super().__init__(f"{subject}: {cause}")
        self.subject = subject
        self.cause = cause
        self.code = code

    def __reduce__(self) -> tuple[type["KbError"], tuple[object, ...]]:
        """So that it comes back whole from a child process."""
        return type(self), (self.subject, self.cause, self.code)


class MarkdownError(KbError):
    """A file that cannot be read as what it should be; `line` counts from 1 in that file."""

    def __init__(self, path: str, line: int, message: str) -> None:
        super().__init__(f"{path}:{line}", message)
        self.path = path
        self.line = line
        self.message = message

    def __reduce__(self) -> tuple[type[KbError], tuple[object, ...]]:
        """So that it comes back whole from a child process."""
        return type(self), (self.path, self.line, self.message)
