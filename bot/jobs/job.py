"""The batch job: what it is, what Bedrock says of it, what follows from that; pure.

Statuses are Bedrock's own (ModelInvocationJobStatus); before Bedrock knows the job it is Checking, then Sending. A status
that is not in the table counts as "not ended" and is shown verbatim.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class Look:
    """How a status is shown: an emoji and plain words, and whether it is the end."""

    emoji: str
    words: str
    ended: bool = False


LOOKS: Mapping[str, Look] = {
    "Checking": Look("🔎", "checking the input"),
    "Sending": Look("🔎", "handing it to Bedrock"),
    "Submitted": Look("🕓", "queued for validation"),
    "Validating": Look("🕓", "being validated"),
    "Scheduled": Look("🕓", "validated, waiting for capacity"),
    "InProgress": Look("⏳", "running"),
    "Stopping": Look("⏹️", "stopping"),
    "Completed": Look("✅", "complete", ended=True),
    "PartiallyCompleted": Look("⚠️", "timed out, partly complete", ended=True),
    "Failed": Look("❌", "failed", ended=True),
    "Stopped": Look("⏹️", "stopped", ended=True),
    "Expired": Look("⌛", "expired before it began", ended=True),
    "Refused": Look("❌", "not started", ended=True),
}
ENDED = frozenset(status for status, look in LOOKS.items() if look.ended)
SAMPLES = 40


class Change(StrEnum):
    """What an observation brought."""

    NOTHING = "nothing"
    PROGRESS = "progress"
    STATE = "state"
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class Counts:
    """Records; all zero until Bedrock has counted (they lag by up to a minute)."""

    total: int = 0
    processed: int = 0
    success: int = 0
    errors: int = 0


@dataclass(frozen=True, slots=True)
class Submission:
    """What a person asked for, every field checked; times and sizes are in the names."""

    name: str
    model_id: str
    input_uri: str
    output_uri: str
    invocation_type: str = "InvokeModel"
    timeout_hours: int = 24


@dataclass(frozen=True, slots=True)
class Remote:
    """One entry of ListModelInvocationJobs (GetModelInvocationJob has the same fields)."""

    arn: str
    name: str
    model_id: str
    status: str
    token: str
    counts: Counts
    input_uri: str
    output_uri: str
    submitted_at: datetime | None
    message: str = ""
    changed_at: datetime | None = None
    ended_at: datetime | None = None
    expires_at: datetime | None = None
    invocation_type: str = "InvokeModel"
    timeout_hours: int | None = None


@dataclass(frozen=True, slots=True)
class Job:
    """One job; ``owner`` is a Slack user id, empty for jobs that were started elsewhere."""

    id: str
    name: str
    model_id: str
    input_uri: str
    output_uri: str
    token: str
    created_at: datetime
    status: str = "Checking"
    arn: str = ""
    owner: str = ""
    channel: str = ""
    invocation_type: str = "InvokeModel"
    timeout_hours: int = 24
    message: str = ""
    counts: Counts = field(default_factory=Counts)
    submitted_at: datetime | None = None
    changed_at: datetime | None = None
    ended_at: datetime | None = None
    expires_at: datetime | None = None
    samples: tuple[tuple[float, int], ...] = ()
    stop_by: str = ""
    stop_at: datetime | None = None

    @property
    def ended(self) -> bool:
        """True if nothing more will happen to it."""
        return self.status in ENDED

    @property
    def look(self) -> Look:
        """How its status is shown; an unknown one verbatim."""
        return LOOKS.get(self.status, Look("❔", self.status))

    @property
    def bedrock_id(self) -> str:
        """The twelve characters at the end of the ARN, empty before there is one."""
        return self.arn.rsplit("/", 1)[-1]

    @property
    def region(self) -> str:
        """The region in the ARN, empty before there is one."""
        return self.arn.split(":")[3] if self.arn.count(":") >= 5 else ""

    @property
    def began(self) -> datetime:
        """When it was handed in."""
        return self.submitted_at or self.created_at

    @property
    def has_failures(self) -> bool:
        """Completed is no success while records failed."""
        return self.counts.errors > 0

    @property
    def results_uri(self) -> str:
        """The folder that Bedrock writes: ``<output>/<job id>/`` (batch inference results)."""
        return f"{self.output_uri.rstrip('/')}/{self.bedrock_id}/" if self.arn else self.output_uri

    def observed(self, remote: Remote, now: datetime) -> tuple[Job, Change]:
        """The job after Bedrock was asked, and what that changed. An end is never left, counts never go back."""
        if self.status in ENDED - {"Refused"}:
            return self, Change.NOTHING
        seen, known = remote.counts, self.counts
        counts = seen if seen.processed >= known.processed and seen.total >= known.total else known
        after = replace(
            self,
            arn=remote.arn,
            status=remote.status,
            message=remote.message or ("" if self.status == "Refused" else self.message),
            counts=counts,
            submitted_at=remote.submitted_at or self.submitted_at,
            changed_at=remote.changed_at,
            ended_at=(remote.ended_at or remote.changed_at or now) if remote.status in ENDED else None,
            expires_at=remote.expires_at or self.expires_at,
            samples=_sampled(self.samples, counts.processed, now) if counts.total else self.samples,
        )
        return after, _change(self, after)

    def eta(self, now: datetime) -> datetime | None:
        """When the last record will be done at the recent pace; None while there is no pace yet."""
        rate = self.rate
        if self.status != "InProgress" or not rate or self.counts.total <= 0:
            return None
        return now + timedelta(seconds=(self.counts.total - self.counts.processed) / rate)

    @property
    def rate(self) -> float:
        """Records per second over the recent samples; 0 while there are fewer than two."""
        if len(self.samples) < 2:
            return 0.0
        (first_at, first), (last_at, last) = self.samples[-min(len(self.samples), 12)], self.samples[-1]
        return max(last - first, 0) / (last_at - first_at) if last_at > first_at else 0.0


def _sampled(samples: tuple[tuple[float, int], ...], processed: int, now: datetime) -> tuple[tuple[float, int], ...]:
    """Add a sample where the count moved; thin the older half when there are too many."""
    if samples and samples[-1][1] == processed:
        return samples
    more = (*samples, (now.timestamp(), processed))
    return more if len(more) <= SAMPLES else (*more[: SAMPLES // 2 : 2], *more[SAMPLES // 2 :])


def _change(before: Job, after: Job) -> Change:
    if after.ended:
        return Change.ENDED
    if after.status != before.status or after.arn != before.arn:
        return Change.STATE
    return Change.PROGRESS if after.counts != before.counts else Change.NOTHING


def adopted(remote: Remote, job_id: str, channel: str, now: datetime) -> Job:
    """A job that somebody started elsewhere, as ours to show."""
    blank = Job(
        id=job_id,
        name=remote.name,
        model_id=remote.model_id,
        input_uri=remote.input_uri,
        output_uri=remote.output_uri,
        token=remote.token or remote.arn,
        created_at=remote.submitted_at or now,
        status="",
        channel=channel,
        invocation_type=remote.invocation_type,
        timeout_hours=remote.timeout_hours or 24,
    )
    return blank.observed(remote, now)[0]
