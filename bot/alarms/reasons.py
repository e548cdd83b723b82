"""Reads CloudWatch's reason of a state change: datapoints, how many crossed what, and who moved a composite; pure.

The wording is not documented; these are the forms that alarms send (AmazonCloudWatch guide, "Notify users of alarm
changes"): ``Threshold Crossed: 2 out of the last 3 datapoints [1.0 (22/11/26 05:05:00), ...] were greater than the
threshold (0.0)``. Times are DD/MM/YY in UTC. What does not read like that gives nothing, never an error.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime

from bot.alarms.fields import number
from bot.points import Point

_ALARM_ARN = re.compile(r"arn:aws[a-z-]*:cloudwatch:[a-z0-9-]+:[0-9]{12}:alarm:(\S+)")
_NUMBER = r"(-?[0-9]{1,400}(?:\.[0-9]{1,400})?(?:[eE][+-]?[0-9]{1,4})?)"
_DATAPOINT = re.compile(_NUMBER + r" \(([0-9]{2}/[0-9]{2}/[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2})\)")
_CROSSED = re.compile(r"(greater|less) than( or equal to)? the threshold \(" + _NUMBER + r"\)")
_BAND = re.compile(r"(lower|upper) thresholds? [\[(]" + _NUMBER)
_COUNT = re.compile(
    r"(?<![0-9.,])([0-9]{1,6})(?: out of the last ([0-9]{1,6}))? (?:datapoints?|query results?)\b(?! was unk| were unk)"
)
_NOT = re.compile(r"\b(?:was|were) not (?:greater|less)")


@dataclass(frozen=True, slots=True)
class Reason:
    """What a reason tells; ``breaching`` of ``looked_at`` datapoints crossed, each None where it is not said.

    ``datapoints`` are oldest first; ``threshold`` with ``comparison`` (CloudWatch's word for it) is the fixed limit,
    ``lower`` and ``upper`` the newest edges of a band.
    """

    datapoints: tuple[Point, ...] = ()
    threshold: float | None = None
    comparison: str | None = None
    lower: float | None = None
    upper: float | None = None
    breaching: int | None = None
    looked_at: int | None = None


def read_reason(text: str) -> Reason:
    """What can be read out of ``text``."""
    crossed, counted = _CROSSED.search(text), None if _NOT.search(text) else _COUNT.search(text)
    edges = {side: number(edge) for side, edge in reversed(_BAND.findall(text))}
    return Reason(
        datapoints=_datapoints(text),
        threshold=number(crossed[3]) if crossed else None,
        comparison=f"{crossed[1].title()}Than{'OrEqualTo' if crossed[2] else ''}Threshold" if crossed else None,
        lower=edges.get("lower"),
        upper=edges.get("upper"),
        breaching=int(counted[1]) if counted else None,
        looked_at=int(counted[2]) if counted and counted[2] else None,
    )


def with_names(text: str) -> str:
    """The reason with alarms called by name instead of ARN."""
    return _ALARM_ARN.sub(r"\1", text)


def _datapoints(text: str) -> tuple[Point, ...]:
    found = {at: value for figure, at in _DATAPOINT.findall(text) if (value := number(figure)) is not None}
    points = [Point(at, value) for shown, value in found.items() if (at := _moment(shown))]
    return tuple(sorted(points, key=lambda point: point.at))


def _moment(shown: str) -> datetime | None:
    try:
        return datetime.strptime(shown, "%d/%m/%y %H:%M:%S").replace(tzinfo=UTC)
    except ValueError:
        return None
