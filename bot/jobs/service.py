"""What happens to jobs and in which order: submitting and stopping; following and showing have rooms of their own.

Every remote call has its intent in a row before it and an idempotency key with it; every function may be repeated from its
beginning. Cards and whispers are rows of the same transaction as the change that they tell of.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, replace
from datetime import datetime, timedelta
from typing import Any

import structlog

from bot.aws.modelids import family
from bot.aws.s3 import S3, split
from bot.db import Database, Tx
from bot.errors import AwsConflict, AwsError, AwsUnavailable, BadInput, BotError
from bot.jobs import preflight, store, views
from bot.jobs.bedrock import Bedrock
from bot.jobs.board import Board, Where, no_alarms, no_link, nothing
from bot.jobs.following import Following
from bot.jobs.job import Job, Submission
from bot.jobs.preflight import Checked, Found, Head
from bot.jobs.views import Ringing
from bot.slack.blocks import Message
from bot.slack.cards import Picture
from bot.slack.whispers import whisper

log = structlog.get_logger(__name__)

HEAD_BYTES = 256 * 1024
WHOLE_BYTES = 8 * 1024 * 1024
FILES_READ = 20
KEEP_TRYING = timedelta(minutes=30)


class Jobs:
    """The feature's one service."""

    def __init__(
        self,
        db: Database,
        bedrock: Callable[[], Bedrock],
        s3: Callable[[], S3],
        where: Where,
        *,
        names: Callable[[str], str],
        min_records: int,
        poll: timedelta,
        ended: Callable[[Tx, Job, datetime], None] = nothing,
        alarms_on: Callable[[str], Sequence[Ringing]] = no_alarms,
        link: Callable[[str, str], str] = no_link,
    ) -> None:
        """``bedrock`` and ``s3`` give clients when they are first needed; ``names`` is model id to name.

        For ``ended``, ``alarms_on`` and ``link`` see the board.
        """
        self._db = db
        self._bedrock = bedrock
        self._s3 = s3
        self._where = where
        self._names = names
        self._min_records = min_records
        self.board = Board(db, where, names, ended=ended, alarms_on=alarms_on, link=link)
        self.following = Following(db, bedrock, self.board, where, poll)

    # --- submitting -----------------------------------------------------------------------------------------------

    def submit(self, inbox_id: str, body: Mapping[str, Any], at: datetime, now: datetime) -> None:
        """Check the input, then hand the job to Bedrock; raises AwsUnavailable where it has to be tried again."""
        job = self._intent(inbox_id, body, at)
        if body.get("from_form") and job.status == "Checking":
            place = f"<#{self._where.jobs_channel}>" if self._where.jobs_channel else ""
            self._tell(job, "accepted", views.accepted(job.name, self._names(job.model_id), place), now, body)
        if job.status == "Checking" and self._try(job, now, body, lambda: self._check(job)):
            job = self._advance(job.id, now)
        if job.status == "Sending" and not job.arn:
            self._try(job, now, body, lambda: self._send(job, now))

    def _intent(self, inbox_id: str, body: Mapping[str, Any], at: datetime) -> Job:
        digest = hashlib.sha256(inbox_id.encode()).hexdigest()
        job = Job(
            id=digest[:12],
            token=f"batchbot-{digest[:40]}",
            owner=str(body["user"]),
            channel=str(body["channel"]),
            created_at=at,
            **asdict(Submission(**body["submission"])),
        )
        with self._db.write() as tx:
            store.add(tx, job)
            return store.get(tx, job.id) or job

    def _check(self, job: Job) -> Checked:
        """The quick check; a fuller one takes its place by returning the same."""
        bucket, _ = split(job.input_uri)
        listed = [Found(key, size) for key, size in self._s3().objects(job.input_uri)]
        files = preflight.records_files(listed)
        small = sum(f.size for f in files) <= WHOLE_BYTES
        heads = []
        for file in files[:FILES_READ] if small else files[:1]:
            limit = file.size if small else HEAD_BYTES
            heads.append(Head(file.key, self._s3().head(bucket, file.key, limit), whole=limit >= file.size))
        return preflight.check(
            files,
            heads,
            family=family(job.model_id),
            invocation_type=job.invocation_type,
            min_records=self._min_records,
        )

    def _send(self, job: Job, now: datetime) -> None:
        arn = self._bedrock().create(job)
        with self._db.write() as tx:
            fresh = store.lock(tx, job.id) or job
            if arn and not fresh.arn:
                store.save(tx, replace(fresh, arn=arn, status="Submitted", submitted_at=now))
            self.board.show(tx, fresh, now)
            self.following.hurry(tx, now)

    def _try(self, job: Job, now: datetime, body: Mapping[str, Any], step: Callable[[], object]) -> bool:
        """Run one step; what cannot succeed ends the submission and is told to the person, the rest is tried again."""
        try:
            step()
        except AwsUnavailable as error:
            if now - job.created_at < KEEP_TRYING:
                self._tell(job, "waiting", views.waiting(job.name), now, body)
                raise
            self._refuse(job, error, now, body)
            return False
        except (BadInput, AwsError) as error:
            self._refuse(job, error, now, body)
            return False
        return True

    def _advance(self, job_id: str, now: datetime) -> Job:
        """The input is good: from here on Bedrock may have the job, unless its stop was asked for before."""
        with self._db.write() as tx:
            job = store.lock(tx, job_id)
            if job is None:
                raise BotError
            if job.status == "Checking" and job.stop_at:
                why = "It was stopped before it was handed to Bedrock."
                job = replace(job, status="Refused", message=why, ended_at=now)
            elif job.status == "Checking":
                job = replace(job, status="Sending")
            store.save(tx, job)
            self.board.show(tx, job, now, urgent=job.ended)
            return job

    def _refuse(self, job: Job, error: BotError, now: datetime, body: Mapping[str, Any]) -> None:
        log.warning("job.refused", job=job.id, reason=error.sentence)
        with self._db.write() as tx:
            fresh = store.lock(tx, job.id) or job
            if fresh.arn:
                return
            was_shown = fresh.status == "Sending"
            fresh = replace(fresh, status="Refused", message=error.sentence[:2000], ended_at=now)
            store.save(tx, fresh)
            if was_shown:
                self.board.show(tx, fresh, now, urgent=True)
        self._tell(job, "refused", views.refused(job.name, error.sentence), now, body)

    def _tell(self, job: Job, name: str, message: Message, now: datetime, body: Mapping[str, Any]) -> None:
        with self._db.write() as tx:
            whisper(
                tx,
                f"job:{job.id}:{name}",
                message,
                now,
                user=job.owner,
                channel=job.channel,
                response_url=str(body.get("response_url") or ""),
            )

    # --- stopping -------------------------------------------------------------------------------------------------

    def stop(self, body: Mapping[str, Any], now: datetime) -> None:
        """Ask Bedrock to stop the job; may be repeated."""
        with self._db.write() as tx:
            job = store.lock(tx, str(body["job"]))
            if job is None or job.ended:
                return
            if not job.stop_at:
                job = replace(job, stop_by=str(body["user"]), stop_at=now)
                store.save(tx, job)
                self.board.show(tx, job, now, urgent=True)
        if job.status == "Checking":
            return  # the submission looks at stop_at before it sends
        if not job.arn:
            raise AwsUnavailable("The job is being handed to Bedrock just now. I stop it as soon as it is there.")
        try:
            self._bedrock().stop(job.arn)
        except AwsConflict:
            log.info("job.stop_too_late", job=job.id)
        except AwsUnavailable:
            raise
        except AwsError as error:
            self._stop_refused(job, error, body, now)
        self.following.nudge(now)

    def _stop_refused(self, job: Job, error: AwsError, body: Mapping[str, Any], now: datetime) -> None:
        with self._db.write() as tx:
            fresh = store.lock(tx, job.id) or job
            store.save(tx, replace(fresh, stop_by="", stop_at=None))
            self.board.show(tx, fresh, now, urgent=True)
            message = Message(f"{job.name} goes on: {error.sentence}", [])
            url = str(body.get("response_url") or "")
            key = f"job:{job.id}:stop:{now.timestamp()}"
            whisper(tx, key, message, now, user=str(body["user"]), channel=job.channel, response_url=url)

    # --- the rest of the feature ----------------------------------------------------------------------------------

    def nudge(self, now: datetime) -> None:
        """Something happened at Bedrock: look sooner."""
        self.following.nudge(now)

    def tick(self, now: datetime) -> float:
        """Look at Bedrock if it is time; returns the seconds until asking again is worth while."""
        return self.following.tick(now)

    def refresh(self, now: datetime) -> float:
        """Bring age and time to expiry on the cards of unfinished jobs up to date; returns seconds to the next look."""
        return self.following.refresh(now)

    def track(self, now: datetime) -> None:
        """One pass over the listing."""
        self.following.track(now)

    def render(self, key: str, picture: Picture, now: datetime) -> Message | None:
        """The card of ``job:<id>``."""
        return self.board.render(key, picture, now)
