"""The operations of CloudWatch on mute rules."""

from collections.abc import Callable
from typing import Any

from playground.aws.cloudwatch.mute import MuteRule
from playground.aws.cloudwatch.pages import page
from playground.aws.cloudwatch.service import CloudWatch
from playground.aws.errors import AwsError

Params = dict[str, Any]
MOST_RULES = 2_000


def _put(cloudwatch: CloudWatch, params: Params) -> Params:
    with cloudwatch.lock:
        name = params["Name"]
        arn = f"arn:aws:cloudwatch:{cloudwatch.region}:{cloudwatch.account}:alarm-mute-rule:{name}"
        known = cloudwatch.mutes.get(name)
        if known is None and len(cloudwatch.mutes) >= MOST_RULES:
            raise AwsError("LimitExceeded", f"The maximum of {MOST_RULES} alarm mute rules is reached.")
        rule = MuteRule(arn, params, cloudwatch.now())
        unknown = [one for one in rule.targets if one not in cloudwatch.alarms]
        if unknown:
            raise AwsError("ValidationError", f"The following alarms do not exist: {', '.join(unknown)}")
        rule.tags = known.tags if known else list(params.get("Tags") or [])
        cloudwatch.mutes[name] = rule
        cloudwatch.sender.release(cloudwatch.now())
    return {}


def _get(cloudwatch: CloudWatch, params: Params) -> Params:
    with cloudwatch.lock:
        name = params["AlarmMuteRuleName"]
        if name not in cloudwatch.mutes:
            raise AwsError("ResourceNotFoundException", f"Alarm mute rule {name} does not exist")
        return cloudwatch.mutes[name].shown(cloudwatch.now())


def _list(cloudwatch: CloudWatch, params: Params) -> Params:
    with cloudwatch.lock:
        now, alarm = cloudwatch.now(), params.get("AlarmName")
        rules = [one for one in cloudwatch.mutes.values() if alarm is None or alarm in one.targets]
        shown = [one.summary(now) for one in sorted(rules, key=lambda one: one.name)]
    wanted = params.get("Statuses")
    found = [one for one in shown if not wanted or one["Status"] in wanted]
    return page("AlarmMuteRuleSummaries", found, params, 100 if params.get("MaxRecords") else 50)


def _delete(cloudwatch: CloudWatch, params: Params) -> Params:
    with cloudwatch.lock:
        # Deleting what is not there succeeds; what is there lets go of the actions that it held.
        cloudwatch.mutes.pop(params["AlarmMuteRuleName"], None)
        cloudwatch.sender.release(cloudwatch.now())
    return {}


OPERATIONS: dict[str, Callable[[CloudWatch, Params], Params]] = {
    "PutAlarmMuteRule": _put,
    "GetAlarmMuteRule": _get,
    "ListAlarmMuteRules": _list,
    "DeleteAlarmMuteRule": _delete,
}
