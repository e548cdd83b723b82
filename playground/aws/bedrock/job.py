"""A batch job as the account keeps it, and as Get and List show it."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from playground.aws.bedrock.models import Reach
from playground.aws.bedrock.records import Answer, InputFile

ENDED = {"Completed", "PartiallyCompleted", "Failed", "Stopped", "Expired"}


@dataclass
class Counts:
    """The four counts that Get and List show."""

    total: int = 0
    processed: int = 0
    success: int = 0
    error: int = 0


@dataclass
class Job:
    """One model invocation job with what it has read and answered so far."""

    arn: str
    name: str
    request: dict[str, Any]
    reach: Reach
    model_arn: str
    submitted: datetime
    expires: datetime
    status: str = "Submitted"
    message: str = ""
    since: datetime = field(init=False)
    ended: datetime | None = None
    shown: Counts = field(default_factory=Counts)
    shown_at: datetime | None = None
    worked_at: datetime | None = None
    credit: float = 0.0
    scripted: bool = False
    files: list[InputFile] = field(default_factory=list)
    places: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    answers: list[Answer] = field(default_factory=list)
    counts: Counts = field(default_factory=Counts)
    pending_tokens: int = 0
    tokens: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        """Begin the first state at the time of submission."""
        self.since = self.submitted

    @property
    def id(self) -> str:
        """Tell the last part of the ARN."""
        return self.arn.rpartition("/")[2]

    @property
    def over(self) -> bool:
        """Tell whether the job has ended."""
        return self.status in ENDED

    @property
    def input_uri(self) -> str:
        """Tell where the input lies."""
        return str(self.request["inputDataConfig"]["s3InputDataConfig"]["s3Uri"])

    @property
    def output_uri(self) -> str:
        """Tell where the output goes."""
        return str(self.request["outputDataConfig"]["s3OutputDataConfig"]["s3Uri"])

    @property
    def api(self) -> str:
        """Tell the shape of the records: InvokeModel or Converse."""
        return str(self.request.get("modelInvocationType") or "InvokeModel")

    @property
    def timeout(self) -> timedelta:
        """Tell how long the job may take, in the job's own time."""
        return timedelta(hours=int(self.request.get("timeoutDurationInHours") or 24))

    def enter(self, status: str, at: datetime, message: str = "") -> None:
        """Go to another state; on the end the counts are exact."""
        self.status, self.since = status, at
        self.message = message or self.message
        if self.over:
            self.ended = at
            self.show(at)

    def show(self, at: datetime) -> None:
        """Let Get and List see the counts of this moment."""
        self.shown = Counts(**vars(self.counts))
        self.shown_at = at

    def summary(self) -> dict[str, Any]:
        """Dress the job as Get and List answer it."""
        keys = ("clientRequestToken", "roleArn", "inputDataConfig", "outputDataConfig", "vpcConfig")
        shown: dict[str, Any] = {
            "jobArn": self.arn,
            "jobName": self.name,
            "modelId": self.model_arn,
            **{key: self.request[key] for key in keys if key in self.request},
            "status": self.status,
            "submitTime": stamp(self.submitted),
            "lastModifiedTime": stamp(max(self.since, self.shown_at or self.since)),
            "timeoutDurationInHours": int(self.timeout.total_seconds() // 3600),
            "jobExpirationTime": stamp(self.expires),
            "modelInvocationType": self.api,
            "totalRecordCount": self.shown.total,
            "processedRecordCount": self.shown.processed,
            "successRecordCount": self.shown.success,
            "errorRecordCount": self.shown.error,
        }
        if self.ended:
            shown["endTime"] = stamp(self.ended)
        if self.message:
            shown["message"] = self.message
        return shown


def stamp(at: datetime) -> str:
    """Write a time as Bedrock does: ISO, UTC, milliseconds."""
    return at.strftime("%Y-%m-%dT%H:%M:%S.") + f"{at.microsecond // 1000:03d}Z"
