"""A machine that takes hooks: http or https on loopback; it keeps what came and answers as it is told."""

from __future__ import annotations

import ssl
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Self

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID


class Came:
    """One request, as it came."""

    def __init__(self, path: str, headers: dict[str, str], body: bytes) -> None:
        self.path = path
        self.headers = headers
        self.body = body

    @property
    def key(self) -> str:
        return self.headers["idempotency-key"]


class Receiver:
    """Use it as a context manager; ``statuses`` are answered in turn, the last one for ever."""

    def __init__(self, context: ssl.SSLContext | None = None) -> None:
        self.came: list[Came] = []
        self.statuses = [200]
        self.headers: dict[str, str] = {}
        self.trickle = 0.0
        """Seconds between two bytes of the answer's head."""
        self.answer = b"thanks"
        self.on_post: Callable[[], None] = lambda: None
        """Called when a request has come, before it is answered."""
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _door(self))
        self._server.daemon_threads = True
        if context:
            self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)

    @property
    def port(self) -> int:
        return int(self._server.server_address[1])

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self.port}"

    @property
    def url(self) -> str:
        return f"http://{self.host}/batch?token=s3cret"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


def _door(receiver: Receiver) -> type[BaseHTTPRequestHandler]:
    class Door(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length") or 0))
            headers = {name.lower(): value for name, value in self.headers.items()}
            receiver.came.append(Came(self.path, headers, body))
            receiver.on_post()
            status = receiver.statuses.pop(0) if len(receiver.statuses) > 1 else receiver.statuses[0]
            lines = [f"HTTP/1.1 {status} -", f"Content-Length: {len(receiver.answer)}"]
            lines += [f"{name}: {value}" for name, value in receiver.headers.items()]
            try:
                self._write("\r\n".join([*lines, "", ""]).encode())
                self.wfile.write(receiver.answer)
            except OSError:
                self.close_connection = True

        def _write(self, head: bytes) -> None:
            if not receiver.trickle:
                self.wfile.write(head)
                return
            for byte in head:
                self.wfile.write(bytes([byte]))
                time.sleep(receiver.trickle)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002  the base's own name
            """Say nothing."""

    return Door


def certificate(folder: Path, name: str) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """The contexts of a server with a certificate for ``name`` and of a client that trusts it."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    begins = datetime.now(UTC) - timedelta(days=1)
    names: list[x509.GeneralName] = [x509.DNSName(name)]
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begins)
        .not_valid_after(begins + timedelta(days=30))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = folder / f"{name}.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    pem.write_bytes(private + made.public_bytes(serialization.Encoding.PEM))
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(pem)
    client = ssl.create_default_context(cadata=made.public_bytes(serialization.Encoding.PEM).decode())
    return server, client
