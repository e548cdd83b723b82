"""What PutMetricAlarm accepts beyond its shape, and the words it refuses with; pure."""

from typing import Any

from playground.aws.cloudwatch.band import is_band, subject
from playground.aws.cloudwatch.expressions import ids_of
from playground.aws.cloudwatch.functions import MathError
from playground.aws.cloudwatch.insights import is_insights
from playground.aws.cloudwatch.limits import BANDS, WORDS
from playground.aws.cloudwatch.query import STAT, check_queries
from playground.aws.errors import AwsError

_MISSING = ("breaching", "notBreaching", "ignore", "missing")
_MOST_METRICS = 10
ACTIONS = ("OKActions", "AlarmActions", "InsufficientDataActions")


def check_alarm(config: dict[str, Any]) -> None:
    """Refuse a configuration that breaks the documented rules."""
    check_actions(config)
    if config.get("EvaluationCriteria"):
        _promql(config)
        return
    need(isinstance(config.get("EvaluationPeriods"), int), "The parameter EvaluationPeriods is required.")
    periods = int(config["EvaluationPeriods"])
    _comparison(config)
    needed = config.get("DatapointsToAlarm") or periods
    need(1 <= needed <= periods, "DatapointsToAlarm must be less than or equal to EvaluationPeriods.")
    check_missing(config)
    need(bool(config.get("Metrics")) != ("MetricName" in config), "Give either MetricName or Metrics.")
    if config.get("Metrics"):
        _metrics(config)
    else:
        _metric(config)
    _span(config, periods)


def need(holds: bool, text: str) -> None:
    """Refuse with these words unless it holds."""
    if not holds:
        raise AwsError("ValidationError", text)


def check_actions(config: dict[str, Any]) -> None:
    """Refuse actions that are no ARNs, or that are named twice."""
    for field in ACTIONS:
        actions = [str(arn) for arn in config.get(field) or []]
        need(len(set(actions)) == len(actions), f"The collection {field} must not hold the same action twice.")
        for arn in actions:
            need(arn.startswith("arn:") and arn.count(":") >= 5, f"Invalid arn syntax: {arn}")


def check_missing(config: dict[str, Any]) -> None:
    """Refuse a treatment of missing data that is not known."""
    missing = config.get("TreatMissingData") or "missing"
    need(missing in _MISSING, f"Option {missing} is not supported for TreatMissingData parameter.")


def _comparison(config: dict[str, Any]) -> None:
    operator, band = config.get("ComparisonOperator"), config.get("ThresholdMetricId")
    need(operator in WORDS or operator in BANDS, f"Unknown ComparisonOperator: {operator}.")
    if band is None:
        need(operator in WORDS, f"ComparisonOperator {operator} needs a ThresholdMetricId.")
        need(config.get("Threshold") is not None, "The parameter Threshold is required.")
        return
    need(operator in BANDS, f"ComparisonOperator {operator} is not supported with a ThresholdMetricId.")
    need(config.get("Threshold") is None, "Threshold must not be set when ThresholdMetricId is.")
    found = [one for one in config.get("Metrics") or [] if one.get("Id") == band]
    text = "ThresholdMetricId must be the Id of an ANOMALY_DETECTION_BAND function in Metrics."
    need(bool(found) and is_band(str(found[0].get("Expression", ""))), text)


def _metric(config: dict[str, Any]) -> None:
    for field in ("Namespace", "Period"):
        need(bool(config.get(field)), f"The parameter {field} is required.")
    stat, extended = config.get("Statistic"), config.get("ExtendedStatistic")
    need(bool(stat) != bool(extended), "Give either Statistic or ExtendedStatistic.")
    need(bool(STAT.fullmatch(str(stat or extended))), f"The value {stat or extended} is not a statistic.")
    period = config["Period"]
    need(period in {10, 20, 30} or period % 60 == 0, "Period must be 10, 20, 30 or a multiple of 60.")


def _metrics(config: dict[str, Any]) -> None:
    queries, band = config["Metrics"], config.get("ThresholdMetricId")
    check_queries(queries)
    for field in ("Period", "Namespace", "Statistic", "ExtendedStatistic", "Dimensions", "Unit"):
        need(not config.get(field), f"{field} must not be set when Metrics is.")
    count = sum("MetricStat" in one for one in queries)
    need(count <= _MOST_METRICS, f"An alarm must not look at more than {_MOST_METRICS} metrics.")
    periods = {one["MetricStat"]["Period"] for one in queries if "MetricStat" in one}
    need(len(periods) <= 1, "All metrics of an alarm must have the same Period.")
    shown = [one for one in queries if one.get("ReturnData") is not False and one["Id"] != band]
    need(len(shown) == 1, "Exactly one element of the metrics list must have ReturnData set to true.")
    for one in queries:
        _expression(str(one.get("Expression", "")), one["Id"], {query["Id"] for query in queries})


def _expression(text: str, name: str, known: set[str]) -> None:
    if not text or is_insights(text):
        return
    need("SEARCH(" not in text, f"Error in expression '{name}' [SEARCH is not supported in alarms]")
    try:
        unknown = ({subject(text)[0]} if is_band(text) else ids_of(text)) - known
    except MathError as error:
        raise AwsError("ValidationError", f"Error in expression '{name}' [{error}]") from None
    need(not unknown, f"Error in expression '{name}' [unknown id {', '.join(sorted(unknown))}]")


def _promql(config: dict[str, Any]) -> None:
    need(bool(config["EvaluationCriteria"].get("PromQLCriteria")), "PromQLCriteria is required.")
    need(isinstance(config.get("EvaluationInterval"), int), "EvaluationInterval is required with EvaluationCriteria.")
    others = ("MetricName", "Namespace", "Metrics", "Threshold", "ComparisonOperator", "EvaluationPeriods", "Period")
    for field in others:
        need(field not in config, f"{field} must not be set when EvaluationCriteria is.")


def _span(config: dict[str, Any], periods: int) -> None:
    inner = [(one.get("MetricStat") or one).get("Period") or 0 for one in config.get("Metrics") or []]
    period = int(config.get("Period") or max(inner, default=300) or 300)
    most = 86_400 * (7 if period >= 3600 else 1)
    text = f"Metrics cannot be checked across more than {most // 86_400} day(s) (EvaluationPeriods * Period must be <= {most})."
    need(periods * period <= most, text)
