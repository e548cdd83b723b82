"""The ASGI application: the Web API, uploads, response_urls and sockets on one port."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from concurrent.futures import Executor
from typing import TypeVar

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket

from playground.slack.backend import Backend
from playground.slack.gate import Answer, handle, handle_reply
from playground.slack.methods.files import receive
from playground.slack.sockets import Sockets

T = TypeVar("T")


class Door:
    """Turns requests into calls on the backend, off the event loop: hooks may block."""

    def __init__(self, backend: Backend, sockets: Sockets, executor: Executor) -> None:
        self._backend = backend
        self._sockets = sockets
        self._executor = executor

    def app(self) -> Starlette:
        """The application with its routes."""
        return Starlette(
            routes=[
                Route("/api/{method}", self.api, methods=["GET", "POST"]),
                Route("/upload/v1/{file_id}", self.upload, methods=["POST"]),
                Route("/{kind:str}/T/{key}", self.reply, methods=["POST"]),
                WebSocketRoute("/link/", self.link),
            ]
        )

    async def api(self, request: Request) -> Response:
        """One Web API call."""
        body, headers = await request.body(), dict(request.headers)
        name, query = request.path_params["method"], request.url.query
        answer = await self._off_loop(lambda: handle(self._backend, name, query, headers, body))
        return await self._respond(request, answer)

    async def upload(self, request: Request) -> Response:
        """The bytes of a file."""
        content, file_id = await request.body(), request.path_params["file_id"]
        if await self._off_loop(lambda: receive(self._backend, file_id, content)):
            return PlainTextResponse(f"OK - {len(content)}")
        return PlainTextResponse("file not found", 404)

    async def reply(self, request: Request) -> Response:
        """A response_url: 200 "ok", or 404 with the reason."""
        try:
            body = json.loads(await request.body())
        except ValueError:
            return PlainTextResponse("invalid_payload", 400)
        if not isinstance(body, dict):
            return PlainTextResponse("invalid_payload", 400)
        answer = await self._off_loop(lambda: handle_reply(self._backend, request.path_params["key"], body))
        if answer.status == 200 and not answer.dropped and request.path_params["kind"] == "commands":
            return PlainTextResponse("ok")
        return await self._respond(request, answer)

    async def link(self, websocket: WebSocket) -> None:
        """A Socket Mode connection, let in by its ticket."""
        ticket = websocket.query_params.get("ticket", "")
        if ticket not in self._backend.tickets:
            await websocket.close(4000)
            return
        self._backend.tickets.discard(ticket)
        await self._sockets.serve(websocket)

    async def _off_loop(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._executor, work)

    async def _respond(self, request: Request, answer: Answer) -> Response:
        if answer.dropped:
            return await self._drop(request)
        if not answer.body:
            return PlainTextResponse("upstream error", answer.status)
        return JSONResponse(answer.body, answer.status, answer.headers)

    async def _drop(self, request: Request) -> Response:
        """Close the connection under the answer; ASGI has no word for it, uvicorn's cycle has."""
        cycle = getattr(request.receive, "__self__", None)
        if cycle is not None:
            cycle.transport.abort()
            await asyncio.sleep(0.01)
        return Response(status_code=502)
