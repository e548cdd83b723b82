"""What went over the wire, as rows for the inspector: to the bot, the bot's Slack calls, its AWS calls, SNS."""

from __future__ import annotations

import json
import threading
from collections import deque
from collections.abc import Mapping
from typing import Any

from playground.aws import AwsServer
from playground.aws.faults import Call as AwsCall
from playground.slack.calls import Call
from playground.slack.courier import Delivery
from playground.slack.feed import Change
from playground.slack.server import SlackServer

KEPT = 1000
SHOWN = 6000


class Traffic:
    """Collects from both servers and numbers the rows."""

    def __init__(self, slack: SlackServer, aws: AwsServer) -> None:
        """Listen from now on."""
        self._rows: deque[dict[str, Any]] = deque(maxlen=KEPT)
        self._last = 0
        self._lock = threading.RLock()
        self._aws = aws
        self._calls = 0
        self._posts = 0
        self._waiting: list[AwsCall] = []
        slack.workspace.subscribe(self._heard)

    def since(self, number: int) -> dict[str, Any]:
        """The rows after that number (all of them for a number that was never given), and the last number."""
        with self._lock:
            self._collect()
            after = number if number <= self._last else 0
            rows = sorted((row for row in self._rows if row["number"] > after), key=lambda row: float(row["at"]))
            return {"rows": rows, "last": self._last}

    def _heard(self, change: Change) -> None:
        what = change.what
        if isinstance(what, Delivery):
            outcome = what.error or ("ack" if what.status == 200 else str(what.status))
            sent = _headed(what.headers, what.sent)
            row = {"what": what.kind, "good": what.ok, "outcome": outcome, "ms": _ms(what.seconds)}
            self._add("to the bot", change.at - what.seconds, row, sent, what.body or "(empty)")
        elif isinstance(what, Call):
            outcome = "ok" if what.ok else what.error or str(what.status)
            row = {"what": what.method, "good": what.ok, "outcome": outcome, "ms": _ms(what.seconds)}
            self._add(
                "Slack API", change.at - what.seconds, row, _pretty(what.args), _headed(what.headers, what.answer)
            )

    def _collect(self) -> None:
        """What AWS and SNS have seen since; a call that still hangs comes when it is over."""
        calls = self._aws.calls
        self._waiting += calls[self._calls : (until := len(calls))]
        self._calls = until
        for call in [one for one in self._waiting if one.seconds is not None and one.answer is not None]:
            self._waiting.remove(call)
            good = 200 <= call.status < 400
            outcome = f"{call.status or 'no answer'} {call.error}".strip()
            row = {"what": call.name, "good": good, "outcome": outcome, "ms": _ms(call.seconds or 0)}
            self._add("AWS", call.at.timestamp(), row, _pretty(call.params), _laid_out(call.answer or ""))
        posts = self._aws.sns.deliveries
        for one in posts[self._posts : (until := len(posts))]:
            outcome = str(one.status or one.error)
            row = {"what": one.kind, "good": 200 <= one.status < 300, "outcome": outcome, "ms": None}
            self._add("SNS", one.at.timestamp(), row, f"POST {one.endpoint}\n\n{_unfolded(one.body)}", "")
        self._posts = until

    def _add(self, side: str, at: float, row: Mapping[str, Any], sent: str, answered: Any) -> None:
        with self._lock:
            self._last += 1
            whole = {"number": self._last, "side": side, "at": at, **row, "sent": _cut(sent)}
            self._rows.append(whole | {"answered": _cut(_pretty(answered))})


def _ms(seconds: float) -> int:
    return round(seconds * 1000)


def _headed(headers: Mapping[str, str], body: Any) -> str:
    lines = [f"{key}: {value}" for key, value in headers.items()]
    return "\n".join([*lines, "", _pretty(body)] if lines else [_pretty(body)])


def _laid_out(body: str) -> str:
    """JSON with its lines broken; anything else, also JSON that was cut off, as it is."""
    try:
        return _pretty(json.loads(body))
    except ValueError:
        return body


def _unfolded(body: str) -> str:
    """An envelope with the JSON of its message laid open."""
    try:
        data = json.loads(body)
        data["Message"] = json.loads(data["Message"])
    except (ValueError, KeyError, TypeError):
        return body
    return _pretty(data)


def _pretty(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, indent=2, ensure_ascii=False, default=str)


def _cut(text: str) -> str:
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}\n… {len(text) - SHOWN:,} characters more"
