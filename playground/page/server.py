"""The page's own HTTP server on loopback: one page, its events, and what is done on it."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import uvicorn
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response, StreamingResponse
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from playground.page.acts import ACTS, act
from playground.page.events import Events
from playground.page.state import state
from playground.page.steering import Steering
from playground.page.traffic import Traffic
from playground.slack.server import SlackServer

STATIC = Path(__file__).parent / "static"
HOSTS = ["127.0.0.1", "localhost"]
PEOPLE = ("ana", "ben")
LOCAL = "http://127.0.0.1:* http://localhost:*"
SAFE = {
    "content-security-policy": "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
    f"img-src 'self' data: {LOCAL}; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cache-control": "no-store",
}
Starters = Callable[[], Mapping[str, list[dict[str, Any]]]]


def application(slack: SlackServer, steering: Steering, traffic: Traffic, starters: Starters) -> Starlette:
    """The routes; loopback names and JSON only, so that no other site can speak to it."""
    door = _Door(slack, steering, traffic, starters)
    app = Starlette(
        routes=[
            Route("/", door.index),
            Route("/api/state", door.state),
            Route("/api/events", door.events),
            Route("/api/act/{name}", door.act, methods=["POST"]),
            Route("/api/world", door.world),
            Route("/api/world", door.turn, methods=["POST"]),
            Route("/api/traffic", door.wire),
            Route("/file/{id}", door.file),
            Mount("/static", StaticFiles(directory=STATIC)),
        ],
        middleware=[Middleware(TrustedHostMiddleware, allowed_hosts=HOSTS), Middleware(_Safe)],
    )
    app.state.told = door.told
    return app


class PageServer:
    """Serves the application on a port of loopback by a thread of its own."""

    def __init__(self, app: Starlette) -> None:
        """Start nothing yet."""
        self._app = app
        self._server: uvicorn.Server | None = None
        self._thread: threading.Thread | None = None

    def start(self, port: int = 0, *, fall_back: bool = False) -> str:
        """Serve until `stop` and tell the address; a port that is taken is an error unless any other will do."""
        listener = _listen(port, fall_back=fall_back)
        config = uvicorn.Config(
            self._app, log_config=None, lifespan="off", access_log=False, timeout_graceful_shutdown=1
        )
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._server.run, args=([listener],), name="page", daemon=True)
        self._thread.start()
        while not self._server.started:
            if not self._thread.is_alive():
                raise RuntimeError("the page did not start")
            time.sleep(0.005)
        return f"http://127.0.0.1:{listener.getsockname()[1]}/"

    def stop(self) -> None:
        """Close every connection and the port."""
        if self._server is not None and self._thread is not None:
            self._server.should_exit = True
            if told := getattr(self._app.state, "told", None):
                told.end()
            self._thread.join(5)


def _listen(port: int, *, fall_back: bool) -> socket.socket:
    try:
        return socket.create_server(("127.0.0.1", port))
    except OSError as error:
        if fall_back:
            return socket.create_server(("127.0.0.1", 0))
        raise SystemExit(f"Port {port} is taken ({error.strerror}); choose another with --page-port.") from error


class _Door:
    """One method a route."""

    def __init__(self, slack: SlackServer, steering: Steering, traffic: Traffic, starters: Starters) -> None:
        self._slack, self._steering, self._traffic, self._starters = slack, steering, traffic, starters
        self.told = Events(slack.workspace.feed)
        self._people = [slack.person(name) for name in PEOPLE]

    async def index(self, _: Request) -> Response:
        return FileResponse(STATIC / "index.html")

    async def state(self, request: Request) -> Response:
        name = request.query_params.get("me", PEOPLE[0])
        me = self._slack.person(name if name in PEOPLE else PEOPLE[0])
        return JSONResponse(await run_in_threadpool(state, self._slack, me, self._people, self._starters()))

    async def events(self, _: Request) -> Response:
        return StreamingResponse(self.told.lines(), media_type="text/event-stream")

    async def act(self, request: Request) -> Response:
        name, body = request.path_params["name"], await _own_json(request)
        if name not in ACTS:
            return JSONResponse({"error": f"There is no act {name}."}, 404)
        if body.get("me", PEOPLE[0]) not in PEOPLE:
            return JSONResponse({"error": "There is no such person to act as."}, 400)
        return JSONResponse(await run_in_threadpool(act, self._slack, name, body))

    async def world(self, _: Request) -> Response:
        return JSONResponse({"sections": await run_in_threadpool(self._steering.sections)})

    async def turn(self, request: Request) -> Response:
        body = await _own_json(request)
        return JSONResponse(await run_in_threadpool(self._steering.turn, str(body.get("id"))))

    async def wire(self, request: Request) -> Response:
        after = request.query_params.get("after", "0")
        return JSONResponse(await run_in_threadpool(self._traffic.since, int(after) if after.isdecimal() else 0))

    async def file(self, request: Request) -> Response:
        file = self._slack.workspace.files.get(request.path_params["id"])
        if file is None or file.content is None:
            return Response(status_code=404)
        return Response(file.content, media_type=_kind(file.content))


def _kind(content: bytes) -> str:
    """Pictures are shown as what they are; anything else is only ever downloaded."""
    known = {b"\x89PNG": "image/png", b"\xff\xd8\xff": "image/jpeg", b"GIF8": "image/gif"}
    return next((kind for start, kind in known.items() if content.startswith(start)), "application/octet-stream")


async def _own_json(request: Request) -> dict[str, Any]:
    """The body; another site cannot send this content type without asking first, and its origin tells on it."""
    if request.headers.get("content-type", "").split(";")[0].strip() != "application/json":
        raise HTTPException(415, "application/json only")
    origin = request.headers.get("origin")
    if origin is not None and urlsplit(origin).netloc != request.headers.get("host"):
        raise HTTPException(403, "only the page itself may do that")
    try:
        data = await request.json()
    except ValueError as error:
        raise HTTPException(400, "no JSON") from error
    if not isinstance(data, dict):
        raise HTTPException(400, "a JSON object was expected")
    return data


class _Safe:
    """Headers that keep foreign content from doing anything, on every answer."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_safely(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [
                    *(h for h in message["headers"] if h[0].decode() not in SAFE),
                    *((k.encode(), v.encode()) for k, v in SAFE.items()),
                ]
            await send(message)

        await self._app(scope, receive, send_safely)
