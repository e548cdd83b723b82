"""A threaded HTTP server on loopback that hands whole requests to one function and writes its answer."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, urlsplit
from uuid import uuid4

from playground.aws.errors import DroppedError


@dataclass(frozen=True)
class Request:
    """One HTTP request, read to its end; header names are lower case, the path is still URL-encoded."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes


@dataclass(frozen=True)
class Response:
    """What goes back."""

    status: int
    body: bytes = b""
    content_type: str = "application/json"
    headers: dict[str, str] = field(default_factory=dict)


Handler = Callable[[Request], Response]


class _Door(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: "_Server"

    def _serve(self) -> None:
        url = urlsplit(self.path)
        size = int(self.headers.get("content-length") or 0)
        request = Request(
            self.command,
            url.path,
            dict(parse_qsl(url.query, keep_blank_values=True)),
            {name.lower(): value for name, value in self.headers.items()},
            self.rfile.read(size),
        )
        try:
            self._write(self.server.handler(request))
        except DroppedError:
            self.close_connection = True
        except (BrokenPipeError, ConnectionResetError):  # the caller gave up waiting
            self.close_connection = True

    do_GET = do_POST = do_PUT = do_DELETE = do_HEAD = _serve  # noqa: N815

    def _write(self, response: Response) -> None:
        lines = [f"HTTP/1.1 {response.status} -", f"Content-Type: {response.content_type}"]
        lines += [f"Content-Length: {len(response.body)}", f"x-amzn-RequestId: {uuid4()}"]
        lines += [f"{name}: {value}" for name, value in response.headers.items()]
        self.wfile.write("\r\n".join([*lines, "", ""]).encode() + response.body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Say nothing: the log of calls is elsewhere."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 256
    handler: Handler

    def handle_error(self, request: object, client_address: object) -> None:
        """Let a caller that went away go in silence; anything else is shown."""
        import sys

        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)  # type: ignore[arg-type]


class WireServer:
    """One such server on a free port."""

    def __init__(self, handler: Handler) -> None:
        self._server = _Server(("127.0.0.1", 0), _Door)
        self._server.handler = staticmethod(handler)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True, name="aws-wire")

    @property
    def url(self) -> str:
        """Tell the origin, without a slash at the end."""
        return f"http://127.0.0.1:{self._server.server_port}"

    def start(self) -> None:
        """Begin to answer."""
        self._thread.start()

    def stop(self) -> None:
        """Close the port."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
