"""The picture of the batch metrics: series to a Vega-Lite specification, that to PNG, and its point in words; pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from bot.axes import Spec
from bot.metrics import catalog
from bot.metrics.series import Series
from bot.metrics.summary import ModelSummary, Summary, distinct_names
from bot.panels import Line, Panel, figure
from bot.points import Point
from bot.slack.blocks import clip, compact, count, plain

LINES = 6
NAME = 34
VEGA_LITE = "6.4"


def batch_chart(
    series: Sequence[Series], *, since: datetime, until: datetime, zone: str, names: Callable[[str], str]
) -> Spec:
    """A panel for each metric that has data, a line for each of the six models with the highest peaks."""
    shown = {(one.model_id, one.metric): one.between(since, until) for one in series}
    ranked = _ranked(shown)
    drawn = ranked[:LINES]
    labels = _labels(drawn, names)
    period = {one.model_id: one.period for one in series}
    panels = [
        Panel(
            f"{metric.words} (Claude only)" if metric.claude_only else metric.words,
            [Line(labels[key], period[key], shown.get((key, metric.name), ())) for key in drawn],
        )
        for metric in catalog.METRICS
    ]
    note = f"the {len(drawn)} of {len(ranked)} models with the highest peaks" if len(ranked) > len(drawn) else ""
    return figure(panels, since=since, until=until, zone=zone, note=note)


def _ranked(shown: dict[tuple[str, str], tuple[Point, ...]]) -> list[str]:
    """Models with data, by their highest peak in any metric as a share of the highest of all models."""
    peaks = {key: max(point.value for point in points) for key, points in shown.items() if points}
    tops: dict[str, float] = {}
    for (_, metric), peak in peaks.items():
        tops[metric] = max(tops.get(metric, 0.0), peak)
    score: dict[str, float] = {}
    for (model_id, metric), peak in peaks.items():
        score[model_id] = max(score.get(model_id, 0.0), peak / tops[metric] if tops[metric] else 0.0)
    return sorted(score, key=lambda key: (-score[key], key))


def _labels(model_ids: Sequence[str], names: Callable[[str], str]) -> dict[str, str]:
    """A legible name for each model; no two alike, or their lines would run together."""
    labels: dict[str, str] = {}
    for model_id, name in distinct_names(model_ids, names).items():
        label = clip(plain(name) or "?", NAME)
        taken = set(labels.values())
        labels[model_id] = next(
            one for one in (label, *(f"{label} #{n}" for n in range(2, LINES + 2))) if one not in taken
        )
    return labels


def png(spec: Spec, scale: float = 2) -> bytes:
    """Draw a specification; the same one gives the same bytes. Nothing is loaded from anywhere."""
    import vl_convert

    image: bytes = vl_convert.vegalite_to_png(spec, vl_version=VEGA_LITE, scale=scale, allowed_base_urls=[])
    return image


def alt_text(summary: Summary) -> str:
    """The point of the picture in at most a few sentences, as plain text."""
    shown = [model for model in summary.models if model.state != "silent"]
    if not shown:
        return f"No batch metrics in the {summary.range.words}."
    head = f"Lines of the batch metrics over the {summary.range.words} for {len(shown)} model{'s' * (len(shown) > 1)}."
    rest = f" {len(shown) - 3} more model{'s' * (len(shown) > 4)} with less." if len(shown) > 3 else ""
    return clip(" ".join([head, *(_told(model) for model in shown[:3])]) + rest, 1000)


def _told(model: ModelSummary) -> str:
    """What the lines of one model show: its backlog, or what it processed."""
    name, records = plain(model.name, 60), model.readings.get(catalog.RECORDS)
    flow = model.readings.get(catalog.INPUT) or model.readings.get(catalog.OUTPUT)
    parts = [f"is {model.state}"]
    if records:
        here = count(records.now) if records.now is not None else "no recent number of"
        parts.append(f"has {here} records pending after a peak of {count(records.peak)}")
    if flow:
        parts.append(f"processed {compact(flow.average)} tokens a minute on average")
    return f"{name} {', '.join(parts)}."
