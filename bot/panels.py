"""Panels of lines over time as a Vega-Lite specification, a plain dict; pure.

Everything foreign is data, never part of an expression or the name of a field. The panels stand one above the other with
one time axis, because side by side they cannot be read on a phone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from bot.axes import GREY, WIDTH, Spec, chart, ticks, time_axis, value_axis, when
from bot.legend import legend, looks, stroke
from bot.points import Point

HEIGHT = 112
TITLE = "Bedrock batch inference"


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
    marks = ticks(since, until, ZoneInfo(zone))
    rooms = [
        _panel(panel, names, time_axis(since, until, marks, zone if panel is filled[-1] else "")) for panel in filled
    ]
    words = note if filled else "no data in this time"
    below = [legend([("line", name) for name in names], {"line": [stroke(names)]}), *rooms] if filled else [_blank()]
    return chart(title, [when(since, until, zone), *([words] if words else [])], below)


def _panel(panel: Panel, names: Sequence[str], time: Spec) -> Spec:
    drawn = [row for line in panel.lines for row in rows(line)]
    value = value_axis(f"{panel.title} ({panel.unit})" if panel.unit else panel.title, max(row["v"] for row in drawn))
    return {
        "width": WIDTH,
        "height": HEIGHT,
        "data": {"values": drawn},
        "encoding": {"x": time, "y": value},
        "layer": strokes(drawn, names),
    }


def strokes(drawn: Sequence[Spec], names: Sequence[str]) -> list[Spec]:
    """The layers that draw ``rows`` as lines, and as a point where a datapoint stands alone."""
    look = looks(names)
    layers: list[Spec] = [
        {"mark": {"type": "line", "strokeWidth": 2.2}, "encoding": {"detail": {"field": "r"}, **look}},
    ]
    if any("alone" in row for row in drawn):
        mark = {"type": "point", "filled": True, "size": 46, "opacity": 1}
        layers.append({"mark": mark, "transform": [{"filter": "datum.alone"}], "encoding": {"color": look["color"]}})
    return layers


def rows(line: Line) -> list[Spec]:
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


def _blank() -> Spec:
    text = {"type": "text", "text": "No data in this time", "fontSize": 18, "color": GREY}
    return {"width": WIDTH, "height": HEIGHT, "data": {"values": [{}]}, "mark": text}
