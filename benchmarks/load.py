"""The load generator: keep-alive HTTP/1.1 over plain sockets, one thread, in a process of its own.

``fire`` starts it and reads its figures. It sends ready-made requests and looks no further than status and length, so
that it is several times faster than any Python server; ``python -m benchmarks.load`` prints its own ceiling.
"""

from __future__ import annotations

import argparse
import json
import pickle
import selectors
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections import deque
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

PATIENCE = 30.0
CANNED = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok"


@dataclass(frozen=True)
class Figures:
    """Of one round; times in seconds. ``bad`` counts what was not answered by 200, ``cpu`` is the server's a request."""

    answered: int
    per_second: float
    p50: float
    p99: float
    most: float
    bad: int
    cpu: float = 0.0


@dataclass
class _Line:
    """One connection."""

    sock: socket.socket
    left: int
    sent: float = 0.0
    got: bytes = b""


@dataclass
class _Round:
    """The requests that are still to be sent and what came of those that were."""

    waiting: deque[bytes]
    again: bool
    until: float
    seconds: list[float] = field(default_factory=list)
    bad: int = 0

    def send(self, line: _Line) -> bool:
        """Send the next request; False if there is none, or no time."""
        if not self.waiting or line.left == 0 or time.perf_counter() > self.until:
            return False
        request = self.waiting.popleft()
        if self.again:
            self.waiting.append(request)
        line.left -= 1
        line.got = b""
        line.sent = time.perf_counter()
        line.sock.sendall(request)
        return True

    def read(self, line: _Line) -> bool:
        """Take what has come; True once the answer is whole."""
        part = line.sock.recv(65536)
        if not part:
            raise ConnectionError("the server closed the connection")
        line.got += part
        head, sep, body = line.got.partition(b"\r\n\r\n")
        if not sep or len(body) < _length(head):
            return False
        self.seconds.append(time.perf_counter() - line.sent)
        self.bad += not head.startswith(b"HTTP/1.1 200")
        return True


def _length(head: bytes) -> int:
    at = head.lower().find(b"content-length:")
    return 0 if at < 0 else int(head[at + 15 :].split(b"\r\n", 1)[0])


def play(port: int, requests: Sequence[bytes], at_once: int, seconds: float, each: int, *, again: bool) -> Figures:
    """Send until the time is up, the requests are used up, or every connection has sent ``each`` (-1: no such limit)."""
    lines = [_Line(socket.create_connection(("127.0.0.1", port)), each) for _ in range(at_once)]
    poll = selectors.DefaultSelector()
    for line in lines:
        line.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        poll.register(line.sock, selectors.EVENT_READ, line)
    began = time.perf_counter()
    played = _Round(deque(requests), again, began + seconds)
    busy = sum(played.send(line) for line in lines)
    while busy and time.perf_counter() < began + seconds + PATIENCE:
        for key, _ in poll.select(1.0):
            if played.read(key.data):
                busy -= not played.send(key.data)
    took = time.perf_counter() - began
    for line in lines:
        line.sock.close()
    return _figures(played.seconds, played.bad + busy, took)


def _figures(seconds: list[float], bad: int, took: float) -> Figures:
    ordered = sorted(seconds) or [PATIENCE]
    count = len(ordered)
    return Figures(
        len(seconds), len(seconds) / took, ordered[count // 2], ordered[min(int(count * 0.99), count - 1)],
        ordered[-1], bad,
    )  # fmt: skip


def fire(
    port: int, requests: Sequence[bytes], at_once: int, seconds: float, *, again: bool = False, each: int = -1
) -> Figures:
    """One round from another process; ``again`` sends the same requests over and over."""
    with tempfile.NamedTemporaryFile(prefix="batchbot-load-") as file:
        pickle.dump(list(requests), file)
        file.flush()
        command = [sys.executable, "-m", "benchmarks.load", str(port), str(at_once), str(seconds), str(each), file.name]
        done = subprocess.run(
            [*command, *(["--again"] if again else [])],
            capture_output=True, text=True, check=False, timeout=seconds + PATIENCE + 30,
            cwd=Path(__file__).parent.parent,
        )  # fmt: skip
    if done.returncode:
        raise RuntimeError(done.stderr[-2000:])
    figures = Figures(**json.loads(done.stdout))
    if figures.bad:
        print(f"  ! {figures.bad} of {figures.answered} requests were not answered by 200")
    return figures


def ceiling(at_once: int = 50, seconds: float = 1.0, size: int = 800) -> Figures:
    """What the generator reaches against a server that reads and answers without looking."""
    listener = socket.create_server(("127.0.0.1", 0), backlog=512)
    threading.Thread(target=_answer_all, args=(listener, size), daemon=True).start()
    head = b"POST / HTTP/1.1\r\nhost: localhost\r\n\r\n"
    request = head + b"x" * (size - len(head))
    return fire(listener.getsockname()[1], [request], at_once, seconds, again=True)


def _answer_all(listener: socket.socket, size: int) -> None:
    poll = selectors.DefaultSelector()
    poll.register(listener, selectors.EVENT_READ)
    pending: dict[socket.socket, int] = {}
    while True:
        for key, _ in poll.select():
            sock = key.fileobj
            if sock is listener:
                accepted, _ = listener.accept()
                pending[accepted] = 0
                poll.register(accepted, selectors.EVENT_READ)
            elif isinstance(sock, socket.socket):
                _answer(poll, pending, sock, size)


def _answer(poll: selectors.BaseSelector, pending: dict[socket.socket, int], sock: socket.socket, size: int) -> None:
    part = sock.recv(65536)
    if not part:
        poll.unregister(sock)
        sock.close()
        return
    pending[sock] += len(part)
    if pending[sock] >= size:
        pending[sock] -= size
        sock.sendall(CANNED)


def main() -> None:
    """Play one round and print its figures as JSON; without arguments print the ceiling."""
    if len(sys.argv) == 1:
        for at_once in (1, 50, 200):
            print(f"{at_once} at once: {ceiling(at_once).per_second:,.0f} requests per second at most")
        return
    parser = argparse.ArgumentParser(description="Play one round of load and print its figures as JSON.")
    parser.add_argument("port", type=int)
    parser.add_argument("at_once", type=int)
    parser.add_argument("seconds", type=float)
    parser.add_argument("each", type=int)
    parser.add_argument("file", type=Path)
    parser.add_argument("--again", action="store_true")
    asked = parser.parse_args()
    requests: list[bytes] = pickle.loads(asked.file.read_bytes())
    print(json.dumps(asdict(play(asked.port, requests, asked.at_once, asked.seconds, asked.each, again=asked.again))))


if __name__ == "__main__":
    main()
