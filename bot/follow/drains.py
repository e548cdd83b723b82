"""Looks at the backlogs now and then, each time by one worker alone, and says when one has drained."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta

import structlog

from bot import clocks
from bot.aws.modelids import normalise
from bot.db import Database, Tx
from bot.errors import AwsError
from bot.follow import store
from bot.follow.drain import first_seen
from bot.points import Point

log = structlog.get_logger(__name__)

CLOCK = "follow.drains"
LOOK_SECONDS = 5.0

Read = Callable[[Callable[[str], bool], datetime], Mapping[str, Sequence[Point] | None]]
"""The backlogs of the wanted models: datapoints by bare model id, None where they cannot be told."""


class Drains:
    """The clock behind ``backlog-drained``."""

    def __init__(
        self,
        db: Database,
        read: Read,
        wanted: Callable[[str], bool],
        drained: Callable[[Tx, str, datetime, datetime], None],
        *,
        running: Callable[[], Mapping[str, int]],
        every: timedelta,
    ) -> None:
        """``wanted`` by model id; ``drained`` takes model, since when, now; ``running`` are unfinished jobs by model."""
        self._db = db
        self._read = read
        self._wanted = wanted
        self._drained = drained
        self._running = running
        self._every = every

    def tick(self, now: datetime) -> float:
        """Look if it is time; returns the seconds until asking again is worth while."""
        with self._db.read() as tx:
            if not clocks.due(tx, CLOCK, now):
                return LOOK_SECONDS
        with self._db.write() as tx:
            if not clocks.claim(tx, CLOCK, now, self._every):
                return LOOK_SECONDS
        try:
            self.look(now)
        except AwsError as error:
            log.warning("follow.backlogs_unread", reason=error.sentence)
        return LOOK_SECONDS

    def look(self, now: datetime) -> None:
        """One pass; raises AwsError where CloudWatch cannot be read."""
        seen = dict(self._read(self._wanted, now))
        with self._db.read() as tx:
            gone = [model for model in store.busy_models(tx) if model not in seen and self._wanted(model)]
        running = {normalise(model) for model, number in self._running().items() if number}
        for model, points in (seen | dict.fromkeys(gone, ())).items():
            if points is not None:
                self._observe(model, points, now, unfinished=model in running)

    def _observe(self, model: str, points: Sequence[Point], now: datetime, *, unfinished: bool) -> None:
        with self._db.write() as tx:
            before = store.lock_backlog(tx, first_seen(model, now))
            after, since = before.observed(points, now, unfinished=unfinished)
            if after != before:
                store.save_backlog(tx, after)
            if since is not None:
                log.info("follow.drained", model=model, since=since.isoformat())
                self._drained(tx, model, since, now)
