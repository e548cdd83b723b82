"""What can arrive on a topic, as values: a state change of an alarm, news of a job, or a notice; pure."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from datetime import datetime
from typing import Any

from bot.points import Point

ALARM = "ALARM"
OK = "OK"
INSUFFICIENT = "INSUFFICIENT_DATA"

_KEY = 400


@dataclass(frozen=True, slots=True)
class Child:
    """An alarm that moved a composite alarm: its name, and the state it went to at ``at`` (UTC)."""

    name: str
    arn: str | None = None
    state: str | None = None
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Alarm:
    """One state change of one CloudWatch alarm, or of one contributor to it.

    ``key`` names the thing that can ring once at a time; ``at`` is the time of the change (UTC); ``value`` is the
    newest datapoint that the reason names and ``threshold`` what it is held against, both in ``unit`` if one was set;
    ``period`` is in seconds; ``model_id`` is Bedrock's, spelt as it came; ``label`` is what an expression is called.

    ``queries`` is what GetMetricData takes to draw the alarm, empty if metrics cannot (PromQL, logs, composites), and
    ``band_id`` the query among them that is the band; ``lower`` and ``upper`` are the band's newest edges.
    ``datapoints`` are those of the reason, oldest first; ``breaching`` of ``looked_at`` crossed the limit.
    ``rule`` is a composite's as it came, ``query`` what a log or PromQL alarm asks, ``evaluation`` CloudWatch's word
    for an evaluation that was not whole, ``suppressed`` why a composite's actions are held back.
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
    dimensions: dict[str, str] = field(default_factory=dict)
    queries: tuple[dict[str, Any], ...] = ()
    band_id: str | None = None
    lower: float | None = None
    upper: float | None = None
    evaluation_periods: int | None = None
    datapoints_to_alarm: int | None = None
    missing_data: str | None = None
    datapoints: tuple[Point, ...] = ()
    breaching: int | None = None
    looked_at: int | None = None
    children: tuple[Child, ...] = ()
    rule: str | None = None
    suppressed: str | None = None
    tags: dict[str, str] = field(default_factory=dict)
    query: str | None = None
    aggregation: str | None = None
    log_groups: tuple[str, ...] = ()
    evaluation: str | None = None

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

    ``exact`` says that line breaks and spaces of ``body`` carry meaning, ``markdown`` that it is Slack's own markup
    as a stranger wrote it; ``url`` is an address in Amazon's console; what has the same ``thread`` belongs together.
    """

    kind: str
    title: str
    at: datetime
    values: tuple[tuple[str, str], ...] = ()
    body: str | None = None
    exact: bool = False
    url: str | None = None
    footer: tuple[str, ...] = ()
    markdown: bool = False
    thread: str | None = None


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
    return {name: _simple(value) for name, value in asdict(alarm).items()}


def unpack(data: Mapping[str, Any]) -> Alarm:
    """The alarm that ``pack`` put into a row, by this version of the bot or by an older or newer one."""
    return Alarm(
        **_known(Alarm, data)
        | {
            "at": datetime.fromisoformat(data["at"]),
            "queries": tuple(data.get("queries") or ()),
            "log_groups": tuple(data.get("log_groups") or ()),
            "children": tuple(Child(**_known(Child, entry) | _time(entry)) for entry in data.get("children") or ()),
            "datapoints": tuple(Point(**_known(Point, entry) | _time(entry)) for entry in data.get("datapoints") or ()),
        }
    )


def _simple(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, dict):
        return {name: _simple(entry) for name, entry in value.items()}
    return [_simple(entry) for entry in value] if isinstance(value, list | tuple) else value


def _known(shape: type[Alarm | Child | Point], data: Mapping[str, Any]) -> dict[str, Any]:
    names = {entry.name for entry in fields(shape)}
    return {name: value for name, value in data.items() if name in names}


def _time(data: Mapping[str, Any]) -> dict[str, datetime | None]:
    return {"at": datetime.fromisoformat(data["at"]) if data.get("at") else None}


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
