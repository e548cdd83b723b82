"""ANOMALY_DETECTION_BAND: a plausible expectation from the same hours of the days before; pure."""

import re
import statistics
from collections.abc import Callable

from playground.aws.cloudwatch.functions import Grid, MathError
from playground.aws.cloudwatch.store import Points

_BAND = re.compile(r"\s*ANOMALY_DETECTION_BAND\(\s*([a-z]\w*)\s*(?:,\s*(\d+(?:\.\d+)?|\.\d+)\s*)?\)\s*")
_DAY = 86_400
_DAYS = 7
_LEAST_SPREAD = 0.05


def is_band(expression: str) -> bool:
    """Tell a band from other math."""
    return expression.lstrip().startswith("ANOMALY_DETECTION_BAND")


def subject(expression: str) -> tuple[str, float]:
    """Tell the id that it is about, and how many standard deviations wide it is."""
    found = _BAND.fullmatch(expression)
    if not found or float(found[2] or 2) <= 0:
        raise MathError("ANOMALY_DETECTION_BAND takes a metric and a positive number")
    return found[1], float(found[2] or 2)


def band(grid: Grid, width: float, look: Callable[[Grid], Points]) -> tuple[Points, Points]:
    """Give the lower and the upper edge; a moment without any history has none."""
    days = [look(Grid([at - day * _DAY for at in grid.starts], grid.period)) for day in range(1, _DAYS + 1)]
    usual = [value for day in days for value in day.values()]
    lower, upper = {}, {}
    for at in grid.starts:
        seen = [
            value for back, day in enumerate(days, start=1) for value in _around(day, at - back * _DAY, grid.period)
        ]
        values = seen if len(seen) >= 3 else usual
        if len(values) < 2:
            continue
        middle = statistics.fmean(values)
        spread = max(statistics.pstdev(values), abs(middle) * _LEAST_SPREAD, 1e-9) * width
        lower[at], upper[at] = round(middle - spread, 3), round(middle + spread, 3)
    return lower, upper


def _around(day: Points, at: int, period: int) -> list[float]:
    return [day[moment] for moment in (at - period, at, at + period) if moment in day]
