"""Reads which metric an alarm watches, out of both spellings that AWS uses for it; pure.

SNS writes ``MetricStat.Metric.MetricName`` with ``Dimensions`` as a list of {name, value}; EventBridge writes
``metricStat.metric.name`` with ``dimensions`` as one object. Metrics Insights puts everything into one query.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from bot.alarms.fields import Payload, items, lower_keys, text, whole

MODEL = "ModelId"

_QUERY = re.compile(r"\s*SELECT\s+([A-Za-z0-9]{1,20})\(\s*[\"']?([A-Za-z0-9_./ -]{1,255}?)[\"']?\s*\)", re.IGNORECASE)
_SCHEMA = re.compile(r"\bFROM\s+(?:SCHEMA\s*\(\s*)?[\"']([^\"']{1,255})[\"']", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Series:
    """One metric or expression of an alarm; ``period`` in seconds, ``returned`` is what the alarm looks at."""

    id: str | None = None
    metric: str | None = None
    namespace: str | None = None
    statistic: str | None = None
    period: int | None = None
    label: str | None = None
    returned: bool = True
    dimensions: dict[str, str] = field(default_factory=dict)


def read_series(entry: object) -> Series | None:
    """A trigger, or an entry of its metrics; None for what describes neither a metric nor an expression."""
    data = lower_keys(entry)
    stat = lower_keys(data.get("metricstat"))
    metric = lower_keys(stat.get("metric")) or data
    name = text(metric.get("metricname"), 255) or (text(metric.get("name"), 255) if stat else None)
    if name:
        return Series(
            id=text(data.get("id"), 255),
            metric=name,
            namespace=text(metric.get("namespace"), 255),
            statistic=text(stat.get("stat") or data.get("statistic") or data.get("extendedstatistic"), 60),
            period=whole(stat.get("period") or data.get("period")),
            label=text(data.get("label"), 255),
            returned=data.get("returndata") is not False,
            dimensions=_dimensions(metric.get("dimensions")),
        )
    return _expression(data) if text(data.get("expression")) else None


def _expression(data: Payload) -> Series:
    expression = text(data.get("expression"), 2000) or ""
    query, schema = _QUERY.match(expression), _SCHEMA.search(expression)
    return Series(
        id=text(data.get("id"), 255),
        metric=query[2] if query else None,
        namespace=schema[1] if query and schema else None,
        statistic=query[1] if query else None,
        period=whole(data.get("period")),
        label=text(data.get("label"), 255) or (None if query else expression[:80]),
        returned=data.get("returndata") is not False,
    )


def main_series(series: Sequence[Series], band_id: str | None) -> Series | None:
    """What the alarm's value is a value of: the returned series, a metric before an expression, never its band."""
    returned = [found for found in series if found.returned and (band_id is None or found.id != band_id)]
    return next((found for found in returned if found.metric), returned[0] if returned else None)


def only_model(series: Sequence[Series]) -> str | None:
    """The model that the series speak of; None if they speak of several."""
    models = {found.dimensions[MODEL] for found in series if MODEL in found.dimensions}
    return models.pop() if len(models) == 1 else None


def _dimensions(value: object) -> dict[str, str]:
    if isinstance(value, dict):
        found = [(name, entry) for name, entry in list(value.items())[:30]]
    else:
        entries = [lower_keys(entry) for entry in items(value, 30)]
        found = [(entry.get("name"), entry.get("value")) for entry in entries]
    named = ((text(name, 255), text(entry, 1024)) for name, entry in found)
    return {name: entry for name, entry in named if name and entry}
