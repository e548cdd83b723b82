"""Reads alarms as DescribeAlarms shows them, by putting them into the words in which SNS tells of them; pure.

So they have the same key, kind, queries and limits as what arrives on a topic (shapes: API_MetricAlarm,
API_CompositeAlarm, API_LogAlarm, API_AlarmContributor).
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from bot.alarms.alarm import Alarm
from bot.alarms.fields import mapping
from bot.alarms.kinds import understand

NOTE = "found by a regular check; SNS did not say"

_TRIGGER = (
    "MetricName", "Namespace", "Statistic", "ExtendedStatistic", "Dimensions", "Unit", "Period", "EvaluationPeriods",
    "DatapointsToAlarm", "Threshold", "ComparisonOperator", "TreatMissingData", "Metrics", "ThresholdMetricId",
)  # fmt: skip
_SELF = (
    "AlarmName", "AlarmArn", "AlarmDescription", "EvaluationState", "EvaluationCriteria", "AlarmRule",
    "ActionsSuppressedBy", "ActionsSuppressor", "ActionsSuppressedReason", "ActionsSuppressorWaitPeriod",
    "ActionsSuppressorExtensionPeriod",
)  # fmt: skip


def read(described: Mapping[str, Any], contributor: Mapping[str, Any] | None = None) -> Alarm | None:
    """The alarm as it stands, or one contributor of it that is in ALARM; None for what cannot be read as one."""
    at = _changed(contributor or described)
    if at is None:
        return None
    data = _kept(described, _SELF) | {
        "NewStateValue": "ALARM" if contributor else described.get("StateValue"),
        "NewStateReason": (contributor or described).get("StateReason"),
        "StateChangeTime": at.isoformat(timespec="milliseconds"),  # as SNS gives it, so that both are the same change
    }
    data |= _special(described)
    if contributor:
        data["AlarmContributorId"] = contributor.get("ContributorId")
        data["AlarmContributorAttributes"] = contributor.get("ContributorAttributes")
    found = understand(json.dumps(data, default=str), None, at)
    return replace(found, note=NOTE) if isinstance(found, Alarm) else None


def is_grouped(described: Mapping[str, Any]) -> bool:
    """Whether each of its series rings by itself: a Metrics Insights query with GROUP BY, or PromQL."""
    if mapping(described.get("EvaluationCriteria")).get("PromQLCriteria"):
        return True
    asked = [str(mapping(one).get("Expression") or "").upper() for one in described.get("Metrics") or ()]
    return any(one.lstrip().startswith("SELECT") and "GROUP BY" in one for one in asked)


def tells(described: Mapping[str, Any], topics: Collection[str]) -> bool:
    """Whether its ring would be told to one of the topics: an action of it, not disabled and not held back."""
    acts = described.get("ActionsEnabled") is not False and not described.get("ActionsSuppressedBy")
    return acts and not set(described.get("AlarmActions") or ()).isdisjoint(topics)


def _special(described: Mapping[str, Any]) -> dict[str, Any]:
    query = mapping(described.get("ScheduledQueryConfiguration"))
    if query:
        groups = [
            str(one).rpartition(":log-group:")[2].removesuffix(":*") for one in query.get("LogGroupIdentifiers") or ()
        ]
        told = {name: query[name] for name in ("QueryString", "AggregationExpression") if name in query}
        return told | {"LogGroups": groups, "Trigger": _kept(described, _TRIGGER)}
    if "AlarmRule" in described:
        return {"TriggeringChildren": _children(described.get("StateReasonData"))}
    return {} if described.get("EvaluationCriteria") else {"Trigger": _kept(described, _TRIGGER)}


def _children(reason: object) -> list[Any]:
    try:
        found = json.loads(str(reason or "{}"))
    except (ValueError, RecursionError):
        return []
    children = mapping(found).get("triggeringAlarms")
    return children if isinstance(children, list) else []


def _kept(described: Mapping[str, Any], names: Collection[str]) -> dict[str, Any]:
    """What is there of these, without what is empty: a kind is known by the fields that it has."""
    return {name: described[name] for name in names if described.get(name) not in (None, "", [], {})}


def _changed(shown: Mapping[str, Any]) -> datetime | None:
    """When the state was entered; older answers know only of the last update."""
    at = shown.get("StateTransitionedTimestamp") or shown.get("StateUpdatedTimestamp")
    return at.astimezone(UTC) if isinstance(at, datetime) else None
