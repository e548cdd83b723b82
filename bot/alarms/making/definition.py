"""An alarm as PutMetricAlarm takes it: made from a plan, or from one that exists with some values changed; pure.

PutMetricAlarm overwrites the whole alarm, so whatever an existing one has is carried over. Members and limits are those of
the service's model; what Amazon refuses only on its side (look-back, operators, number of actions) is checked here.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from bot.alarms.making.plan import DAY, Plan
from bot.alarms.making.presets import BANDS, COMPARISONS, INPUT, INSIGHTS_FUNCTIONS, MISSING, RECORDS
from bot.alarms.words import BATCH_NAMESPACE, MEASURES

Definition = dict[str, Any]

PUT_MEMBERS = (
    "AlarmName", "AlarmDescription", "ActionsEnabled", "OKActions", "AlarmActions", "InsufficientDataActions", "Namespace",
    "MetricName", "Dimensions", "Statistic", "ExtendedStatistic", "Period", "Unit", "EvaluationPeriods",
    "DatapointsToAlarm", "Threshold", "ComparisonOperator", "TreatMissingData", "EvaluateLowSampleCountPercentile",
    "Metrics", "ThresholdMetricId", "EvaluationWindow", "WarmUpConfiguration", "EvaluationCriteria",
    "EvaluationInterval", "ActionConfiguration",
)  # fmt: skip
"""All that PutMetricAlarm takes, but for the tags, which it ignores on an alarm that exists."""
STATUS_MEMBERS = frozenset({
    "AlarmArn", "AlarmConfigurationUpdatedTimestamp", "StateValue", "StateReason", "StateReasonData",
    "StateUpdatedTimestamp", "StateTransitionedTimestamp", "EvaluationState",
})  # fmt: skip
"""What DescribeAlarms adds of its own accord."""
DIMENSION = "ModelId"
ACTIONS = ("AlarmActions", "OKActions", "InsufficientDataActions")
_FROM = rf'FROM SCHEMA\("{BATCH_NAMESPACE}", {DIMENSION}\) GROUP BY {DIMENSION}\b.*'
_GROUPED = re.compile(r"SELECT (\w+)\((\w+)\) " + _FROM)
STALLED = "IF(FILL(m1,0) > 0 AND FILL(m2,0) == 0, 1, 0)"


def request(plan: Plan, actions: Sequence[str], owner: str) -> Definition:
    """The PutMetricAlarm request for a new alarm; ``actions`` hear of ALARM and OK, ``owner`` is a Slack user id."""
    tags = {"created-by": "batchbot", "owner": owner}
    made: Definition = {
        "AlarmName": plan.name,
        "AlarmDescription": plan.description,
        "ActionsEnabled": True,
        "AlarmActions": list(actions),
        "OKActions": list(actions),
        "EvaluationPeriods": plan.periods,
        "DatapointsToAlarm": plan.datapoints,
        "ComparisonOperator": plan.comparison,
        "TreatMissingData": plan.missing,
        "Tags": [{"Key": key, "Value": value} for key, value in tags.items() if value],
        **_measured(plan),
    }
    return {key: value for key, value in made.items() if value not in ("", [])}


def _measured(plan: Plan) -> Definition:
    """What is compared with what."""
    if plan.shape == "stalled":
        expression = {"Id": "e1", "Expression": STALLED, "Label": "stalled", "ReturnData": True}
        parts = [_query("m1", plan, RECORDS, shown=False), _query("m2", plan, INPUT, shown=False)]
        return {"Metrics": [expression, *parts], "Threshold": 0.0}
    if plan.shape == "band":
        band = f"ANOMALY_DETECTION_BAND(m1, {plan.threshold or 2:g})"
        label = f"{plan.metric} (expected)"
        queries = [
            _query("m1", plan, plan.metric),
            {"Id": "ad1", "Expression": band, "Label": label, "ReturnData": True},
        ]
        return {"Metrics": queries, "ThresholdMetricId": "ad1"}
    threshold = {"Threshold": float(plan.threshold or 0.0)}
    if not plan.model_id:
        one = {"Id": "q1", "Expression": _insights(plan), "Period": plan.period, "ReturnData": True}
        return threshold | {"Metrics": [one]}
    statistic = "ExtendedStatistic" if plan.statistic.startswith("p") else "Statistic"
    metric = _metric(plan, plan.metric)
    return threshold | metric | {statistic: plan.statistic, "Period": plan.period}


def _insights(plan: Plan) -> str:
    """Every name in it is ours: nothing that was typed becomes part of the query."""
    word = INSIGHTS_FUNCTIONS[plan.statistic]
    metric = plan.metric if plan.metric in MEASURES else RECORDS
    order = "ASC" if plan.comparison.startswith("Less") else "DESC"
    source = f'SCHEMA("{BATCH_NAMESPACE}", {DIMENSION})'
    grouped = f"GROUP BY {DIMENSION} ORDER BY {word}() {order}"
    return f"SELECT {word}({metric}) FROM {source} {grouped}"  # noqa: S608  (no name in it comes from outside)


def grouped(expression: str) -> tuple[str, str] | None:
    """Metric and statistic of a query as ``_insights`` writes it; None for any other."""
    found = _GROUPED.fullmatch(expression)
    statistic = next((name for name, word in INSIGHTS_FUNCTIONS.items() if found and word == found[1]), None)
    return (found[2], statistic) if found and statistic else None


def _metric(plan: Plan, name: str) -> Definition:
    dimensions = [{"Name": DIMENSION, "Value": plan.model_id}]
    return {"Namespace": BATCH_NAMESPACE, "MetricName": name, "Dimensions": dimensions}


def _query(key: str, plan: Plan, name: str, *, shown: bool = True) -> Definition:
    """No Unit: Amazon documents none, and a wrong one finds nothing."""
    stat = {"Metric": _metric(plan, name), "Period": plan.period, "Stat": plan.statistic}
    return {"Id": key, "MetricStat": stat, "ReturnData": shown}


def check(made: Mapping[str, Any]) -> dict[str, str]:
    """What Amazon would refuse, as a sentence by the form's field; see facts of the service's model and its limits."""
    errors: dict[str, str] = {}
    periods, least = int(made.get("EvaluationPeriods") or 1), int(made.get("DatapointsToAlarm") or 0)
    if least > periods:
        errors["evaluation"] = f"{least} of {periods} datapoints is more than there are."
    length = period_of(made)
    if length * periods > (7 * DAY if length >= 3600 else DAY):
        most = "7 days" if length >= 3600 else "1 day in periods of less than an hour"
        errors["evaluation"] = f"CloudWatch looks back over at most {most}. Take fewer or shorter periods."
    operators = BANDS if made.get("ThresholdMetricId") else COMPARISONS
    if not made.get("EvaluationCriteria") and made.get("ComparisonOperator") not in operators:
        errors["comparison"] = f"This alarm can ring {', '.join(operators.values())}."
    if str(made.get("TreatMissingData") or "missing") not in MISSING:
        errors["missing"] = f"Missing data can be {', '.join(MISSING)}."
    if any(len(made.get(one) or ()) > 5 for one in ACTIONS):
        errors["tells"] = "An alarm tells at most five others. Leave one out."
    return errors


def period_of(made: Mapping[str, Any]) -> int:
    """The length of one datapoint in seconds; that of the longest query where the alarm is an expression."""
    if made.get("Period"):
        return int(made["Period"])
    inner = [int((one.get("MetricStat") or one).get("Period") or 0) for one in made.get("Metrics") or ()]
    return max(inner, default=0) or 300


def present(described: Mapping[str, Any]) -> Definition:
    """The PutMetricAlarm request that would write an alarm of DescribeAlarms exactly as it is."""
    kept = {key: described[key] for key in PUT_MEMBERS if key in described}
    return {key: value for key, value in kept.items() if value is not None and value not in ("", [], {})}


def unknown(described: Mapping[str, Any]) -> list[str]:
    """Members that PutMetricAlarm could not be given back, as far as this bot knows."""
    return sorted(
        key for key, value in described.items() if key not in PUT_MEMBERS and key not in STATUS_MEMBERS and value
    )


def same(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Whether two definitions mean the same alarm."""
    return not changes(one, other)


