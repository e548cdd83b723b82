"""One run of a follow-up and how it goes on: waiting, done, failed, tried again; pure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from bot.follow.rule import Receipt

WAITING, DONE, FAILED = "waiting", "done", "failed"

KEEP_TRYING = timedelta(hours=6)


@dataclass(frozen=True, slots=True)
class Run:
    """One run; ``card`` is the key of the message that tells of it, ``body`` what the target is told.

    ``at`` is the time of what set it off, ``asked_at`` when it was to begin; ``round`` is 2 or more where ``asked_by``
    had it tried again, ``tries`` counts those of the round. ``words`` say what was done, or why it was not.
    """

    key: str
    rule: str
    event: str
    card: str
    body: str
    at: datetime
    asked_at: datetime
    state: str = WAITING
    round: int = 1
    tries: int = 0
    asked_by: str = ""
    words: str = ""
    url: str = ""
    done_at: datetime | None = None

    def done(self, receipt: Receipt, now: datetime) -> Run:
        """The target took it."""
        return replace(self, state=DONE, tries=self.tries + 1, words=receipt.words, url=receipt.url, done_at=now)

    def failed(self, sentence: str, now: datetime) -> Run:
        """It was given up; ``sentence`` says why."""
        return replace(self, state=FAILED, tries=self.tries + 1, words=sentence[:1000], done_at=now)

    def tried(self, sentence: str) -> Run:
        """An attempt came to nothing, and another one follows."""
        return replace(self, tries=self.tries + 1, words=sentence[:1000])

    def again(self, user: str, now: datetime) -> Run:
        """Somebody had it tried again; the key stays, so that what was done already is not done twice."""
        return replace(
            self, state=WAITING, round=self.round + 1, tries=0, asked_at=now, asked_by=user, words="", done_at=None
        )

    def in_time(self, now: datetime) -> bool:
        """Whether another attempt is worth while."""
        return now - self.asked_at < KEEP_TRYING


@dataclass(frozen=True, slots=True)
class Drain:
    """A backlog that drained: the bare model id and the time of the first empty datapoint."""

    id: str
    model: str
    at: datetime
