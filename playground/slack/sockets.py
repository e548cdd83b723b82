"""Socket Mode: hello, envelopes and their acknowledgements, and the request to reconnect."""

from __future__ import annotations

import asyncio
import itertools
import json
import threading
import uuid
from concurrent.futures import Future
from concurrent.futures import TimeoutError as TooLate
from typing import Any

from starlette.websockets import WebSocket, WebSocketDisconnect

from playground.slack.manifest import App

ANSWERED = ("slash_commands", "interactive")


class Sockets:
    """The open connections of the app; an envelope goes to any one of them."""

    def __init__(self, app: App) -> None:
        self._app = app
        self._open: list[WebSocket] = []
        self._turn = itertools.count()
        self._waiting: dict[str, Future[dict[str, Any]]] = {}
        self._loop: asyncio.AbstractEventLoop | None = None
        self._lock = threading.Lock()

    @property
    def count(self) -> int:
        """How many connections are open."""
        return len(self._open)

    async def serve(self, websocket: WebSocket) -> None:
        """Keep one connection until either side ends it."""
        self._loop = asyncio.get_running_loop()
        await websocket.accept()
        self._open.append(websocket)
        try:
            await websocket.send_text(json.dumps(self._hello()))
            while True:
                self._acknowledged(await websocket.receive_text())
        except (WebSocketDisconnect, RuntimeError):
            pass
        finally:
            self._open.remove(websocket)

    def deliver(
        self, kind: str, payload: Any, timeout: float, retry: tuple[int, str] | None = None
    ) -> dict[str, Any] | None:
        """Send one envelope and wait for its acknowledgement; None if there was none in time."""
        envelope = {
            "envelope_id": str(uuid.uuid4()),
            "type": kind,
            "payload": payload,
            "accepts_response_payload": kind in ANSWERED,
        }
        if kind == "events_api":
            envelope |= {"retry_attempt": retry[0] if retry else 0, "retry_reason": retry[1] if retry else ""}
        answer: Future[dict[str, Any]] = Future()
        self._waiting[str(envelope["envelope_id"])] = answer
        try:
            connections = list(self._open)
            if not connections:
                return None
            self._send(connections[next(self._turn) % len(connections)], envelope)
            return answer.result(timeout)
        except (TooLate, RuntimeError):
            return None
        finally:
            self._waiting.pop(str(envelope["envelope_id"]), None)

    def refresh(self, reason: str = "refresh_requested") -> None:
        """Ask every connection to reconnect, as Slack does every hour or so, and close it."""
        for websocket in list(self._open):
            self._send(websocket, {"type": "disconnect", "reason": reason, "debug_info": {"host": "playground"}})
        if reason != "warning":
            self.hang_up()

    def hang_up(self) -> None:
        """Close every connection without a word."""
        for websocket in list(self._open):
            if self._loop is not None:
                asyncio.run_coroutine_threadsafe(websocket.close(), self._loop).result(5)

    def _send(self, websocket: WebSocket, data: dict[str, Any]) -> None:
        if self._loop is not None:
            asyncio.run_coroutine_threadsafe(websocket.send_text(json.dumps(data)), self._loop).result(5)

    def _acknowledged(self, text: str) -> None:
        try:
            data = json.loads(text)
        except ValueError:
            return
        waiting = self._waiting.get(str(data.get("envelope_id")))
        if waiting is not None and not waiting.done():
            waiting.set_result(data)

    def _hello(self) -> dict[str, Any]:
        return {
            "type": "hello",
            "num_connections": self.count,
            "connection_info": {"app_id": self._app.id},
            "debug_info": {"host": "playground", "build_number": 1, "approximate_connection_time": 3600},
        }
