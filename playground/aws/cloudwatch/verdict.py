"""From datapoints to a state and the sentence that explains it; pure."""

import json
import operator
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from playground.aws.cloudwatch.alarm import Alarm
from playground.aws.cloudwatch.store import Points

WORDS: dict[str, tuple[Callable[[float, float], bool], str]] = {
    "GreaterThanThreshold": (operator.gt, "greater than"),
    "GreaterThanOrEqualToThreshold": (operator.ge, "greater than or equal to"),
    "LessThanThreshold": (operator.lt, "less than"),
    "LessThanOrEqualToThreshold": (operator.le, "less than or equal to"),
}


@dataclass(frozen=True)
class Verdict:
    """The state that the data speaks for; None keeps the present one."""

    state: str | None
    reason: str
    data: str


def look_back(period: int) -> int:
    """Tell how many periods before the evaluated ones count too: the running minute may have no datapoint yet."""
    return 2 if period <= 60 else int(period < 300)


def judge(alarm: Alarm, points: Points, starts: list[int], old: str, now: datetime) -> Verdict:
    """Compare the most recent datapoints; `starts` is newest first and `look_back` longer than the evaluation."""
    periods = int(alarm.config["EvaluationPeriods"])
    real = [(start, points[start]) for start in starts if start in points][:periods]
    data = _data(alarm, real, now)
    lacking = periods - len(real)
    if not real and alarm.missing in {"missing", "ignore"}:
        plural = "datapoint was" if periods == 1 else "datapoints were"
        state = "INSUFFICIENT_DATA" if alarm.missing == "missing" else None
        return Verdict(state, f"Insufficient Data: {periods} {plural} unknown.", data)
    breaches, _ = WORDS[alarm.config["ComparisonOperator"]]
    threshold = float(alarm.config["Threshold"])
    crossed = [(start, value) for start, value in real if breaches(value, threshold)]
    breaching = len(crossed) + (lacking if alarm.missing == "breaching" else 0)
    state = "ALARM" if breaching >= alarm.needed else "OK"
    chosen = crossed if state == "ALARM" else [pair for pair in real if pair not in crossed]
    return Verdict(state, reason(alarm, state, old, chosen, lacking if not real else 0), data)


def reason(alarm: Alarm, state: str, old: str, points: list[tuple[int, float]], missing: int = 0) -> str:
    """Word the reason as CloudWatch does."""
    periods = int(alarm.config["EvaluationPeriods"])
    needed = alarm.needed if state == "ALARM" else periods - alarm.needed + 1
    tail = f"(minimum {_datapoints(needed)} for {old} -> {state} transition)."
    if missing:
        how = "Breaching" if alarm.missing == "breaching" else "NonBreaching"
        were = "was" if missing == 1 else "were"
        return (
            f"Threshold Crossed: no datapoints were received for {periods} period{'s' * (periods > 1)} and "
            f"{missing} missing datapoint{'s' * (missing > 1)} {were} treated as [{how}]."
        )
    _, word = WORDS[alarm.config["ComparisonOperator"]]
    threshold = float(alarm.config["Threshold"])
    shown = ", ".join(f"{value} ({_time(start)})" for start, value in points[:5])
    verb = ("was " if len(points) == 1 else "were ") + ("" if state == "ALARM" else "not ") + word
    count = f"{len(points)} out of the last {periods} datapoints"
    if len(points) <= 1:
        return f"Threshold Crossed: {count} [{shown}] {verb} the threshold ({threshold}) {tail}"
    which = "crossed" if state == "ALARM" else "did not cross"
    return (
        f"Threshold Crossed: {count} {verb} the threshold ({threshold}). "
        f"The most recent datapoints which {which} the threshold: [{shown}] {tail}"
    )


def _data(alarm: Alarm, real: list[tuple[int, float]], now: datetime) -> str:
    data = {
        "version": "1.0",
        "queryDate": _iso(now),
        "statistic": alarm.config.get("Statistic"),
        "period": alarm.config.get("Period"),
        "recentDatapoints": [value for _, value in reversed(real)],
        "threshold": alarm.config.get("Threshold"),
        "evaluatedDatapoints": [
            {"timestamp": _iso(datetime.fromtimestamp(start, UTC)), "value": value} for start, value in real
        ],
    }
    if real:
        data["startDate"] = _iso(datetime.fromtimestamp(real[-1][0], UTC))
    return json.dumps({key: value for key, value in data.items() if value is not None})


def _datapoints(count: int) -> str:
    return f"{count} datapoint{'s' * (count != 1)}"


def _time(start: int) -> str:
    return datetime.fromtimestamp(start, UTC).strftime("%d/%m/%y %H:%M:%S")


def _iso(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%S.") + f"{at.microsecond // 1000:03d}+0000"
