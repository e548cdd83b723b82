"""One datapoint of a metric, and datapoints put in order; pure."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime


@dataclass(frozen=True, slots=True)
class Point:
    """One datapoint: the start of its period (aware, UTC) and the value."""

    at: datetime
    value: float


def clean(pairs: Iterable[tuple[datetime, float]]) -> tuple[Point, ...]:
    """Datapoints in time order, each time once (the later mention wins), without NaN and infinities."""
    values = {_utc(at): float(value) for at, value in pairs if math.isfinite(value)}
    return tuple(Point(at, values[at]) for at in sorted(values))


def _utc(at: datetime) -> datetime:
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
