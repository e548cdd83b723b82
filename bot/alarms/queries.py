"""What GetMetricData is asked to draw an alarm, over which time, and which datapoints tripped it; pure.

Facts: an alarm compares the one query that returns data (beside its band) with its limit; a band returns two series under
one id; a Metrics Insights query answers for the latest 3 hours only and labels its series by group (GetMetricData).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from bot.alarms.alarm import ALARM, Alarm
from bot.alarms.episode import Episode
from bot.errors import NoPicture
from bot.points import Point

Query = dict[str, Any]
Band = tuple[tuple[datetime, float, float], ...]

SHORTEST = timedelta(hours=3)
DATAPOINTS = 36
LONGEST, MOST = timedelta(days=60), 1440
"""The time shown at most, and in how many datapoints: CloudWatch keeps those of five minutes for 63 days."""
LEAD = 2 / 3
"""This share of the time is before the alarm began to ring."""
_LATE = timedelta(minutes=2)
"""An alarm changes this much later than its newest datapoint ended, at most, unless CloudWatch is slow."""

_WHY_NOT = {
    "composite": "A composite alarm combines other alarms and has no metric of its own.",
    "log": "A log alarm watches log lines, which have no datapoints to draw.",
    "promql": "CloudWatch gives the data of a PromQL alarm to its own console only.",
}
_GROUPED = re.compile(
    r"""\s*SELECT\s+(?P<stat>AVG|MAX|MIN|SUM|COUNT)\(\s*(?P<metric>"[^"]+"|[A-Za-z0-9_.]+)\s*\)
    \s+FROM\s+SCHEMA\(\s*"(?P<namespace>[^"]+)"\s*,(?P<dimensions>[^)]+)\)
    \s+GROUP\s+BY\s+(?P<group>[^()]+?)
    (?:\s+ORDER\s+BY\s+\w+\(\s*\)(?:\s+(?:ASC|DESC))?)?(?:\s+LIMIT\s+\d+)?\s*""",
    re.VERBOSE | re.IGNORECASE,
)
_STATISTICS = {"AVG": "Average", "MAX": "Maximum", "MIN": "Minimum", "SUM": "Sum", "COUNT": "SampleCount"}


@dataclass(frozen=True, slots=True)
class Request:
    """One GetMetricData: ``queries`` from ``since`` to ``until`` (left out), datapoints of ``period``.

    ``main`` is the id of what the alarm compares, ``band`` that of what it is compared with, if it is a band. Where
    ``main`` answers with several series, the one is meant whose label holds all of ``group``.
    """

    queries: tuple[Query, ...]
    main: str
    band: str | None
    group: tuple[str, ...]
    since: datetime
    until: datetime
    period: timedelta


def request(episode: Episode, now: datetime) -> Request:
    """What is asked to draw an episode; raises NoPicture where metrics cannot show the alarm."""
    alarm = episode.alarm
    if not alarm.queries:
        raise NoPicture(_why_not(alarm))
    main = next((q for q in alarm.queries if q.get("ReturnData") is not False and q["Id"] != alarm.band_id), None)
    if main is None:
        raise NoPicture
    period = _period(alarm, main)
    since, until = window(episode, period, now)
    group = tuple(alarm.contributor.values())
    direct = _direct(main, alarm.contributor)
    queries = tuple(direct if q is main and direct else _asked(q, {main["Id"], alarm.band_id}) for q in alarm.queries)
    return Request(queries, main["Id"], alarm.band_id, () if direct else group, since, until, period)


def window(episode: Episode, period: timedelta, now: datetime) -> tuple[datetime, datetime]:
    """The time shown: some before it rang, up to now or some after its end; laid so that periods fit the alarm's own."""
    length = min(max(SHORTEST, DATAPOINTS * period), LONGEST)
    longest = min(max(SHORTEST, MOST * period), LONGEST)
    after = length * (1 - LEAD)
    until = min(now, episode.closed_at + after) if episode.closed_at else now
    since = max(min(episode.opened_at - length * LEAD, until - length), until - longest)
    step = period.total_seconds()
    newest = max((point.at for point in episode.alarm.datapoints), default=None)
    phase = newest.timestamp() % step if newest else 0.0
    begin = since.timestamp() - (since.timestamp() - phase) % step
    return datetime.fromtimestamp(begin, since.tzinfo), until


def tripped(episode: Episode, points: Sequence[Point], band: Band, period: timedelta) -> tuple[Point, ...]:
    """The datapoints that the alarm was decided on: as its message names them, else those just before it rang.

    An empty answer says that nothing drawn crossed the limit, as when missing data did.
    """
    alarm = episode.alarm
    told = alarm.datapoints if alarm.state == ALARM and alarm.at == episode.opened_at else ()
    named = tuple(point for point in told if breaches(alarm, point, band))
    if named:
        return named
    count = alarm.evaluation_periods or 1
    first, last = episode.opened_at - (count + 1) * period - _LATE, episode.opened_at
    before = [point for point in points if first <= point.at < last][-count:]
    return tuple(point for point in before if breaches(alarm, point, band))


def breaches(alarm: Alarm, point: Point, band: Band) -> bool:
    """Whether a datapoint is on the wrong side of the alarm's limit, or out of the band at its time."""
    if alarm.band_id:
        lower, upper = next(((low, high) for at, low, high in band if at == point.at), (alarm.lower, alarm.upper))
    else:
        lower = upper = alarm.threshold
    value, comparison = point.value, alarm.comparison or ""
    below = "Less" in comparison and lower is not None and value < lower
    above = "Greater" in comparison and upper is not None and value > upper
    return below or above or ("OrEqualTo" in comparison and value == alarm.threshold)


def _why_not(alarm: Alarm) -> str:
    kind = alarm.kind
    if alarm.rule:
        kind = "composite"
    elif alarm.log_groups or alarm.aggregation:
        kind = "log"
    return _WHY_NOT.get(kind, "The message does not say enough of the metric that the alarm watches.")


def _period(alarm: Alarm, main: Query) -> timedelta:
    """The alarm's own; of its queries where it names none (an expression takes the longest of its metrics)."""
    own = main.get("Period") or main.get("MetricStat", {}).get("Period")
    inputs = [q["MetricStat"]["Period"] for q in alarm.queries if "MetricStat" in q]
    return timedelta(seconds=own or alarm.period or max(inputs, default=300))


def _asked(query: Query, drawn: set[str | None]) -> Query:
    """A query as it is; only what is drawn comes back, the rest is there to be computed with."""
    return query | {"ReturnData": query["Id"] in drawn}


def _direct(query: Query, contributor: dict[str, str]) -> Query | None:
    """A contributor's own metric in place of the query over all groups, where that is the same.

    It costs one metric instead of one for each group, and reaches further back than the 3 hours of Metrics Insights.
    """
    found = _GROUPED.fullmatch(query.get("Expression", ""))
    if not found or not contributor or not query.get("Period"):
        return None
    dimensions = [_bare(name) for name in found["dimensions"].split(",")]
    if set(dimensions) != contributor.keys() or {_bare(name) for name in found["group"].split(",")} != set(dimensions):
        return None
    metric = {
        "Namespace": found["namespace"],
        "MetricName": _bare(found["metric"]),
        "Dimensions": [{"Name": name, "Value": contributor[name]} for name in dimensions],
    }
    stat = {"Metric": metric, "Period": query["Period"], "Stat": _STATISTICS[found["stat"].upper()]}
    return {"Id": query["Id"], "MetricStat": stat, "ReturnData": True}


def _bare(name: str) -> str:
    return name.strip().strip('"')
