"""Follows jobs at Bedrock: one pass over the listing brings the rows into line and adopts what is unknown.

The listing is the truth; EventBridge's news only makes the next look come sooner.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta

import structlog

from bot import clocks
from bot.db import Database, Tx
from bot.errors import AwsGone
from bot.jobs import store
from bot.jobs.bedrock import Bedrock
from bot.jobs.board import Board, Where
from bot.jobs.job import ENDED, Change, Job, Remote, adopted

log = structlog.get_logger(__name__)

OLDEST_JOB = timedelta(days=8)
GIVEN_UP_KEPT = timedelta(hours=6)
"""So long a job that was given up without an answer is looked for: Bedrock may have taken it all the same."""
MARGIN = timedelta(minutes=15)
CLOCK = "jobs.track"
TICK_SECONDS = 1.0
"""How often the clock is looked at; a nudge waits no longer than that."""
REFRESH_CLOCK = "jobs.refresh"
REFRESH = timedelta(minutes=10)
"""How old the times on an unchanged card may grow."""


class Following:
    """Asks Bedrock how the jobs stand, as often as ``poll`` says."""

    def __init__(
        self, db: Database, bedrock: Callable[[], Bedrock], board: Board, where: Where, poll: timedelta
    ) -> None:
        """``bedrock`` gives the client when it is first needed."""
        self._db = db
        self._bedrock = bedrock
        self._board = board
        self._where = where
        self._poll = poll

    def nudge(self, now: datetime) -> None:
        """Something happened at Bedrock: look sooner."""
        with self._db.write() as tx:
            self.hurry(tx, now)

    def hurry(self, tx: Tx, now: datetime) -> None:
        """Look sooner, as a part of what happened."""
        clocks.hurry(tx, CLOCK, now)

    def tick(self, now: datetime) -> float:
        """Look at Bedrock if it is time; returns the seconds until asking again is worth while."""
        with self._db.read() as tx:
            if not clocks.due(tx, CLOCK, now):
                return TICK_SECONDS
        with self._db.write() as tx:
            if not clocks.claim(tx, CLOCK, now, self._poll):
                return TICK_SECONDS
        self.track(now)
        return TICK_SECONDS

    def refresh(self, now: datetime) -> float:
        """Bring age and time to expiry on the cards of unfinished jobs up to date; returns seconds to the next look."""
        with self._db.write() as tx:
            if clocks.claim(tx, REFRESH_CLOCK, now, REFRESH):
                for job in sorted(store.unsettled(tx), key=lambda job: job.id):
                    if job.arn:
                        self._board.show(tx, job, now)
        return REFRESH.total_seconds() / 10

    def track(self, now: datetime) -> None:
        """One pass over the listing: bring our rows into line, adopt what is unfinished and unknown."""
        with self._db.read() as tx:
            unsettled = store.unsettled(tx)
            given_up = [j for j in store.recent(tx, status=["Refused"], since=now - GIVEN_UP_KEPT) if not j.arn]
            last = clocks.last(tx, CLOCK)
        open_jobs = {job.arn: job for job in unsettled if job.arn}
        unheard = [job for job in unsettled if not job.arn] + given_up
        if not (open_jobs or unheard or self._where.adopt):
            return
        oldest = min([job.began for job in [*open_jobs.values(), *unheard]] + [last or now - OLDEST_JOB])
        remotes = {remote.arn: remote for remote in self._bedrock().since(oldest - MARGIN)}
        for arn, job in open_jobs.items():
            if arn not in remotes:
                remotes |= self._look(job, now)
        for arn in open_jobs.keys() & remotes.keys():
            self._observe(open_jobs[arn].id, remotes[arn], now)
        self._settle_strangers({a: r for a, r in remotes.items() if a not in open_jobs}, now, last)
        with self._db.write() as tx:
            clocks.done(tx, CLOCK, now)

    def _look(self, job: Job, now: datetime) -> dict[str, Remote]:
        try:
            return {job.arn: self._bedrock().look(job.arn)}
        except AwsGone:
            log.warning("job.forgotten_by_bedrock", job=job.id, arn=job.arn)
            with self._db.write() as tx:
                fresh = store.lock(tx, job.id) or job
                gone = replace(fresh, status="Failed", message="Bedrock no longer knows this job.", ended_at=now)
                store.save(tx, gone)
                self._board.announce_end(tx, gone, now)
            return {}

    def _settle_strangers(self, remotes: Mapping[str, Remote], now: datetime, last: datetime | None) -> None:
        """Jobs without a row: our own whose answer was lost, unfinished ones, and those that came and went meanwhile."""
        with self._db.read() as tx:
            known = store.known_arns(tx, list(remotes))
            ours = {j.token: j for j in store.by_tokens(tx, [r.token for r in remotes.values() if r.token])}
        for arn, remote in remotes.items():
            if arn in known:
                continue
            if remote.token in ours:  # our own call, whose answer was lost
                self._observe(ours[remote.token].id, remote, now)
            elif self._where.adopt and (remote.status not in ENDED or _came_since(remote, last)):
                self._adopt(remote, now)

    def _adopt(self, remote: Remote, now: datetime) -> None:
        job = adopted(remote, hashlib.sha256(remote.arn.encode()).hexdigest()[:12], self._where.jobs_channel, now)
        with self._db.write() as tx:
            if store.add(tx, job):
                log.info("job.adopted", job=job.id, arn=job.arn)
                self._board.show(tx, job, now)
                if job.ended:
                    self._board.announce_end(tx, job, now)

    def _observe(self, job_id: str, remote: Remote, now: datetime) -> None:
        with self._db.write() as tx:
            before = store.lock(tx, job_id)
            if before is None:
                return
            job, change = before.observed(remote, now)
            if change is Change.NOTHING:
                return
            store.save(tx, job)
            if change is Change.ENDED:
                log.info("job.ended", job=job.id, status=job.status, errors=job.counts.errors)
                self._board.announce_end(tx, job, now)
            else:
                self._board.show(tx, job, now, urgent=change is Change.STATE)


def _came_since(remote: Remote, last: datetime | None) -> bool:
    """Whether it was handed in after the last look, so that nobody has heard of it."""
    return last is not None and remote.submitted_at is not None and remote.submitted_at >= last
