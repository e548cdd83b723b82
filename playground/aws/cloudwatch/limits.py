"""What datapoints are compared with: a fixed threshold or an anomaly band, and how a reason speaks of it; pure."""

import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from playground.aws.cloudwatch.store import Points

WORDS: dict[str, tuple[Callable[[float, float], bool], str]] = {
    "GreaterThanThreshold": (operator.gt, "greater than"),
    "GreaterThanOrEqualToThreshold": (operator.ge, "greater than or equal to"),
    "LessThanThreshold": (operator.lt, "less than"),
    "LessThanOrEqualToThreshold": (operator.le, "less than or equal to"),
}
LOWER, UPPER = "LessThanLowerThreshold", "GreaterThanUpperThreshold"
BANDS = ("LessThanLowerOrGreaterThanUpperThreshold", LOWER, UPPER)


class Limit(Protocol):
    """What a datapoint may or may not cross."""

    @property
    def plural(self) -> bool:
        """Tell whether it has more than one edge."""

    def judges(self, start: int) -> bool:
        """Tell whether there is something to compare this moment with."""

    def crossed(self, start: int, value: float) -> bool:
        """Tell whether a value of this moment breaches."""

    def words(self, starts: list[int]) -> str:
        """Say it after "was" or "were not"."""

    def data(self, starts: list[int]) -> dict[str, Any]:
        """Give what the reason data holds of it."""


@dataclass(frozen=True)
class Fixed:
    """A threshold that never moves."""

    comparison: str
    threshold: float
    plural: bool = False

    def judges(self, _: int) -> bool:
        """It is always there."""
        return True

    def crossed(self, _: int, value: float) -> bool:
        """Compare as the operator says."""
        return WORDS[self.comparison][0](value, self.threshold)

    def words(self, _: list[int]) -> str:
        """Say it after "was" or "were not"."""
        return f"{WORDS[self.comparison][1]} the threshold ({self.threshold})"

    def data(self, _: list[int]) -> dict[str, Any]:
        """Give the threshold."""
        return {"threshold": self.threshold}


@dataclass(frozen=True)
class Band:
    """A lower and an upper edge that move with the time."""

    comparison: str
    lower: Points
    upper: Points
    plural: bool = True

    def judges(self, start: int) -> bool:
        """It knows only moments with some history behind them."""
        return start in self.lower

    def crossed(self, start: int, value: float) -> bool:
        """Compare with the edges of this moment."""
        low = self.comparison != UPPER and value < self.lower[start]
        return low or (self.comparison != LOWER and value > self.upper[start])

    def words(self, starts: list[int]) -> str:
        """Say it after "was" or "were not"."""
        parts = []
        if self.comparison != UPPER:
            parts.append(f"less than the lower thresholds [{_list(self.lower, starts)}]")
        if self.comparison != LOWER:
            parts.append(f"greater than the upper thresholds [{_list(self.upper, starts)}]")
        return " or ".join(parts)

    def data(self, starts: list[int]) -> dict[str, Any]:
        """Give both edges, oldest first."""
        known = [start for start in reversed(starts) if start in self.lower]
        edges = (("recentLowerThresholds", self.lower), ("recentUpperThresholds", self.upper))
        return {name: [edge[start] for start in known] for name, edge in edges}


def _list(edge: Mapping[int, float], starts: list[int]) -> str:
    return ", ".join(str(edge[start]) for start in starts if start in edge)
