"""From datapoints to a state and the sentence that explains it; pure."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from playground.aws.cloudwatch.alarm import Alarm
from playground.aws.cloudwatch.limits import Limit
from playground.aws.cloudwatch.store import Points

_SHOWN = 5


@dataclass(frozen=True)
class Verdict:
    """The state that the data speaks for (None keeps the present one), why, and the datapoints that decided it."""

    state: str | None
    reason: str
    data: str
    chosen: tuple[tuple[int, float], ...] = ()


@dataclass(frozen=True)
class Series:
    """What is judged: the datapoints, and the periods newest first, `look_back` longer than the evaluation."""

    points: Points
    starts: list[int]
    limit: Limit


def look_back(period: int) -> int:
    """Tell how many periods before the evaluated ones count too: the running minute may have no datapoint yet."""
    return 2 if period <= 60 else int(period < 300)


def judge(alarm: Alarm, series: Series, old: str, now: datetime) -> Verdict:
    """Compare the most recent datapoints."""
    limit, periods = series.limit, alarm.periods
    known = [start for start in series.starts if start in series.points and limit.judges(start)]
    real = [(start, series.points[start]) for start in known][:periods]
    data = reason_data(alarm, limit, real, now)
    lacking = periods - len(real)
    if not real and alarm.missing in {"missing", "ignore"}:
        plural = "datapoint was" if periods == 1 else "datapoints were"
        state = "INSUFFICIENT_DATA" if alarm.missing == "missing" else None
        return Verdict(state, f"Insufficient Data: {periods} {plural} unknown.", data)
    crossed = [(start, value) for start, value in real if limit.crossed(start, value)]
    breaching = len(crossed) + (lacking if alarm.missing == "breaching" else 0)
    state = "ALARM" if breaching >= alarm.needed else "OK"
    chosen = crossed if state == "ALARM" else [pair for pair in real if pair not in crossed]
    why = reason(alarm, limit, f"{old} -> {state}", chosen) if real else _unseen(alarm, lacking)
    return Verdict(state, why, data, tuple(chosen))


def reason(alarm: Alarm, limit: Limit, change: str, points: list[tuple[int, float]]) -> str:
    """Word the reason as CloudWatch does; `change` reads "OK -> ALARM"."""
    alarmed = change.endswith("ALARM")
    noun = "query result" if alarm.type == "LogAlarm" else "datapoint"
    needed = alarm.needed if alarmed else alarm.periods - alarm.needed + 1
    tail = f"(minimum {needed} datapoint{'s' * (needed != 1)} for {change} transition)."
    shown = _points(points[:_SHOWN])
    verb = ("was " if len(points) == 1 else "were ") + ("" if alarmed else "not ")
    words = limit.words([start for start, _ in points[:_SHOWN]])
    words = words if alarmed else words.replace(" or greater", " or not greater")
    count = f"{len(points)} out of the last {alarm.periods} {noun}s"
    if limit.plural or len(points) <= 1 or noun == "query result":
        return f"Threshold{'s' * limit.plural} Crossed: {count} [{shown}] {verb}{words} {tail}"
    which = "crossed" if alarmed else "did not cross"
    return (
        f"Threshold Crossed: {count} {verb}{words}. "
        f"The most recent datapoints which {which} the threshold: [{shown}] {tail}"
    )


def contributor_reason(limit: Limit, state: str, points: tuple[tuple[int, float], ...]) -> str:
    """Word the reason of one contributor, which names the newest datapoint only."""
    no = "" if state == "ALARM" else "not "
    which = "crossed" if state == "ALARM" else "did not cross"
    verb = "datapoint was" if len(points) == 1 else "datapoints were"
    most = f" The most recent datapoint which {which} the threshold: [{_points(list(points[:1]))}]." if points else ""
    return f"Threshold Crossed: {len(points)} {verb} {no}{limit.words([])}.{most}"


def reason_data(alarm: Alarm, limit: Limit, real: list[tuple[int, float]], now: datetime) -> str:
    """Write the reason data; datapoints newest first."""
    data: dict[str, Any] = {
        "version": "1.0",
        "queryDate": _iso(now),
        "startDate": _iso(_at(real[-1][0])) if real else None,
        "statistic": alarm.config.get("Statistic"),
        "period": alarm.config.get("Period"),
        "recentDatapoints": [value for _, value in reversed(real)],
        **limit.data([start for start, _ in real]),
        "evaluatedDatapoints": [{"timestamp": _iso(_at(start)), "value": value} for start, value in real],
    }
    return json.dumps({key: value for key, value in data.items() if value is not None})


def _unseen(alarm: Alarm, missing: int) -> str:
    how = "Breaching" if alarm.missing == "breaching" else "NonBreaching"
    were = "was" if missing == 1 else "were"
    return (
        f"Threshold Crossed: no datapoints were received for {alarm.periods} period{'s' * (alarm.periods > 1)} and "
        f"{missing} missing datapoint{'s' * (missing > 1)} {were} treated as [{how}]."
    )


def _points(points: list[tuple[int, float]]) -> str:
    return ", ".join(f"{value} ({_at(start):%d/%m/%y %H:%M:%S})" for start, value in points)


def _at(start: int) -> datetime:
    return datetime.fromtimestamp(start, UTC)


def _iso(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%S.") + f"{at.microsecond // 1000:03d}+0000"
