"""The site that `kb serve` shows: built again whenever docs/ changes. Readers see the old one until the new one is whole."""

import threading
from collections.abc import Callable
from pathlib import Path

from kb.config import Config
from kb.errors import KbError
from publish.site import build

CALM = 400
"""Milliseconds without a change after which a build begins."""


class Live:
    """A built site that follows docs/. `version` counts the builds, `trouble` says why the last one failed."""

    def __init__(self, config: Config, say: Callable[[str], None]) -> None:
        self._config, self._say = config, say
        self._built_from = 0
        self.folder = config.local / "serve" / "none"
        self.version = 0
        self.trouble = ""

    def rebuild(self) -> bool:
        """Build beside what is shown, then show it. A build that fails leaves what is shown as it is; the cause is told."""
        self._built_from = self._stamp()
        into = self._config.local / "serve" / ("a" if self.version % 2 == 0 else "b")
        try:
            built = build(self._config, into=into)
        except KbError as error:
            self._tell(self.folder, self.version, str(error))
            self._say(f"not built: {error}")
            return False
        warnings = built.warnings if self.version == 0 else ()  # said once is enough
        self._tell(into, self.version + 1, "")
        self._say("\n".join([f"{built.pages} pages in {built.seconds:.1f} s", *warnings]))
        return True

    def _tell(self, folder: Path, version: int, trouble: str) -> None:
        self.folder, self.version, self.trouble = folder, version, trouble

    def follow(self, stop: threading.Event) -> None:
        """Rebuild on every change under docs/, and of mkdocs.yml and kb.toml, until `stop`."""
        from watchfiles import watch

        own = [self._config.root / name for name in ("mkdocs.yml", "kb.toml")]
        if self._stamp() != self._built_from:  # edited during the first build, when nobody watched yet
            self.rebuild()
        for _ in watch(self._config.docs, *(path for path in own if path.is_file()), stop_event=stop, debounce=CALM, raise_interrupt=False):
            self.rebuild()

    def _stamp(self) -> int:
        """When anything under docs/ changed last."""
        return max((path.lstat().st_mtime_ns for path in self._config.docs.rglob("*")), default=0)
