"""Socket Mode: the same Bolt app, reached through a websocket that we open; no public address, no signatures."""

from __future__ import annotations

from slack_bolt import App
from slack_bolt.adapter.socket_mode import SocketModeHandler

AT_ONCE = 50
"""Envelopes handled at once; the SDK's ten would let one slow form hold the others up."""


class Socket:
    """Connects on ``start``; reconnects by itself until ``stop``."""

    def __init__(self, app: App, app_token: str) -> None:
        """Open nothing yet."""
        self._handler = SocketModeHandler(app, app_token, concurrency=AT_ONCE, trace_enabled=False)

    def start(self) -> None:
        """Open the websocket; raises if Slack refuses the token."""
        self._handler.connect()  # type: ignore[no-untyped-call]  # the SDK leaves it untyped

    @property
    def alive(self) -> bool:
        """True while the websocket is open."""
        return bool(self._handler.client.is_connected())

    def stop(self) -> None:
        """Close it."""
        self._handler.close()  # type: ignore[no-untyped-call]  # the SDK leaves it untyped
