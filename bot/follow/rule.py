"""Which follow-up runs when, what it is told, and the key that makes it count once; pure."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from fnmatch import fnmatchcase
from typing import Any

from bot.aws.modelids import normalise

JOB_ENDED = "job-ended"
DRAINED = "backlog-drained"

VERSION = "1"
"""Of what a follow-up is told; it grows when a field changes its meaning or goes away."""


@dataclass(frozen=True, slots=True)
class Target:
    """Where a follow-up goes: ``topic``, ``event_bus``, ``state_machine`` (ARN or name) or ``hook`` (https address)."""

    kind: str
    address: str


@dataclass(frozen=True, slots=True)
class Rule:
    """One follow-up: ``model`` is words of an id or a name, ``job`` a shell-style pattern; what is empty fits all."""

    name: str
    when: str
    target: Target
    model: str = ""
    job: str = ""
    status: tuple[str, ...] = ()

    def wants_model(self, model_id: str, name: str) -> bool:
        """Whether it is about this model, in whatever form its id comes."""
        text = f"{model_id} {normalise(model_id)} {name}".casefold()
        return all(word in text for word in normalise(self.model).casefold().split())

    def wants_job(self, job: EndedJob, name: str) -> bool:
        """Whether the end of this job sets it off; ``name`` is what people call the job's model."""
        fits = self.when == JOB_ENDED and job.status in self.status
        return fits and self.wants_model(job.model_id, name) and fnmatchcase(job.name, self.job or "*")

    def wants_drain(self, model_id: str, name: str) -> bool:
        """Whether a drained backlog of this model sets it off."""
        return self.when == DRAINED and self.wants_model(model_id, name)


@dataclass(frozen=True, slots=True)
class EndedJob:
    """A job that is over; ``counts`` are records by total, processed, success and errors."""

    id: str
    name: str
    arn: str
    model_id: str
    status: str
    at: datetime
    input_uri: str
    output_uri: str
    owner: str = ""
    counts: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Order:
    """One run as a target takes it: ``body`` is JSON, ``at`` the time of what happened, ``now`` that of the attempt."""

    address: str
    key: str
    event: str
    body: str
    at: datetime
    now: datetime


@dataclass(frozen=True, slots=True)
class Receipt:
    """What was done, as the end of a sentence, and where it can be looked at (an address of Amazon's console)."""

    words: str
    url: str = ""


def key_of(*parts: str) -> str:
    """The idempotency key: 41 letters, digits and hyphens, the same for the same parts for ever.

    Step Functions allows 80 characters in the name of an execution, SNS 128 in a deduplication id.
    """
    return f"batchbot-{hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:32]}"


def job_key(rule: Rule, job: EndedJob) -> str:
    """One run for each follow-up, job and end."""
    return key_of(rule.name, job.id, job.status)


def drain_key(rule: Rule, model: str, at: datetime) -> str:
    """One run for each follow-up, model and time of the first empty datapoint."""
    return key_of(rule.name, model, at.astimezone(UTC).isoformat())


def job_body(key: str, job: EndedJob) -> str:
    """What a follow-up is told of a job; places and counts, never a prompt."""
    told = {
        "id": job.id,
        "name": job.name,
        "arn": job.arn,
        "model": job.model_id,
        "status": job.status,
        "counts": dict(job.counts),
        "input": job.input_uri,
        "output": job.output_uri,
        "owner": job.owner,
    }
    return _body(JOB_ENDED, key, job.at, {"job": told, "model": normalise(job.model_id)})


def drain_body(key: str, model: str, at: datetime) -> str:
    """What a follow-up is told of a drained backlog."""
    return _body(DRAINED, key, at, {"model": model})


def _body(event: str, key: str, at: datetime, more: Mapping[str, Any]) -> str:
    moment = at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    return json.dumps({"version": VERSION, "event": event, "key": key, "at": moment} | dict(more))
