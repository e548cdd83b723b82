"""Panels of lines over time as a Vega-Lite specification, a plain dict; pure.

Everything foreign is data, never part of an expression or the name of a field. The panels stand one above the other with
one time axis, because side by side they cannot be read on a phone.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from bot.metrics.series import Point

Spec = dict[str, Any]

WIDTH, HEIGHT, MARGIN = 500, 112, 44
TITLE = "Bedrock batch inference"

_STEPS = [timedelta(minutes=n) for n in (5, 10, 15, 30, 60, 120, 180, 360, 720, 1440, 2880, 10080)]

# Okabe and Ito's palette without black and yellow; the dashes tell the lines apart where colours do not.
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9")
DASHES = ([1, 0], [7, 3], [2, 2], [9, 3, 2, 3], [5, 2], [3, 5])
INK, GREY, LINE, GRID = "#1d1c1d", "#55545a", "#9a9aa0", "#e4e4e8"


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a panel: its name in the legend and its datapoints; a step longer than ``period`` is a gap."""

    name: str
    period: timedelta
    points: Sequence[Point]


@dataclass(frozen=True, slots=True)
class Panel:
    """Lines that share a value axis; ``title`` heads it, with the ``unit`` where the title does not say it."""

    title: str
    lines: Sequence[Line]
    unit: str = ""


def figure(
    panels: Sequence[Panel], *, since: datetime, until: datetime, zone: str, title: str = TITLE, note: str = ""
) -> Spec:
    """The panels that have data, one above the other, times in the IANA ``zone``; without any it says so."""
    filled = [panel for panel in panels if any(line.points for line in panel.lines)]
    names = sorted({line.name for panel in filled for line in panel.lines if line.points}, key=str.lower)
    ticks = _ticks(since, until, ZoneInfo(zone))
    rooms = [_panel(panel, names, _time(since, until, ticks, zone if panel is filled[-1] else "")) for panel in filled]
    words = note if filled else "no data in this time"
    return {
        "background": "white",
        "padding": 16,
        "title": {"text": title, "subtitle": [_when(since, until, zone), *([words] if words else [])]},
        "vconcat": [_legend(names), *rooms] if filled else [_blank()],
        "config": _config(),
    }


def _panel(panel: Panel, names: Sequence[str], time: Spec) -> Spec:
    rows = [row for line in panel.lines for row in _rows(line)]
    look = _look(names)
    layers: list[Spec] = [
        {"mark": {"type": "line", "strokeWidth": 2.2}, "encoding": {"detail": {"field": "r"}, **look}},
    ]
    if any("alone" in row for row in rows):
        mark = {"type": "point", "filled": True, "size": 46, "opacity": 1}
        layers.append({"mark": mark, "transform": [{"filter": "datum.alone"}], "encoding": {"color": look["color"]}})
    value = _value(f"{panel.title} ({panel.unit})" if panel.unit else panel.title, max(row["v"] for row in rows))
    return {
        "width": WIDTH,
        "height": HEIGHT,
        "data": {"values": rows},
        "encoding": {"x": time, "y": value},
        "layer": layers,
    }


def _look(names: Sequence[str]) -> Spec:
    """Colour and dashes of each name, the same in every panel."""
    colour = {"domain": list(names), "range": list(COLOURS[: len(names)])}
    dash = {"domain": list(names), "range": list(DASHES[: len(names)])}
    return {
        "color": {"field": "m", "type": "nominal", "scale": colour, "legend": None},
        "strokeDash": {"field": "m", "type": "nominal", "scale": dash, "legend": None},
    }


