"""The JSON that a changed alarm sends to SNS, exactly as documented for its type."""

import json
from datetime import datetime
from typing import Any
from uuid import uuid4

from playground.aws.cloudwatch.alarm import Alarm, Contributor
from playground.aws.cloudwatch.composite import Composite
from playground.aws.cloudwatch.log_alarm import LogAlarm

REGIONS = {
    "us-east-1": "US East (N. Virginia)",
    "us-east-2": "US East (Ohio)",
    "us-west-2": "US West (Oregon)",
    "eu-west-1": "EU (Ireland)",
    "eu-central-1": "EU (Frankfurt)",
    "ap-northeast-1": "Asia Pacific (Tokyo)",
}


def notice_of(alarm: Alarm, old: str, contributor: Contributor | None = None) -> dict[str, Any]:
    """Dress the present state of the alarm, or of one of its contributors, as a notification."""
    source = contributor or alarm
    _, _, _, region, account, *_ = alarm.arn.split(":")
    notice: dict[str, Any] = {
        "AlarmName": alarm.name,
        "AlarmDescription": alarm.config.get("AlarmDescription"),
        "AWSAccountId": account,
        "AlarmConfigurationUpdatedTimestamp": stamp(alarm.configured),
        "NewStateValue": source.state,
        "NewStateReason": source.reason,
        "StateChangeTime": stamp((contributor.since if contributor else None) or alarm.updated),
        "Region": REGIONS.get(region, region),
        "AlarmArn": alarm.arn,
        "OldStateValue": old,
        "OKActions": alarm.config.get("OKActions") or [],
        "AlarmActions": alarm.config.get("AlarmActions") or [],
        "InsufficientDataActions": alarm.config.get("InsufficientDataActions") or [],
    }
    notice |= _special(alarm)
    if contributor:
        notice |= {"AlarmContributorId": contributor.id, "AlarmContributorAttributes": contributor.attributes}
    if alarm.promql:
        del notice["NewStateReason"]
    return notice | _tags(alarm)


def _special(alarm: Alarm) -> dict[str, Any]:
    if isinstance(alarm, Composite):
        found = json.loads(alarm.reason_data).get("triggeringAlarms", [])
        children = [
            {
                "Arn": one["arn"],
                "State": {"Value": one["state"]["value"], "Timestamp": one["state"]["timestamp"]},
            }
            for one in found
        ]
        return {"AlarmRule": alarm.config["AlarmRule"], "TriggeringChildren": children}
    if isinstance(alarm, LogAlarm):
        groups = [one.partition(":log-group:")[2] or one for one in alarm.query.get("LogGroupIdentifiers") or []]
        return {
            "LogGroups": [one.removesuffix(":*") for one in groups],
            "QueryString": alarm.query["QueryString"],
            "AggregationExpression": alarm.query["AggregationExpression"],
            "QueryExecutionId": str(uuid4()),
        }
    return {} if alarm.promql else {"Trigger": _trigger(alarm)}


def _tags(alarm: Alarm) -> dict[str, Any]:
    """Give the tags when the alarm is told to hand them on."""
    wanted = (alarm.config.get("ActionConfiguration") or {}).get("AlarmTagsPropagation") or {}
    if not wanted.get("Enabled"):
        return {}
    only, never = wanted.get("IncludedTagKeys"), wanted.get("ExcludedTagKeys") or []
    kept = [one for one in alarm.tags if (not only or one["Key"] in only) and one["Key"] not in never]
    return {"AlarmTags": kept}


def subject_of(alarm: Alarm, state: str) -> str:
    """Write the subject, cut at 100 characters as SNS demands."""
    region = alarm.arn.split(":")[3]
    return f'{state}: "{alarm.name}" in {REGIONS.get(region, region)}'[:100]


def stamp(at: datetime) -> str:
    """Write a time as alarms do: no colon in the offset."""
    return at.strftime("%Y-%m-%dT%H:%M:%S.") + f"{at.microsecond // 1000:03d}+0000"


def _trigger(alarm: Alarm) -> dict[str, Any]:
    config = alarm.config
    common = {
        "Period": alarm.period,
        "EvaluationPeriods": config["EvaluationPeriods"],
        "DatapointsToAlarm": alarm.needed,
        "ComparisonOperator": config["ComparisonOperator"],
        **({"ThresholdMetricId": alarm.band} if alarm.band else {"Threshold": float(config["Threshold"])}),
        "TreatMissingData": alarm.missing,
        "EvaluateLowSampleCountPercentile": config.get("EvaluateLowSampleCountPercentile", ""),
    }
    if config.get("Metrics"):
        return common | {"Metrics": [_query(one) for one in config["Metrics"]]}
    extended = config.get("ExtendedStatistic")
    kind = {"StatisticType": "ExtendedStatistic", "ExtendedStatistic": extended}
    plain = {"StatisticType": "Statistic", "Statistic": str(config.get("Statistic", "")).upper()}
    return {
        "MetricName": config["MetricName"],
        "Namespace": config["Namespace"],
        **(kind if extended else plain),
        "Unit": config.get("Unit"),
        "Dimensions": _dimensions(config.get("Dimensions")),
        **common,
    }


def _query(one: dict[str, Any]) -> dict[str, Any]:
    shown = {key: value for key, value in one.items() if key != "MetricStat"} | {
        "ReturnData": one.get("ReturnData") is not False
    }
    if "MetricStat" in one:
        stat = one["MetricStat"]
        metric = {
            "Dimensions": _dimensions(stat["Metric"].get("Dimensions")),
            "MetricName": stat["Metric"]["MetricName"],
            "Namespace": stat["Metric"]["Namespace"],
        }
        shown["MetricStat"] = {"Metric": metric, "Period": stat["Period"], "Stat": stat["Stat"]}
    return shown


def _dimensions(dimensions: list[dict[str, str]] | None) -> list[dict[str, str]]:
    return [{"value": one["Value"], "name": one["Name"]} for one in dimensions or []]
