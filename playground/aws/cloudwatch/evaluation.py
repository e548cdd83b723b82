"""One evaluation of one alarm: ask its data, judge it, change its state."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from playground.aws.cloudwatch.alarm import Alarm
from playground.aws.cloudwatch.composite import Composite, explained
from playground.aws.cloudwatch.contributors import judge_groups, summary
from playground.aws.cloudwatch.functions import Grid, MathError
from playground.aws.cloudwatch.limits import Band, Fixed, Limit
from playground.aws.cloudwatch.log_alarm import LogAlarm
from playground.aws.cloudwatch.query import Questions
from playground.aws.cloudwatch.verdict import Series, judge, look_back

if TYPE_CHECKING:
    from playground.aws.cloudwatch.service import CloudWatch


def evaluate(cloudwatch: CloudWatch, alarm: Alarm, now: datetime, wanted: str | None = None) -> None:
    """Bring a metric alarm up to date; an expression that cannot be computed leaves it as it is.

    With `wanted` it changes only if there is data that speaks for that state.
    """
    if isinstance(alarm, Composite | LogAlarm) or alarm.promql:
        return
    questions = Questions(cloudwatch.store, alarm.queries())
    name = alarm.asked.get("Id", "m1")
    grid = grid_of(alarm, questions.period(name), now)
    try:
        groups = questions.groups(name, grid)
        limit = limit_of(alarm, questions, grid)
    except MathError:
        return
    starts = grid.starts[::-1]
    if alarm.grouped:
        for contributor, old in judge_groups(alarm, groups, starts, limit, now):
            cloudwatch.change_contributor(alarm, contributor, old, now)
        cloudwatch.change(alarm, *summary(alarm), "{}", now)
        return
    verdict = judge(alarm, Series(groups[0].points if groups else {}, starts, limit), alarm.state, now)
    if verdict.state and (wanted is None or (wanted == verdict.state and verdict.chosen)):
        cloudwatch.change(alarm, verdict.state, verdict.reason, verdict.data, now)


def grid_of(alarm: Alarm, period: int, now: datetime) -> Grid:
    """Line up the periods that count; they slide with the minute, so that a change shows at once."""
    end = int(now.timestamp()) // 60 * 60 + 60
    starts = [end - period * (place + 1) for place in range(alarm.periods + look_back(period))]
    return Grid(starts[::-1], period)


def limit_of(alarm: Alarm, questions: Questions, grid: Grid) -> Limit:
    """Tell what the datapoints are compared with."""
    comparison = str(alarm.config["ComparisonOperator"])
    if alarm.band:
        return Band(comparison, *questions.band(alarm.band, grid))
    return Fixed(comparison, float(alarm.config["Threshold"]))


def follow(cloudwatch: CloudWatch, composite: Composite, now: datetime, moved: Alarm | None = None) -> None:
    """Judge a composite alarm when one of its children (`moved`) has changed, and not before."""
    find = cloudwatch.alarms.get
    children = [find(name) for name in composite.rule.children]
    seen = tuple(child.state if child else "" for child in children)
    if seen == composite.seen and composite.before:
        return
    first, composite.seen = composite.before is None, seen
    state = composite.verdict(find)
    triggering = composite.triggering(find, state)
    if moved is None:
        done = "created" if first else "updated"
        why = f"{composite.arn} was {done} and its alarm rule evaluates to {state}"
    else:
        why = f"{moved.arn} transitioned to {moved.state} at {moved.changed:%A %d %B, %Y %H:%M:%S} UTC"
    cloudwatch.change(composite, state, why, explained(triggering), now)
