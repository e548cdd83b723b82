"""Reads CloudWatch's alarm payloads, as SNS carries them and as EventBridge does, into alarms; pure.

Shapes: AmazonCloudWatch guide, "Notify users of alarm changes" and "Alarm events and EventBridge". Times in a reason
are DD/MM/YY in UTC. ``Region`` is a display name; the code stands in the alarm's ARN.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any, NamedTuple

from bot.alarms.alarm import Alarm, Arrival, alarm_key
from bot.alarms.fields import Payload, clean, inside, items, mapping, moment, number, pairs, text
from bot.alarms.trigger import Series, main_series, only_model, read_series

_ARN = re.compile(r"arn:(aws[a-z-]*):cloudwatch:([a-z0-9-]+):([0-9]{12}):alarm:.+", re.ASCII | re.DOTALL)
_REGION = re.compile(r"[a-z]{2,8}(?:-[a-z]{2,12}){1,3}-[0-9]{1,2}")
_ALARM_ARN = re.compile(r"arn:aws[a-z-]*:cloudwatch:[a-z0-9-]+:[0-9]{12}:alarm:(\S+)")
_NUMBER = r"(-?[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?)"
_DATAPOINT = re.compile(_NUMBER + r" \(([0-9]{2})/([0-9]{2})/([0-9]{2}) ([0-9]{2}:[0-9]{2}:[0-9]{2})\)")
_CROSSED = re.compile(r"(greater|less) than( or equal to)? the threshold \(" + _NUMBER + r"\)")
_BAND = re.compile(r"(lower|upper) thresholds \[" + _NUMBER)


def read_alarm(arrival: Arrival, kind: str) -> Alarm:
    """The alarm in a payload that has AlarmName and NewStateValue."""
    data, trigger = arrival.data, mapping(arrival.data.get("Trigger"))
    name = text(data.get("AlarmName")) or "unnamed alarm"
    place = _place(text(data.get("AlarmArn"), 2000), text(data.get("AWSAccountId"), 60), None)
    alarm = Alarm(
        key=alarm_key(place.arn, (place.account, place.region), name, text(data.get("AlarmContributorId"), 200)),
        name=name,
        state=text(data.get("NewStateValue"), 60) or "unknown state",
        at=moment(data.get("StateChangeTime")) or arrival.at,
        kind=kind,
        previous=text(data.get("OldStateValue"), 60),
        reason=_reason(text(data.get("NewStateReason"), 1500), text(data.get("AlarmRule"), 1500)),
        description=text(data.get("AlarmDescription"), 1500),
        account=place.account,
        region=place.region,
        region_name=text(data.get("Region"), 100),
        arn=place.arn,
        threshold=number(trigger.get("Threshold")),
        comparison=text(trigger.get("ComparisonOperator"), 60),
        unit=text(trigger.get("Unit"), 40),
        contributor=pairs(data.get("AlarmContributorAttributes")),
    )
    return _measured(alarm, [trigger, *items(trigger.get("Metrics"))], text(trigger.get("ThresholdMetricId"), 300))


def read_event(arrival: Arrival, kind: str) -> Alarm:
    """The alarm in EventBridge's "CloudWatch Alarm State Change" or "... Contributor State Change"."""
    data, detail = arrival.data, mapping(arrival.data.get("detail"))
    state, contributor = mapping(detail.get("state")), mapping(detail.get("alarmContributor"))
    name = text(detail.get("alarmName")) or "unnamed alarm"
    arn = next((entry for entry in items(data.get("resources")) if isinstance(entry, str)), None)
    place = _place(text(arn, 2000), text(data.get("account"), 60), text(data.get("region"), 60))
    alarm = Alarm(
        key=alarm_key(place.arn, (place.account, place.region), name, text(contributor.get("id"), 200)),
        name=name,
        state=text(state.get("value"), 60) or "unknown state",
        at=moment(state.get("timestamp")) or moment(data.get("time")) or arrival.at,
        kind=kind,
        previous=text(inside(detail, "previousState", "value"), 60),
        reason=_reason(text(state.get("reason"), 1500), None),
        description=text(inside(detail, "configuration", "description"), 1500),
        account=place.account,
        region=place.region,
        arn=place.arn,
        contributor=pairs(contributor.get("attributes")),
        note=_mute(mapping(detail.get("muteDetail"))),
    )
    return _measured(alarm, items(inside(detail, "configuration", "metrics")), None)


