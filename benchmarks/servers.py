"""Peers and floors as processes, on the very server that the bot uses (Starlette, uvicorn, asyncio, httptools).

``python -m benchmarks.servers KIND [DATABASE]`` prints its port, and serves until it is killed.
"""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from anyio import CapacityLimiter, to_thread
from slack_bolt import App
from slack_bolt.adapter.starlette.handler import to_bolt_request, to_starlette_response
from slack_bolt.authorization import AuthorizeResult
from slack_sdk import WebClient
from slack_sdk.signature import SignatureVerifier
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from benchmarks.groups import Group
from bot.aws.sns import Verifier
from bot.web import SLACK_THREADS, Server

ROOT = Path(__file__).parent.parent
HANGING = 24
"""Attempts at once in the DBOS peer's queue, as in the bot's queue for Amazon."""

Handler = Callable[[Request], Awaitable[Response]]


def signature(_database: str) -> Handler:
    """Floor: nothing but Slack's signature, on the event loop."""
    verifier = SignatureVerifier(_secret())

    async def handle(request: Request) -> Response:
        body = await request.body()
        return PlainTextResponse("", 200 if verifier.is_valid_request(body, dict(request.headers)) else 401)

    return handle


def insert(database: str) -> Handler:
    """Floor of the durable row: the signature and one insert, committed in groups."""
    verifier, group = SignatureVerifier(_secret()), Group(database)

    async def handle(request: Request) -> Response:
        body = await request.body()
        if not verifier.is_valid_request(body, dict(request.headers)):
            return PlainTextResponse("", 401)
        await group.put((body[-32:].decode(), body.decode()))
        return PlainTextResponse("")

    return handle


def bolt(_database: str) -> Handler:
    """Peer: a bare sync Bolt app with one command that answers one line; a thread for each request."""
    return _threaded(_bare(lambda _: "Hello."))


def enqueue(database: str) -> Handler:
    """Peer of the durable row: the same app, which hands each command to a DBOS queue whose work hangs."""
    queue = _dbos(database)

    def answer(body: dict[str, Any]) -> str:
        queue(str(body["trigger_id"]), str(body["text"]))
        return "Stored."

    return _threaded(_bare(answer))


def _secret() -> str:
    return os.environ["BENCH_SECRET"]


def _bare(answer: Callable[[dict[str, Any]], str]) -> App:
    def authorize() -> AuthorizeResult:
        return AuthorizeResult(
            enterprise_id=None, team_id="T0001", bot_user_id="U0BOT", bot_id="B0", bot_token="xoxb-1"
        )

    app = App(client=WebClient(token=None), signing_secret=_secret(), authorize=authorize, process_before_response=True)

    @app.command("/batch")
    def _command(ack: Any, body: dict[str, Any]) -> None:
        ack(answer(body))

    return app


def _threaded(app: App) -> Handler:
    limiter = CapacityLimiter(SLACK_THREADS)

    async def handle(request: Request) -> Response:
        asked = to_bolt_request(request, await request.body())
        return to_starlette_response(await to_thread.run_sync(app.dispatch, asked, limiter=limiter))

    return handle


def _dbos(database: str) -> Callable[[str, str], None]:
    """Launch DBOS with the settings that the bot uses; the queue is full of work that hangs."""
    from dbos import DBOS, EnqueueOptions

    from bot.db import driver_url

    url = driver_url(database)
    if url.get_backend_name() == "sqlite":
        import sqlite3

        with sqlite3.connect(str(url.database)) as connection:
            connection.execute("PRAGMA journal_mode=WAL")
    DBOS(
        config={
            "name": "peer",
            "system_database_url": url.render_as_string(hide_password=False),
            "application_version": "1",
            "executor_id": "worker-0",
            "max_executor_threads": 256,
            "log_level": "ERROR",
            "sys_db_pool_size": 20,
        }
    )

    def hang(_text: str) -> None:
        time.sleep(3600)

    DBOS.workflow(name="hang")(hang)
    DBOS.launch()
    DBOS.register_queue("aws", worker_concurrency=HANGING, polling_interval_sec=0.2, on_conflict="always_update")

    def put(key: str, text: str) -> None:
        options: EnqueueOptions = {
            "queue_name": "aws", "workflow_name": "hang", "workflow_id": key, "app_version": "1"
        }  # fmt: skip
        DBOS.enqueue_workflow_with_options(options, text)

    return put


def sns(database: str) -> Handler:
    """Floor of the intake over HTTP: the envelope is verified on the event loop, the row committed in groups."""
    pem = Path(os.environ["BENCH_PEM"]).read_bytes()
    verifier = Verifier([os.environ["BENCH_TOPIC"]], lambda _: pem, max_age=timedelta(0))
    group = Group(database)

    async def handle(request: Request) -> Response:
        body = await request.body()
        envelope = verifier.verify(body, dict(request.headers), datetime.now(UTC))
        await group.put((envelope.message_id, envelope.message))
        return PlainTextResponse("stored\n")

    return handle


KINDS = {"signature": signature, "insert": insert, "bolt": bolt, "enqueue": enqueue, "sns": sns}


@dataclass(frozen=True)
class Peer:
    """A peer or a floor that runs."""

    port: int
    process: subprocess.Popen[str]
    ready_after: float


@contextmanager
def peer(kind: str, database: str = "", **env: str) -> Iterator[Peer]:
    """Start one, and kill it in the end."""
    command = [sys.executable, "-m", "benchmarks.servers", kind, database]
    began = time.perf_counter()
    process = subprocess.Popen(command, cwd=ROOT, env=os.environ | env, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        if not line:
            raise RuntimeError(f"{kind} did not start")
        yield Peer(int(line), process, time.perf_counter() - began)
    finally:
        process.kill()
        process.wait(10)


def main() -> None:
    """Serve one kind."""
    handler = KINDS[sys.argv[1]](sys.argv[2])
    routes = [Route(path, handler, methods=["POST"]) for path in ("/slack/events", "/sns")]
    print(Server(Starlette(routes=routes), 0, "127.0.0.1").start(), flush=True)
    threading.Event().wait()


if __name__ == "__main__":
    main()
