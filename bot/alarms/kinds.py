"""The kinds of message that arrive on a topic, one row each; the first row that matches reads it; pure.

To add a kind: a row here, above those that would take its messages, and a sample under ``tests/alarms/samples``.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bot.alarms import cloudwatch_payloads as cloudwatch
from bot.alarms import events, notices
from bot.alarms.alarm import Arrival, Arrived
from bot.alarms.fields import clean, mapping


@dataclass(frozen=True, slots=True)
class Kind:
    """One row: its name (kept in what is read), the words a person reads, who it takes and how it is read."""

    name: str
    words: str
    matches: Callable[[Arrival], bool]
    read: Callable[[Arrival, str], Arrived]


def _alarm_with(test: Callable[[Mapping[str, Any]], bool]) -> Callable[[Arrival], bool]:
    return lambda arrival: cloudwatch.is_alarm(arrival.data) and test(arrival.data)


def _trigger(data: Mapping[str, Any]) -> Mapping[str, Any]:
    return mapping(data.get("Trigger"))


KINDS: tuple[Kind, ...] = (
    Kind("composite", "composite alarm", _alarm_with(lambda data: "AlarmRule" in data), cloudwatch.read_alarm),
    Kind("log", "log alarm", _alarm_with(lambda data: "QueryString" in data), cloudwatch.read_alarm),
    Kind(
        "promql",
        "PromQL alarm",
        _alarm_with(lambda data: "AlarmContributorId" in data and not _trigger(data)),
        cloudwatch.read_alarm,
    ),
    Kind(
        "insights",
        "Metrics Insights alarm",
        _alarm_with(lambda data: "AlarmContributorId" in data),
        cloudwatch.read_alarm,
    ),
    Kind(
        "anomaly",
        "anomaly alarm",
        _alarm_with(lambda data: "ThresholdMetricId" in _trigger(data)),
        cloudwatch.read_alarm,
    ),
    Kind("math", "metric math alarm", _alarm_with(lambda data: "Metrics" in _trigger(data)), cloudwatch.read_alarm),
    Kind("metric", "metric alarm", _alarm_with(lambda _: True), cloudwatch.read_alarm),
    Kind("event", "alarm by EventBridge", lambda arrival: cloudwatch.is_event(arrival.data), cloudwatch.read_event),
    Kind(
        "configuration",
        "change of an alarm",
        lambda arrival: events.is_configuration(arrival.data),
        events.read_configuration,
    ),
    Kind("job", "batch inference job", lambda arrival: notices.is_job_event(arrival.data), notices.read_job_event),
    Kind(
        "cost-anomaly",
        "Cost Anomaly Detection",
        lambda arrival: "anomalyId" in arrival.data and "impact" in arrival.data,
        notices.read_cost_anomaly,
    ),
    Kind(
        "custom",
        "custom notification",
        lambda arrival: arrival.data.get("source") == "custom" and isinstance(arrival.data.get("content"), dict),
        notices.read_custom,
    ),
    Kind(
        "eventbridge",
        "EventBridge event",
        lambda arrival: {"detail-type", "source", "detail"} <= arrival.data.keys(),
        events.read_event,
    ),
    Kind(
        "budget",
        "AWS Budgets",
        lambda arrival: arrival.text.lstrip().startswith("AWS Budget Notification"),
        notices.read_budget,
    ),
    Kind("json", "unknown JSON", lambda arrival: bool(arrival.data), notices.read_json),
    Kind("text", "message", lambda _: True, notices.read_text),
)

WORDS: Mapping[str, str] = {kind.name: kind.words for kind in KINDS}


def understand(message: str, subject: str | None, at: datetime) -> Arrived:
    """What ``message`` (the text inside an envelope, received ``at``) says; never raises, for any string.

    What a row cannot read after all is shown as plain text: an alarm is never dropped.
    """
    arrival = arrive(message, subject, at)
    try:
        kind = next(kind for kind in KINDS if kind.matches(arrival))
        return kind.read(arrival, kind.name)
    except Exception:  # noqa: BLE001 a payload that surprises a row must still reach the channel
        return notices.read_text(arrival, "text")


def arrive(message: str, subject: str | None, at: datetime) -> Arrival:
    """The message with the JSON object in it, if it is one."""
    return Arrival(message, _object(message), clean(subject or "", 100) or None, at)


def _object(message: str) -> Mapping[str, Any]:
    if not message.lstrip().startswith("{"):
        return {}
    try:
        data = json.loads(message)
    except (ValueError, RecursionError):
        return {}
    return data if isinstance(data, dict) else {}
