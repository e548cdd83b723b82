"""The operations that create and overwrite alarms: metric, composite and log alarms."""

from collections.abc import Callable
from typing import Any

from playground.aws.cloudwatch.alarm import Alarm
from playground.aws.cloudwatch.alarm_events import configuration_event
from playground.aws.cloudwatch.alarm_rules import check_actions, check_alarm, check_missing, need
from playground.aws.cloudwatch.composite import Composite
from playground.aws.cloudwatch.evaluation import follow
from playground.aws.cloudwatch.limits import WORDS
from playground.aws.cloudwatch.log_alarm import LogAlarm
from playground.aws.cloudwatch.rule import name_of, parse
from playground.aws.cloudwatch.service import CloudWatch
from playground.aws.errors import AwsError

Params = dict[str, Any]


def _put_metric(cloudwatch: CloudWatch, params: Params) -> Params:
    check_alarm(params)
    with cloudwatch.lock:
        _store(cloudwatch, params, Alarm)
    return {}


def _put_log(cloudwatch: CloudWatch, params: Params) -> Params:
    check_actions(params)
    check_missing(params)
    need(params["ComparisonOperator"] in WORDS, "Log alarms are compared with a fixed threshold.")
    text = "QueryResultsToAlarm must be less than or equal to QueryResultsToEvaluate."
    need(params["QueryResultsToAlarm"] <= params["QueryResultsToEvaluate"], text)
    with cloudwatch.lock:
        _store(cloudwatch, params, LogAlarm)
    return {}


def _put_composite(cloudwatch: CloudWatch, params: Params) -> Params:
    check_actions(params)
    _suppressor(cloudwatch, params)
    with cloudwatch.lock:
        unknown = [name for name in parse(params["AlarmRule"]).children if name not in cloudwatch.alarms]
        need(not unknown, f"AlarmRule names alarms that do not exist: {', '.join(unknown)}")
        need(params["AlarmName"] not in parse(params["AlarmRule"]).children, "AlarmRule must not name its own alarm.")
        alarm = _store(cloudwatch, params, Composite)
        assert isinstance(alarm, Composite)
        follow(cloudwatch, alarm, cloudwatch.now())
    return {}


def _suppressor(cloudwatch: CloudWatch, params: Params) -> None:
    periods = [params.get(f"ActionsSuppressor{which}Period") for which in ("Wait", "Extension")]
    if "ActionsSuppressor" not in params:
        need(periods == [None, None], "ActionsSuppressor is required when a suppressor period is set.")
        return
    need(None not in periods, "ActionsSuppressorWaitPeriod and ActionsSuppressorExtensionPeriod are required.")
    name = name_of(str(params["ActionsSuppressor"]))
    need(name in cloudwatch.alarms, f"ActionsSuppressor {name} does not exist.")


def _store(cloudwatch: CloudWatch, params: Params, kind: type[Alarm]) -> Alarm:
    """Create the alarm, or overwrite the whole configuration of the one of that name; its state and tags stay."""
    now, name = cloudwatch.now(), str(params["AlarmName"])
    alarm = cloudwatch.alarms.get(name)
    if alarm is None:
        arn = f"arn:aws:cloudwatch:{cloudwatch.region}:{cloudwatch.account}:alarm:{name}"
        alarm = kind(arn, params, now, tags=list(params.get("Tags") or []))
        cloudwatch.alarms[name] = alarm
        _noted(cloudwatch, alarm, "Create")
        return alarm
    if alarm.type != kind.type:
        raise AwsError("ValidationError", f"An alarm of another type with the name {name} exists already.")
    if isinstance(alarm, Composite):
        alarm.configure(params, now)
    else:
        alarm.config, alarm.configured, alarm.pinned = params, now, False
    _noted(cloudwatch, alarm, "Update")
    return alarm


def _noted(cloudwatch: CloudWatch, alarm: Alarm, what: str) -> None:
    key = "createdAlarm" if what == "Create" else "updatedAlarm"
    shown = {"type": what, key: {"alarmName": alarm.name, "actionsEnabled": alarm.config.get("ActionsEnabled", True)}}
    cloudwatch.record(alarm, "ConfigurationUpdate", f'Alarm "{alarm.name}" {what.lower()}d', shown)
    cloudwatch.emit(configuration_event(alarm, what.lower(), cloudwatch.now()))


OPERATIONS: dict[str, Callable[[CloudWatch, Params], Params]] = {
    "PutMetricAlarm": _put_metric,
    "PutCompositeAlarm": _put_composite,
    "PutLogAlarm": _put_log,
}
