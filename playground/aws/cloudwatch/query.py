"""GetMetricData and GetMetricStatistics: check the question, compute each query, cut the answer into pages."""

import re
from typing import Any

from playground.aws.cloudwatch.band import band, is_band, subject
from playground.aws.cloudwatch.expressions import evaluate
from playground.aws.cloudwatch.functions import Grid, MathError, Value
from playground.aws.cloudwatch.insights import Group, is_insights, query
from playground.aws.cloudwatch.store import Metric, Points, Store
from playground.aws.errors import AwsError

MOST_QUERIES = 500
MOST_POINTS = 100_800
STAT = re.compile(r"Average|Sum|Minimum|Maximum|SampleCount|p(100|\d{1,2}(\.\d{1,10})?)")
_INSIGHTS_SECONDS = 3 * 3600


def grid_of(start: float, end: float, period: int) -> Grid:
    """Line up the periods: the start rounded down, the end left out."""
    first = int(start) // period * period
    return Grid(list(range(first, int(end) if end == int(end) else int(end) + 1, period)), period)


class Questions:
    """One list of MetricDataQueries over one span of time."""

    def __init__(self, store: Store, queries: list[dict[str, Any]]) -> None:
        self._store = store
        self._queries = {one["Id"]: one for one in queries}
        self._busy: set[str] = set()

    def period(self, name: str) -> int:
        """Tell the period of a query: its own, or the longest of all metrics."""
        one = self._queries[name]
        own = one.get("Period") or one.get("MetricStat", {}).get("Period")
        return int(
            own or max([q["MetricStat"]["Period"] for q in self._queries.values() if "MetricStat" in q] or [300])
        )

    def groups(self, name: str, grid: Grid) -> list[Group]:
        """Answer one query as labelled series."""
        one = self._queries[name]
        expression = one.get("Expression", "")
        if expression and is_insights(expression):
            return query(expression, self._store, grid)
        if is_band(expression):
            label = str(one.get("Label") or name)
            edges = zip(("Low", "High"), self.band(name, grid), strict=True)
            return [Group(f"{label} {which}", {}, points) for which, points in edges]
        metric = one.get("MetricStat", {}).get("Metric", {})
        label = str(one.get("Label") or metric.get("MetricName") or name)
        value = self.value(name, grid)
        if isinstance(value, list):
            return [Group(f"{label} {place}", {}, points) for place, points in enumerate(value)]
        if not isinstance(value, dict):
            value = dict.fromkeys(grid.starts, float(value))
        return [Group(label, {}, value)]

    def band(self, name: str, grid: Grid) -> tuple[Points, Points]:
        """Compute the lower and the upper edge of an anomaly band."""
        about, width = subject(self._queries[name].get("Expression", ""))
        return band(grid, width, lambda past: _series(self.value(about, past)))

    def value(self, name: str, grid: Grid) -> Value:
        """Compute one id over the grid."""
        if name == "METRICS()":
            return [self._points(one, grid) for one in self._queries.values() if "MetricStat" in one]
        one = self._queries.get(name)
        if one is None or name in self._busy:
            raise MathError(f"The id '{name}' is not defined")
        if "MetricStat" in one:
            return self._points(one, grid)
        self._busy.add(name)
        try:
            if is_insights(one["Expression"]):
                return [group.points for group in query(one["Expression"], self._store, grid)]
            if is_band(one["Expression"]):
                return list(self.band(name, grid))
            return evaluate(one["Expression"], lambda inner: self.value(inner, grid), grid)
        finally:
            self._busy.discard(name)

    def _points(self, one: dict[str, Any], grid: Grid) -> Points:
        stat = one["MetricStat"]
        wanted = stat["Metric"]
        metric = Metric.of(wanted["Namespace"], wanted["MetricName"], wanted.get("Dimensions", ()))
        return self._store.points([metric], grid.starts, grid.period, stat["Stat"])


def _series(value: Value) -> Points:
    if not isinstance(value, dict):
        raise MathError("ANOMALY_DETECTION_BAND needs a single time series")
    return value


