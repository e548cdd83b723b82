"""Reads CloudWatch's alarm payloads, as SNS carries them and as EventBridge does, into alarms; pure.

Shapes: AmazonCloudWatch guide, "Notify users of alarm changes" and "Alarm events and EventBridge". ``Region`` is a
display name; the code stands in the alarm's ARN. What the payload does not say is taken from its reason, if that does.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, NamedTuple

from bot.alarms.alarm import Alarm, Arrival, alarm_key
from bot.alarms.composites import moved_by, read_children, suppressed
from bot.alarms.data_queries import band_of, read_queries
from bot.alarms.fields import Payload, clean, inside, items, lower_keys, mapping, moment, number, pairs, text, whole
from bot.alarms.reasons import read_reason, with_names
from bot.alarms.trigger import Series, main_series, only_model, read_series

STATE_EVENTS = ("CloudWatch Alarm State Change", "CloudWatch Alarm Contributor State Change")

_ARN = re.compile(r"arn:(aws[a-z-]*):cloudwatch:([a-z0-9-]+):([0-9]{12}):alarm:.+", re.ASCII | re.DOTALL)
_REGION = re.compile(r"[a-z]{2,8}(?:-[a-z]{2,12}){1,3}-[0-9]{1,2}")
_RULE = 10_240
_LONG = 1500


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
        reason=_reason(data.get("NewStateReason")),
        description=text(data.get("AlarmDescription"), _LONG),
        account=place.account,
        region=place.region,
        region_name=text(data.get("Region"), 100),
        arn=place.arn,
        contributor=pairs(data.get("AlarmContributorAttributes")),
        children=read_children(data.get("TriggeringChildren")),
        tags=_tags(data.get("AlarmTags")),
        evaluation=text(data.get("EvaluationState"), 60),
    )
    return _limited(_measured(_configured(alarm, data), trigger), {})


def read_event(arrival: Arrival, kind: str) -> Alarm:
    """The alarm in EventBridge's "CloudWatch Alarm State Change" or "... Contributor State Change"."""
    data, detail = arrival.data, mapping(arrival.data.get("detail"))
    state, contributor = mapping(detail.get("state")), mapping(detail.get("alarmContributor"))
    configuration = mapping(detail.get("configuration"))
    name = text(detail.get("alarmName")) or "unnamed alarm"
    arn = next((entry for entry in items(data.get("resources")) if isinstance(entry, str)), None)
    place = _place(text(arn, 2000), text(data.get("account"), 60), text(data.get("region"), 60))
    told = _reason_data(state.get("reasonData"))
    alarm = Alarm(
        key=alarm_key(place.arn, (place.account, place.region), name, text(contributor.get("id"), 200)),
        name=name,
        state=text(state.get("value"), 60) or "unknown state",
        at=moment(state.get("timestamp")) or moment(data.get("time")) or arrival.at,
        kind=kind,
        previous=text(inside(detail, "previousState", "value"), 60),
        reason=_reason(state.get("reason")),
        description=text(configuration.get("description"), _LONG),
        account=place.account,
        region=place.region,
        arn=place.arn,
        contributor=pairs(contributor.get("attributes")),
        note=_mute(mapping(detail.get("muteDetail"))),
        children=read_children(told.get("triggeringAlarms")),
        evaluation=text(state.get("evaluationState") or detail.get("evaluationState"), 60),
    )
    alarm = _configured(alarm, {**configuration, **state})
    return _limited(_measured(alarm, configuration), told)


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


def _configured(alarm: Alarm, data: Payload) -> Alarm:
    """``alarm`` with what composite, log and PromQL alarms have instead of a metric."""
    settings = lower_keys(data)
    logs = lower_keys(settings.get("scheduledqueryconfiguration")) or settings
    groups = items(logs.get("loggroups") or logs.get("loggroupidentifiers"), 20)
    promql = lower_keys(lower_keys(settings.get("evaluationcriteria")).get("promqlcriteria"))
    alarm = replace(
        alarm,
        rule=text(settings.get("alarmrule"), _RULE),
        suppressed=suppressed(settings),
        query=text(logs.get("querystring") or promql.get("query"), 2000),
        aggregation=text(logs.get("aggregationexpression"), 300),
        log_groups=tuple(found for entry in groups if (found := text(entry, 600))),
    )
    # CloudWatch's own words for it name each child by its ARN and repeat the time.
    return replace(alarm, reason=moved_by(alarm.children)) if alarm.rule and alarm.children else alarm


