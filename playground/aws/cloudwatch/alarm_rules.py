"""What PutMetricAlarm accepts, and the words it refuses with; pure."""

from typing import Any

from playground.aws.cloudwatch.expressions import ids_of
from playground.aws.cloudwatch.functions import MathError
from playground.aws.cloudwatch.insights import is_insights
from playground.aws.cloudwatch.query import STAT, check_queries
from playground.aws.cloudwatch.verdict import WORDS
from playground.aws.errors import AwsError

_MISSING = ("breaching", "notBreaching", "ignore", "missing")
_BANDS = ("LessThanLowerOrGreaterThanUpperThreshold", "LessThanLowerThreshold", "GreaterThanUpperThreshold")


def check_alarm(config: dict[str, Any]) -> None:
    """Refuse a configuration that breaks the documented rules."""
    _need(1 <= len(str(config.get("AlarmName", ""))) <= 255, "AlarmName must be 1 to 255 characters long.")
    _need(isinstance(config.get("EvaluationPeriods"), int), "The parameter EvaluationPeriods is required.")
    periods = int(config["EvaluationPeriods"])
    _need(periods >= 1, "EvaluationPeriods must be at least 1.")
    operator = config.get("ComparisonOperator")
    _need(operator in WORDS or operator in _BANDS, f"Unknown ComparisonOperator: {operator}.")
    _need(operator not in _BANDS, "Anomaly detection alarms are not played here.")
    _need(config.get("Threshold") is not None, "The parameter Threshold is required.")
    needed = config.get("DatapointsToAlarm") or periods
    _need(1 <= needed <= periods, "DatapointsToAlarm must be less than or equal to EvaluationPeriods.")
    missing = config.get("TreatMissingData") or "missing"
    _need(missing in _MISSING, f"Option {missing} is not supported for TreatMissingData parameter.")
    _actions(config)
    _need(bool(config.get("Metrics")) != ("MetricName" in config), "Give either MetricName or Metrics.")
    if config.get("Metrics"):
        _metrics(config)
    else:
        _metric(config)
    _span(config, periods)


def _need(holds: bool, text: str) -> None:
    if not holds:
        raise AwsError("ValidationError", text)


def _actions(config: dict[str, Any]) -> None:
    for field in ("OKActions", "AlarmActions", "InsufficientDataActions"):
        actions = config.get(field) or []
        _need(len(actions) <= 5, f"The collection {field} must not have a size greater than 5.")
        for arn in actions:
            _need(str(arn).startswith("arn:"), f"Invalid arn syntax: {arn}")


def _metric(config: dict[str, Any]) -> None:
    for field in ("Namespace", "Period"):
        _need(bool(config.get(field)), f"The parameter {field} is required.")
    stat, extended = config.get("Statistic"), config.get("ExtendedStatistic")
    _need(bool(stat) != bool(extended), "Give either Statistic or ExtendedStatistic.")
    _need(bool(STAT.fullmatch(str(stat or extended))), f"The value {stat or extended} is not a statistic.")
    period = config["Period"]
    _need(period in {10, 30} or period % 60 == 0, "Period must be 10, 30 or a multiple of 60.")


def _metrics(config: dict[str, Any]) -> None:
    queries = config["Metrics"]
    check_queries(queries)
    for field in ("Period", "Namespace", "Statistic", "ExtendedStatistic", "Dimensions"):
        _need(not config.get(field), f"{field} must not be set when Metrics is.")
    shown = [one for one in queries if one.get("ReturnData") is not False]
    _need(len(shown) == 1, "Exactly one element of the metrics list must have ReturnData set to true.")
    known = {one["Id"] for one in queries}
    for one in queries:
        text = one.get("Expression", "")
        if not text or is_insights(text):
            continue
        try:
            unknown = ids_of(text) - known
        except MathError as error:
            raise AwsError("ValidationError", f"Error in expression '{one['Id']}' [{error}]") from None
        _need(not unknown, f"Error in expression '{one['Id']}' [unknown id {', '.join(sorted(unknown))}]")


def _span(config: dict[str, Any], periods: int) -> None:
    inner = [(one.get("MetricStat") or one).get("Period") or 0 for one in config.get("Metrics") or []]
    period = int(config.get("Period") or max(inner, default=300) or 300)
    most = 86_400 * (7 if period >= 3600 else 1)
    text = f"Metrics cannot be checked across more than {most // 86_400} day(s) (EvaluationPeriods * Period must be <= {most})."
    _need(periods * period <= most, text)
