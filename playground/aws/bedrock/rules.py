"""What CreateModelInvocationJob and its siblings accept, and the words they refuse with; pure."""

import re
from typing import Any

from playground.aws.errors import AwsError

# Linear forms of the documented patterns: the documented ones backtrack for seconds on hostile names.
NAME = r"[A-Za-z0-9][A-Za-z0-9+.\-]{0,62}"
TOKEN = r"[A-Za-z0-9](?:[A-Za-z0-9\-]{0,254}[A-Za-z0-9])?"
ROLE = r"arn:aws(-[^:]+)?:iam::([0-9]{12})?:role/.+"
URI = r"s3://[a-z0-9][-.a-z0-9]{1,61}[a-z0-9](?:/[-!_*'().a-z0-9A-Z]+)*/?"
JOB = r"(arn:aws(-[^:]+)?:bedrock:[a-z0-9-]{1,20}:[0-9]{12}:model-invocation-job/)?[a-z0-9]{12}"
TAG = r"[a-zA-Z0-9\s._:/=+@-]*"
_SHOWN = {
    "jobName": r"[a-zA-Z0-9]{1,63}(-*[a-zA-Z0-9\+\-\.]){0,63}",
    "clientRequestToken": r"[a-zA-Z0-9]{1,256}(-*[a-zA-Z0-9]){0,256}",
}


def invalid(value: object, field: str, constraint: str) -> AwsError:
    """Word a refusal as the services do."""
    return AwsError(
        "ValidationException",
        f"1 validation error detected: Value '{value}' at '{field}' failed to satisfy constraint: {constraint}",
    )


def check_create(body: dict[str, Any]) -> None:
    """Refuse a request whose fields break the documented rules."""
    for field in ("inputDataConfig", "outputDataConfig"):
        if not isinstance(body.get(field, {}), dict):
            raise AwsError("ValidationException", f"{field}: expected a structure")
    for field in ("jobName", "roleArn", "modelId", "inputDataConfig", "outputDataConfig"):
        if body.get(field) in (None, "", {}):
            raise invalid("null", field, "Member must not be null")
    _string(body["jobName"], "jobName", NAME, 63)
    _string(body["roleArn"], "roleArn", ROLE, 2048)
    _string(body["modelId"], "modelId", r"\S+", 2048)
    if "clientRequestToken" in body:
        _string(body["clientRequestToken"], "clientRequestToken", TOKEN, 256)
    _data(body["inputDataConfig"], "s3InputDataConfig", "inputDataConfig")
    _data(body["outputDataConfig"], "s3OutputDataConfig", "outputDataConfig")
    _timeout(body.get("timeoutDurationInHours"))
    _one_of(body.get("modelInvocationType"), "modelInvocationType", ("InvokeModel", "Converse"))
    _vpc(body.get("vpcConfig"))
    _tags(body.get("tags"))


def check_job_identifier(value: str) -> None:
    """Refuse what is neither a job id nor a job ARN."""
    if not re.fullmatch(JOB, value):
        shown = r"((arn:aws(-[^:]+)?:bedrock:[a-z0-9-]{1,20}:[0-9]{12}:model-invocation-job/)?[a-z0-9]{12})"
        raise invalid(value, "jobIdentifier", f"Member must satisfy regular expression pattern: {shown}")


def _string(value: object, field: str, pattern: str, longest: int) -> None:
    if not isinstance(value, str):
        raise AwsError("ValidationException", f"{field}: expected a string")
    if len(value) > longest:
        raise invalid(value, field, f"Member must have length less than or equal to {longest}")
    if not re.fullmatch(pattern, value):
        shown = _SHOWN.get(field, pattern)
        raise invalid(value, field, f"Member must satisfy regular expression pattern: {shown}")


def _data(config: dict[str, Any], member: str, field: str) -> None:
    inner = config.get(member)
    if not isinstance(inner, dict):
        raise invalid("null", f"{field}.{member}", "Member must not be null")
    _string(inner.get("s3Uri"), f"{field}.{member}.s3Uri", URI, 1024)
    _one_of(inner.get("s3InputFormat"), f"{field}.{member}.s3InputFormat", ("JSONL",))
    if "s3BucketOwner" in inner:
        _string(inner["s3BucketOwner"], f"{field}.{member}.s3BucketOwner", r"[0-9]{12}", 12)


def _timeout(hours: object) -> None:
    if hours is None:
        return
    if not isinstance(hours, int):
        raise AwsError("ValidationException", "timeoutDurationInHours: expected an integer")
    if hours < 24:
        raise invalid(hours, "timeoutDurationInHours", "Member must have value greater than or equal to 24")
    if hours > 168:
        raise invalid(hours, "timeoutDurationInHours", "Member must have value less than or equal to 168")


def _one_of(value: object, field: str, values: tuple[str, ...]) -> None:
    if value is not None and value not in values:
        raise invalid(value, field, f"Member must satisfy enum value set: [{', '.join(values)}]")


def _vpc(config: object) -> None:
    if config is None:
        return
    for field, most in (("subnetIds", 16), ("securityGroupIds", 5)):
        ids = config.get(field) if isinstance(config, dict) else None
        if not isinstance(ids, list) or not 1 <= len(ids) <= most:
            raise invalid(ids, f"vpcConfig.{field}", f"Member must have length between 1 and {most}")


def _tags(tags: object) -> None:
    if tags is None:
        return
    if not isinstance(tags, list) or len(tags) > 200:
        raise invalid("tags", "tags", "Member must have length less than or equal to 200")
    for tag in tags:
        for part, longest in (("key", 128), ("value", 256)):
            _string(tag.get(part), f"tags.{part}", TAG, longest)
