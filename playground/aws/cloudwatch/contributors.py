"""Insights alarms with GROUP BY: each series is judged for itself and notified for itself."""

import hashlib
import json
from collections.abc import Iterator
from datetime import datetime

from playground.aws.cloudwatch.alarm import Alarm, Contributor
from playground.aws.cloudwatch.insights import Group
from playground.aws.cloudwatch.limits import Limit
from playground.aws.cloudwatch.verdict import Series, contributor_reason, judge


def contributor_of(alarm: Alarm, attributes: dict[str, str]) -> Contributor:
    """Find or add the contributor of these attributes; its id is always the same for them."""
    key = hashlib.sha256(json.dumps(attributes, sort_keys=True).encode()).hexdigest()[:16]
    return alarm.contributors.setdefault(key, Contributor(key, attributes))


def judge_groups(
    alarm: Alarm, groups: list[Group], starts: list[int], limit: Limit, now: datetime
) -> Iterator[tuple[Contributor, str]]:
    """Yield the contributors whose state changed, with the state before; a series that is gone is OK."""
    seen = set()
    for group in groups:
        contributor = contributor_of(alarm, group.attributes)
        seen.add(contributor.id)
        verdict = judge(alarm, Series(group.points, starts, limit), contributor.state, now)
        state = "ALARM" if verdict.state == "ALARM" else "OK"
        yield from step(contributor, state, contributor_reason(limit, state, verdict.chosen), now)
    for key, contributor in list(alarm.contributors.items()):
        if key not in seen:
            yield from step(contributor, "OK", "No data was received from the contributor.", now)


def step(contributor: Contributor, state: str, why: str, now: datetime) -> Iterator[tuple[Contributor, str]]:
    """Enter a state; yields when it is another one."""
    old = contributor.state
    if state != old:
        contributor.state, contributor.reason, contributor.since = state, why, now
        yield contributor, old


def summary(alarm: Alarm) -> tuple[str, str]:
    """Tell the state of the alarm as a whole, and why."""
    ringing = sum(one.state == "ALARM" for one in alarm.contributors.values())
    words = f"{ringing} out of {len(alarm.contributors)} time series evaluated to ALARM"
    return ("ALARM" if ringing else "OK"), words