def changes(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[tuple[str, Any, Any]]:
    """The members in which two definitions differ: name, old and new value, None where there is none."""
    before, after = _settled(old), _settled(new)
    names = [name for name in PUT_MEMBERS if before.get(name) != after.get(name)]
    return [(name, before.get(name), after.get(name)) for name in names]


def _settled(made: Mapping[str, Any]) -> Definition:
    """One spelling: Amazon's defaults written out, order where order means nothing, numbers as numbers."""
    plain = present(made)
    plain.setdefault("ActionsEnabled", True)
    if not plain.get("EvaluationCriteria"):
        plain.setdefault("TreatMissingData", "missing")
        plain.setdefault("DatapointsToAlarm", plain.get("EvaluationPeriods"))
    for name in ACTIONS:
        if plain.get(name):
            plain[name] = sorted(str(one) for one in plain[name])
    if plain.get("Dimensions"):
        plain["Dimensions"] = _sorted_dimensions(plain["Dimensions"])
    if plain.get("Metrics"):
        plain["Metrics"] = sorted((_settled_query(one) for one in plain["Metrics"]), key=lambda one: str(one.get("Id")))
    return {name: _number(value) for name, value in plain.items()}


def _settled_query(query: Mapping[str, Any]) -> Definition:
    kept = {key: value for key, value in json.loads(json.dumps(query)).items() if value is not None}
    kept.setdefault("ReturnData", True)
    metric = (kept.get("MetricStat") or {}).get("Metric") or {}
    if metric.get("Dimensions"):
        metric["Dimensions"] = _sorted_dimensions(metric["Dimensions"])
    return kept


def _sorted_dimensions(dimensions: Sequence[Mapping[str, str]]) -> list[dict[str, str]]:
    return sorted((dict(one) for one in dimensions), key=lambda one: one.get("Name", ""))


def _number(value: Any) -> Any:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else value