def _legend(names: Sequence[str]) -> Spec:
    """Two columns of strokes and names, drawn as marks: Vega's own legend takes a third of a picture's time."""
    rows = [{"m": name, "x": n % 2, "x2": n % 2 + 0.13, "y": n // 2} for n, name in enumerate(names)]
    lines = -(-len(names) // 2)
    x = {"field": "x", "type": "quantitative", "axis": None, "scale": {"domain": [0, 2], "nice": False}}
    y = {"field": "y", "type": "quantitative", "axis": None, "scale": {"domain": [lines - 0.5, -0.5], "nice": False}}
    rule = {"mark": {"type": "rule", "strokeWidth": 3}, "encoding": {"x2": {"field": "x2"}, **_look(names)}}
    text = {"type": "text", "align": "left", "dx": 44, "fontSize": 15, "color": INK, "baseline": "middle"}
    return {
        "width": WIDTH,
        "height": 24 * lines,
        "data": {"values": rows},
        "encoding": {"x": x, "y": y},
        "layer": [rule, {"mark": text, "encoding": {"text": {"field": "m"}}}],
    }


def _rows(line: Line) -> list[Spec]:
    """Datapoints as t (seconds), v, m (which line) and r (which unbroken run); a run of one is drawn as a point."""
    runs: list[list[Point]] = []
    for point in line.points:
        if runs and point.at - runs[-1][-1].at <= line.period * 1.5:
            runs[-1].append(point)
        else:
            runs.append([point])
    return [
        {"t": int(one.at.timestamp()), "v": one.value, "m": line.name, "r": n}
        | ({"alone": True} if len(run) == 1 else {})
        for n, run in enumerate(runs)
        for one in run
    ]


def _time(since: datetime, until: datetime, ticks: dict[int, str], zone: str) -> Spec:
    """The time axis in seconds; its labels are worked out here, since Vega knows UTC and the machine's zone only."""
    labels = ", ".join(f'"{at}": "{text}"' for at, text in ticks.items())
    axis: Spec = {"values": list(ticks), "title": None, "labels": False, "ticks": False}
    if zone:
        axis |= {"title": f"Time ({zone})", "labels": True, "ticks": True, "labelExpr": f"({{{labels}}})[datum.value]"}
    domain = [int(since.timestamp()), int(until.timestamp())]
    return {
        "field": "t",
        "type": "quantitative",
        "axis": axis,
        "scale": {"domain": domain, "nice": False, "zero": False},
    }


def _ticks(since: datetime, until: datetime, zone: ZoneInfo) -> dict[int, str]:
    """At most nine round local times within the range, by second: the hour, or the day where it begins."""
    step = next((one for one in _STEPS if (until - since) / one <= 8), _STEPS[-1])
    wall = since.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=None)
    ticks: dict[int, str] = {}
    while (at := wall.replace(tzinfo=zone)) <= until:
        if at >= since:
            ticks[int(at.timestamp())] = f"{wall:%a} {wall.day}" if wall.hour == wall.minute == 0 else f"{wall:%H:%M}"
        wall += step
    return ticks


def _when(since: datetime, until: datetime, zone: str) -> str:
    """``22 Nov 09:00 to 23 Nov 09:00, Europe/Zurich``."""
    start, end = (moment.astimezone(ZoneInfo(zone)) for moment in (since, until))
    return f"{start.day} {start:%b %H:%M} to {end.day} {end:%b %H:%M}, {zone}"


def _value(title: str, peak: float) -> Spec:
    """The value axis from 0 to a round number at or above the peak, in at most four steps.

    The scale ends where we say, so nothing has to be clipped: clipping takes longer to draw than all the rest.
    """
    step = _round_up(peak / 3)
    steps = max(math.ceil(peak / step - 1e-9), 1)
    axis = {
        "title": title,
        "values": [step * n for n in range(steps + 1)],
        "labelExpr": "datum.value === 0 ? '0' : format(datum.value, '~s')",
        "minExtent": MARGIN,
        "maxExtent": MARGIN,
    }
    return {"field": "v", "type": "quantitative", "axis": axis, "scale": {"domain": [0, step * steps], "nice": False}}


def _round_up(least: float) -> float:
    """The smallest of 1, 2, 5, 10, 20, 50… that is not below ``least``."""
    power = 10.0 ** math.floor(math.log10(max(least, 1.0)))
    return next((size * power for size in (1, 2, 5) if size * power >= least), 10 * power)


def _blank() -> Spec:
    text = {"type": "text", "text": "No data in this time", "fontSize": 18, "color": GREY}
    return {"width": WIDTH, "height": HEIGHT, "data": {"values": [{}]}, "mark": text}


def _config() -> Spec:
    text = {
        "labelFontSize": 14,
        "titleFontSize": 14,
        "labelColor": GREY,
        "titleColor": GREY,
        "titleFontWeight": "normal",
    }
    # Without Vega's second thoughts on labels, and words for screen readers that no PNG keeps: a quarter faster.
    quick = {"labelOverlap": False, "labelFlush": False, "labelBound": False}
    # The title of a value axis lies flat above its panel, where it is read as the panel's heading.
    heading = {"titleAngle": 0, "titleAlign": "left", "titleBaseline": "bottom", "titleX": -MARGIN, "titleY": -12}
    strong = {"titleColor": INK, "titleFontSize": 15, "titleFontWeight": "bold"}
    return {
        "aria": False,
        "font": "Liberation Sans",
        "view": {"stroke": None},
        "concat": {"spacing": 14},
        "axis": {**text, **quick, "gridColor": GRID, "domainColor": LINE, "tickColor": LINE},
        "axisY": {**heading, **strong, "domain": False, "ticks": False},
        "title": {"anchor": "start", "fontSize": 17, "color": INK, "subtitleFontSize": 14, "subtitleColor": GREY},
    }
