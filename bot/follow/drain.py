"""When the backlog of a model counts as drained, out of the datapoints of its pending records; pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from bot.points import Point

ZEROS = 2
"""So many empty datapoints in a row say that nothing waits any more; one alone may be a late or thin one."""
SILENT = timedelta(minutes=20)
"""After so long without a datapoint the metric has ended: it exists only while there is work (three periods of five
minutes, and the minutes that CloudWatch is late)."""


@dataclass(frozen=True, slots=True)
class Backlog:
    """What is remembered of a model between two looks.

    ``busy`` since records were seen waiting; ``zeros`` datapoints without any have come since, the first at
    ``zero_at``; ``last_at`` is the newest datapoint that was counted.
    """

    model: str
    last_at: datetime
    busy: bool = False
    zeros: int = 0
    zero_at: datetime | None = None

    def observed(self, points: Sequence[Point], now: datetime, *, unfinished: bool) -> tuple[Backlog, datetime | None]:
        """The backlog after ``points`` (finished periods, in time order), and since when it is drained if it just did.

        ``unfinished`` says that a job of the model still runs: what it has taken on may wait again at any moment.
        """
        after = self
        for point in points:
            if point.at > after.last_at:
                after = after._counted(point)
        if not after.busy or unfinished:
            return after, None
        if after.zeros >= ZEROS or now - after.last_at >= SILENT:
            since = after.zero_at or after.last_at
            return replace(after, busy=False, zeros=0, zero_at=None), since
        return after, None

    def _counted(self, point: Point) -> Backlog:
        if point.value > 0:
            return replace(self, last_at=point.at, busy=True, zeros=0, zero_at=None)
        if not self.busy:
            return replace(self, last_at=point.at)
        return replace(self, last_at=point.at, zeros=self.zeros + 1, zero_at=self.zero_at or point.at)


def first_seen(model: str, now: datetime) -> Backlog:
    """A model that is looked at for the first time: only what is recent counts, not what was over long ago."""
    return Backlog(model, now - SILENT)
