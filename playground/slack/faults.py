"""The knobs that make the fake Slack fail in the ways the real one does."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal

from playground.slack.calls import Call
from playground.slack.refusals import RateLimited, Refusal

Hook = Callable[[Call], None]
EVERY = "*"


class Drop(Exception):
    """Break the connection instead of answering."""


class Outage(Exception):
    """Answer with a bare HTTP error, as a proxy in front of Slack does."""

    def __init__(self, status: int) -> None:
        super().__init__(str(status))
        self.status = status


@dataclass
class _Fault:
    method: str
    left: int
    act: Hook


@dataclass
class Faults:
    """Each knob applies to the next `times` calls of `method` ("*" is any); `clear` undoes all."""

    upload_seconds: float = 0.0
    edit_window: float | None = None
    lost_thread: Literal["unthreaded", "thread_not_found"] = "unthreaded"
    _early: list[_Fault] = field(default_factory=list)
    _late: list[_Fault] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def rate_limit(self, method: str, times: int = 1, retry_after: int = 1) -> None:
        """Answer 429 with a Retry-After."""
        self._add(self._early, method, times, _raise(lambda: RateLimited(retry_after)))

    def fail(self, method: str, error: str, times: int = 1, **more: Any) -> None:
        """Answer with this error code; nothing is applied."""
        self._add(self._early, method, times, _raise(lambda: Refusal(error, **more)))

    def outage(self, method: str, status: int = 503, times: int = 1) -> None:
        """Answer with a bare HTTP error."""
        self._add(self._early, method, times, _raise(lambda: Outage(status)))

    def hang(self, method: str, seconds: float, times: int = 1, *, applied: bool = False) -> None:
        """Answer late; `applied` says whether the effect comes before the wait."""
        faults = self._late if applied else self._early
        self._add(faults, method, times, lambda _: time.sleep(seconds))

    def refuse_connection(self, method: str = EVERY, times: int = 1) -> None:
        """Break the connection before anything is applied."""
        self._add(self._early, method, times, _raise(Drop))

    def drop_response(self, method: str, times: int = 1) -> None:
        """Apply the effect, then break the connection before answering."""
        self._add(self._late, method, times, _raise(Drop))

    def upload_not_ready(self, seconds: float) -> None:
        """Uploads stay unusable in blocks for this long after they are completed."""
        self.upload_seconds = seconds

    def before(self, method: str, hook: Hook, times: int = 1) -> None:
        """Call `hook` before the effect of the next calls is applied."""
        self._add(self._early, method, times, hook)

    def after(self, method: str, hook: Hook, times: int = 1) -> None:
        """Call `hook` when the effect is applied and the answer is not yet sent."""
        self._add(self._late, method, times, hook)

    def clear(self) -> None:
        """Behave well again."""
        with self._lock:
            self._early.clear()
            self._late.clear()
        self.upload_seconds, self.edit_window, self.lost_thread = 0.0, None, "unthreaded"

    def enter(self, call: Call) -> None:
        """Apply what is due before the effect of a call."""
        self._run(self._early, call)

    def leave(self, call: Call) -> None:
        """Apply what is due after it."""
        self._run(self._late, call)

    def _add(self, faults: list[_Fault], method: str, times: int, act: Hook) -> None:
        with self._lock:
            faults.append(_Fault(method, times, act))

    def _run(self, faults: list[_Fault], call: Call) -> None:
        with self._lock:
            due = [f for f in faults if f.left > 0 and f.method in (EVERY, call.method)]
        for fault in due:
            with self._lock:
                if fault.left <= 0:
                    continue
                fault.left -= 1
            fault.act(call)


def _raise(make: Callable[[], Exception]) -> Hook:
    def act(_: Call) -> None:
        raise make()

    return act
