"""One metric of one model over time, and what it says: now, average, peak, change; pure."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.metrics.ranges import Window
from bot.points import Point

# A value may be this many periods old, and this much longer, and still be called the present one: the newest datapoint
# is the start of a period that has just ended, and CloudWatch is some minutes late.
FRESH_PERIODS = 3
LATE = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Series:
    """One metric of one model, in time order, each time once.

    A period without a datapoint is a gap, never 0. ``partial`` says that CloudWatch gave less than it has.
    """

    model_id: str
    metric: str
    period: timedelta
    points: tuple[Point, ...]
    partial: bool = False

    def between(self, start: datetime, end: datetime) -> tuple[Point, ...]:
        """The datapoints from ``start`` on and before ``end``."""
        return tuple(point for point in self.points if start <= point.at < end)


@dataclass(frozen=True, slots=True)
class Reading:
    """One metric of one model in one range.

    ``now`` is the newest value, None when there is no recent one; ``last`` when it is from. ``average`` and ``peak``
    are over the datapoints there are. ``change`` is the average against the one of the range before, as a fraction
    (0.18 is 18 % more); None when it cannot be compared.
    """

    now: float | None
    average: float
    peak: float
    before_average: float | None
    change: float | None
    last: datetime
    peak_at: datetime


def read(series: Series, window: Window, now: datetime) -> Reading | None:
    """The reading of one series; None when it has no datapoint in the range."""
    points = series.between(window.since, window.until)
    if not points:
        return None
    last, top = points[-1], max(points, key=lambda point: point.value)
    average = _mean(points)
    earlier = series.between(window.before, window.since)
    before = _mean(earlier) if earlier else None
    comparable = before and not series.partial
    return Reading(
        now=last.value if now - last.at <= FRESH_PERIODS * series.period + LATE else None,
        average=average,
        peak=top.value,
        before_average=before,
        change=average / before - 1 if before and comparable else None,
        last=last.at,
        peak_at=top.at,
    )


def _mean(points: Sequence[Point]) -> float:
    return math.fsum(point.value for point in points) / len(points)
