"""The knobs of tests and tours: hold the walk, move a job by hand, start one that the bot knows nothing of."""

import secrets
import threading
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from typing import Any

from playground.aws.bedrock.input import InputError, read_input, split
from playground.aws.bedrock.job import Job
from playground.aws.bedrock.models import Reach
from playground.aws.bedrock.walk import World, enter
from playground.aws.bedrock.work import begin, pretend, process

_ENDS_WHOLE = {"Completed"}
_MESSAGES = {
    "Failed": "Internal error. Please retry the job.",
    "Expired": "Job expired before it started.",
    "PartiallyCompleted": "Job timed out before all records were processed.",
}


class Script:
    """The scripted half of Bedrock; the other half is the control plane."""

    jobs: dict[str, Job]
    world: World
    lock: threading.RLock
    account: str
    _held: bool
    _clock: Callable[[], datetime]

    def hold(self) -> None:
        """Stop all jobs where they are; only `advance` moves them."""
        self._held = True

    def release(self) -> None:
        """Let all jobs walk by themselves again, the scripted ones too."""
        with self.lock:
            self._held = False
            now = self._clock()
            for job in self.jobs.values():
                job.scripted = False
                if not job.over:
                    job.since = job.worked_at = now

    def find(self, which: str) -> Job:
        """Find a job by id, ARN or name; the newest of a name."""
        with self.lock:
            found = [job for job in self.jobs.values() if which in {job.id, job.arn, job.name}]
            if not found:
                raise LookupError(f"no job {which!r}; there are {[job.name for job in self.jobs.values()]}")
            return found[-1]

    def advance(
        self,
        which: str,
        status: str,
        *,
        processed: int | None = None,
        errors: int = 0,
        total: int | None = None,
        message: str = "",
    ) -> Job:
        """Put a job into a state with these counts; from then on it moves only by hand until `release`."""
        job = self.find(which)
        with self.lock:
            job.scripted = True
            now = self._clock()
            if status not in {"Submitted", "Validating", "Failed"}:
                self._ready(job, total)
            if status == "Completed" and processed is None:
                processed = job.counts.total
            if processed is not None:
                self._work(job, processed, errors)
            if status == job.status:
                job.show(now)
            else:
                enter(self.world, job, status, now, message or _MESSAGES.get(status, ""))
            job.show(now)
            return job

    def start_elsewhere(
        self,
        name: str,
        model: str = "anthropic.claude-3-haiku-20240307-v1:0",
        *,
        input_uri: str = "",
        output_uri: str = "",
        api: str = "InvokeModel",
        records: int = 200,
        status: str = "Submitted",
        submitted_at: datetime | None = None,
        role_arn: str = "",
    ) -> Job:
        """Start a job as somebody else would at the console; without an input it brings its own."""
        from playground import samples

        if not input_uri:
            input_uri = f"s3://batchbot-in/elsewhere/{name}.jsonl"
            bucket, key = split(input_uri)
            body = samples.good(records, api="Converse" if api == "Converse" else "InvokeModel")
            self.world.storage.put(bucket, key, body)
        request = {
            "jobName": name,
            "modelId": model,
            "roleArn": role_arn or f"arn:aws:iam::{self.account}:role/ConsoleBatchRole",
            "clientRequestToken": secrets.token_hex(16),
            "modelInvocationType": api,
            "inputDataConfig": {"s3InputDataConfig": {"s3Uri": input_uri, "s3InputFormat": "JSONL"}},
            "outputDataConfig": {"s3OutputDataConfig": {"s3Uri": output_uri or "s3://batchbot-out/elsewhere/"}},
        }
        with self.lock:
            job = self._new(request, self._reach(model), submitted_at)
            if status == "Submitted":
                self._changed(job, job.submitted)
            else:
                self.advance(job.id, status)
                job.scripted = False
            return job

    def _ready(self, job: Job, total: int | None) -> None:
        if not job.files:
            with suppress(InputError):
                job.files = read_input(self.world.storage, job.input_uri, 0, ())
            begin(job)
        job.counts.total = total or len(job.places) or max(job.counts.total, self.world.min_records)

    def _work(self, job: Job, processed: int, errors: int) -> None:
        if job.files:
            process(job, processed, errors)
        if job.counts.processed != processed or job.counts.error < errors:
            pretend(job, processed, max(errors, job.counts.error))

    def _new(self, body: dict[str, Any], reach: Reach, submitted: datetime | None = None) -> Job:
        raise NotImplementedError

    def _reach(self, named: str) -> Reach:
        raise NotImplementedError

    def _changed(self, job: Job, at: datetime) -> None:
        raise NotImplementedError
