"""What an alarm would have done: a threshold from a model's own history, the last week played again, the price; pure."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from bot.alarms.alarm import ALARM, INSUFFICIENT, OK
from bot.alarms.making.definition import period_of
from bot.alarms.making.presets import BY_KEY, Preset
from bot.points import Point

WEEK = timedelta(days=7)
LATE = timedelta(minutes=5)
"""CloudWatch is some minutes late: what is younger counts neither as data nor as missing."""
LEAST = 12
"""So many datapoints make a history; from fewer nothing is concluded."""
TRIPPED = 200
PER_METRIC, PER_BAND, PER_FAST = Decimal("0.10"), Decimal("0.30"), Decimal("0.30")
"""US dollars a month for each metric that an alarm watches, at most; CloudWatch's price page, us-east-1."""

_BREACH: Mapping[str, Callable[[float, float], bool]] = {
    "GreaterThanThreshold": operator.gt,
    "GreaterThanOrEqualToThreshold": operator.ge,
    "LessThanThreshold": operator.lt,
    "LessThanOrEqualToThreshold": operator.le,
}


@dataclass(frozen=True, slots=True)
class Proposed:
    """A threshold and where it comes from, as a plain sentence."""

    threshold: float
    why: str


@dataclass(frozen=True, slots=True)
class Played:
    """What an alarm would have done: the spans in ALARM (an open one ends with None) and the datapoints that rang it."""

    since: datetime
    until: datetime
    spans: tuple[tuple[datetime, datetime | None], ...]
    tripped: tuple[Point, ...]

    @property
    def times(self) -> int:
        """How often it would have rung."""
        return len(self.spans)

    @property
    def lasted(self) -> timedelta:
        """How long it would have been in ALARM altogether."""
        return sum(((end or self.until) - start for start, end in self.spans), timedelta(0))


def propose(preset_key: str, points: Sequence[Point]) -> Proposed | None:
    """The threshold for a preset on this history; None where there is neither a history nor a usual value."""
    preset = BY_KEY[preset_key]
    if preset.rule is None:
        return _usual(preset, "the usual value of this preset")
    values = sorted(point.value for point in points if point.value > 0)
    if len(values) < LEAST:
        few = "no history" if not values else f"only {len(values)} datapoints of history"
        return _usual(preset, f"a default: there is {few} to go by")
    value = percentile(values, preset.rule.percentile) * preset.rule.factor
    return Proposed(readable(value, up=not preset.comparison.startswith("Less")), preset.rule.words)


def _usual(preset: Preset, why: str) -> Proposed | None:
    return None if preset.threshold is None else Proposed(preset.threshold, why)


def percentile(ordered: Sequence[float], share: float) -> float:
    """The value below which ``share`` of the ordered values lie, between neighbours by proportion."""
    place = share * (len(ordered) - 1)
    low = math.floor(place)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (ordered[high] - ordered[low]) * (place - low)


def readable(value: float, *, up: bool) -> float:
    """Two leading digits, rounded away from the everyday: up for a ceiling, down for a floor."""
    if not value:
        return 0.0
    size = 10.0 ** (math.floor(math.log10(abs(value))) - 1)
    rounded = math.ceil(value / size - 1e-9) if up else math.floor(value / size + 1e-9)
    return float(f"{rounded * size:.12g}")


def aligned(now: datetime, period: timedelta) -> datetime:
    """The end of the last period that is complete and in CloudWatch by ``now``."""
    step = int(period.total_seconds())
    return datetime.fromtimestamp(int((now - LATE).timestamp()) // step * step, UTC)


def play(made: Mapping[str, Any], points: Sequence[Point], now: datetime, *, over: timedelta = WEEK) -> Played | None:
    """Evaluate an alarm at the end of each of its periods of the last week; None where it is not held to a number.

    ``points`` are the datapoints of what it compares, each at the start of its period. As CloudWatch does: of the last
    EvaluationPeriods, DatapointsToAlarm have to breach; missing ones count as ``TreatMissingData`` says. The running
    period, which CloudWatch also looks at, is left out.
    """
    breaches = _BREACH.get(str(made.get("ComparisonOperator")))
    if breaches is None or made.get("Threshold") is None:
        return None
    period = timedelta(seconds=period_of(made))
    until = aligned(now, period)
    since = until - max(over // period, 1) * period
    known = {point.at: point.value for point in points if since <= point.at < until}
    judge = _Judge(made, breaches)
    spans: list[tuple[datetime, datetime | None]] = []
    tripped: dict[datetime, Point] = {}
    state, at = OK, since
    while at < until:
        at += period
        window = [at - n * period for n in range(1, judge.periods + 1) if at - n * period >= since]
        new = judge.state(state, [known.get(start) for start in window], judge.periods - len(window))
        if new == ALARM and state != ALARM:
            spans.append((at, None))
            crossed = ((one, known[one]) for one in window if one in known and breaches(known[one], judge.threshold))
            tripped |= {start: Point(start, value) for start, value in crossed}
        elif new != ALARM and state == ALARM:
            spans[-1] = (spans[-1][0], at)
        state = new
    return Played(since, until, tuple(spans), tuple(tripped[key] for key in sorted(tripped))[:TRIPPED])


class _Judge:
    """The verdict on one window of datapoints."""

    def __init__(self, made: Mapping[str, Any], breaches: Callable[[float, float], bool]) -> None:
        self.periods = int(made["EvaluationPeriods"])
        self.threshold = float(made["Threshold"])
        self._needed = int(made.get("DatapointsToAlarm") or self.periods)
        self._missing = str(made.get("TreatMissingData") or "missing")
        self._breaches = breaches

    def state(self, old: str, values: Sequence[float | None], before: int) -> str:
        """The next state; ``before`` periods of the window lie before what was read and say nothing."""
        real = [value for value in values if value is not None]
        crossed = sum(self._breaches(value, self.threshold) for value in real)
        missing = len(values) - len(real)
        if missing and self._missing == "ignore" and crossed < self._needed:
            return old
        if not real and self._missing == "missing":
            return INSUFFICIENT
        counted = crossed + (missing if self._missing == "breaching" and not before else 0)
        return ALARM if counted >= self._needed else OK


def monthly(made: Mapping[str, Any], models: int) -> Decimal:
    """US dollars a month at the list price of us-east-1; ``models`` is how many a query over all of them finds."""
    queries = made.get("Metrics") or ()
    if made.get("ThresholdMetricId"):
        return PER_BAND
    if any("SELECT " in str(one.get("Expression", "")).upper() for one in queries):
        return PER_METRIC * max(models, 1)
    each = PER_FAST if period_of(made) < 60 else PER_METRIC
    return each * max(sum(1 for one in queries if one.get("MetricStat")), 1)
