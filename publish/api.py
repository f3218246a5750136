"""`kb serve` over HTTP: the site, the JSON API and the warm search on one port. The only module that knows Starlette."""

import asyncio
import hmac
import html
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import date
from http.cookies import SimpleCookie
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, JSONResponse, PlainTextResponse, RedirectResponse, Response, StreamingResponse
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from kb import library
from kb.config import Config
from kb.errors import USAGE, KbError
from publish import answers
from publish.live import Live

COOKIE = "rejoinder-token"
LOOPBACK = ["localhost", "127.0.0.1", "[::1]"]
BEAT = 15.0
"""Seconds after which a waiting browser hears that nothing changed."""
_ASK = Callable[[Request], Awaitable[Response]]


def app(config: Config, live: Live, token: str, name: str) -> Starlette:
    """The application. With a token every request must carry it; without one only names of loopback are answered."""
    routes = [
        Route("/api/search", _told(lambda ask: answers.found(str(config.root), dict(ask.query_params), date.today()))),
        Route("/api/cards", _told(lambda _: answers.cards(library.load(config.root), date.today()))),
        Route("/api/cards/{competitor}", _told(lambda ask: _card(config, ask.path_params["competitor"]))),
        Route("/api/openapi.json", _told(lambda _: answers.openapi(name))),
        Route("/api/", _described(name)),
        Route("/api/live", _live(live)),
        Route("/api/live.js", _script),
        Route("/sw.js", _no_worker),
        Route("/{path:path}", _page(live)),
    ]
    guard = [Middleware(Guard, token=token)] if token else [Middleware(TrustedHostMiddleware, allowed_hosts=LOOPBACK)]
    return Starlette(routes=routes, middleware=guard)


def _card(config: Config, competitor: str) -> dict[str, Any]:
    return answers.one_card(library.load(config.root), competitor, date.today())


def _told(make: Callable[[Request], dict[str, Any]]) -> _ASK:
    """A JSON answer; what is wrong with a question is told in a line, as on the command line."""

    async def answer(request: Request) -> Response:
        try:
            return JSONResponse(await run_in_threadpool(make, request))
        except KbError as error:
            return JSONResponse({"error": str(error)}, 400 if error.code == USAGE else 503)

    return answer


def _described(name: str) -> _ASK:
    """The API's own page, from its description: nothing is loaded from elsewhere."""

    async def page(request: Request) -> Response:
        said = answers.openapi(name)
        rows = [f"<h2><code>GET {html.escape(path)}</code></h2>{_operation(what['get'])}" for path, what in said["paths"].items()]
        head = f"<!doctype html><html lang=en><meta charset=utf-8><title>API: {html.escape(name)}</title>"
        more = '<p>For machines: <a href="openapi.json">openapi.json</a>. Back to <a href="/">the site</a>.</p>'
        return HTMLResponse(f"{head}<h1>API</h1><p>{html.escape(said['info']['description'])}</p>{more}{''.join(rows)}")

    return page


def _operation(get: dict[str, Any]) -> str:
    items = [
        f"<li><code>{part['name']}</code>: {html.escape(part.get('description', 'in the address'))}"
        f"{': ' + ', '.join(part['schema']['enum']) if 'enum' in part['schema'] else ''}</li>"
        for part in get.get("parameters", [])
    ]
    return f"<p>{html.escape(get['summary'])}</p><ul>{''.join(items)}</ul>"


def _live(live: Live) -> _ASK:
    async def stream(request: Request) -> Response:
        return StreamingResponse(_events(live, request), media_type="text/event-stream", headers={"Cache-Control": "no-store"})

    return stream


async def _events(live: Live, request: Request) -> AsyncIterator[str]:
    seen: tuple[int, str] | None = None
    waited = 0.0
    while not await request.is_disconnected():
        now = (live.version, live.trouble)
        if now != seen or waited >= BEAT:
            yield f"data: {json.dumps({'version': now[0], 'trouble': now[1]})}\n\n"
            seen, waited = now, 0.0
        await asyncio.sleep(0.3)
        waited += 0.3


async def _script(request: Request) -> Response:
    return FileResponse(Path(__file__).parent / "theme" / "live.js", media_type="text/javascript")


async def _no_worker(request: Request) -> Response:
    """While editing nothing may be kept: a worker of an earlier visit takes itself away."""
    return PlainTextResponse("self.registration.unregister();\n", media_type="text/javascript", headers={"Cache-Control": "no-store"})


def _page(live: Live) -> _ASK:
    """A file of the site; every page gets the script that shows it anew."""

    async def page(request: Request) -> Response:
        found = located(live.folder, request.path_params["path"])
        if found is None:
            missing = live.folder / "404.html"
            return _html(missing, 404) if missing.is_file() else PlainTextResponse(live.trouble or "no such page", 404)
        if found.is_dir():
            return RedirectResponse(f"{request.url.path.rstrip('/')}/")
        return _html(found, 200) if found.suffix == ".html" else FileResponse(found, headers={"Cache-Control": "no-cache"})

    return page


def located(folder: Path, path: str) -> Path | None:
    """The file of the site that an address means, a folder when a slash is missing, None for what is not there or not in it."""
    wanted = (folder / path).resolve()
    if not wanted.is_relative_to(folder.resolve()):
        return None
    if wanted.is_dir():
        index = wanted / "index.html"
        return (index if path.endswith("/") or not path else wanted) if index.is_file() else None
    return wanted if wanted.is_file() else None


def _html(path: Path, status: int) -> Response:
    text = path.read_text(encoding="utf-8").replace("</body>", '<script defer src="/api/live.js"></script></body>')
    return HTMLResponse(text, status, headers={"Cache-Control": "no-store"})


class Guard:
    """Nothing without the token: in `Authorization: Bearer …`, or once as `?token=…`, which a browser then keeps in a cookie."""

    def __init__(self, app: ASGIApp, token: str) -> None:
        self._app, self._token = app, token

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request through, or answer it here."""
        if scope["type"] != "http":
            return await self._app(scope, receive, send)
        request = Request(scope, receive)
        bearer = request.headers.get("authorization", "").removeprefix("Bearer ")
        cookie = SimpleCookie(request.headers.get("cookie", "")).get(COOKIE)
        if self._right(bearer) or (cookie and self._right(cookie.value)):
            return await self._app(scope, receive, send)
        return await self._answer(request)(scope, receive, send)

    def _answer(self, request: Request) -> Response:
        if not self._right(request.query_params.get("token", "")):
            return JSONResponse({"error": "token: is missing or wrong"}, 401, {"WWW-Authenticate": "Bearer"})
        response = RedirectResponse(str(request.url.remove_query_params("token")), 303)
        response.set_cookie(COOKIE, self._token, httponly=True, samesite="strict", secure=request.url.scheme == "https")
        return response

    def _right(self, given: str) -> bool:
        return hmac.compare_digest(given.encode(), self._token.encode())
