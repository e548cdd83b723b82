"""Insights alarms with GROUP BY: each series is judged for itself and notified for itself."""

import hashlib
import json
from collections.abc import Iterator
from datetime import datetime

from playground.aws.cloudwatch.alarm import Alarm, Contributor
from playground.aws.cloudwatch.insights import Group
from playground.aws.cloudwatch.verdict import judge


def judge_groups(
    alarm: Alarm, groups: list[Group], starts: list[int], now: datetime
) -> Iterator[tuple[Contributor, str]]:
    """Yield the contributors whose state changed, with the state before; a series that is gone is OK."""
    seen = set()
    for group in groups:
        key = hashlib.sha256(json.dumps(group.attributes, sort_keys=True).encode()).hexdigest()[:32]
        seen.add(key)
        contributor = alarm.contributors.setdefault(key, Contributor(key, group.attributes))
        verdict = judge(alarm, group.points, starts, contributor.state, now)
        state = "ALARM" if verdict.state == "ALARM" else "OK"
        yield from _change(contributor, state, verdict.reason, now)
    for key, contributor in alarm.contributors.items():
        if key not in seen:
            yield from _change(contributor, "OK", "No data was received from the contributor.", now)


def _change(contributor: Contributor, state: str, why: str, now: datetime) -> Iterator[tuple[Contributor, str]]:
    old = contributor.state
    if state != old:
        contributor.state, contributor.reason, contributor.since = state, why, now
        yield contributor, old
