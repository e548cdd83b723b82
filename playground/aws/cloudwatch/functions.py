"""The values and functions of metric math: numbers, series, and lists of series; pure."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise as pairs

from playground.aws.cloudwatch.store import Points

Value = float | str | Points | list[Points]


class MathError(Exception):
    """The expression cannot be computed."""


@dataclass(frozen=True)
class Grid:
    """The periods that the question covers."""

    starts: list[int]
    period: int


def pairwise(act: Callable[[float, float], float], left: Value, right: Value) -> Value:
    """Apply an operator to numbers and series; two series meet where both have a point."""
    if isinstance(left, list):
        return [_series(pairwise(act, one, right)) for one in left]
    if isinstance(right, list):
        return [_series(pairwise(act, left, one)) for one in right]
    if isinstance(left, str) or isinstance(right, str):
        raise MathError("A word stands where a number should be")
    if isinstance(left, dict) and isinstance(right, dict):
        return _finite({at: float(act(left[at], right[at])) for at in left if at in right})
    if isinstance(left, dict):
        return _finite({at: float(act(value, _number(right))) for at, value in left.items()})
    if isinstance(right, dict):
        return _finite({at: float(act(_number(left), value)) for at, value in right.items()})
    return float(act(left, right))


def _fill(grid: Grid, args: list[Value]) -> Value:
    _count("FILL", args, 2)
    first, filler = args
    if isinstance(first, list):
        return [_series(_fill(grid, [one, filler])) for one in first]
    series = _series(first)
    filled: Points = {}
    last: float | None = None
    for at in sorted(grid.starts):
        last = series.get(at, last)
        value = series.get(at, last if isinstance(filler, str) else _at(filler, at))
        if value is not None:
            filled[at] = value
    return filled


def _if(_: Grid, args: list[Value]) -> Value:
    if len(args) not in {2, 3}:
        raise MathError("IF takes two or three arguments")
    other = args[2] if len(args) == 3 else {}
    if isinstance(args[0], float | int):
        return args[1] if args[0] else other
    picked = {at: _at(args[1] if yes else other, at) for at, yes in _series(args[0]).items()}
    return {at: value for at, value in picked.items() if value is not None}


def _fold(name: str, act: Callable[[list[float]], float]) -> Callable[[Grid, list[Value]], Value]:
    def run(_: Grid, args: list[Value]) -> Value:
        _count(name, args, 1)
        if isinstance(args[0], list):
            moments = sorted({at for series in args[0] for at in series})
            return {at: act([series[at] for series in args[0] if at in series]) for at in moments}
        values = list(_series(args[0]).values())
        return act(values) if values else {}

    return run


def _each(name: str, act: Callable[[float], float]) -> Callable[[Grid, list[Value]], Value]:
    def run(_grid: Grid, args: list[Value]) -> Value:
        _count(name, args, 1)
        return pairwise(lambda a, _: act(a), args[0], 0.0)

    return run


def _difference(*, per_second: bool) -> Callable[[Grid, list[Value]], Value]:
    def run(_: Grid, args: list[Value]) -> Value:
        _count("DIFF", args, 1)
        moments = sorted(_series(args[0]).items())
        return {b[0]: (b[1] - a[1]) / (b[0] - a[0] if per_second else 1) for a, b in pairs(moments)}

    return run


def _running_sum(_: Grid, args: list[Value]) -> Value:
    _count("RUNNING_SUM", args, 1)
    total, summed = 0.0, {}
    for at, value in sorted(_series(args[0]).items()):
        total += value
        summed[at] = total
    return summed


FUNCTIONS: dict[str, Callable[[Grid, list[Value]], Value]] = {
    "FILL": _fill,
    "IF": _if,
    "SUM": _fold("SUM", sum),
    "AVG": _fold("AVG", lambda values: sum(values) / len(values)),
    "MIN": _fold("MIN", min),
    "MAX": _fold("MAX", max),
    "ABS": _each("ABS", abs),
    "CEIL": _each("CEIL", math.ceil),
    "FLOOR": _each("FLOOR", math.floor),
    "PERIOD": lambda grid, _: float(grid.period),
    "DIFF": _difference(per_second=False),
    "RATE": _difference(per_second=True),
    "RUNNING_SUM": _running_sum,
}


def _count(name: str, args: list[Value], wanted: int) -> None:
    if len(args) != wanted:
        raise MathError(f"{name} takes {wanted} argument{'s' if wanted > 1 else ''}")


def _series(value: Value) -> Points:
    if isinstance(value, dict):
        return value
    raise MathError("A time series is needed here")


def _number(value: Value) -> float:
    if isinstance(value, float | int):
        return float(value)
    raise MathError("A number is needed here")


def _at(value: Value, at: int) -> float | None:
    return value.get(at) if isinstance(value, dict) else _number(value)


def _finite(points: Points) -> Points:
    return {at: value for at, value in points.items() if math.isfinite(value)}