class _Place(NamedTuple):
    arn: str | None
    account: str | None
    region: str | None


def _place(arn: str | None, account: str | None, region: str | None) -> _Place:
    """Where an alarm is: its ARN knows best; what is no ARN or no region code is left out."""
    found = _ARN.fullmatch(arn or "")
    if found and _REGION.fullmatch(found[2]):
        return _Place(arn, account or found[3], found[2])
    return _Place(arn if found else None, account, region if _REGION.fullmatch(region or "") else None)


def _measured(alarm: Alarm, entries: Iterable[Any], band_id: str | None) -> Alarm:
    """``alarm`` with what it measures, and with what only its reason tells: the newest value and the limit crossed."""
    series = [found for entry in entries if (found := read_series(entry))]
    main = main_series(series, band_id) or Series()
    alarm = replace(
        alarm,
        namespace=main.namespace,
        metric=main.metric,
        label=main.label,
        statistic=main.statistic,
        period=main.period,
        model_id=alarm.contributor.get("ModelId") or only_model(series),
        value=_newest(alarm.reason or ""),
    )
    return _limited(alarm)


def _limited(alarm: Alarm) -> Alarm:
    """Fill in limit and comparison from the reason where the payload has none: log alarms, EventBridge, bands."""
    reason = alarm.reason or ""
    if alarm.threshold is None and (crossed := _CROSSED.search(reason)):
        comparison = f"{crossed[1].title()}Than{'OrEqualTo' if crossed[2] else ''}Threshold"
        return replace(alarm, threshold=number(crossed[3]), comparison=alarm.comparison or comparison)
    if alarm.threshold is None and alarm.value is not None:
        edges = {side: number(edge) for side, edge in reversed(_BAND.findall(reason))}
        lower, upper = edges.get("lower"), edges.get("upper")
        if lower is not None and alarm.value < lower:
            return replace(alarm, threshold=lower, comparison="LessThanLowerThreshold")
        if upper is not None and alarm.value > upper:
            return replace(alarm, threshold=upper, comparison="GreaterThanUpperThreshold")
    return alarm


def _newest(reason: str) -> float | None:
    """The datapoint with the latest time among those that the reason names."""
    found = [((year, month, day, clock), figure) for figure, day, month, year, clock in _DATAPOINT.findall(reason)]
    return number(max(found, key=lambda point: point[0])[1]) if found else None


def _reason(reason: str | None, rule: str | None) -> str | None:
    """The reason with alarms called by name instead of ARN, and below it a composite alarm's rule."""
    parts = (_ALARM_ARN.sub(r"\1", reason or ""), f"Rule: {rule}" if rule else "")
    return "\n".join(part for part in parts if part) or None


def _mute(detail: Mapping[str, Any]) -> str | None:
    rule = text(detail.get("mutedByArn"), 600)
    if not rule:
        return None
    until = moment(detail.get("muteWindowEnd"))
    name = clean(rule.rsplit(":", 1)[-1], 200)
    return f"muted in CloudWatch by {name}" + (f" until {until:%Y-%m-%d %H:%M} UTC" if until else "")


def is_alarm(data: Payload) -> bool:
    """Whether a payload is CloudWatch's own of an alarm."""
    return isinstance(data.get("AlarmName"), str) and isinstance(data.get("NewStateValue"), str)


def is_event(data: Payload) -> bool:
    """Whether a payload is EventBridge's of an alarm or a contributor that changed its state."""
    detail = mapping(data.get("detail"))
    return (
        data.get("detail-type") in ("CloudWatch Alarm State Change", "CloudWatch Alarm Contributor State Change")
        and isinstance(detail.get("alarmName"), str)
        and isinstance(inside(detail, "state", "value"), str)
    )
