"""The operations of CloudWatch on alarms."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from playground.aws.cloudwatch.alarm import Alarm
from playground.aws.cloudwatch.alarm_rules import check_alarm
from playground.aws.cloudwatch.service import CloudWatch, moment
from playground.aws.errors import AwsError

Params = dict[str, Any]


def page(field: str, items: list[Any], params: Params, most: int) -> Params:
    """Cut a list into pages by a NextToken."""
    token = str(params.get("NextToken") or "0")
    if not token.isdigit():
        raise AwsError("InvalidNextToken", "The NextToken is not valid.")
    start, size = int(token), min(int(params.get("MaxRecords") or most), most)
    answer: Params = {field: items[start : start + size]}
    return answer | ({"NextToken": str(start + size)} if start + size < len(items) else {})


def _put(cloudwatch: CloudWatch, params: Params) -> Params:
    check_alarm(params)
    with cloudwatch.lock:
        now, name = cloudwatch.now(), params["AlarmName"]
        known = cloudwatch.alarms.get(name)
        if known:
            known.config, known.configured, known.pinned = params, now, False
            cloudwatch.record(known, "ConfigurationUpdate", f'Alarm "{name}" updated', {"type": "Update"})
        else:
            arn = f"arn:aws:cloudwatch:{cloudwatch.region}:{cloudwatch.account}:alarm:{name}"
            cloudwatch.alarms[name] = Alarm(arn, params, now)
            summary = f'Alarm "{name}" created'
            cloudwatch.record(cloudwatch.alarms[name], "ConfigurationUpdate", summary, {"type": "Create"})
    return {}


def _describe(cloudwatch: CloudWatch, params: Params) -> Params:
    if params.get("AlarmNames") and params.get("AlarmNamePrefix"):
        raise AwsError("ValidationError", "AlarmNamePrefix and AlarmNames are mutually exclusive.")
    with cloudwatch.lock:
        found = sorted((one for one in cloudwatch.alarms.values() if _matches(one, params)), key=lambda one: one.name)
        shown = [one.shown() for one in found]
    if "MetricAlarm" not in (params.get("AlarmTypes") or ["MetricAlarm"]):
        shown = []
    most = 100 if params.get("MaxRecords") else 50
    return {"CompositeAlarms": [], **page("MetricAlarms", shown, params, most)}


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


def _delete(cloudwatch: CloudWatch, params: Params) -> Params:
    names = params.get("AlarmNames") or []
    for name in names:
        cloudwatch.find(name)
    for name in names:
        cloudwatch.alarms.pop(name, None)
    return {}


def _set_state(cloudwatch: CloudWatch, params: Params) -> Params:
    alarm, state = cloudwatch.find(params["AlarmName"]), params.get("StateValue")
    if state not in {"OK", "ALARM", "INSUFFICIENT_DATA"}:
        raise AwsError("ValidationError", f"Unknown state value {state}.")
    if len(params.get("StateReason", "")) > 1023:
        raise AwsError("ValidationError", "StateReason must not be longer than 1023 characters.")
    with cloudwatch.lock:
        now = cloudwatch.now()
        alarm.quiet_until = now + timedelta(seconds=10)
        cloudwatch.change(alarm, state, params["StateReason"], params.get("StateReasonData", "{}"), now)
    return {}


def _switch(*, on: bool) -> Callable[[CloudWatch, Params], Params]:
    def run(cloudwatch: CloudWatch, params: Params) -> Params:
        for name in params.get("AlarmNames") or []:
            cloudwatch.find(name).config["ActionsEnabled"] = on
        return {}

    return run


def _history(cloudwatch: CloudWatch, params: Params) -> Params:
    start, end = (moment(params[key]).timestamp() if key in params else None for key in ("StartDate", "EndDate"))
    found = [
        one
        for one in cloudwatch.history
        if params.get("AlarmName") in {None, one["AlarmName"]}
        and params.get("HistoryItemType") in {None, one["HistoryItemType"]}
        and one["AlarmType"] in (params.get("AlarmTypes") or ["MetricAlarm"])
        and (start is None or one["Timestamp"] >= start)
        and (end is None or one["Timestamp"] <= end)
    ]
    ordered = found if params.get("ScanBy") == "TimestampAscending" else found[::-1]
    return page("AlarmHistoryItems", ordered, params, 100)


def _contributors(cloudwatch: CloudWatch, params: Params) -> Params:
    alarm = cloudwatch.find(params["AlarmName"])
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


def _tags(cloudwatch: CloudWatch, params: Params) -> Params:
    found = [one for one in cloudwatch.alarms.values() if one.arn == params.get("ResourceARN")]
    if not found:
        raise AwsError("ResourceNotFoundException", f"{params.get('ResourceARN')} does not exist")
    return {"Tags": found[0].config.get("Tags") or []}


OPERATIONS: dict[str, Callable[[CloudWatch, Params], Params]] = {
    "PutMetricAlarm": _put,
    "DescribeAlarms": _describe,
    "DescribeAlarmsForMetric": _for_metric,
    "DeleteAlarms": _delete,
    "SetAlarmState": _set_state,
    "EnableAlarmActions": _switch(on=True),
    "DisableAlarmActions": _switch(on=False),
    "DescribeAlarmHistory": _history,
    "DescribeAlarmContributors": _contributors,
    "ListTagsForResource": _tags,
}
