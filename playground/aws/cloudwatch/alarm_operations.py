"""The operations that change alarms which exist: delete, switch on and off, set the state, tag."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any, cast

from playground.aws.cloudwatch.alarm import Alarm
from playground.aws.cloudwatch.alarm_events import configuration_event
from playground.aws.cloudwatch.alarm_rules import need
from playground.aws.cloudwatch.composite import Composite
from playground.aws.cloudwatch.dashboard import Dashboard
from playground.aws.cloudwatch.mute import MuteRule
from playground.aws.cloudwatch.service import CloudWatch
from playground.aws.errors import AwsError

Params = dict[str, Any]
_MOST_TAGS = 50


def _delete(cloudwatch: CloudWatch, params: Params) -> Params:
    names = list(dict.fromkeys(params["AlarmNames"]))
    with cloudwatch.lock:
        # All or nothing: one unknown name, and every alarm stays.
        found = [cloudwatch.find(name) for name in names]
        composites = sum(isinstance(one, Composite) for one in found)
        need(composites <= 1, "Only one composite alarm can be deleted in a request.")
        for alarm in found:
            del cloudwatch.alarms[alarm.name]
            cloudwatch.record(alarm, "ConfigurationUpdate", f'Alarm "{alarm.name}" deleted', {"type": "Delete"})
            cloudwatch.emit(configuration_event(alarm, "delete", cloudwatch.now()))
    return {}


def _set_state(cloudwatch: CloudWatch, params: Params) -> Params:
    alarm, data = cloudwatch.find(params["AlarmName"]), params.get("StateReasonData", "{}")
    try:
        json.loads(data)
    except ValueError:
        raise AwsError("InvalidFormat", "StateReasonData was not syntactically valid JSON") from None
    with cloudwatch.lock:
        now = cloudwatch.now()
        # The next evaluation sets it right again; it comes within some seconds in life.
        alarm.quiet_until = now + timedelta(seconds=10)
        cloudwatch.change(alarm, params["StateValue"], params["StateReason"], data, now)
    return {}


def _switch(*, on: bool) -> Callable[[CloudWatch, Params], Params]:
    def run(cloudwatch: CloudWatch, params: Params) -> Params:
        with cloudwatch.lock:
            # Names that are not known are passed over in silence, as in life.
            for alarm in [cloudwatch.alarms[name] for name in params["AlarmNames"] if name in cloudwatch.alarms]:
                alarm.config = alarm.config | {"ActionsEnabled": on}
                alarm.configured = cloudwatch.now()
                cloudwatch.record(alarm, "ConfigurationUpdate", f'Alarm "{alarm.name}" updated', {"type": "Update"})
                cloudwatch.emit(configuration_event(alarm, "update", cloudwatch.now()))
        return {}

    return run


def _tagged(cloudwatch: CloudWatch, params: Params) -> list[dict[str, str]]:
    arn = params.get("ResourceARN")
    resources = (*cloudwatch.alarms.values(), *cloudwatch.mutes.values(), *cloudwatch.dashboards.values())
    for one in cast("tuple[Alarm | MuteRule | Dashboard, ...]", resources):
        if one.arn == arn:
            return one.tags
    raise AwsError("ResourceNotFoundException", f"{arn} does not exist")


def _list_tags(cloudwatch: CloudWatch, params: Params) -> Params:
    return {"Tags": _tagged(cloudwatch, params)}


def _tag(cloudwatch: CloudWatch, params: Params) -> Params:
    with cloudwatch.lock:
        tags = _tagged(cloudwatch, params)
        fresh = {one["Key"]: one["Value"] for one in [*tags, *params["Tags"]]}
        need(len(fresh) <= _MOST_TAGS, f"A resource must not have more than {_MOST_TAGS} tags.")
        tags[:] = [{"Key": key, "Value": value} for key, value in fresh.items()]
    return {}


def _untag(cloudwatch: CloudWatch, params: Params) -> Params:
    with cloudwatch.lock:
        tags = _tagged(cloudwatch, params)
        tags[:] = [one for one in tags if one["Key"] not in params["TagKeys"]]
    return {}


OPERATIONS: dict[str, Callable[[CloudWatch, Params], Params]] = {
    "DeleteAlarms": _delete,
    "SetAlarmState": _set_state,
    "EnableAlarmActions": _switch(on=True),
    "DisableAlarmActions": _switch(on=False),
    "ListTagsForResource": _list_tags,
    "TagResource": _tag,
    "UntagResource": _untag,
}
