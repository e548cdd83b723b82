"""The HTTP door: bounds the body on the event loop, runs the handlers in threads, answers; routes only.

Slack and SNS have limiters of their own: slow SNS posts must never make a slash command wait for a thread.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import structlog
import uvicorn
from anyio import CapacityLimiter, to_thread
from slack_bolt import App, BoltRequest
from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from bot.gauges import Gauges

log = structlog.get_logger(__name__)

SLACK_BODY = 512 * 1024
SNS_BODY = 1024 * 1024 + 64 * 1024
BODY_SECONDS = 15
"""A sender that trickles its body keeps no connection longer than that."""
SLACK_THREADS = 200
SNS_THREADS = 8

SnsHandler = Callable[[bytes, Mapping[str, str]], tuple[int, str]]
"""Body and headers to status and one word; the row is committed when it answers 200."""


@dataclass(frozen=True, slots=True)
class Doors:
    """What the routes call."""

    slack: App | None
    sns: SnsHandler
    ready: Callable[[], bool]
    gauges: Gauges


class TooLarge(Exception):
    """The body is over its limit."""


def application(doors: Doors) -> Starlette:
    """The routes: ``/slack/events``, ``/sns``, ``/healthz``, ``/readyz``."""
    slack_limit, sns_limit, ready_limit = (
        CapacityLimiter(SLACK_THREADS),
        CapacityLimiter(SNS_THREADS),
        CapacityLimiter(2),
    )

    async def slack(request: Request) -> Response:
        if doors.slack is None:
            return PlainTextResponse("Slack reaches me by Socket Mode.\n", 404)
        body = await _body(request, SLACK_BODY)
        with doors.gauges.door("slack"):
            return await to_thread.run_sync(_dispatch, doors.slack, body, dict(request.headers), limiter=slack_limit)

    async def sns(request: Request) -> Response:
        body = await _body(request, SNS_BODY)
        with doors.gauges.door("sns"):
            status, word = await to_thread.run_sync(doors.sns, body, dict(request.headers), limiter=sns_limit)
        return PlainTextResponse(word + "\n", status)

    async def healthz(_: Request) -> Response:
        return PlainTextResponse("ok\n")

    async def readyz(_: Request) -> Response:
        good = await to_thread.run_sync(doors.ready, limiter=ready_limit)
        return PlainTextResponse(
            "ready\n" if good else "the database is not reachable or not migrated\n", 200 if good else 503
        )

    return Starlette(
        routes=[
            Route("/slack/events", slack, methods=["POST"]),
            Route("/sns", sns, methods=["POST"]),
            Route("/healthz", healthz),
            Route("/readyz", readyz),
        ],
        exception_handlers={
            TooLarge: _too_large,
            ClientDisconnect: _gone,
            TimeoutError: _too_slow,
        },
    )


async def _too_large(_: Request, _error: Exception) -> Response:
    return PlainTextResponse("too large\n", 413, headers={"Connection": "close"})


async def _too_slow(_: Request, _error: Exception) -> Response:
    return PlainTextResponse("too slow\n", 503, headers={"Connection": "close"})


async def _gone(_: Request, _error: Exception) -> Response:
    return PlainTextResponse("", 400)


async def _body(request: Request, limit: int) -> bytes:
    """Read at most ``limit`` bytes, whatever the Content-Length claims."""
    claimed = request.headers.get("content-length") or "0"
    if not claimed.isdecimal() or int(claimed) > limit:
        raise TooLarge
    parts: list[bytes] = []
    size = 0
    async with asyncio.timeout(BODY_SECONDS):
        async for part in request.stream():
            size += len(part)
            if size > limit:
                raise TooLarge
            parts.append(part)
    return b"".join(parts)


def _dispatch(app: App, body: bytes, headers: Mapping[str, str]) -> Response:
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError:
        return PlainTextResponse("not UTF-8\n", 400)
    answer = app.dispatch(BoltRequest(body=text, headers={k: [v] for k, v in headers.items()}))
    kept = {k: ", ".join(v) for k, v in answer.headers.items() if k.lower() != "content-length"}
    return Response(answer.body, answer.status, headers=kept)


class Server:
    """uvicorn in a thread of this process, so that whoever composes the process keeps the signals."""

    def __init__(self, app: Any, port: int, host: str = "0.0.0.0") -> None:  # noqa: S104  (a server behind a balancer)
        """Listen on nothing yet; port 0 takes a free one."""
        config = uvicorn.Config(
            app, host=host, port=port, loop="asyncio", http="httptools", access_log=False, log_config=None,
            timeout_graceful_shutdown=8, backlog=2048, server_header=False, lifespan="off",
        )  # fmt: skip
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._server.run, name="http", daemon=True)

    def start(self) -> int:
        """Begin to serve; returns the port. Raises OSError if the port cannot be had."""
        self._thread.start()
        while not self._server.started:
            if not self._thread.is_alive():
                raise OSError("the HTTP port cannot be had")
            self._thread.join(0.01)
        return int(self._server.servers[0].sockets[0].getsockname()[1])

    @property
    def alive(self) -> bool:
        """True while the server's thread runs."""
        return self._thread.is_alive()

    def stop(self) -> None:
        """Take no new connection, let the open requests end."""
        self._server.should_exit = True
        self._thread.join(timeout=10)
