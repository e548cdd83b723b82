"""Calls an https hook: the allowed host alone, at a checked address, signed, bounded in time and size.

No redirect is followed and no proxy of the environment is used: both would lead where nobody has looked.
"""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import http.client
import socket
import ssl
import threading
import time
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager

from bot.errors import HookRefused, HookUnavailable, Misconfigured
from bot.follow.addresses import HookAddress, may_connect, read_address
from bot.follow.rule import Order, Receipt

ANSWER_BYTES = 64 * 1024
BUSY = frozenset({408, 425, 429})


class Hook:
    """Sends one order as a POST of JSON."""

    def __init__(
        self,
        hosts: Collection[str],
        secret: str,
        *,
        seconds: float = 10.0,
        context: Callable[[], ssl.SSLContext] = ssl.create_default_context,
        resolve: Callable[[str, int], Sequence[str]] | None = None,
    ) -> None:
        """``hosts`` are those that may be called; ``secret`` signs, an empty one does not; ``seconds`` for all of it."""
        self._hosts = frozenset(hosts)
        self._secret = secret
        self._seconds = seconds
        self._context = context
        self._resolve = resolve or addresses_of

    def send(self, order: Order) -> Receipt:
        """POST it; HookUnavailable is worth another try, HookRefused and Misconfigured are not."""
        try:
            address = read_address(order.address, self._hosts)
        except Misconfigured as error:
            raise Misconfigured(f"The address of the hook {error.sentence}.") from None
        deadline = time.monotonic() + self._seconds
        try:
            status = self._post(address, order, deadline)
        except (OSError, http.client.HTTPException, ValueError) as error:
            reason = "in time" if time.monotonic() >= deadline else f"({type(error).__name__})"
            raise HookUnavailable(f"{address.host} did not answer {reason}.") from None
        if 200 <= status < 300:
            return Receipt(f"called {address.host}, which answered {status}")
        if status in BUSY or status >= 500:
            raise HookUnavailable(f"{address.host} answered {status}.")
        moved = " I follow no redirects: give the address it leads to." if 300 <= status < 400 else ""
        raise HookRefused(f"{address.host} answered {status}, so I did not ask again.{moved}")

    def _post(self, address: HookAddress, order: Order, deadline: float) -> int:
        body = order.body.encode()
        with self._connected(address, deadline) as wire:
            connection = http.client.HTTPConnection(address.host, address.port)
            connection.sock = wire
            connection.request("POST", address.path, body, self._headers(address, order, body))
            answer = connection.getresponse()
            answer.read(ANSWER_BYTES)
            if time.monotonic() >= deadline:
                raise TimeoutError
            return answer.status

    def _headers(self, address: HookAddress, order: Order, body: bytes) -> dict[str, str]:
        stamp = str(int(order.now.timestamp()))
        headers = {
            "Host": address.authority,
            "Content-Type": "application/json",
            "User-Agent": "batchbot",
            "Connection": "close",
            "Idempotency-Key": order.key,
            "X-Batchbot-Timestamp": stamp,
        }
        if self._secret:
            headers["X-Batchbot-Signature"] = signature(self._secret, stamp, body)
        return headers

    @contextmanager
    def _connected(self, address: HookAddress, deadline: float) -> Iterator[socket.socket]:
        """A connection that is cut at the deadline, whatever the other side trickles until then."""
        raw = self._connect(address, deadline)
        guard = raw.dup()
        alarm = threading.Timer(max(deadline - time.monotonic(), 0.0), _cut, [guard])
        alarm.daemon = True
        alarm.start()
        wire: socket.socket = raw
        try:
            if address.secure:
                wire = self._context().wrap_socket(raw, server_hostname=address.host)
            yield wire
        finally:
            alarm.cancel()
            guard.close()
            wire.close()

    def _connect(self, address: HookAddress, deadline: float) -> socket.socket:
        """To the first of the host's addresses that answers; all of them have to be allowed."""
        found = self._resolve(address.host, address.port)
        if not found or not all(may_connect(address, ip) for ip in found):
            raise HookRefused(f"{address.host} leads to an address that is not public, so I did not call it.")
        failed: OSError = TimeoutError()
        for ip in found:
            left = deadline - time.monotonic()
            if left <= 0:
                break
            try:
                return socket.create_connection((ip, address.port), timeout=left)
            except OSError as error:
                failed = error
        raise failed


def signature(secret: str, stamp: str, body: bytes) -> str:
    """``v1=`` and the HMAC-SHA256, in hex, of ``v1:<timestamp>:<body>``: what the receiver computes and compares."""
    return "v1=" + hmac.new(secret.encode(), b"v1:" + stamp.encode() + b":" + body, hashlib.sha256).hexdigest()


def addresses_of(host: str, port: int) -> Sequence[str]:
    """The addresses that the name has now, each once."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


def _cut(guard: socket.socket) -> None:
    with contextlib.suppress(OSError):
        guard.shutdown(socket.SHUT_RDWR)
