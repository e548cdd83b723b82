"""The last week of what a proposed alarm watches: what to ask CloudWatch for, what it would have done, its graph; pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from bot.alarms.graph import Graph
from bot.alarms.making import definition_words as words
from bot.alarms.making.definition import DIMENSION, grouped, period_of
from bot.alarms.making.proposal import Played, play
from bot.alarms.words import BATCH_NAMESPACE, MEASURES, amount
from bot.panels import Line
from bot.points import Point

Query = dict[str, Any]
Series = Mapping[str, tuple[Point, ...]]

DATAPOINTS = 200_000
LINES = 6


@dataclass(frozen=True, slots=True)
class Asked:
    """Queries for GetMetricData, and of those that are compared the ids with their names."""

    queries: tuple[Query, ...]
    compared: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Week:
    """What the last week says: how often the alarm would have rung and for how many seconds altogether.

    ``times`` is None where that cannot be said; ``note`` then says why, as a sentence. ``by`` counts the models.
    """

    times: int | None
    seconds: float = 0.0
    note: str = ""
    by: tuple[tuple[str, int], ...] = ()


def asked(made: Mapping[str, Any], model_ids: Sequence[str], model_name: Callable[[str], str]) -> Asked:
    """What to read for an alarm; nothing where its past cannot be read (a query of another kind over many metrics)."""
    label = words.subject(made, model_name)
    if made.get("MetricName"):
        metric = {key: made[key] for key in ("Namespace", "MetricName", "Dimensions") if made.get(key)}
        stat = {"Metric": metric, "Period": made["Period"], "Stat": made.get("Statistic") or made["ExtendedStatistic"]}
        stat |= {"Unit": made["Unit"]} if made.get("Unit") else {}
        return Asked(({"Id": "m1", "MetricStat": stat, "ReturnData": True},), {"m1": label})
    queries = [dict(one) for one in made.get("Metrics") or () if one.get("Id") != made.get("ThresholdMetricId")]
    if any("SELECT " in str(one.get("Expression", "")).upper() for one in queries):
        return _each_model(queries, made, model_ids, model_name)
    compared = [one for one in queries if one.get("ReturnData") is not False]
    return Asked(tuple(queries), {str(one["Id"]): label for one in compared})


def _each_model(
    queries: Sequence[Query], made: Mapping[str, Any], model_ids: Sequence[str], model_name: Callable[[str], str]
) -> Asked:
    """Metrics Insights looks back over 3 hours only, so each model is asked for by itself."""
    found = grouped(str(queries[0].get("Expression", ""))) if len(queries) == 1 else None
    if found is None:
        return Asked((), {})
    metric, statistic = found
    period = period_of(made)
    most = max(DATAPOINTS * period // int(timedelta(days=7).total_seconds()), 1)
    chosen = list(model_ids)[: min(most, 400)]
    asked_for = [one_model(f"s{n}", metric, statistic, period, model) for n, model in enumerate(chosen)]
    return Asked(tuple(asked_for), {f"s{n}": model_name(model) for n, model in enumerate(chosen)})


def one_model(key: str, metric: str, statistic: str, period: int, model_id: str) -> Query:
    """The query for one batch metric of one model."""
    dimensions = [{"Name": DIMENSION, "Value": model_id}]
    named = {"Namespace": BATCH_NAMESPACE, "MetricName": metric, "Dimensions": dimensions}
    return {"Id": key, "MetricStat": {"Metric": named, "Period": period, "Stat": statistic}, "ReturnData": True}


def week(made: Mapping[str, Any], ask: Asked, series: Series, now: datetime) -> tuple[Week, tuple[Played, ...]]:
    """What the alarm would have done with these series."""
    if made.get("ThresholdMetricId"):
        return Week(None, note="CloudWatch learns the band first, so I cannot say how often it would have rung."), ()
    if not ask.queries:
        return Week(
            None, note="I cannot read the past of such a query, so I cannot say how often it would have rung."
        ), ()
    if not any(series.get(key) for key in ask.compared):
        return Week(None, note="There is no data of the last 7 days, so I cannot say how often it would have rung."), ()
    played = {name: play(made, series.get(key, ()), now) for key, name in ask.compared.items() if series.get(key)}
    known = {name: one for name, one in played.items() if one is not None}
    by = sorted(((name, one.times) for name, one in known.items() if one.times), key=lambda pair: -pair[1])
    seconds = sum(one.lasted.total_seconds() for one in known.values())
    total = Week(sum(one.times for one in known.values()), seconds, by=tuple(by[:5]) if len(ask.compared) > 1 else ())
    return total, tuple(known.values())


def graph(
    made: Mapping[str, Any],
    ask: Asked,
    series: Series,
    played: Sequence[Played],
    *,
    since: datetime,
    until: datetime,
    zone: str,
) -> Graph:
    """The week with the threshold, the spans in which it would have rung, and the datapoints that did it."""
    period = timedelta(seconds=period_of(made))
    filled = [(name, series[key]) for key, name in ask.compared.items() if series.get(key)]
    top = sorted(filled, key=lambda pair: -max(point.value for point in pair[1]))[:LINES]
    threshold = None if made.get("ThresholdMetricId") or made.get("Threshold") is None else float(made["Threshold"])
    return Graph(
        title=f"{made['AlarmName']}, as it would have been",
        unit=_unit(made),
        since=since,
        until=until,
        zone=zone,
        lines=tuple(Line(name[:60], period, points) for name, points in top),
        threshold=threshold,
        threshold_label="" if threshold is None else f"threshold {amount(threshold)}",
        firing=tuple(span for one in played for span in one.spans)[:200],
        tripped=tuple(point for one in played for point in one.tripped)[:400],
    )


def _unit(made: Mapping[str, Any]) -> str:
    """What the compared values are, where there are words for it; an expression's 1 or 0 has none."""
    name = made.get("MetricName")
    for one in made.get("Metrics") or ():
        if one.get("ReturnData") is False or one.get("Id") == made.get("ThresholdMetricId"):
            continue
        ours = grouped(str(one.get("Expression") or ""))
        name = ours[0] if ours else ((one.get("MetricStat") or {}).get("Metric") or {}).get("MetricName")
    return MEASURES.get(str(name), "")
