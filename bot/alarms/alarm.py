"""What can arrive on a topic, as values: a state change of an alarm, news of a job, or a notice; pure."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from datetime import datetime
from typing import Any

ALARM = "ALARM"
OK = "OK"
INSUFFICIENT = "INSUFFICIENT_DATA"

_KEY = 400


@dataclass(frozen=True, slots=True)
class Alarm:
    """One state change of one CloudWatch alarm, or of one contributor to it.

    ``key`` names the thing that can ring once at a time; ``at`` is the time of the change (UTC); ``value`` is the
    newest datapoint that the reason names and ``threshold`` what it is held against, both in ``unit`` if one was set;
    ``period`` is in seconds; ``model_id`` is Bedrock's, spelt as it came; ``label`` is what an expression is called.
    """

    key: str
    name: str
    state: str
    at: datetime
    kind: str
    previous: str | None = None
    reason: str | None = None
    description: str | None = None
    account: str | None = None
    region: str | None = None
    region_name: str | None = None
    arn: str | None = None
    namespace: str | None = None
    metric: str | None = None
    label: str | None = None
    statistic: str | None = None
    period: int | None = None
    threshold: float | None = None
    comparison: str | None = None
    unit: str | None = None
    value: float | None = None
    model_id: str | None = None
    contributor: dict[str, str] = field(default_factory=dict)
    note: str | None = None

    @property
    def rings(self) -> bool:
        """Whether this is the state that somebody has to look at."""
        return self.state == ALARM

    @property
    def wants_more(self) -> bool:
        """Whether the alarm complains of too little rather than too much."""
        return (self.comparison or "").startswith("Less")


@dataclass(frozen=True, slots=True)
class JobEvent:
    """EventBridge's news of a batch inference job; at least once, in any order, without counts."""

    event_id: str
    job_arn: str
    status: str
    at: datetime
    name: str | None = None
    model: str | None = None
    failure_message: str | None = None
    account: str | None = None
    region: str | None = None


@dataclass(frozen=True, slots=True)
class Notice:
    """Anything else, readable: a title, labelled values, and text of several lines; all of it foreign and unescaped.

    ``exact`` says that line breaks and spaces of ``body`` carry meaning; ``url`` is an address in Amazon's console.
    """

    kind: str
    title: str
    at: datetime
    values: tuple[tuple[str, str], ...] = ()
    body: str | None = None
    exact: bool = False
    url: str | None = None
    footer: tuple[str, ...] = ()


Arrived = Alarm | JobEvent | Notice


@dataclass(frozen=True, slots=True)
class Arrival:
    """What came, before it is understood: its text, the JSON object in it (empty if none), its subject and time.

    ``at`` is the time that SNS put on it.
    """

    text: str
    data: Mapping[str, Any]
    subject: str | None
    at: datetime


def pack(alarm: Alarm) -> dict[str, Any]:
    """An alarm as simple JSON values, for a row."""
    return asdict(alarm) | {"at": alarm.at.isoformat()}


def unpack(data: Mapping[str, Any]) -> Alarm:
    """The alarm that ``pack`` put into a row, by this version of the bot or by an older or newer one."""
    known = {entry.name for entry in fields(Alarm)}
    kept = {name: value for name, value in data.items() if name in known}
    return Alarm(**kept | {"at": datetime.fromisoformat(data["at"])})


def alarm_key(arn: str | None, place: tuple[str | None, str | None], name: str, contributor: str | None) -> str:
    """The alarm's ARN, else ``account/region/name``, with the contributor's id; at most 440 characters, still unique.

    ``place`` is (account, region).
    """
    account, region = place
    key = arn or f"{account or '-'}/{region or '-'}/{name}"
    if contributor:
        key += f"#{contributor}"
    if len(key) <= _KEY:
        return key
    return f"{key[:_KEY]}#{hashlib.sha256(key.encode()).hexdigest()[:32]}"
