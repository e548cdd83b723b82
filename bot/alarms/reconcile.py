"""Nothing missed: now and then the cards are compared with CloudWatch itself; what SNS lost rings, what is over ends.

Only what has stood for some minutes counts, so that SNS has its chance first. The rest is like any other news of an
alarm: the same key, the same episode, one card.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Protocol

import structlog

from bot import clocks
from bot.alarms import described, missed, reconcile_store
from bot.alarms.alarm import ALARM, Alarm
from bot.alarms.episode import Episode
from bot.db import Database
from bot.errors import AwsDenied, AwsError, AwsGone

log = structlog.get_logger(__name__)

CLOCK = "alarms.reconcile"
LOOK_SECONDS = 5.0

Described = Mapping[str, Any]


class States(Protocol):
    """CloudWatch as it is asked here; raises AwsError and its kinds."""

    def place(self) -> tuple[str, str]:
        """Account and region."""
        ...

    def telling(self, topics: Sequence[str]) -> Mapping[str, Described]:
        """The alarms that have an action to one of these topics, by ARN."""
        ...

    def named(self, names: Sequence[str]) -> Mapping[str, Described]:
        """The alarms of these names that there are, by ARN."""
        ...

    def contributors(self, name: str) -> Sequence[Described]:
        """Who is in ALARM in one."""
        ...

    def muted(self, name: str) -> bool:
        """Whether one is muted."""
        ...


class Reconciliation:
    """The clock that compares."""

    def __init__(
        self,
        db: Database,
        states: States,
        topics: Sequence[str],
        observe: Callable[[Alarm, datetime], object],
        *,
        every: timedelta,
        worked: Callable[[float], None],
    ) -> None:
        """``observe`` takes an alarm's state in; ``worked`` hears after each look: 1 if CloudWatch could be read, else 0."""
        self._db = db
        self._states = states
        self._topics = list(topics)
        self._observe = observe
        self._every = every
        self._worked = worked
        self._said: set[str] = set()

    def tick(self, now: datetime) -> float:
        """Compare if it is time; returns the seconds until asking again is worth while."""
        with self._db.read() as tx:
            if not clocks.due(tx, CLOCK, now):
                return LOOK_SECONDS
        with self._db.write() as tx:
            if not clocks.claim(tx, CLOCK, now, self._every):
                return LOOK_SECONDS
        try:
            self.look(now)
        except AwsError as error:
            self._worked(0.0)
            self._say(error)
        else:
            self._worked(1.0)
        return LOOK_SECONDS

    def look(self, now: datetime) -> None:
        """One comparison; raises AwsError where CloudWatch cannot be read."""
        place = self._states.place()
        with self._db.read() as tx:
            found = reconcile_store.open_episodes(tx)
        ringing = [episode for episode in found if (episode.alarm.account, episode.alarm.region) == place]
        seen = self._seen(ringing)
        absent = {e.alarm.key: missed.vanished(e) for e in ringing if e.alarm.arn not in seen}
        for arn, one in seen.items():
            self._compare(described.read(one), one, now)
            if described.is_grouped(one):
                absent |= self._compare_series(one, [e for e in ringing if e.alarm.arn == arn], now)
        self._end(absent, now)

    def _seen(self, ringing: Sequence[Episode]) -> Mapping[str, Described]:
        """The alarms that tell our topics, and those that ring here for whatever other reason."""
        seen = dict(self._states.telling(self._topics))
        others = sorted({episode.alarm.name for episode in ringing if episode.alarm.arn not in seen})
        return seen | dict(self._states.named(others)) if others else seen

    def _compare(self, alarm: Alarm | None, one: Described, now: datetime, *, series: bool = False) -> None:
        """Take in what was not told of an alarm, or of one series in it."""
        if alarm is None:
            return
        with self._db.read() as tx:
            latest = reconcile_store.latest(tx, alarm.key)
        rings = missed.lost_ring(latest, alarm, now) and (series or not described.is_grouped(one))
        if missed.lost_turn(latest, alarm, now) or (rings and self._would_tell(one)):
            log.warning("alarm.missed", alarm=alarm.name[:100], state=alarm.state, since=alarm.at.isoformat())
            self._observe(alarm, now)

    def _compare_series(self, one: Described, ringing: Sequence[Episode], now: datetime) -> Mapping[str, Alarm]:
        """Each series of a grouped alarm by itself; the ends of those that ring here and are not listed any more."""
        whole = described.read(one)
        mine = [episode for episode in ringing if whole is None or episode.alarm.key != whole.key]
        if one.get("StateValue") != ALARM and not mine:
            return {}
        try:
            listed = self._states.contributors(str(one["AlarmName"]))
        except (AwsDenied, AwsGone) as error:
            self._say(error)
            return {}
        alarms = [alarm for contributor in listed if (alarm := described.read(one, contributor))]
        for alarm in alarms:
            self._compare(alarm, one, now, series=True)
        keys = {alarm.key for alarm in alarms}
        return {episode.alarm.key: missed.let_go(episode) for episode in mine if episode.alarm.key not in keys}

    def _would_tell(self, one: Described) -> bool:
        """Whether a ring of it would have been told at all; where mute rules may not be read it counts as not muted."""
        if not described.tells(one, self._topics):
            return False
        try:
            return not self._states.muted(str(one["AlarmName"]))
        except AwsDenied as error:
            self._say(error)
            return True

    def _end(self, absent: Mapping[str, Alarm], now: datetime) -> None:
        """End what has been missing for a while; when it went nobody can tell, so the first look without it counts."""
        with self._db.write() as tx:
            since = reconcile_store.absent(tx, absent.keys(), now)
        for key, end in absent.items():
            if now - since[key] >= missed.GRACE:
                log.warning("alarm.missed", alarm=end.name[:100], state=end.state, since=since[key].isoformat())
                self._observe(replace(end, at=max(since[key], end.at)), now)

    def _say(self, error: AwsError) -> None:
        """Log what is in the way, once and not at every look."""
        if error.sentence not in self._said:
            self._said.add(error.sentence)
            log.warning("alarm.check_failed", reason=error.sentence)
