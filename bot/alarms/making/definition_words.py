"""What an alarm of any type watches, in words, from what DescribeAlarms or PutMetricAlarm says; plain text; pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from bot.alarms.making.definition import DIMENSION, grouped, period_of
from bot.alarms.making.presets import BANDS, COMPARISONS, MISSING, STATISTICS
from bot.alarms.words import BATCH_NAMESPACE, MEASURES, amount
from bot.slack.blocks import plain, span

ModelName = Callable[[str], str]

LABELS: Mapping[str, str] = {
    "AlarmName": "name",
    "AlarmDescription": "description",
    "ActionsEnabled": "actions",
    "OKActions": "tells on OK",
    "AlarmActions": "tells on ALARM",
    "InsufficientDataActions": "tells on INSUFFICIENT_DATA",
    "EvaluationPeriods": "periods looked at",
    "DatapointsToAlarm": "datapoints to ring",
    "Threshold": "threshold",
    "ComparisonOperator": "comparison",
    "TreatMissingData": "missing data",
    "Statistic": "statistic",
    "ExtendedStatistic": "statistic",
    "Period": "period",
}
_LONG = 300


def condition(alarm: Mapping[str, Any], model_name: ModelName) -> str:
    """``average of records pending on Nova Pro above 15,000 in 3 of 3 periods of 5 min``; any type of alarm."""
    if "AlarmRule" in alarm:
        return f"when {plain(alarm.get('AlarmRule'), _LONG)}"
    if "ScheduledQueryConfiguration" in alarm:
        needed = f"{alarm.get('QueryResultsToAlarm')} of {alarm.get('QueryResultsToEvaluate')}"
        return f"a log query {_comparison(alarm)} in {needed} results"
    if alarm.get("EvaluationCriteria"):
        prom = (alarm["EvaluationCriteria"].get("PromQLCriteria") or {}).get("Query")
        return f"the PromQL query {plain(prom or '', _LONG)}"
    return f"{subject(alarm, model_name)} {_comparison(alarm)} {evaluation(alarm)}"


def evaluation(alarm: Mapping[str, Any]) -> str:
    """``in 3 of 5 periods of 5 min``; a single datapoint is ``over 6 h``."""
    of = int(alarm.get("EvaluationPeriods") or 1)
    needed = int(alarm.get("DatapointsToAlarm") or of)
    length = span(period_of(alarm))
    return f"over {length}" if of == 1 else f"in {needed} of {of} periods of {length}"


def missing(alarm: Mapping[str, Any]) -> str:
    """What becomes of missing data."""
    return MISSING.get(str(alarm.get("TreatMissingData") or "missing"), str(alarm.get("TreatMissingData")))


def subject(alarm: Mapping[str, Any], model_name: ModelName) -> str:
    """What is compared: ``average of records pending on Nova Pro``, or what an expression is called."""
    if alarm.get("MetricName"):
        statistic = str(alarm.get("Statistic") or alarm.get("ExtendedStatistic") or "")
        return _measured(alarm, statistic, model_name)
    queries = list(alarm.get("Metrics") or ())
    if alarm.get("ThresholdMetricId"):
        queries = [one for one in queries if one.get("Id") != alarm["ThresholdMetricId"]]
    shown = [one for one in queries if one.get("ReturnData") is not False] or queries
    if not shown:
        return "nothing I know"
    first = shown[0]
    if first.get("MetricStat"):
        return _measured(first["MetricStat"]["Metric"], str(first["MetricStat"].get("Stat")), model_name)
    where = _models(queries, model_name)
    expression = plain(first.get("Expression") or "", _LONG)
    if ours := grouped(str(first.get("Expression") or "")):
        return plain(f"{STATISTICS[ours[1]]} of {MEASURES.get(ours[0], ours[0])} on any model", _LONG)
    if first.get("Label") == "stalled" and where:
        return f"“records wait, nothing is processed” (1 or 0) on {where}"
    return f"“{plain(first['Label'], 80)}”{f' on {where}' if where else ''}" if first.get("Label") else expression


def _measured(metric: Mapping[str, Any], statistic: str, model_name: ModelName) -> str:
    name = str(metric.get("MetricName"))
    ours = metric.get("Namespace") == BATCH_NAMESPACE
    what = MEASURES.get(name, name) if ours else f"{metric.get('Namespace')} {name}"
    where = _dimensions(metric.get("Dimensions") or (), model_name)
    return plain(f"{STATISTICS.get(statistic, statistic)} of {what}{f' on {where}' if where else ''}", _LONG)


def _dimensions(dimensions: Iterable[Mapping[str, str]], model_name: ModelName) -> str:
    return ", ".join(
        model_name(one["Value"]) if one.get("Name") == DIMENSION else f"{one.get('Name')}={one.get('Value')}"
        for one in dimensions
    )


def _models(queries: Iterable[Mapping[str, Any]], model_name: ModelName) -> str:
    found = [_dimensions(one["MetricStat"]["Metric"].get("Dimensions") or (), model_name)
             for one in queries if one.get("MetricStat")]  # fmt: skip
    return ", ".join(dict.fromkeys(filter(None, found)))


def _comparison(alarm: Mapping[str, Any]) -> str:
    operator = str(alarm.get("ComparisonOperator"))
    if operator in BANDS:
        return BANDS[operator]
    words = COMPARISONS.get(operator, operator)
    return f"{words} {amount(float(alarm['Threshold']))}" if alarm.get("Threshold") is not None else words


def value(name: str, content: Any) -> str:
    """One member as people read it, for a list of changes."""
    if content is None:
        return "none"
    if name == "ActionsEnabled":
        return "on" if content else "off"
    if name in {"OKActions", "AlarmActions", "InsufficientDataActions"}:
        return ", ".join(str(one).rsplit(":", 1)[-1] for one in content) or "nobody"
    if name == "Period":
        return span(float(content))
    if isinstance(content, float | int) and not isinstance(content, bool):
        return amount(float(content))
    words = {**COMPARISONS, **BANDS, **MISSING, **STATISTICS}
    return plain(words.get(str(content), str(content)), 120)


def models_of(alarm: Mapping[str, Any]) -> tuple[str, ...]:
    """The ModelIds that an alarm on batch metrics names, as they are spelt there."""
    metrics = [alarm, *((one.get("MetricStat") or {}).get("Metric") or {} for one in alarm.get("Metrics") or ())]
    found = [
        str(one["Value"])
        for metric in metrics
        if metric.get("Namespace") == BATCH_NAMESPACE
        for one in metric.get("Dimensions") or ()
        if one.get("Name") == DIMENSION
    ]
    return tuple(dict.fromkeys(found))


def on_batch(alarm: Mapping[str, Any]) -> bool:
    """Whether an alarm watches batch inference."""
    asked = any(BATCH_NAMESPACE in str(one.get("Expression", "")) for one in alarm.get("Metrics") or ())
    return asked or alarm.get("Namespace") == BATCH_NAMESPACE or bool(models_of(alarm))
