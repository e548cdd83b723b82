"""Bedrock's batch control plane: create, stop, list, look at one; boto3 shapes become ``Remote`` here.

One ListModelInvocationJobs call per thousand jobs follows them all; GetModelInvocationJob is for the single job that the
listing does not show. Field names are those of the ``bedrock`` service model.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from bot.aws.translate import aws_errors
from bot.jobs.job import Counts, Job, Remote

PAGE = 1000


class Bedrock:
    """Calls through the client that is handed in."""

    def __init__(self, client: Any, role_arn: str) -> None:
        """``role_arn`` is the service role that every job runs under; it comes from the settings alone."""
        self._client = client
        self._role_arn = role_arn

    def create(self, job: Job) -> str:
        """Start the job and return its ARN; the same token never starts a second one, so it may be called again."""
        with aws_errors("start the job"):
            answer = self._client.create_model_invocation_job(
                jobName=job.name,
                clientRequestToken=job.token,
                modelId=job.model_id,
                roleArn=self._role_arn,
                modelInvocationType=job.invocation_type,
                timeoutDurationInHours=job.timeout_hours,
                inputDataConfig={"s3InputDataConfig": {"s3Uri": job.input_uri, "s3InputFormat": "JSONL"}},
                outputDataConfig={"s3OutputDataConfig": {"s3Uri": job.output_uri}},
            )
        return str(answer.get("jobArn") or "")

    def stop(self, arn: str) -> None:
        """Ask it to stop; raises AwsConflict if it was over already."""
        with aws_errors("stop the job"):
            self._client.stop_model_invocation_job(jobIdentifier=arn)

    def look(self, arn: str) -> Remote:
        """One job; raises AwsGone if Bedrock has forgotten it."""
        with aws_errors("look at the job"):
            return remote(self._client.get_model_invocation_job(jobIdentifier=arn))

    def since(self, oldest: datetime) -> Iterator[Remote]:
        """All jobs submitted after ``oldest``, newest first, a thousand a call."""
        paginator = self._client.get_paginator("list_model_invocation_jobs")
        pages = paginator.paginate(
            submitTimeAfter=oldest, sortBy="CreationTime", sortOrder="Descending", PaginationConfig={"PageSize": PAGE}
        )
        iterator = iter(pages)
        while True:
            with aws_errors("list the jobs"):
                page = next(iterator, None)
            if page is None:
                return
            for summary in page.get("invocationJobSummaries") or []:
                yield remote(summary)


def remote(answer: Mapping[str, Any]) -> Remote:
    """One summary or one GetModelInvocationJob answer."""
    return Remote(
        arn=str(answer["jobArn"]),
        name=str(answer.get("jobName") or ""),
        model_id=str(answer.get("modelId") or ""),
        status=str(answer.get("status") or "Submitted"),
        token=str(answer.get("clientRequestToken") or ""),
        counts=Counts(
            total=int(answer.get("totalRecordCount") or 0),
            processed=int(answer.get("processedRecordCount") or 0),
            success=int(answer.get("successRecordCount") or 0),
            errors=int(answer.get("errorRecordCount") or 0),
        ),
        input_uri=str(answer.get("inputDataConfig", {}).get("s3InputDataConfig", {}).get("s3Uri") or ""),
        output_uri=str(answer.get("outputDataConfig", {}).get("s3OutputDataConfig", {}).get("s3Uri") or ""),
        submitted_at=answer.get("submitTime"),
        message=str(answer.get("message") or "")[:2048],
        changed_at=answer.get("lastModifiedTime"),
        ended_at=answer.get("endTime"),
        expires_at=answer.get("jobExpirationTime"),
        invocation_type=str(answer.get("modelInvocationType") or "InvokeModel"),
        timeout_hours=answer.get("timeoutDurationInHours"),
    )
