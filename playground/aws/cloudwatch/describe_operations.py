"""The operations that read alarms: what they are, what they did, and who rings in them."""

from collections.abc import Callable
from typing import Any

from playground.aws.cloudwatch.alarm import Alarm
from playground.aws.cloudwatch.composite import Composite
from playground.aws.cloudwatch.pages import cut, page
from playground.aws.cloudwatch.service import CloudWatch, moment
from playground.aws.errors import AwsError

Params = dict[str, Any]
_LISTS = {"CompositeAlarm": "CompositeAlarms", "MetricAlarm": "MetricAlarms", "LogAlarm": "LogAlarms"}


def _describe(cloudwatch: CloudWatch, params: Params) -> Params:
    if params.get("AlarmNames") and params.get("AlarmNamePrefix"):
        raise AwsError("ValidationError", "AlarmNamePrefix and AlarmNames are mutually exclusive.")
    with cloudwatch.lock:
        family = _family(cloudwatch, params)
        # Without the types only metric alarms come: whoever wants the others has to say so.
        types = params.get("AlarmTypes") or (_LISTS if family is not None else ["MetricAlarm"])
        found = [
            one
            for one in sorted(cloudwatch.alarms.values(), key=lambda one: one.name)
            if one.type in types and _matches(one, params) and (family is None or one.name in family)
        ]
        shown = [(one.type, one.shown()) for one in found]
    rows, more = cut(shown, params, 100 if params.get("MaxRecords") else 50)
    lists = {name: [row for kind, row in rows if kind == type_name] for type_name, name in _LISTS.items()}
    return {**lists, **more}


def _family(cloudwatch: CloudWatch, params: Params) -> set[str] | None:
    """Tell the names that ChildrenOfAlarmName or ParentsOfAlarmName ask for."""
    if params.get("ChildrenOfAlarmName"):
        parent = cloudwatch.alarms.get(params["ChildrenOfAlarmName"])
        return set(parent.rule.children) if isinstance(parent, Composite) else set()
    if params.get("ParentsOfAlarmName"):
        return {one.name for one in cloudwatch.parents(params["ParentsOfAlarmName"])}
    return None


def _matches(alarm: Alarm, params: Params) -> bool:
    names, prefix = params.get("AlarmNames"), params.get("AlarmNamePrefix", "")
    actions = [arn for state in ("ALARM", "OK", "INSUFFICIENT_DATA") for arn in alarm.actions(state)]
    return (
        (not names or alarm.name in names)
        and alarm.name.startswith(prefix)
        and params.get("StateValue") in {None, alarm.state}
        and (not params.get("ActionPrefix") or any(arn.startswith(params["ActionPrefix"]) for arn in actions))
    )


def _for_metric(cloudwatch: CloudWatch, params: Params) -> Params:
    keys = ("Namespace", "MetricName")
    wanted = sorted((d["Name"], d["Value"]) for d in params.get("Dimensions") or [])
    found = [
        one.shown()
        for one in cloudwatch.alarms.values()
        if all(one.config.get(key) == params.get(key) for key in keys)
        and sorted((d["Name"], d["Value"]) for d in one.config.get("Dimensions") or []) == wanted
    ]
    return {"MetricAlarms": found}


def _history(cloudwatch: CloudWatch, params: Params) -> Params:
    start, end = (moment(params[key]).timestamp() if key in params else None for key in ("StartDate", "EndDate"))
    found = [
        one
        for one in cloudwatch.history
        if params.get("AlarmName") in {None, one["AlarmName"]}
        and params.get("AlarmContributorId") in {None, one.get("AlarmContributorId")}
        and params.get("HistoryItemType") in {None, one["HistoryItemType"]}
        and one["AlarmType"] in (params.get("AlarmTypes") or ["MetricAlarm"])
        and (start is None or one["Timestamp"] >= start)
        and (end is None or one["Timestamp"] <= end)
    ]
    ordered = found if params.get("ScanBy") == "TimestampAscending" else found[::-1]
    return page("AlarmHistoryItems", ordered, params, 100)


def _contributors(cloudwatch: CloudWatch, params: Params) -> Params:
    if params["AlarmName"] not in cloudwatch.alarms:
        raise AwsError("ResourceNotFoundException", f"Alarm {params['AlarmName']} does not exist")
    alarm = cloudwatch.alarms[params["AlarmName"]]
    found = [
        {
            "ContributorId": one.id,
            "ContributorAttributes": one.attributes,
            "StateReason": one.reason,
            "StateTransitionedTimestamp": (one.since or alarm.changed).timestamp(),
        }
        for one in alarm.contributors.values()
        if one.state == "ALARM"
    ]
    return page("AlarmContributors", found, params, 100)


OPERATIONS: dict[str, Callable[[CloudWatch, Params], Params]] = {
    "DescribeAlarms": _describe,
    "DescribeAlarmsForMetric": _for_metric,
    "DescribeAlarmHistory": _history,
    "DescribeAlarmContributors": _contributors,
}
