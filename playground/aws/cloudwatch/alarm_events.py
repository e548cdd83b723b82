"""The EventBridge events of alarms: a changed state, a changed contributor, a changed configuration."""

from datetime import datetime
from typing import Any
from uuid import uuid4

from playground.aws.cloudwatch.alarm import Alarm, Contributor
from playground.aws.cloudwatch.composite import Composite
from playground.aws.cloudwatch.log_alarm import LogAlarm
from playground.aws.cloudwatch.notice import stamp

Event = dict[str, Any]
Mute = dict[str, str] | None


def state_event(alarm: Alarm, mute: Mute, now: datetime) -> Event:
    """Dress the last transition of an alarm."""
    before = alarm.before
    state: dict[str, Any] = {"value": alarm.state, "reason": alarm.reason, "timestamp": stamp(alarm.updated)}
    if alarm.reason_data != "{}":
        state["reasonData"] = alarm.reason_data
    if isinstance(alarm, Composite) and alarm.suppressed_by:
        state |= {
            "actionsSuppressedBy": alarm.suppressed_by,
            "actionsSuppressedReason": alarm.suppressed_reason,
        }
    detail = {"alarmName": alarm.name, "state": state, "configuration": configuration(alarm)}
    if before:
        detail["previousState"] = {
            "value": before.state,
            "reason": before.reason,
            "timestamp": stamp(before.since),
            **({"reasonData": before.data} if before.data != "{}" else {}),
        }
    return _event(alarm, "CloudWatch Alarm State Change", detail | _muted(mute), now)


def contributor_event(alarm: Alarm, contributor: Contributor, mute: Mute, now: datetime) -> Event:
    """Dress the last transition of a contributor."""
    detail = {
        "alarmName": alarm.name,
        "alarmContributor": {"id": contributor.id, "attributes": contributor.attributes},
        "state": {
            "value": contributor.state,
            "reason": contributor.reason,
            "timestamp": stamp(contributor.since or now),
        },
        "configuration": configuration(alarm),
    }
    return _event(alarm, "CloudWatch Alarm Contributor State Change", detail | _muted(mute), now)


def configuration_event(alarm: Alarm, operation: str, now: datetime) -> Event:
    """Dress a created, updated or deleted alarm; `operation` is create, update or delete."""
    detail = {
        "alarmName": alarm.name,
        "operation": operation,
        "state": {"value": alarm.state, "timestamp": stamp(alarm.updated)},
        "configuration": {
            "alarmName": alarm.name,
            "actionsEnabled": bool(alarm.config.get("ActionsEnabled", True)),
            "timestamp": stamp(alarm.configured),
            **configuration(alarm),
        },
    }
    return _event(alarm, "CloudWatch Alarm Configuration Change", detail, now)


def configuration(alarm: Alarm) -> dict[str, Any]:
    """Dress what an alarm looks at, as events do."""
    shown: dict[str, Any] = {}
    if alarm.config.get("AlarmDescription"):
        shown["description"] = alarm.config["AlarmDescription"]
    if isinstance(alarm, Composite):
        keys = ("AlarmRule", "ActionsSuppressor", "ActionsSuppressorWaitPeriod", "ActionsSuppressorExtensionPeriod")
        return shown | {key[:1].lower() + key[1:]: alarm.config[key] for key in keys if key in alarm.config}
    if isinstance(alarm, LogAlarm):
        asked = ("QueryString", "LogGroupIdentifiers", "AggregationExpression")
        return shown | {key[:1].lower() + key[1:]: alarm.query[key] for key in asked if key in alarm.query}
    if alarm.promql:
        return shown | {"evaluationCriteria": {"promQLCriteria": alarm.config["EvaluationCriteria"]["PromQLCriteria"]}}
    return shown | {"metrics": [_query(one) for one in alarm.queries()]}


def _query(one: dict[str, Any]) -> dict[str, Any]:
    shown = {key[:1].lower() + key[1:]: value for key, value in one.items() if key != "MetricStat"}
    if "MetricStat" in one:
        stat = one["MetricStat"]
        metric = {
            "dimensions": {d["Name"]: d["Value"] for d in stat["Metric"].get("Dimensions") or []},
            "name": stat["Metric"]["MetricName"],
            "namespace": stat["Metric"]["Namespace"],
        }
        shown["metricStat"] = {"metric": metric, "period": stat["Period"], "stat": stat["Stat"]}
    return shown | {"returnData": one.get("ReturnData") is not False}


def _event(alarm: Alarm, kind: str, detail: dict[str, Any], now: datetime) -> Event:
    _, _, _, region, account, *_ = alarm.arn.split(":")
    return {
        "version": "0",
        "id": str(uuid4()),
        "detail-type": kind,
        "source": "aws.cloudwatch",
        "account": account,
        "time": now.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "region": region,
        "resources": [alarm.arn],
        "detail": detail,
    }


def _muted(mute: Mute) -> dict[str, Any]:
    return {"muteDetail": mute} if mute else {}
