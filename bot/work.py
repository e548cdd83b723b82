"""What is due: the one shape in which inbox rows, cards, pictures and whispers ask to be worked on; pure.

Each of those tables is a *source* (see ``claims``). The worker asks every source what is due and hands it over under an id
that names the attempt, so that asking twice starts nothing twice.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

STALE = timedelta(seconds=180)
"""After so long without an end a queued attempt is taken for lost, and the next one is started."""


@dataclass(frozen=True, slots=True)
class Work:
    """One attempt: ``task`` names the function, ``key`` its row, ``attempt`` makes the id unique."""

    queue: str
    task: str
    key: str
    attempt: str
    partition: str | None = None
    priority: int = 10

    @property
    def id(self) -> str:
        """The idempotency key under which the durable queue knows this attempt."""
        return f"{self.task}:{self.key}:{self.attempt}"


def backoff(tries: int, *, first: float = 1.0, most: float = 60.0) -> timedelta:
    """How long to wait before attempt ``tries + 1``: doubling, bounded."""
    return timedelta(seconds=min(first * 2 ** min(tries, 10), most))
