"""What a look into CloudWatch tells that SNS did not: a ring without a card, an end that nobody saw; pure."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from bot.alarms.alarm import OK, Alarm
from bot.alarms.described import NOTE
from bot.alarms.episode import Episode

GRACE = timedelta(seconds=180)
"""SNS delivers within seconds and tries again for about a minute; before that nothing counts as lost."""

GONE = "deleted in CloudWatch; found by a regular check"


def lost_ring(latest: Episode | None, seen: Alarm, now: datetime) -> bool:
    """Whether ``seen`` rings without an open episode, so that nobody was told; ``latest`` is the alarm's last one.

    A ring that SNS told has an open episode, whatever the exact time that it gave.
    """
    if not seen.rings or now - seen.at < GRACE:
        return False
    return latest is None or (not latest.open and seen.at > latest.alarm.at)


def lost_turn(latest: Episode | None, seen: Alarm, now: datetime) -> bool:
    """Whether an open episode says another state than the alarm has had for a while."""
    if latest is None or not latest.open or now - seen.at < GRACE:
        return False
    return seen.state != latest.alarm.state and seen.at > latest.alarm.at


def vanished(latest: Episode) -> Alarm:
    """The end of an alarm that was deleted while it rang; its time is the last that is known."""
    return _over(latest, "The alarm was deleted in CloudWatch.", GONE)


def let_go(latest: Episode) -> Alarm:
    """The end of one series in an alarm over several: it is in ALARM no longer."""
    return _over(latest, "CloudWatch no longer counts it among those in alarm.", NOTE)


def _over(latest: Episode, reason: str, note: str) -> Alarm:
    before = latest.alarm
    return replace(before, state=OK, previous=before.state, reason=reason, value=None, note=note)
