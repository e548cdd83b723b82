"""The body of the CloudWatch dashboard: its own widgets, and those that people added by hand; pure.

PutDashboard overwrites everything, so the widgets that are not ours are carried over; ours are known by how their titles (or
their text) begin. The grid is 24 wide. Limits (CloudWatch's dashboard body): 500 metrics a widget, 2,500 a dashboard, 500
widgets, 100 alarms in an alarm widget.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from bot.aws.consoles import cloudwatch
from bot.errors import BadInput
from bot.metrics import catalog
from bot.slack.blocks import plain

NAME = "batchbot"
MARK = "batchbot · "
MODELS = 100
ALARMS = 100
WIDGETS = 500
WIDTH = 24

Widget = dict[str, Any]
Measured = Mapping[str, Sequence[str]]
"""The names of the metrics that each model has, by ModelId."""


def widgets(measured: Measured, alarm_arns: Sequence[str], region: str, names: Callable[[str], str]) -> list[Widget]:
    """Ours, from the top: a heading, the alarms, a widget for each metric with a line for each model, the largest backlogs."""
    found: list[Widget] = [_heading(len(measured))]
    top = 2
    if alarm_arns:
        found.append(_alarms(alarm_arns, top))
        top += 3
    charts = [_metric(metric, measured, region, names) for metric in catalog.METRICS]
    charts = [*(one for one in charts if one["properties"]["metrics"]), _insights(region)]
    for number, chart in enumerate(charts):
        found.append({**chart, "x": number % 2 * 12, "y": top + number // 2 * 6, "width": 12, "height": 6})
    return found


def _heading(models: int) -> Widget:
    text = (
        f"## {MARK}Bedrock batch inference\n{models} models with metrics. Kept by the bot: add your own widgets beside."
    )
    place = {"x": 0, "y": 0, "width": WIDTH, "height": 2}
    return {"type": "text", **place, "properties": {"markdown": text}}


def _alarms(arns: Sequence[str], top: int) -> Widget:
    properties = {"title": f"{MARK}Alarms", "alarms": list(arns)[:ALARMS], "sortBy": "stateUpdatedTimestamp"}
    return {"type": "alarm", "x": 0, "y": top, "width": WIDTH, "height": 3, "properties": properties}


def _metric(metric: catalog.Metric, measured: Measured, region: str, names: Callable[[str], str]) -> Widget:
    models = [model for model, has in measured.items() if metric.name in has][:MODELS]
    rows = [
        [catalog.NAMESPACE, metric.name, catalog.DIMENSION, model, {"label": plain(names(model), 60)}]
        for model in models
    ]
    properties = {
        "title": f"{MARK}{metric.words}",
        "region": region,
        "view": "timeSeries",
        "stacked": False,
        "stat": metric.statistic,
        "period": 300,
        "metrics": rows,
        "yAxis": {"left": {"min": 0, "label": metric.unit, "showUnits": False}},
    }
    return {"type": "metric", "properties": properties}


def _insights(region: str) -> Widget:
    """The ten largest backlogs, which also finds models that are new since the last refresh; every name in it is ours."""
    source = f'SCHEMA("{catalog.NAMESPACE}", {catalog.DIMENSION})'
    ranked = f"GROUP BY {catalog.DIMENSION} ORDER BY MAX() DESC LIMIT 10"
    query = f"SELECT MAX({catalog.RECORDS}) FROM {source} {ranked}"  # noqa: S608  (no name in it comes from outside)
    properties = {
        "title": f"{MARK}Largest backlogs (Metrics Insights)",
        "region": region,
        "view": "timeSeries",
        "stacked": False,
        "period": 300,
        "metrics": [[{"expression": query, "id": "q1", "label": ""}]],
    }
    return {"type": "metric", "properties": properties}


def merged(there: str | None, ours: Sequence[Widget]) -> tuple[str, int]:
    """The new body, and how many widgets of others are in it; raises BadInput where what is there cannot be kept."""
    body = _read(there)
    kept = [one for one in body["widgets"] if not is_ours(one)]
    if len(ours) + len(kept) > WIDGETS:
        raise BadInput(f"The dashboard {NAME} would have more than {WIDGETS} widgets. Take some out in the console.")
    text = json.dumps({**body, "widgets": [*ours, *_below(kept, _height(ours))]}, ensure_ascii=False)
    return text, len(kept)


def _read(there: str | None) -> dict[str, Any]:
    try:
        body = json.loads(there) if there else {}
    except ValueError:
        body = None
    if not isinstance(body, dict) or not isinstance(body.get("widgets", []), list):
        raise BadInput(
            f"There is a dashboard {NAME} that I cannot read, so I left it alone. Look at it in the console."
        )
    return {**body, "widgets": [one for one in body.get("widgets", []) if isinstance(one, dict)]}


def is_ours(widget: Mapping[str, Any]) -> bool:
    """Whether the bot put it there."""
    properties = widget.get("properties")
    if not isinstance(properties, Mapping):
        return False
    said = f"{properties.get('title') or ''}\n{properties.get('markdown') or ''}"
    return said.lstrip("\n# ").startswith(MARK)


def _height(found: Sequence[Mapping[str, Any]]) -> int:
    return max((int(one["y"]) + int(one["height"]) for one in found), default=0)


def _below(kept: Sequence[Widget], top: int) -> list[Widget]:
    """Widgets of others as they stand to each other, moved down where they would lie under ours."""
    placed = [one for one in kept if isinstance(one.get("y"), int)]
    down = max(top - min((int(one["y"]) for one in placed), default=top), 0)
    return [one | {"y": int(one["y"]) + down} if one in placed else one for one in kept]


def console(region: str) -> str:
    """The dashboard in CloudWatch's console."""
    return cloudwatch(region, f"dashboards/dashboard/{NAME}")
