"""The ranges people may ask for, and the aligned times that CloudWatch is asked for; pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from bot.errors import BadInput

# GetMetricData answers at most 500 queries and 100,800 datapoints in one call without a second page.
QUERIES = 500
DATAPOINTS = 100_800

_SECONDS = {"m": 60, "h": 3600, "d": 86400, "w": 604800}
_WORDS = {"min": "m", "minute": "m", "hour": "h", "hr": "h", "day": "d", "week": "w"}
_TEXT = re.compile(r"(?:last|past)?\s*([0-9]{1,4})?\s*([a-z]+?)s?", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Window:
    """A range laid on the clock: from ``since`` to ``until``, and before ``since`` what it is compared with.

    All are aware, in UTC and multiples of the period; ``until`` is at or just after the present moment.
    """

    before: datetime
    since: datetime
    until: datetime


@dataclass(frozen=True, slots=True)
class Range:
    """How far back to look: ``name`` as people type it, its length, and the periods it may be read in, finest first."""

    name: str
    words: str
    length: timedelta
    periods: tuple[timedelta, ...]

    @classmethod
    def parse(cls, text: str) -> Range:
        """``3h``, ``24h`` or ``7d``, also as ``last 24 hours``, ``1d``, ``180m``; raises BadInput (field ``range``)."""
        found = _TEXT.fullmatch(text.strip())
        if found:
            word = found.group(2).lower()
            length = timedelta(seconds=int(found.group(1) or 1) * _SECONDS.get(_WORDS.get(word, word), 0))
            for known in RANGES:
                if known.length == length:
                    return known
        allowed = ", ".join(known.name for known in RANGES[:-1]) + f" or {RANGES[-1].name}"
        raise BadInput(f"The range can be {allowed}.", field="range")

    def period(self, queries: int) -> timedelta:
        """The finest period in which this range and the one before fit into one page for up to 500 queries."""
        asked = min(max(queries, 1), QUERIES)
        fits = (period for period in self.periods if asked * (2 * self.length / period) <= DATAPOINTS)
        return next(fits, self.periods[-1])

    def window(self, now: datetime, period: timedelta) -> Window:
        """The range that ends with the period in which ``now`` is, and the one before it."""
        step = int(period.total_seconds())
        until = datetime.fromtimestamp(-(-int(now.timestamp()) // step) * step, UTC)
        return Window(until - 2 * self.length, until - self.length, until)


def _minutes(*values: int) -> tuple[timedelta, ...]:
    return tuple(timedelta(minutes=value) for value in values)


RANGES: Sequence[Range] = (
    Range("3h", "last 3 hours", timedelta(hours=3), _minutes(5)),
    Range("24h", "last 24 hours", timedelta(hours=24), _minutes(15)),
    Range("7d", "last 7 days", timedelta(days=7), _minutes(60, 120)),
)