def get_metric_data(store: Store, params: dict[str, Any], now: float) -> dict[str, Any]:
    """Answer one page of GetMetricData."""
    queries = params.get("MetricDataQueries") or []
    check_queries(queries)
    start, end = float(params.get("StartTime") or 0), float(params.get("EndTime") or 0)
    if start >= end:
        raise AwsError("ValidationError", "The parameter StartTime must be less than the parameter EndTime.")
    ascending = params.get("ScanBy") == "TimestampAscending"
    questions = Questions(store, queries)
    rows: list[tuple[str, str, list[tuple[int, float]]]] = []
    for one in queries:
        if one.get("ReturnData") is False:
            continue
        begin = max(start, now - _INSIGHTS_SECONDS) if is_insights(one.get("Expression", "")) else start
        grid = grid_of(begin, end, questions.period(one["Id"]))
        try:
            groups = questions.groups(one["Id"], grid)
        except MathError as error:
            raise AwsError("ValidationError", f"Error in expression '{one['Id']}' [{error}]") from None
        rows += [(one["Id"], g.label, sorted(g.points.items(), reverse=not ascending)) for g in groups]
    return _page(rows, params)


def check_queries(queries: list[dict[str, Any]]) -> None:
    """Refuse lists and queries that break the documented rules."""
    if not queries:
        raise AwsError("ValidationError", "The parameter MetricDataQueries is required.")
    if len(queries) > MOST_QUERIES:
        text = f"The collection MetricDataQueries must not have a size greater than {MOST_QUERIES}."
        raise AwsError("ValidationError", text)
    names = [str(one.get("Id", "")) for one in queries]
    for name in names:
        if not re.fullmatch(r"[a-z][A-Za-z0-9_]{0,254}", name):
            raise AwsError("ValidationError", f"The value {name} for parameter MetricDataQueries.Id is not matching.")
    if len(set(names)) < len(names):
        raise AwsError("ValidationError", "The values for parameter MetricDataQueries.Id are not unique.")
    if sum(is_insights(one.get("Expression", "")) for one in queries) > 1:
        raise AwsError("ValidationError", "Only one Metrics Insights query is allowed in a request.")
    for one in queries:
        _check_query(one)


def _check_query(one: dict[str, Any]) -> None:
    if ("MetricStat" in one) == ("Expression" in one):
        text = f"Exactly one of MetricStat and Expression must be given for '{one['Id']}'."
        raise AwsError("ValidationError", text)
    stat = one.get("MetricStat")
    period = (stat or one).get("Period")
    if stat is not None and not STAT.fullmatch(str(stat.get("Stat", ""))):
        raise AwsError("ValidationError", f"The value {stat.get('Stat')} for parameter Stat is not supported.")
    if (stat is not None and not period) or (period and (period < 60 or period % 60) and period not in {1, 5, 10, 30}):
        raise AwsError("ValidationError", f"The parameter Period must be 1, 5, 10, 30 or a multiple of 60: {period}.")
    if is_insights(one.get("Expression", "")) and not period:
        raise AwsError("ValidationError", "The parameter Period is required for a Metrics Insights query.")


def _page(rows: list[tuple[str, str, list[tuple[int, float]]]], params: dict[str, Any]) -> dict[str, Any]:
    size = min(int(params.get("MaxDatapoints") or MOST_POINTS), MOST_POINTS)
    token = str(params.get("NextToken") or "0")
    if not token.isdigit():
        raise AwsError("InvalidNextToken", "The NextToken is not valid.")
    start, place, results = int(token), 0, []
    for name, label, points in rows:
        low, high = max(0, start - place), min(len(points), start + size - place)
        ended = place + len(points) <= start + size
        first = place >= start or low < len(points)
        if first and (high > low or (not points and start <= place <= start + size)):
            cut = points[low:high]
            results.append(
                {
                    "Id": name,
                    "Label": label,
                    "Timestamps": [at for at, _ in cut],
                    "Values": [value for _, value in cut],
                    "StatusCode": "Complete" if ended else "PartialData",
                }
            )
        place += len(points)
    page: dict[str, Any] = {"MetricDataResults": results, "Messages": []}
    return page | ({"NextToken": str(start + size)} if place > start + size else {})


def get_metric_statistics(store: Store, params: dict[str, Any]) -> dict[str, Any]:
    """Answer GetMetricStatistics."""
    metric = Metric.of(params["Namespace"], params["MetricName"], params.get("Dimensions", ()))
    period = int(params["Period"])
    grid = grid_of(float(params["StartTime"]), float(params["EndTime"]), period)
    if len(grid.starts) > 1440:
        text = f"You have requested up to {len(grid.starts)} datapoints, which exceeds the limit of 1,440."
        raise AwsError("InvalidParameterCombination", text)
    rows: dict[int, dict[str, Any]] = {}
    for stat in params.get("Statistics") or []:
        for at, value in store.points([metric], grid.starts, period, stat).items():
            rows.setdefault(at, {"Timestamp": at, "Unit": "None"})[stat] = value
    return {"Label": params["MetricName"], "Datapoints": list(rows.values())}
