"""What every chart has in common: colours, the time axis, the value axis, the type; pure."""

from __future__ import annotations

import math
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

Spec = dict[str, Any]

WIDTH, MARGIN = 500, 44

# Okabe and Ito's palette without black and yellow; the dashes tell the lines apart where colours do not.
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9")
DASHES = ([1, 0], [7, 3], [2, 2], [9, 3, 2, 3], [5, 2], [3, 5])
INK, GREY, LINE, GRID = "#1d1c1d", "#55545a", "#9a9aa0", "#e4e4e8"

_STEPS = [timedelta(minutes=n) for n in (5, 10, 15, 30, 60, 120, 180, 360, 720, 1440, 2880, 10080)]
_STEPS_AT_MOST = 8
_NARROW = 0.12
"""Values that differ by less than this share of the highest are drawn on an axis that does not begin at zero."""


def chart(title: str, words: list[str], rooms: list[Spec]) -> Spec:
    """Rooms one above the other under a title and lines of ``words``, white to its edges on any background."""
    return {
        "background": "white",
        "padding": 16,
        "title": {"text": title, "subtitle": words},
        "vconcat": rooms,
        "config": _config(),
    }


def time_axis(since: datetime, until: datetime, marks: dict[int, str], zone: str) -> Spec:
    """The time axis in seconds; its labels are worked out here, since Vega knows UTC and the machine's zone only.

    Without a ``zone`` the axis has neither labels nor title: the one below it has them.
    """
    labels = ", ".join(f'"{at}": "{text}"' for at, text in marks.items())
    axis: Spec = {"values": list(marks), "title": None, "labels": False, "ticks": False}
    if zone:
        axis |= {"title": f"Time ({zone})", "labels": True, "ticks": True, "labelExpr": f"({{{labels}}})[datum.value]"}
    domain = [int(since.timestamp()), int(until.timestamp())]
    return {
        "field": "t",
        "type": "quantitative",
        "axis": axis,
        "scale": {"domain": domain, "nice": False, "zero": False},
    }


def ticks(since: datetime, until: datetime, zone: ZoneInfo) -> dict[int, str]:
    """At most nine round local times within the range, by second: the hour, or the day where it begins."""
    step = next((one for one in _STEPS if (until - since) / one <= _STEPS_AT_MOST), _STEPS[-1])
    wall = since.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=None)
    found: dict[int, str] = {}
    while (at := wall.replace(tzinfo=zone)) <= until:
        if at >= since:
            found[int(at.timestamp())] = f"{wall:%a} {wall.day}" if wall.hour == wall.minute == 0 else f"{wall:%H:%M}"
        wall += step
    return found


def when(since: datetime, until: datetime, zone: str) -> str:
    """``22 Nov 09:00 to 23 Nov 09:00, Europe/Zurich``."""
    start, end = (moment.astimezone(ZoneInfo(zone)) for moment in (since, until))
    return f"{start.day} {start:%b %H:%M} to {end.day} {end:%b %H:%M}, {zone}"


def value_axis(title: str, peak: float, *, low: float = 0.0, least: float = 1.0, headroom: float = 0.0) -> Spec:
    """The value axis in round steps of at least ``least``, from zero unless ``low`` and ``peak`` are close together.

    ``headroom`` is the share that stays free above the peak.
    The scale ends where we say, so nothing has to be clipped: clipping takes longer to draw than all the rest.
    """
    narrow = 0 < low < peak and peak - low < _NARROW * peak
    bottom = low if narrow else min(low, 0.0)
    top = peak + headroom * (peak - bottom)
    step = _round_up(max(top - bottom, 0.0) / 3, least)
    first = math.floor(bottom / step + 1e-9)
    last = max(math.ceil(top / step - 1e-9), first + 1)
    values = [step * n for n in range(first, last + 1)]
    axis = {
        "title": title or None,
        "values": values,
        # Amazon's figures in thousands and millions; below that as they are, since "m" would be read as million.
        "labelExpr": "format(datum.value, abs(datum.value) >= 1000 ? '~s' : '~g')",
        "minExtent": MARGIN,
        "maxExtent": MARGIN,
    }
    return {
        "field": "v",
        "type": "quantitative",
        "axis": axis,
        "scale": {"domain": [values[0], values[-1]], "nice": False, "zero": False},
    }


def _round_up(size: float, least: float) -> float:
    """The smallest of 1, 2, 5, 10, 20, 50… that is below neither ``size`` nor ``least``."""
    wanted = max(size, least)
    power = 10.0 ** math.floor(math.log10(wanted))
    return next((step * power for step in (1, 2, 5) if step * power >= wanted), 10 * power)


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
