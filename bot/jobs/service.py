"""What happens to jobs and in which order: submit, stop, track, adopt.

Every remote call has its intent in a row before it and an idempotency key with it; every function may be repeated from its
beginning. Cards and whispers are rows of the same transaction as the change that they tell of.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import structlog

from bot import clocks
from bot.aws.modelids import family, normalise
from bot.aws.s3 import S3, split
from bot.db import Database, Tx
from bot.errors import AwsConflict, AwsError, AwsGone, AwsUnavailable, BadInput, BotError
from bot.jobs import preflight, store, views
from bot.jobs.bedrock import Bedrock
from bot.jobs.job import ENDED, Change, Job, Remote, Submission, adopted
from bot.jobs.preflight import Checked, Found, Head
from bot.slack import cards
from bot.slack.blocks import Message
from bot.slack.cards import Picture
from bot.slack.whispers import whisper

log = structlog.get_logger(__name__)

HEAD_BYTES = 256 * 1024
WHOLE_BYTES = 8 * 1024 * 1024
FILES_READ = 20
KEEP_TRYING = timedelta(minutes=30)
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


@dataclass(frozen=True, slots=True)
class Where:
    """Where jobs are shown: the jobs channel, and whether strangers' jobs are shown at all."""

    jobs_channel: str
    adopt: bool


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
    ) -> None:
        """``bedrock`` and ``s3`` give clients when they are first needed; ``names`` is model id to name."""
        self._db = db
        self._bedrock = bedrock
        self._s3 = s3
        self._where = where
        self._names = names
        self._min_records = min_records
        self._poll = poll

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
            self._show(tx, fresh, now)
            clocks.hurry(tx, CLOCK, now)

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
            self._show(tx, job, now, urgent=job.ended)
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
                self._show(tx, fresh, now, urgent=True)
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
                self._show(tx, job, now, urgent=True)
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
        self.nudge(now)

    def _stop_refused(self, job: Job, error: AwsError, body: Mapping[str, Any], now: datetime) -> None:
        with self._db.write() as tx:
            fresh = store.lock(tx, job.id) or job
            store.save(tx, replace(fresh, stop_by="", stop_at=None))
            self._show(tx, fresh, now, urgent=True)
            message = Message(f"{job.name} goes on: {error.sentence}", [])
            url = str(body.get("response_url") or "")
            key = f"job:{job.id}:stop:{now.timestamp()}"
            whisper(tx, key, message, now, user=str(body["user"]), channel=job.channel, response_url=url)

    # --- following ------------------------------------------------------------------------------------------------

    def nudge(self, now: datetime) -> None:
        """Something happened at Bedrock: look sooner."""
        with self._db.write() as tx:
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
                        self._show(tx, job, now)
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
                self._announce_end(tx, gone, now)
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
                self._show(tx, job, now)
                if job.ended:
                    self._announce_end(tx, job, now)

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
                self._announce_end(tx, job, now)
            else:
                self._show(tx, job, now, urgent=change is Change.STATE)

    def running(self) -> Mapping[str, int]:
        """Unfinished jobs that Bedrock has, counted by bare model id."""
        with self._db.read() as tx:
            return Counter(normalise(job.model_id) for job in store.unsettled(tx) if job.arn)

    # --- showing --------------------------------------------------------------------------------------------------

    def _show(self, tx: Tx, job: Job, now: datetime, *, urgent: bool = False) -> None:
        places = [self._where.jobs_channel, job.channel, job.owner]
        cards.want(tx, f"job:{job.id}", places, now, urgent=urgent)

    def _announce_end(self, tx: Tx, job: Job, now: datetime) -> None:
        self._show(tx, job, now, urgent=True)
        cards.reply(tx, f"job:{job.id}", "end", views.finished(job, self._names(job.model_id)), now)

    def render(self, key: str, _picture: Picture, now: datetime) -> Message | None:
        """The card of ``job:<id>``."""
        with self._db.read() as tx:
            job = store.get(tx, key.split(":", 1)[1])
        return views.card(job, now, self._names(job.model_id)) if job else None


def _came_since(remote: Remote, last: datetime | None) -> bool:
    """Whether it was handed in after the last look, so that nobody has heard of it."""
    return last is not None and remote.submitted_at is not None and remote.submitted_at >= last
