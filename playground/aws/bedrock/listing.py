"""One page of ListModelInvocationJobs: filters, order, paging; pure."""

import base64
import binascii
from datetime import datetime
from typing import Any

from playground.aws.bedrock.job import Job
from playground.aws.bedrock.rules import invalid
from playground.aws.errors import AwsError

STATUSES = (
    "Submitted", "InProgress", "Completed", "Failed", "Stopping", "Stopped", "PartiallyCompleted", "Expired",
    "Validating", "Scheduled",
)  # fmt: skip


def page_of(jobs: list[Job], query: dict[str, str]) -> dict[str, Any]:
    """Filter, sort and cut; newest first unless asked otherwise."""
    wanted = [job for job in jobs if _matches(job, query)]
    wanted.sort(key=lambda job: (job.submitted, job.id), reverse=query.get("sortOrder") != "Ascending")
    size = size_of(query)
    start = offset_of(query.get("nextToken"))
    page: dict[str, Any] = {"invocationJobSummaries": [job.summary() for job in wanted[start : start + size]]}
    if start + size < len(wanted):
        page["nextToken"] = token_of(start + size)
    return page


def size_of(query: dict[str, str]) -> int:
    """Read maxResults, 1 to 1000."""
    given = query.get("maxResults", "100")
    if not given.isdigit() or not 1 <= int(given) <= 1000:
        raise invalid(given, "maxResults", "Member must have value between 1 and 1000")
    return int(given)


def token_of(offset: int) -> str:
    """Write an opaque paging token."""
    return base64.urlsafe_b64encode(f"page:{offset}".encode()).decode()


def offset_of(token: str | None) -> int:
    """Read a paging token of ours."""
    if not token:
        return 0
    try:
        word, _, number = base64.urlsafe_b64decode(token).decode().partition(":")
        if word == "page":
            return int(number)
    except (ValueError, binascii.Error):
        pass
    raise AwsError("ValidationException", "The provided nextToken is invalid.")


def _matches(job: Job, query: dict[str, str]) -> bool:
    status, name = query.get("statusEquals"), query.get("nameContains")
    if status is not None and status not in STATUSES:
        raise invalid(status, "statusEquals", f"Member must satisfy enum value set: [{', '.join(STATUSES)}]")
    after, before = _time(query, "submitTimeAfter"), _time(query, "submitTimeBefore")
    return (
        (status is None or job.status == status)
        and (name is None or name in job.name)
        and (after is None or job.submitted >= after)
        and (before is None or job.submitted <= before)
    )


def _time(query: dict[str, str], field: str) -> datetime | None:
    given = query.get(field)
    if given is None:
        return None
    try:
        return datetime.fromisoformat(given)
    except ValueError:
        raise AwsError("ValidationException", f"{field}: {given} is not a timestamp") from None
