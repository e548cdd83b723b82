"""Where datapoints live: one-minute buckets of samples per metric, and their statistics; thread-safe by one lock."""

import threading
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

Points = dict[int, float]


@dataclass(frozen=True)
class Metric:
    """A metric's identity; dimensions sorted by name."""

    namespace: str
    name: str
    dimensions: tuple[tuple[str, str], ...] = ()

    @classmethod
    def of(cls, namespace: str, name: str, dimensions: Iterable[dict[str, str]] = ()) -> "Metric":
        """Make it from the API's list of Name and Value."""
        return cls(namespace, name, tuple(sorted((d["Name"], d["Value"]) for d in dimensions)))

    def shown(self) -> dict[str, object]:
        """Dress it as ListMetrics does."""
        dimensions = [{"Name": name, "Value": value} for name, value in self.dimensions]
        return {"Namespace": self.namespace, "MetricName": self.name, "Dimensions": dimensions}


class Store:
    """All series of the account."""

    def __init__(self) -> None:
        self._series: dict[Metric, dict[int, list[float]]] = {}
        self._lock = threading.Lock()

    def add(self, metric: Metric, at: float, *values: float) -> None:
        """Add samples to the minute of `at`."""
        minute = int(at) // 60 * 60
        with self._lock:
            self._series.setdefault(metric, {}).setdefault(minute, []).extend(values)

    def replace(self, metric: Metric, at: float, value: float) -> None:
        """Make this the only sample of the minute of `at`."""
        with self._lock:
            self._series.setdefault(metric, {})[int(at) // 60 * 60] = [value]

    def forget(self, metric: Metric, since: float) -> None:
        """Take out what was stored from a moment on."""
        with self._lock:
            series = self._series.get(metric, {})
            for minute in [one for one in series if one >= since]:
                del series[minute]

    def metrics(self) -> list[Metric]:
        """List all metrics in a steady order."""
        with self._lock:
            return sorted(self._series, key=lambda metric: (metric.namespace, metric.name, metric.dimensions))

    def newest(self, metric: Metric) -> int:
        """Tell the time of the newest datapoint."""
        with self._lock:
            return max(self._series.get(metric, {}), default=0)

    def points(self, metrics: Iterable[Metric], starts: list[int], period: int, stat: str) -> Points:
        """Aggregate the samples of some metrics together over the periods that begin at `starts`."""
        buckets: dict[int, list[float]] = {}
        for metric in metrics:
            for minute, values in self._within(metric, starts, period):
                for start in _windows(minute, starts, period):
                    buckets.setdefault(start, []).extend(values)
        return {start: statistic(values, stat) for start, values in buckets.items()}

    def _within(self, metric: Metric, starts: list[int], period: int) -> Iterator[tuple[int, list[float]]]:
        if not starts:
            return
        low, high = min(starts), max(starts) + period
        with self._lock:
            series = self._series.get(metric, {})
            if (high - low) // 60 < len(series):
                minutes = range((low + 59) // 60 * 60, high, 60)
                found = [(minute, list(series[minute])) for minute in minutes if minute in series]
            else:
                found = [(minute, list(values)) for minute, values in series.items() if low <= minute < high]
        yield from found


def _windows(minute: int, starts: list[int], period: int) -> list[int]:
    step = starts[1] - starts[0] if len(starts) > 1 else period
    if step == period:
        index = (minute - starts[0]) // period
        return [starts[index]] if 0 <= index < len(starts) else []
    return [start for start in starts if start <= minute < start + period]


def statistic(values: list[float], stat: str) -> float:
    """Compute Average, Sum, Minimum, Maximum, SampleCount or a percentile such as p95."""
    if stat == "Average":
        return sum(values) / len(values)
    simple: dict[str, Callable[[list[float]], float]] = {"Sum": sum, "Minimum": min, "Maximum": max, "SampleCount": len}
    if stat in simple:
        return float(simple[stat](values))
    rank = float(stat[1:]) / 100 * (len(values) - 1)
    ordered = sorted(values)
    low = int(rank)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (ordered[high] - ordered[low]) * (rank - low)
