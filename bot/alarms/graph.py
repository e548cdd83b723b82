"""The picture of an alarm: its metric, threshold or band, and the time in ALARM, as a Vega-Lite specification; pure.

It is read from the top: what is measured, what each mark means, one panel. The time in ALARM is shaded and has a bar over
it, the datapoints that tripped the alarm are rings, the threshold is dashed: nothing is told by colour alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from bot.alarms.words import amount
from bot.axes import GREY, WIDTH, Spec, chart, ticks, time_axis, value_axis, when
from bot.legend import WHOLE, Entry, legend, rule, stroke
from bot.panels import Line, rows, strokes
from bot.points import Point
from bot.slack.blocks import clip, plain, span

HEIGHT = 210
LINES = 6
ALARM_RED, BAND_GREY = "#B3001B", "#8a8a94"
_TITLE, _UNIT = 54, 60
_FINEST = 1e-6
"""The smallest step of the value axis: metrics may be shares as well as millions."""
_BAR = 5
_HEADROOM = 0.04
"""Neither the limit nor the highest datapoint lies on the edge, under the bar of the time in ALARM."""

_SHADE = {"color": ALARM_RED, "opacity": 0.1}
_LIMIT = {"color": ALARM_RED, "strokeWidth": 2, "strokeDash": [6, 4]}
_EXPECTED = {"color": BAND_GREY, "opacity": 0.28}
_RING = {
    "type": "point", "filled": True, "fill": "white", "stroke": ALARM_RED, "strokeWidth": 2.4, "size": 64, "opacity": 1,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Graph:
    """What is drawn: lines in one panel from ``since`` to ``until``, times told in the IANA ``zone``.

    ``unit`` heads the value axis ("records pending"); ``threshold_label`` is what the dashed line means ("limit 15,000");
    ``band`` is time, lower and upper bound of what is expected; ``firing`` are the spans in ALARM, one that still goes on
    ends with None; ``tripped`` are the datapoints that the alarm was decided on. All text is foreign.
    """

    title: str
    unit: str
    since: datetime
    until: datetime
    zone: str
    lines: tuple[Line, ...]
    threshold: float | None = None
    threshold_label: str = ""
    band: tuple[tuple[datetime, float, float], ...] = ()
    firing: tuple[tuple[datetime, datetime | None], ...] = ()
    tripped: tuple[Point, ...] = ()
    note: str = ""


def spec(graph: Graph) -> Spec:
    """The panel under its legend, for ``bot.charts.png``; a time without any datapoint is told in words."""
    lines = _lines(graph)
    drawn = [row for line in lines for row in rows(line)]
    names = [line.name for line in lines]
    words = [when(graph.since, graph.until, graph.zone), *([plain(graph.note, 90)] if graph.note else [])]
    time, value = _time(graph), _value(graph, drawn)
    line = _strokes(drawn, names) if drawn else [_blank(time, value)]
    panel = {
        "width": WIDTH,
        "height": HEIGHT,
        "encoding": {"x": time, "y": value},
        "layer": [*_shades(graph), *_band(graph), *_threshold(graph), *line, *_rings(graph)],
    }
    return chart(clip(plain(graph.title), _TITLE), words, [*_legend(graph, names if drawn else []), panel])


def alt_text(graph: Graph) -> str:
    """The point of the picture in a sentence or two, as plain text."""
    lines = _lines(graph)
    what = plain(graph.unit, _UNIT) or plain(graph.title, _TITLE) or "the metric"
    told = [_course(graph, lines[0].points), _crossing(graph)] if lines else ["has no data in this time", ""]
    parts = [" and ".join(part for part in told if part), _ringing(graph)]
    others = ", ".join(line.name for line in lines[1:])
    also = f" Also drawn: {others}." if others else ""
    return clip(f"{what[:1].upper()}{what[1:]} {'; '.join(part for part in parts if part)}.{also}", 1000)


def _course(graph: Graph, points: Sequence[Point]) -> str:
    """``rose from 6,000 to 18,400``: from the first datapoint to the worst one."""
    first, last = points[0].value, points[-1].value
    if len(points) == 1:
        return f"was {amount(first)}"
    values = [point.value for point in points]
    upward = _above(graph) if graph.tripped else last >= first
    worst = max(values) if upward else min(values)
    if worst == first:
        return f"was {amount(first)} at first and {amount(last)} at last"
    return f"{'rose' if worst > first else 'fell'} from {amount(first)} to {amount(worst)}"


def _above(graph: Graph) -> bool:
    """Whether the alarm was tripped by too much rather than by too little."""
    point = graph.tripped[0]
    middle = next(((low + high) / 2 for at, low, high in graph.band if at >= point.at), graph.threshold)
    return middle is None or point.value >= middle


def _crossing(graph: Graph) -> str:
    if not graph.tripped:
        held = plain(graph.threshold_label, WHOLE)
        return f"is drawn with its {held}" if graph.threshold is not None and held else ""
    limit = "left the expected band" if graph.band else "tripped the alarm"
    if graph.threshold is not None:
        limit = f"crossed the limit of {amount(graph.threshold)}"
    at = graph.tripped[0].at.astimezone(ZoneInfo(graph.zone))
    day = f"{at.day} {at:%b} " if graph.until - graph.since > timedelta(days=1) else ""
    return f"{limit} at {day}{at:%H:%M} {graph.zone}"


def _ringing(graph: Graph) -> str:
    """``in alarm for 42 min``, up to the end of the picture where it still is."""
    if not graph.firing:
        return ""
    length = span(sum((max((end or graph.until) - start, timedelta(0)) for start, end in graph.firing), timedelta(0)))
    if len(graph.firing) > 1:
        return f"in alarm {len(graph.firing)} times, {length} in all"
    return f"in alarm for {length}" if graph.firing[0][1] is None else f"was in alarm for {length}"


def _lines(graph: Graph) -> list[Line]:
    """The lines with data in the time shown, their names legible and each once."""
    lines: list[Line] = []
    for line in graph.lines:
        points = [point for point in line.points if graph.since <= point.at <= graph.until]
        if points and len(lines) < LINES:
            name = clip(plain(line.name) or "value", WHOLE - 3)
            taken = {one.name for one in lines}
            name = next(one for one in (name, *(f"{name} #{n}" for n in range(2, LINES + 2))) if one not in taken)
            lines.append(replace(line, name=name, points=points))
    return lines


def _time(graph: Graph) -> Spec:
    return time_axis(graph.since, graph.until, ticks(graph.since, graph.until, ZoneInfo(graph.zone)), graph.zone)


def _value(graph: Graph, drawn: Sequence[Spec]) -> Spec:
    values = [row["v"] for row in drawn] + [bound for _, *bounds in graph.band for bound in bounds]
    # The alarm's own datapoints may lie far from the line, which CloudWatch may have changed since: what is drawn
    # outside of the axis makes the picture so large that drawing it takes all memory.
    values += [one.value for one in graph.tripped]
    values += [graph.threshold] if graph.threshold is not None else []
    low, peak = min(values, default=0.0), max(values, default=1.0)
    unit = plain(graph.unit, _UNIT)
    return value_axis(unit[:1].upper() + unit[1:], peak, low=low, least=_FINEST, headroom=_HEADROOM)


def _strokes(drawn: Sequence[Spec], names: Sequence[str]) -> list[Spec]:
    return [{"data": {"values": list(drawn)}, "layer": strokes(drawn, names)}]


def _blank(time: Spec, value: Spec) -> Spec:
    """Words in the middle, where there is no line."""
    at, height = (sum(axis["scale"]["domain"]) / 2 for axis in (time, value))
    text = {"type": "text", "text": "No data in this time", "fontSize": 18, "color": GREY}
    return {"data": {"values": [{"t": at, "v": height}]}, "mark": text}


def _spans(graph: Graph) -> Iterator[tuple[int, int]]:
    """The times in ALARM within the picture, in seconds."""
    for start, end in graph.firing:
        first, last = max(start, graph.since), min(end or graph.until, graph.until)
        if first < last:
            yield int(first.timestamp()), int(last.timestamp())


def _shades(graph: Graph) -> list[Spec]:
    spans = [{"t": first, "t2": last} for first, last in _spans(graph)]
    if not spans:
        return []
    shade = {"type": "rect", **_SHADE}
    bar = {"type": "rect", "color": ALARM_RED}
    across = {"x2": {"field": "t2"}, "y": {"value": 0}}
    return [
        {
            "data": {"values": spans},
            "layer": [
                {"mark": shade, "encoding": {**across, "y2": {"value": HEIGHT}}},
                {"mark": bar, "encoding": {**across, "y2": {"value": _BAR}}},
            ],
        }
    ]


def _band(graph: Graph) -> list[Spec]:
    bounds = [
        {"t": int(at.timestamp()), "v": lower, "v2": upper}
        for at, lower, upper in graph.band
        if graph.since <= at <= graph.until
    ]
    layer = {"data": {"values": bounds}, "mark": {"type": "area", **_EXPECTED}, "encoding": {"y2": {"field": "v2"}}}
    return [layer] if bounds else []


def _threshold(graph: Graph) -> list[Spec]:
    if graph.threshold is None:
        return []
    return [
        {
            "data": {"values": [{"v": graph.threshold}]},
            "mark": {"type": "rule", **_LIMIT},
            "encoding": {"x": {"value": 0}, "x2": {"value": WIDTH}},
        }
    ]


def _rings(graph: Graph) -> list[Spec]:
    points = [
        {"t": int(one.at.timestamp()), "v": one.value} for one in graph.tripped if graph.since <= one.at <= graph.until
    ]
    return [{"data": {"values": points}, "mark": _RING}] if points else []


def _legend(graph: Graph, names: Sequence[str]) -> list[Spec]:
    """What each mark means."""
    entries: list[Entry] = [("line", name) for name in names]
    if graph.threshold is not None:
        entries.append(("threshold", clip(plain(graph.threshold_label) or "threshold", WHOLE)))
    entries += [("band", "expected")] if graph.band else []
    entries += [("firing", "in ALARM")] if next(_spans(graph), None) else []
    entries += [("ring", "tripped the alarm")] if graph.tripped else []
    swatches = {
        "line": [stroke(names)],
        "threshold": [rule(**_LIMIT)],
        "band": [rule(**_EXPECTED, strokeWidth=14)],
        "firing": [rule(**_SHADE, strokeWidth=14), rule(color=ALARM_RED, strokeWidth=3, yOffset=-7)],
        "ring": [{"mark": {**_RING, "xOffset": 16}}],
    }
    return [legend(entries, swatches)] if entries else []
