"""How a job walks from Submitted to its end as time goes by."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from playground.aws.bedrock.input import InputError, read_input, split
from playground.aws.bedrock.job import Job
from playground.aws.bedrock.outputs import write_outputs
from playground.aws.bedrock.work import begin, process
from playground.aws.storage import Storage


@dataclass
class Timings:
    """How long each state lasts, in seconds of simulated time."""

    submitted: float = 20
    validating: float = 45
    scheduled: float = 90
    stopping: float = 20
    counts_lag: float = 20


@dataclass
class World:
    """What the walk needs to know of the account."""

    storage: Storage
    speed: float
    changed: Callable[[Job, datetime], None]
    timings: Timings = field(default_factory=Timings)
    min_records: int = 100
    unreadable: set[str] = field(default_factory=set)
    no_capacity: bool = False

    def real(self, seconds: float) -> timedelta:
        """Turn simulated seconds into real ones."""
        return timedelta(seconds=seconds / self.speed)


def walk(world: World, job: Job, now: datetime, share: int) -> None:
    """Bring the job as far as it comes by now; `share` jobs of its model run at once."""
    for _ in range(6):
        before = job.status
        _step(world, job, now, share)
        if job.status == before or job.over:
            return


def enter(world: World, job: Job, status: str, at: datetime, message: str = "") -> None:
    """Change the state: read the input, write the outputs, tell the world."""
    if status == "InProgress":
        begin(job)
        job.worked_at = at
    if status in {"Completed", "PartiallyCompleted", "Stopped"} and job.counts.total:
        write_outputs(world.storage, job)
    job.enter(status, at, message)
    world.changed(job, at)


def validate(world: World, job: Job, at: datetime) -> bool:
    """Read the input; a fault in it fails the job."""
    bucket, _ = split(job.output_uri)
    if not world.storage.has_bucket(bucket):
        enter(world, job, "Failed", at, f"The specified bucket does not exist: {bucket}")
        return False
    try:
        job.files = read_input(world.storage, job.input_uri, world.min_records, world.unreadable)
    except InputError as error:
        enter(world, job, "Failed", at, str(error))
        return False
    begin(job)
    return True


def _step(world: World, job: Job, now: datetime, share: int) -> None:
    timings = world.timings
    if job.status == "Submitted":
        _after(world, job, now, timings.submitted, "Validating")
    elif job.status == "Validating":
        due = job.since + world.real(timings.validating)
        if now >= due and validate(world, job, due):
            enter(world, job, "Scheduled", due)
    elif job.status == "Scheduled":
        if now >= job.expires:
            enter(world, job, "Expired", job.expires, "Job expired before it started.")
        elif not world.no_capacity:
            _after(world, job, now, timings.scheduled, "InProgress")
    elif job.status == "InProgress":
        _run(world, job, now, share)
    elif job.status == "Stopping":
        _after(world, job, now, timings.stopping, "Stopped")


def _after(world: World, job: Job, now: datetime, seconds: float, status: str) -> None:
    due = job.since + world.real(seconds)
    if now >= due:
        enter(world, job, status, due)


def _run(world: World, job: Job, now: datetime, share: int) -> None:
    until = min(now, job.expires)
    model = job.reach.model
    seconds = max(0.0, (until - (job.worked_at or until)).total_seconds()) * world.speed
    job.worked_at = until
    if not model.stalled:
        job.credit += seconds * model.records_per_minute / 60 / max(1, share)
    whole = int(job.credit)
    job.credit -= whole
    process(job, job.counts.processed + whole)
    if job.counts.processed >= job.counts.total:
        enter(world, job, "Completed", until)
    elif now >= job.expires:
        enter(world, job, "PartiallyCompleted", until, "Job timed out before all records were processed.")
    elif now >= (job.shown_at or job.since) + world.real(world.timings.counts_lag):
        job.show(now)
