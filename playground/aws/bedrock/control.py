"""The batch control plane: create, get, list and stop jobs, and the knobs with which tests move them."""

import secrets
import string
import threading
from collections.abc import Callable
from datetime import datetime
from typing import Any

from playground.aws.bedrock.job import Job
from playground.aws.bedrock.listing import page_of
from playground.aws.bedrock.models import Model, Reach, arn_of, catalogue, resolve
from playground.aws.bedrock.rules import check_create, check_job_identifier
from playground.aws.bedrock.script import Script
from playground.aws.bedrock.walk import Timings, World, enter, walk
from playground.aws.errors import AwsError
from playground.aws.storage import Storage

_LETTERS = string.ascii_lowercase + string.digits


class Bedrock(Script):
    """Jobs and models of the account. All public attributes are knobs."""

    def __init__(
        self, storage: Storage, clock: Callable[[], datetime], speed: float, account: str, region: str
    ) -> None:
        self.models: dict[str, Model] = catalogue()
        self.profiles: dict[str, str] = {}
        self.jobs: dict[str, Job] = {}
        self.tags: dict[str, list[dict[str, str]]] = {}
        self.events = True
        self.max_jobs_per_model = 100
        self.role_missing: set[str] = set()
        self.on_change: list[Callable[[Job, datetime], None]] = []
        self.lock = threading.RLock()
        self.account, self.region = account, region
        self.world = World(storage, speed, self._changed)
        self._clock = clock
        self._tokens: dict[str, str] = {}
        self._held = False

    @property
    def min_records(self) -> int:
        """Tell the least number of records of a job."""
        return self.world.min_records

    @min_records.setter
    def min_records(self, value: int) -> None:
        self.world.min_records = value

    @property
    def unreadable(self) -> set[str]:
        """Tell the buckets that the service role may not read; add to it to deny one."""
        return self.world.unreadable

    @property
    def timings(self) -> Timings:
        """Tell how long each state lasts, in simulated seconds."""
        return self.world.timings

    def create(self, body: dict[str, Any]) -> Job:
        """Start a job, or give back the one that the same token started."""
        check_create(body)
        with self.lock:
            token = body.get("clientRequestToken") or secrets.token_hex(16)
            if token in self._tokens:
                return self.jobs[self._tokens[token]]
            reach = self._reach(body["modelId"])
            self._check_account(body, reach)
            job = self._new(body | {"clientRequestToken": token}, reach)
            self._tokens[token] = job.id
            self._changed(job, job.submitted)
            return job

    def forget(self) -> None:
        """Have no job, and know no token."""
        with self.lock:
            self.jobs.clear()
            self._tokens.clear()

    def get(self, identifier: str) -> Job:
        """Find a job by id or ARN."""
        check_job_identifier(identifier)
        with self.lock:
            job = self.jobs.get(identifier.rpartition("/")[2])
            if job is None or (identifier.startswith("arn:") and job.arn != identifier):
                message = f"Could not find job with ID {identifier.rpartition('/')[2]}"
                raise AwsError("ResourceNotFoundException", message)
            return job

    def list(self, query: dict[str, str]) -> dict[str, Any]:
        """Answer one page of jobs."""
        with self.lock:
            return page_of(list(self.jobs.values()), query)

    def stop(self, identifier: str) -> None:
        """Ask a job to stop."""
        job = self.get(identifier)
        with self.lock:
            if job.over or job.status == "Stopping":
                raise AwsError("ConflictException", f"Cannot stop job {job.id}: it is in the {job.status} state")
            enter(self.world, job, "Stopping", self._clock())

    def tick(self, now: datetime) -> None:
        """Let every unfinished job walk."""
        with self.lock:
            if self._held:
                return
            going = [job for job in self.jobs.values() if not job.over and not job.scripted]
            for job in going:
                share = sum(o.status == "InProgress" and o.reach.model is job.reach.model for o in going)
                walk(self.world, job, now, share)

    def _new(self, body: dict[str, Any], reach: Reach, submitted: datetime | None = None) -> Job:
        at = submitted or self._clock()
        arn = f"arn:aws:bedrock:{self.region}:{self.account}:model-invocation-job/"
        arn += "".join(secrets.choice(_LETTERS) for _ in range(12))
        model_arn = body["modelId"] if "application-inference" in body["modelId"] else self._arn(reach)
        job = Job(arn, body["jobName"], body, reach, model_arn, at, at)
        job.expires = at + self.world.real(job.timeout.total_seconds())
        self.jobs[job.id] = job
        self.tags[job.arn] = list(body.get("tags") or [])
        return job

    def _arn(self, reach: Reach) -> str:
        return arn_of(reach, self.region, self.account)

    def _reach(self, named: str) -> Reach:
        reach = resolve(self.models, self.profiles.get(named, named))
        if reach is None:
            raise AwsError("ValidationException", "The provided model identifier is invalid.")
        if reach.model.profile_only and not reach.geo:
            raise AwsError(
                "ValidationException",
                f"Invocation of model ID {reach.model.id} with on-demand throughput isn't supported. "
                "Retry your request with the ID or ARN of an inference profile that contains this model.",
            )
        return reach

    def _check_account(self, body: dict[str, Any], reach: Reach) -> None:
        role = body["roleArn"]
        if role in self.role_missing or f":{self.account}:" not in role:
            raise AwsError("ValidationException", f"Cannot assume the provided role {role}. Check its trust policy.")
        queued = sum(not job.over and job.reach.model is reach.model for job in self.jobs.values())
        if queued >= self.max_jobs_per_model:
            message = (
                f"The sum of in-progress and submitted batch inference jobs for {reach.model.name} "
                f"exceeds the quota of {self.max_jobs_per_model}"
            )
            raise AwsError("ServiceQuotaExceededException", message)

    def _changed(self, job: Job, at: datetime) -> None:
        for tell in self.on_change:
            tell(job, at)
