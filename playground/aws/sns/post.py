"""Carrying messages to endpoints: what is due goes out, what fails for a while is tried again, the rest is dropped."""

import heapq
import http.client
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count
from urllib.parse import urlsplit

_order = count()


@dataclass
class Delivery:
    """One attempt to deliver: where, what, and the status that came back (0 = none)."""

    message_id: str
    kind: str
    endpoint: str
    status: int
    attempt: int
    at: datetime
    body: str
    error: str = ""


@dataclass(order=True)
class Parcel:
    """A message on its way to one endpoint."""

    due: datetime
    order: int = field(default_factory=lambda: next(_order))
    endpoint: str = field(compare=False, default="")
    body: str = field(compare=False, default="")
    headers: dict[str, str] = field(compare=False, default_factory=dict)
    message_id: str = field(compare=False, default="")
    kind: str = field(compare=False, default="Notification")
    attempt: int = field(compare=False, default=0)
    delays: list[timedelta] = field(compare=False, default_factory=list)
    dropped: Callable[["Parcel"], None] = field(compare=False, default=lambda _: None)


class Post:
    """The queue of parcels, carried by daemon workers or, without them, by whoever calls `deliver_due`."""

    timeout = 15.0

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self.deliveries: list[Delivery] = []
        self.dropped: list[Delivery] = []
        self._clock = clock
        self._heap: list[Parcel] = []
        self._ready = threading.Condition()
        self._stopped = False
        self._workers: list[threading.Thread] = []

    def add(self, parcel: Parcel) -> None:
        """Put a parcel into the queue."""
        with self._ready:
            heapq.heappush(self._heap, parcel)
            self._ready.notify()

    def deliver_due(self, now: datetime) -> None:
        """Carry everything that is due, one after another, in this thread."""
        while (parcel := self._pop(now)) is not None:
            self._carry(parcel, now)

    def start(self, workers: int = 8) -> None:
        """Carry in the background."""
        self._workers = [threading.Thread(target=self._work, daemon=True, name="aws-sns") for _ in range(workers)]
        for worker in self._workers:
            worker.start()

    def stop(self) -> None:
        """Let the workers go; one that waits for an endpoint is left to its time limit."""
        with self._ready:
            self._stopped = True
            self._ready.notify_all()

    def _pop(self, now: datetime) -> Parcel | None:
        with self._ready:
            if self._heap and self._heap[0].due <= now:
                return heapq.heappop(self._heap)
            return None

    def _work(self) -> None:
        while not self._stopped:
            parcel = self._pop(self._clock())
            if parcel is not None:
                self._carry(parcel, self._clock())
                continue
            with self._ready:
                if not (self._heap and self._heap[0].due <= self._clock()):
                    self._ready.wait(0.05 if self._heap else 0.5)

    def _carry(self, parcel: Parcel, now: datetime) -> None:
        status, error = _send(parcel, self.timeout)
        done = Delivery(
            parcel.message_id, parcel.kind, parcel.endpoint, status, parcel.attempt + 1, now, parcel.body, error
        )
        self.deliveries.append(done)
        if 200 <= status < 300:
            return
        again = status in {0, 429} or status >= 500
        if again and parcel.attempt < len(parcel.delays):
            parcel.due = now + parcel.delays[parcel.attempt]
            parcel.attempt += 1
            self.add(parcel)
            return
        self.dropped.append(done)
        parcel.dropped(parcel)


def _send(parcel: Parcel, timeout: float) -> tuple[int, str]:
    url = urlsplit(parcel.endpoint)
    make = http.client.HTTPSConnection if url.scheme == "https" else http.client.HTTPConnection
    connection = make(url.hostname or "", url.port, timeout=timeout)
    try:
        target = (url.path or "/") + (f"?{url.query}" if url.query else "")
        connection.request("POST", target, parcel.body.encode(), parcel.headers)
        answer = connection.getresponse()
        answer.read()
        return answer.status, ""
    except (OSError, http.client.HTTPException) as error:
        return 0, repr(error)
    finally:
        connection.close()
