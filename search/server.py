"""A Chroma server as the index of record, for a team that shares one: is it there, and what went wrong if not."""

from typing import Any
from urllib.parse import urlsplit

from kb.config import Config
from kb.errors import KbError

KNOCK, PATIENCE = 5.0, 60.0
"""Seconds that a server may take to say that it is there, and to answer a request: Chroma's own client would wait for ever."""
_ABOUT_ROWS = {"InvalidArgumentError", "InvalidDimensionException", "NotFoundError"}
_HELP = "start it, or correct [search] chroma in kb.toml"


def on_server(config: Config) -> bool:
    """Does kb.toml name a server, and not a folder?"""
    return config.chroma.startswith(("http://", "https://"))


def client(chromadb: Any, config: Config, settings: Any) -> Any:
    """Chroma's client for the server. Raises KbError, within seconds, unless a Chroma server answers."""
    _knock(config)
    host, port, tls = _address(config)
    found = chromadb.HttpClient(host=host, port=port, ssl=tls, settings=settings)
    found._server._session.timeout = PATIENCE  # there is no setting for it
    return found


def failed(config: Config, error: BaseException, said: str) -> KbError | None:
    """The error to raise when the server itself failed; None when it works, and says that the rows are gone or of another shape."""
    if type(error).__name__ in _ABOUT_ROWS:
        return None
    return KbError(config.chroma, f"the Chroma server failed ({said}): {_HELP}")


def _address(config: Config) -> tuple[str, int, bool]:
    """Host, port, and whether to speak TLS. Raises ValueError for a port that is no number."""
    parts = urlsplit(config.chroma)
    host = parts.hostname or ""
    return f"[{host}]" if ":" in host else host, parts.port or 8000, parts.scheme == "https"


def _knock(config: Config) -> None:
    from http.client import HTTPException
    from urllib.error import HTTPError
    from urllib.request import urlopen

    try:
        host, port, tls = _address(config)
        with urlopen(f"http{'s' * tls}://{host}:{port}/api/v2/heartbeat", timeout=KNOCK) as answer:
            if b"nanosecond heartbeat" in answer.read(1000):
                return
    except HTTPError as error:
        error.close()
    except (OSError, HTTPException, ValueError) as error:
        said = (str(getattr(error, "reason", "") or error) or type(error).__name__).splitlines()[0][:120]
        raise KbError(config.chroma, f"no Chroma server answers here ({said}): {_HELP}") from None
    raise KbError(config.chroma, f"what answers here is no Chroma server: {_HELP}")
