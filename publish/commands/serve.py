"""`kb serve`: the site with live reload, the JSON API and the warm search on one port."""

import argparse
import ipaddress
import os
import sys
import threading
from pathlib import Path
from urllib.parse import quote

from kb import config
from kb.errors import DONE, USAGE, KbError


def main(args: list[str]) -> int:
    """Run the command until it is interrupted."""
    options = _options(args)
    token = options.token or os.environ.get("KB_TOKEN", "")
    if not loopback(options.host) and not token:
        raise KbError("kb serve", f"{options.host} can be reached from elsewhere: give --token WORD or set KB_TOKEN", USAGE)
    settings = config.load(options.root, Path.cwd())
    _serve(settings, options.host, options.port, token, options.open)
    return DONE


def _options(args: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser("kb serve", description="The site with live reload, a JSON API under /api/ and the warm search.")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default 127.0.0.1; any other needs a token)")
    parser.add_argument("--port", type=int, default=8000)
    parser.add_argument("--token", metavar="WORD", help="what every request must carry; better in the environment, as KB_TOKEN")
    parser.add_argument("--open", action="store_true", help="open the site in the browser")
    parser.add_argument("--root", metavar="DIR", help="the knowledge base (default: the nearest folder upward with kb.toml)")
    return parser.parse_args(args)


def loopback(host: str) -> bool:
    """Is it an address that only this machine reaches?"""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _for_browser(address: str, token: str) -> str:
    """Where this machine's browser finds what listens at `address`, with the token that it needs once."""
    here = address.replace("//0.0.0.0:", "//127.0.0.1:").replace("//[::]:", "//[::1]:")
    return here + (f"?token={quote(token, safe='')}" if token else "")


def _serve(settings: config.Config, host: str, port: int, token: str, opened: bool) -> None:
    """Build, then listen; the port is taken first, so that a second `kb serve` is told at once."""
    import socket
    import webbrowser

    import uvicorn

    from publish.api import app
    from publish.live import Live

    try:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        listener = socket.create_server((host, port), family=family)
    except OSError as error:
        raise KbError(f"{host}:{port}", f"could not be listened on ({error.strerror or error}): try --port") from error
    live = Live(settings, lambda said: print(said, file=sys.stderr, flush=True))
    live.rebuild()
    stop = threading.Event()
    threading.Thread(target=live.follow, args=(stop,), daemon=True).start()
    shown = f"[{host}]" if ":" in host else host
    address = f"http://{shown}:{listener.getsockname()[1]}/"
    print(f"{address}   API: /api/   end with Ctrl-C", flush=True)
    if opened:  # the socket listens already: a browser that is quicker than the server waits
        threading.Thread(target=webbrowser.open, args=(_for_browser(address, token),), daemon=True).start()
    server = uvicorn.Server(uvicorn.Config(app(settings, live, token, "Rejoinder"), log_level="warning", timeout_graceful_shutdown=1))
    try:
        server.run([listener])
    finally:
        stop.set()