def _measured(alarm: Alarm, trigger: Payload) -> Alarm:
    """``alarm`` with the metrics of a trigger, or of a configuration as EventBridge writes it, and its limit."""
    limits = lower_keys(trigger)
    metrics = limits.get("metrics")
    series = [found for entry in [trigger, *items(metrics)] if (found := read_series(entry))]
    queries = read_queries(trigger, metrics) if trigger else ()
    band_id = band_of(queries, text(limits.get("thresholdmetricid"), 300))
    main = main_series(series, band_id or text(limits.get("thresholdmetricid"), 300)) or Series()
    return replace(
        alarm,
        namespace=main.namespace,
        metric=main.metric,
        label=main.label or ("query result" if alarm.aggregation else None),
        statistic=main.statistic,
        period=main.period or whole(limits.get("period")),
        dimensions=main.dimensions,
        model_id=alarm.contributor.get("ModelId") or only_model(series),
        queries=queries,
        band_id=band_id,
        threshold=number(limits.get("threshold")),
        comparison=text(limits.get("comparisonoperator"), 60),
        unit=text(limits.get("unit"), 40),
        evaluation_periods=whole(limits.get("evaluationperiods")),
        datapoints_to_alarm=whole(limits.get("datapointstoalarm")),
        missing_data=_missing_data(text(limits.get("treatmissingdata"), 200)),
    )


def _limited(alarm: Alarm, told: Payload) -> Alarm:
    """``alarm`` with what only its reason tells, or EventBridge's ``reasonData``: value, limit, how many crossed."""
    found = read_reason(alarm.reason or "")
    lower = _first(found.lower, _last_number(told.get("recentLowerThresholds")))
    upper = _first(found.upper, _last_number(told.get("recentUpperThresholds")))
    value = found.datapoints[-1].value if found.datapoints else _last_number(told.get("recentDatapoints"))
    counted = max(found.breaching or 0, alarm.evaluation_periods or 0) if found.breaching else None
    alarm = replace(
        alarm,
        value=value,
        datapoints=found.datapoints,
        lower=lower,
        upper=upper,
        breaching=found.breaching,
        looked_at=found.looked_at or counted,
    )
    if alarm.threshold is not None:
        return alarm
    if found.threshold is not None:
        return replace(alarm, threshold=found.threshold, comparison=alarm.comparison or found.comparison)
    if value is not None and lower is not None and value < lower:
        return replace(alarm, threshold=lower, comparison="LessThanLowerThreshold")
    if value is not None and upper is not None and value > upper:
        return replace(alarm, threshold=upper, comparison="GreaterThanUpperThreshold")
    return replace(alarm, threshold=number(told.get("threshold")))


def _tags(value: object) -> dict[str, str]:
    if isinstance(value, dict):
        return pairs(value)
    entries = [lower_keys(entry) for entry in items(value)]
    return pairs({str(entry.get("key"))[:200]: entry.get("value") for entry in entries if entry.get("key")})


def _missing_data(value: str | None) -> str | None:
    """``notBreaching``; payloads of old write ``- TreatMissingData:      notBreaching``."""
    return value.rsplit(":", 1)[-1].strip() or None if value else None


def _reason(value: object) -> str | None:
    return with_names(text(value, _LONG) or "") or None


def _reason_data(value: object) -> Payload:
    """The object that EventBridge carries as text."""
    if not isinstance(value, str):
        return mapping(value)
    try:
        return mapping(json.loads(value))
    except (ValueError, RecursionError):
        return {}


def _last_number(value: object) -> float | None:
    return number(value[-1]) if isinstance(value, list) and value else None


def _first(*numbers: float | None) -> float | None:
    return next((found for found in numbers if found is not None), None)


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
        data.get("detail-type") in STATE_EVENTS
        and isinstance(detail.get("alarmName"), str)
        and isinstance(inside(detail, "state", "value"), str)
    )
