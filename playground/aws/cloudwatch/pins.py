"""The knobs for tours and tests: put an alarm or a contributor into a state and keep it there."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from playground.aws.cloudwatch.alarm import Alarm
from playground.aws.cloudwatch.composite import Composite
from playground.aws.cloudwatch.contributors import contributor_of, step, summary
from playground.aws.cloudwatch.evaluation import evaluate, grid_of, limit_of
from playground.aws.cloudwatch.limits import LOWER, Band, Fixed, Limit
from playground.aws.cloudwatch.query import Questions
from playground.aws.cloudwatch.verdict import contributor_reason, reason, reason_data

if TYPE_CHECKING:
    from playground.aws.cloudwatch.service import CloudWatch

Attributes = dict[str, str] | None


def pin(cloudwatch: CloudWatch, name: str, state: str, value: float | None, contributor: Attributes = None) -> None:
    """Set the state as if the data had said so; evaluation passes the alarm by until it is let go."""
    alarm = cloudwatch.find(name)
    now = cloudwatch.now()
    with cloudwatch.lock:
        alarm.pinned = True
        if isinstance(alarm, Composite):
            cloudwatch.change(alarm, state, f"The rule evaluates to {state}", "{}", now)
            return
        if value is None and contributor is None and not alarm.grouped:
            evaluate(cloudwatch, alarm, now, state)  # what the data shows is the best reason
            if alarm.state == state:
                return
        limit, start = _limit(cloudwatch, alarm), int(now.timestamp()) // 60 * 60
        number = _usual(limit, start, state) if value is None else float(value)
        count = alarm.needed if state == "ALARM" else alarm.periods - alarm.needed + 1
        points = [(start - alarm.period * place, number) for place in range(count)]
        if contributor is not None:
            _pin_contributor(cloudwatch, alarm, contributor, state, contributor_reason(limit, state, tuple(points)))
            return
        why = reason(alarm, limit, f"{alarm.state} -> {state}", points)
        cloudwatch.change(alarm, state, why, reason_data(alarm, limit, points, now), now)


def _pin_contributor(cloudwatch: CloudWatch, alarm: Alarm, attributes: dict[str, str], state: str, why: str) -> None:
    now = cloudwatch.now()
    for contributor, old in step(contributor_of(alarm, attributes), state, "" if alarm.promql else why, now):
        cloudwatch.change_contributor(alarm, contributor, old, now)
    cloudwatch.change(alarm, *summary(alarm), json.dumps({}), now)


def _limit(cloudwatch: CloudWatch, alarm: Alarm) -> Limit:
    if not alarm.band:
        return Fixed(
            str(alarm.config.get("ComparisonOperator", "GreaterThanThreshold")), float(alarm.config.get("Threshold", 0))
        )
    questions = Questions(cloudwatch.store, alarm.queries())
    found = limit_of(alarm, questions, grid_of(alarm, questions.period(alarm.asked["Id"]), cloudwatch.now()))
    assert isinstance(found, Band)
    start = int(cloudwatch.now().timestamp()) // 60 * 60
    moments = [start - alarm.period * place for place in range(alarm.periods)]
    low, high = (next(iter(edge.values()), usual) for edge, usual in ((found.lower, 100.0), (found.upper, 900.0)))
    return Band(found.comparison, dict.fromkeys(moments, low), dict.fromkeys(moments, high))


def _usual(limit: Limit, start: int, state: str) -> float:
    """Choose a value that is clearly on the wanted side."""
    if isinstance(limit, Band):
        low, high = limit.lower[start], limit.upper[start]
        beyond = low - abs(low) * 0.9 - 1 if limit.comparison == LOWER else high * 1.34 + 1
        return round(beyond if state == "ALARM" else (low + high) / 2, 1)
    assert isinstance(limit, Fixed)
    threshold, above = limit.threshold, "Greater" in limit.comparison
    if state == "ALARM":
        return (threshold * 1.34 or 1.0) if above else threshold * 0.5 - (threshold == 0)
    return threshold * 0.4 if above else threshold * 1.5 + (threshold == 0)
