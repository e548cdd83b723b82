"""Faults on order: hang, refuse, throttle or cut the wire for chosen operations, and a log of every call."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from fnmatch import fnmatchcase
from typing import Any

from playground.aws.denials import denied
from playground.aws.errors import AwsError, DroppedError

EXCERPT = 6_000
"""So many bytes of each answer are kept."""


@dataclass
class Call:
    """One call that arrived: what was asked, when, the HTTP status it got (0 = no answer), `seconds` once it is over.

    `answer` is the beginning of what went back, None until that is known.
    """

    service: str
    operation: str
    params: dict[str, Any] = field(default_factory=dict)
    at: datetime = field(default_factory=lambda: datetime.now(UTC))
    status: int = 0
    seconds: float | None = None
    error: str = ""
    answer: str | None = None

    @property
    def name(self) -> str:
        """Tell service and operation in one word, as faults are ordered."""
        return f"{self.service}.{self.operation}"


@dataclass
class _Fault:
    pattern: str
    stage: str
    act: Callable[[Call], None]
    times: int | None
    denies: bool = False


class Faults:
    """What goes wrong, by pattern such as `bedrock.CreateModelInvocationJob`, `s3.*` or `*`."""

    def __init__(self) -> None:
        self._faults: list[_Fault] = []
        self._lock = threading.Lock()
        self._cleared = threading.Event()

    def hang(self, op: str, seconds: float, times: int | None = None) -> None:
        """Hold matching calls for some seconds before they go on as if nothing had been."""
        cleared = self._cleared

        def wait(_: Call) -> None:
            cleared.wait(seconds)

        self.before(op, wait, times)

    def deny(self, op: str, times: int | None = None) -> None:
        """Refuse matching calls as a missing IAM permission does."""

        def refuse(call: Call) -> None:
            raise denied(call.service, call.operation, call.params)

        with self._lock:
            self._faults.append(_Fault(op, "before", refuse, times, denies=True))

    def denies(self, action: str) -> bool:
        """Tell whether an IAM action such as `cloudwatch:PutAlarmMuteRule` is refused for a missing permission."""
        name = action.replace(":", ".", 1)
        with self._lock:
            return any(one.denies and one.times != 0 and fnmatchcase(name, one.pattern) for one in self._faults)

    def throttle(self, op: str, times: int | None = None) -> None:
        """Refuse matching calls as too fast."""

        def refuse(call: Call) -> None:
            if call.service == "s3":
                raise AwsError("SlowDown", "Please reduce your request rate.", 503)
            status = 429 if call.service == "bedrock" else 400
            code = "Throttling" if call.service in {"sns", "cloudwatch", "sts", "iam"} else "ThrottlingException"
            raise AwsError(code, "Rate exceeded", status)

        self.before(op, refuse, times)

    def fail(self, op: str, code: str, message: str, status: int = 400, times: int | None = None) -> None:
        """Answer matching calls with this error."""

        def refuse(_: Call) -> None:
            raise AwsError(code, message, status)

        self.before(op, refuse, times)

    def drop_response(self, op: str, times: int | None = 1) -> None:
        """Let matching calls take effect, then break the connection before the answer."""

        def drop(call: Call) -> None:
            raise DroppedError(call.name)

        self.after(op, drop, times)

    def before(self, op: str, act: Callable[[Call], None], times: int | None = None) -> None:
        """Run something before a matching call takes effect; it may raise AwsError."""
        with self._lock:
            self._faults.append(_Fault(op, "before", act, times))

    def after(self, op: str, act: Callable[[Call], None], times: int | None = None) -> None:
        """Run something after the effect and before the answer; it may raise AwsError or DroppedError."""
        with self._lock:
            self._faults.append(_Fault(op, "after", act, times))

    def clear(self) -> None:
        """Forget all faults and let go of every call that hangs."""
        with self._lock:
            self._faults.clear()
            self._cleared.set()
            self._cleared = threading.Event()

    def strike(self, stage: str, call: Call) -> None:
        """Apply what was ordered for this call at this stage."""
        for fault in self._due(stage, call):
            fault.act(call)

    def _due(self, stage: str, call: Call) -> list[_Fault]:
        due = []
        with self._lock:
            for fault in self._faults:
                if fault.stage != stage or fault.times == 0 or not fnmatchcase(call.name, fault.pattern):
                    continue
                if fault.times is not None:
                    fault.times -= 1
                due.append(fault)
        return due


class Ledger:
    """Sees every call in and out: keeps the log and applies the faults around the effect."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self.faults = Faults()
        self.calls: list[Call] = []
        self._clock = clock
        self._here = threading.local()

    @contextmanager
    def around(self, service: str, operation: str, params: dict[str, Any]) -> Iterator[Call]:
        """Log the call, strike before and after the effect; a refusal passes on to the door."""
        call = Call(service, operation, params, self._clock())
        self.calls.append(call)
        self._here.call = call
        began = time.monotonic()
        try:
            self.faults.strike("before", call)
            yield call
            self.faults.strike("after", call)
        except AwsError as error:
            call.status, call.error = error.status, error.code
            raise
        except DroppedError:
            call.status, call.answer = 0, ""
            raise
        finally:
            call.seconds = time.monotonic() - began

    def answered(self, body: bytes) -> None:
        """Keep the beginning of what goes back with the call that this thread has just handled."""
        call: Call | None = getattr(self._here, "call", None)
        if call is not None:
            call.answer, self._here.call = body[:EXCERPT].decode("utf-8", "replace"), None
