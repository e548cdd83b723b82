"""Brings what people do to the bot: by an open socket, else by a signed HTTP request."""

from __future__ import annotations

import hashlib
import hmac
import http.client
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode, urlsplit

from playground.slack.feed import Feed
from playground.slack.sockets import Sockets

PATIENCE = 3.0


@dataclass
class Delivery:
    """How the bot took it: `error` is what the person would read, None if all went well; `sent` and `headers` went out."""

    kind: str
    status: int
    body: Any
    seconds: float
    error: str | None = None
    refused: tuple[str, ...] = ()
    sent: Mapping[str, Any] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def ok(self) -> bool:
        """Whether the person saw it work."""
        return self.error is None


class Courier:
    """Waits three seconds for the bot's answer and ignores it if it comes later."""

    def __init__(self, feed: Feed, sockets: Sockets, signing_secret: str, patience: float = PATIENCE) -> None:
        self._patience = patience
        self._feed = feed
        self._sockets = sockets
        self._secret = signing_secret
        self.bot_url: str | None = None

    def send(self, kind: str, payload: Mapping[str, Any], retry: tuple[int, str] | None = None) -> Delivery:
        """`kind` is slash_commands, interactive or events_api, as Socket Mode names them."""
        began = time.monotonic()
        by_socket = self._sockets.count > 0
        headers: dict[str, str] = {}
        if by_socket:
            status, body = self._by_socket(kind, payload, retry)
        else:
            status, body = self._by_http(kind, payload, retry, headers)
        seconds = time.monotonic() - began
        if seconds >= self._patience and not by_socket:
            delivery = Delivery(kind, 0, None, seconds, "operation_timeout")
        else:
            delivery = Delivery(kind, status, body, seconds, None if status == 200 else "dispatch_failed")
        delivery.sent, delivery.headers = payload, headers
        self._feed.publish("delivery", delivery)
        return delivery

    def _by_socket(self, kind: str, payload: Mapping[str, Any], retry: tuple[int, str] | None) -> tuple[int, Any]:
        acknowledged = self._sockets.deliver(kind, payload, self._patience, retry)
        return (0, None) if acknowledged is None else (200, acknowledged.get("payload"))

    def _by_http(
        self, kind: str, payload: Mapping[str, Any], retry: tuple[int, str] | None, headers: dict[str, str]
    ) -> tuple[int, Any]:
        """Post it signed; `headers` is filled with what went out."""
        if self.bot_url is None:
            return 0, None
        url = urlsplit(self.bot_url)
        body, kind_of_body = encode(kind, payload)
        headers |= kind_of_body | sign(self._secret, body)
        if retry:
            headers |= {"x-slack-retry-num": str(retry[0]), "x-slack-retry-reason": retry[1]}
        connection = http.client.HTTPConnection(url.hostname or "127.0.0.1", url.port or 80, timeout=self._patience)
        try:
            connection.request("POST", url.path.rstrip("/") + "/slack/events", body, headers)
            response = connection.getresponse()
            return response.status, decode(response.headers.get_content_type(), response.read())
        except (OSError, http.client.HTTPException):
            return 0, None
        finally:
            connection.close()


def encode(kind: str, payload: Mapping[str, Any]) -> tuple[bytes, dict[str, str]]:
    """The body as Slack encodes it: commands as a form, clicks as a form of one field, events as JSON."""
    form = "application/x-www-form-urlencoded"
    if kind == "slash_commands":
        return urlencode(payload).encode(), {"content-type": form}
    if kind == "interactive":
        return urlencode({"payload": json.dumps(payload)}).encode(), {"content-type": form}
    return json.dumps(payload).encode(), {"content-type": "application/json"}


def sign(secret: str, body: bytes, at: float | None = None) -> dict[str, str]:
    """Slack's v0 signature over the raw body."""
    stamp = str(int(time.time() if at is None else at))
    digest = hmac.new(secret.encode(), b"v0:" + stamp.encode() + b":" + body, hashlib.sha256).hexdigest()
    return {
        "x-slack-request-timestamp": stamp,
        "x-slack-signature": f"v0={digest}",
        "user-agent": "Slackbot 1.0 (+https://api.slack.com/robots)",
    }


def decode(content_type: str, body: bytes) -> Any:
    """The bot's answer, parsed if it says that it is JSON."""
    text = body.decode("utf-8", "replace")
    if content_type == "application/json" and text.strip():
        try:
            return json.loads(text)
        except ValueError:
            return text
    return text
