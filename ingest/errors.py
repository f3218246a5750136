"""What is wrong with a source, so that its health can be told as well as its fault."""

from kb.errors import KbError


class SourceError(KbError):
    """A source that could not be used; `kind` is one of `kb.sources.KINDS`."""

    def __init__(self, subject: str, cause: str, kind: str = "unreadable") -> None:
        super().__init__(subject, cause)
        self.kind = kind

    def __reduce__(self) -> tuple[type[KbError], tuple[object, ...]]:
        """So that it comes back whole from a child process."""
        return type(self), (self.subject, self.cause, self.kind)
