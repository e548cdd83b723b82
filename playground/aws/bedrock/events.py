"""The EventBridge event of a job's state change, as documented but with EventBridge's ISO time; pure."""

from datetime import datetime
from typing import Any
from uuid import uuid4

from playground.aws.bedrock.job import Job


def event_of(job: Job, at: datetime, account: str, region: str) -> dict[str, Any]:
    """Dress the present state of the job as an event."""
    hour = job.submitted.hour % 12 or 12
    created = job.submitted.strftime(f"%b {job.submitted.day}, %Y, {hour}:%M:%S %p")
    return {
        "version": "0",
        "id": str(uuid4()),
        "detail-type": "Batch Inference Job State Change",
        "source": "aws.bedrock",
        "account": account,
        "time": at.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "region": region,
        "resources": [job.arn],
        "detail": {
            "version": "0.0",
            "accountId": account,
            "batchJobName": job.name,
            "batchJobArn": job.arn,
            "batchModelId": job.model_arn,
            "status": job.status,
            "failureMessage": job.message if job.status == "Failed" else "",
            "creationTime": created,
        },
    }
