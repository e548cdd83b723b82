"""Jobs and what Bedrock says of them, for the tests of this folder."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from bot.jobs.job import ENDED, Counts, Job, Remote
from tests.wire import NOW

ARN = "arn:aws:bedrock:us-east-1:111122223333:model-invocation-job/a1b2c3d4e5f6"
MODEL = "anthropic.claude-3-haiku-20240307-v1:0"
NAME = "Claude 3 Haiku"


def job(status: str = "InProgress", **more: Any) -> Job:
    """A job of Ana's that Bedrock has had for two hours."""
    known: dict[str, Any] = {
        "id": "0123456789ab", "name": "reviews-2026-11-22", "model_id": MODEL,
        "input_uri": "s3://batchbot-in/reviews/day.jsonl", "output_uri": "s3://batchbot-out/results/",
        "token": "batchbot-1", "created_at": NOW - timedelta(hours=2, minutes=1), "status": status, "arn": ARN,
        "owner": "U0ANA00001", "channel": "C0JOBS", "submitted_at": NOW - timedelta(hours=2),
        "expires_at": NOW + timedelta(hours=22),
    }  # fmt: skip
    if status in ENDED:
        known["ended_at"] = NOW - timedelta(minutes=3)
    if status in {"Checking", "Sending", "Refused"}:
        known |= {"arn": "", "submitted_at": None, "expires_at": None}
    return Job(**known | more)


def remote(status: str = "InProgress", processed: int = 0, total: int = 0, **more: Any) -> Remote:
    """What the listing says of that job."""
    errors = int(more.pop("errors", 0))
    known: dict[str, Any] = {
        "arn": ARN, "name": "reviews-2026-11-22", "model_id": f"arn:aws:bedrock:us-east-1::foundation-model/{MODEL}",
        "status": status, "token": "batchbot-1", "counts": Counts(total, processed, processed - errors, errors),
        "input_uri": "s3://batchbot-in/reviews/day.jsonl", "output_uri": "s3://batchbot-out/results/",
        "submitted_at": NOW - timedelta(hours=2), "changed_at": NOW - timedelta(minutes=1),
    }  # fmt: skip
    return Remote(**known | more)


def at(minutes: float) -> datetime:
    return NOW + timedelta(minutes=minutes)
