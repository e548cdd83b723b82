"""When an alarm began, who looks after it and when it was over: what each state change and each act does to that; pure."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from bot.alarms.alarm import ALARM, INSUFFICIENT, OK, Alarm

FLAPPING = timedelta(minutes=15)
"""An alarm that rings again so soon after its end goes on with the same episode and the same card."""


class Change(StrEnum):
    """What a state change did to an episode."""

    OPENED = "opened"  # a new episode: a new card
    RANG = "rang"  # in alarm once more while the episode was open
    REOPENED = "reopened"  # in alarm again soon after its end, or in the quiet of a snooze: the same card goes on
    UNSURE = "unsure"  # open, but there is no data (or a state nobody knows) to tell whether it still holds
    CLOSED = "closed"  # over: the card shrinks and its thread is told
    NOTED = "noted"  # a change without an open episode: a small card, closed from the start
    REPEAT = "repeat"  # known already: nothing to do
    STALE = "stale"  # older than what is known: nothing to do


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """Somebody has it in hand; ``by`` is a Slack user id."""

    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Snooze:
    """Quiet until a time; ``rule`` is the name of CloudWatch's mute rule, empty where only the bot keeps quiet."""

    until: datetime
    by: str
    rule: str = ""


@dataclass(frozen=True, slots=True)
class Episode:
    """One time that an alarm rang, from first ALARM to OK; ``rings`` of 0 is a change that was only noted.

    ``peak`` is the worst value that came with it: the smallest where the alarm complains of too little. ``flaps`` counts
    how often it went on after an end, and ``settles_at`` is when that may be called over. ``received_at`` is when the
    first news of it was taken in.
    """

    id: str
    alarm: Alarm
    opened_at: datetime
    closed_at: datetime | None = None
    peak: float | None = None
    rings: int = 0
    flaps: int = 0
    settles_at: datetime | None = None
    received_at: datetime | None = None
    acknowledged: Acknowledged | None = None
    snooze: Snooze | None = None

    @property
    def open(self) -> bool:
        """Whether it is not over."""
        return self.closed_at is None

    def lasted(self, now: datetime) -> timedelta:
        """How long it rang, up to ``now`` if it still does; never negative."""
        return max((self.closed_at or now) - self.opened_at, timedelta(0))

    def quiet(self, now: datetime) -> bool:
        """Whether it is snoozed at this moment."""
        return self.snooze is not None and now < self.snooze.until

    def observed(self, alarm: Alarm) -> tuple[Episode, Change]:
        """The episode after ``alarm`` (of the same key) became known, and what changed; SNS repeats and disorders."""
        if alarm.at < self.alarm.at:
            return self, Change.STALE
        if (alarm.at, alarm.state) == (self.alarm.at, self.alarm.state):
            return self, Change.REPEAT
        if not self.open:
            return self._after_the_end(alarm)
        later = replace(self, alarm=alarm)
        if alarm.state == ALARM:
            return replace(later, peak=_worse(self.peak, alarm), rings=self.rings + 1), Change.RANG
        if alarm.state == OK:
            return replace(
                later, closed_at=alarm.at, settles_at=alarm.at + FLAPPING if self.flaps else None
            ), Change.CLOSED
        return later, Change.UNSURE

    def _after_the_end(self, alarm: Alarm) -> tuple[Episode, Change]:
        if self.rings and self._goes_on(alarm.at):
            if alarm.state != ALARM:
                return replace(self, alarm=alarm), Change.NOTED
            peak, rings, flaps = _worse(self.peak, alarm), self.rings + 1, self.flaps + 1
            again = replace(self, alarm=alarm, closed_at=None, settles_at=None, peak=peak, rings=rings, flaps=flaps)
            return again, Change.REOPENED
        episode, change = begin(alarm)
        if change is Change.NOTED and self.rings == 0:
            # Alarms that wander between OK and no data keep one small card instead of filling the channel.
            return replace(episode, id=self.id, received_at=self.received_at), change
        return episode, change

    def _goes_on(self, at: datetime) -> bool:
        soon = self.closed_at is not None and at - self.closed_at <= FLAPPING
        return soon or self.quiet(at)


def begin(alarm: Alarm) -> tuple[Episode, Change]:
    """The first episode of an alarm that was not known before."""
    name = episode_id(alarm)
    if alarm.state == ALARM:
        return Episode(name, alarm, alarm.at, peak=alarm.value, rings=1), Change.OPENED
    return Episode(name, alarm, alarm.at, closed_at=alarm.at), Change.NOTED


def observe(episode: Episode | None, alarm: Alarm) -> tuple[Episode, Change]:
    """What ``alarm`` makes of the latest episode of its key, or of none."""
    return episode.observed(alarm) if episode else begin(alarm)


def episode_id(alarm: Alarm) -> str:
    """16 characters that are the same for the same change however often it arrives."""
    return hashlib.sha256(f"{alarm.key}\n{alarm.at.isoformat()}\n{alarm.state}".encode()).hexdigest()[:16]


def _worse(peak: float | None, alarm: Alarm) -> float | None:
    if peak is None or alarm.value is None:
        return alarm.value if peak is None else peak
    return min(peak, alarm.value) if alarm.wants_more else max(peak, alarm.value)


__all__ = [
    "ALARM",
    "INSUFFICIENT",
    "OK",
    "Acknowledged",
    "Change",
    "Episode",
    "Snooze",
    "begin",
    "episode_id",
    "observe",
]
