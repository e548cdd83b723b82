"""Makes GetMetricData's MetricDataQueries out of what an alarm's payload says of its metrics; pure.

Limits: API_GetMetricData and API_MetricDataQuery. A query that GetMetricData would refuse spoils the whole set, since
expressions refer to each other: the result is then empty, and the alarm is shown without a picture.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from bot.alarms.fields import Payload, clean, items, lower_keys, whole

_ID = re.compile(r"[a-z][A-Za-z0-9_]{0,254}")
_INSIGHTS = re.compile(r"\s*SELECT\s", re.IGNORECASE)
_BAND = re.compile(r"\s*ANOMALY_DETECTION_BAND\s*\(", re.IGNORECASE)
_STATISTICS = {name.lower(): name for name in ("Average", "Maximum", "Minimum", "SampleCount", "Sum")}
_EXTENDED = re.compile(
    r"(?:p|tm|tc|ts|wm)[0-9]{1,3}(?:\.[0-9]{1,10})?|iqm|(?:pr|tm|tc|ts|wm)\([0-9.:%]{1,40}\)", re.IGNORECASE
)
_UNIT = re.compile(
    r"(?:(?:Kilo|Mega|Giga|Tera)(?:bit|byte)s|Bits|Bytes|Count)(?:/Second)?|Seconds|M(?:icro|illi)seconds|Percent|None"
)
_METRICS = 50

Query = dict[str, Any]


def read_queries(trigger: Payload, metrics: object) -> tuple[Query, ...]:
    """The queries of a trigger with one metric, or of a list of ``metrics`` in either of AWS's spellings.

    Ids that only EventBridge allows (it gives single metrics a UUID) become ``q1`` and so on.
    """
    entries = items(metrics, _METRICS)
    found = [_query(entry, trigger, f"q{place}") for place, entry in enumerate(entries or [trigger], 1)]
    queries = [query for query in found if query is not None]
    whole_set = len(queries) == len(found) and len({query["Id"] for query in queries}) == len(queries)
    return tuple(queries) if whole_set and any(query["ReturnData"] for query in queries) else ()


def band_of(queries: Sequence[Query], named: str | None) -> str | None:
    """The query that is an anomaly band: the one that the alarm names, else the one that asks for a band."""
    if named and any(query["Id"] == named for query in queries):
        return named
    return next((query["Id"] for query in queries if _BAND.match(query.get("Expression", ""))), None)


def _query(entry: object, trigger: Payload, spare: str) -> Query | None:
    data = lower_keys(entry)
    given = data.get("id")
    query: Query = {
        "Id": given if isinstance(given, str) and _ID.fullmatch(given) else spare,
        "ReturnData": data.get("returndata") is not False,
    }
    label, account = _exact(data.get("label"), 255), _exact(data.get("accountid"), 12)
    query |= {"Label": label} if label else {}
    query |= {"AccountId": account} if account and account.isdecimal() and len(account) == 12 else {}
    common = _period(lower_keys(trigger).get("period"))
    asked = _expression(data, common) if data.get("expression") else _stat(data, common)
    return query | asked if asked else None


def _expression(data: Payload, common: int | None) -> Query | None:
    """A math expression takes its period from its metrics, a Metrics Insights query has to be given one."""
    expression, period = _exact(data.get("expression"), 2048), _period(data.get("period"))
    if expression is None:
        return None
    if _INSIGHTS.match(expression) and not (period := period or common):
        return None
    return {"Expression": expression} | ({"Period": period} if period else {})


def _stat(data: Payload, common: int | None) -> Query | None:
    stat = lower_keys(data.get("metricstat"))
    metric = lower_keys(stat.get("metric")) or data
    name, namespace = _exact(metric.get("metricname") or metric.get("name"), 255), _exact(metric.get("namespace"), 255)
    period = common if stat.get("period") is None else _period(stat.get("period"))
    statistic = _statistic(stat.get("stat") or data.get("statistic") or data.get("extendedstatistic"))
    dimensions = _dimensions(metric.get("dimensions"))
    if None in (name, namespace, period, statistic, dimensions) or str(namespace).startswith(":"):
        return None
    asked = {"Namespace": namespace, "MetricName": name, "Dimensions": dimensions}
    unit = stat.get("unit") or data.get("unit")
    return {"MetricStat": {"Metric": asked, "Period": period, "Stat": statistic} | _unit(unit)}


def _unit(unit: object) -> Query:
    """The unit as the alarm has it: with it only data in this unit count."""
    return {"Unit": unit} if isinstance(unit, str) and _UNIT.fullmatch(unit) else {}


def _statistic(value: object) -> str | None:
    """``AVERAGE`` as ``Average``; percentiles and the like (``p99``, ``TM(10%:90%)``) as they are."""
    if not isinstance(value, str):
        return None
    return _STATISTICS.get(value.lower()) or (value if _EXTENDED.fullmatch(value) else None)


def _period(value: object) -> int | None:
    """Seconds as GetMetricData takes them: 1, 5, 10, 20, 30 or whole minutes."""
    period = whole(value)
    return period if period in {1, 5, 10, 20, 30} or (period and period > 0 and period % 60 == 0) else None


def _dimensions(value: object) -> list[dict[str, str]] | None:
    if isinstance(value, dict):
        found = list(value.items())
    else:
        entries = [lower_keys(entry) for entry in items(value)]
        found = [(entry.get("name"), entry.get("value")) for entry in entries]
    exact = [(_exact(name, 255), _exact(entry, 1024)) for name, entry in found]
    if len(exact) > 30:
        return None
    read = [{"Name": name, "Value": entry} for name, entry in exact if name and entry]
    return read if len(read) == len(exact) else None


def _exact(value: object, limit: int) -> str | None:
    """Text that can be asked for as it stands: cut or cleaned it would name something else."""
    return value if isinstance(value, str) and value and clean(value, limit) == value else None
