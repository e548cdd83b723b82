"""How each service words a missing permission: its code, its name for the action, and the resource that was meant; pure."""

from typing import Any

from playground.aws.errors import AwsError

USER = "arn:aws:iam::111122223333:user/batchbot"
_CODES = {
    "s3": "AccessDenied",
    "sts": "AccessDenied",
    "iam": "AccessDenied",
    "sqs": "AccessDenied",
    "cloudwatch": "AccessDenied",
    "sns": "AuthorizationError",
}
# Parameters that name what is acted on, with the kind of resource in its ARN where it is not an ARN already.
_NAMED = {
    "cloudwatch": {
        "AlarmName": "alarm:",
        "DashboardName": "dashboard/",
        "AlarmMuteRuleName": "alarm-mute-rule:",
        "Name": "alarm-mute-rule:",
    },
    "events": {"Rule": "rule/", "Name": "rule/"},
    "bedrock": {"jobIdentifier": "model-invocation-job/"},
    "sns": {"TopicArn": "", "SubscriptionArn": "", "TargetArn": ""},
    "states": {"stateMachineArn": "", "executionArn": ""},
}


def denied(service: str, operation: str, params: dict[str, Any]) -> AwsError:
    """Give the refusal that a caller without the permission gets."""
    action = f"{'SNS' if service == 'sns' else service}:{operation}"
    resource = _resource(service, params)
    place = f" on resource: {resource}" if resource else ""
    message = f"User: {USER} is not authorized to perform: {action}{place} "
    message += f"because no identity-based policy allows the {action} action"
    return AwsError(_CODES.get(service, "AccessDeniedException"), message, 403 if service != "states" else 400)


def _resource(service: str, params: dict[str, Any]) -> str:
    if service == "s3" and params.get("Bucket"):
        return "arn:aws:s3:::" + "/".join(str(params[key]) for key in ("Bucket", "Key") if params.get(key))
    first = params.get("AlarmNames") or params.get("DashboardNames")
    if service == "cloudwatch" and isinstance(first, list) and first:
        params = params | {"AlarmName" if params.get("AlarmNames") else "DashboardName": first[0]}
    for key, kind in _NAMED.get(service, {}).items():
        value = params.get(key)
        if isinstance(value, str) and value:
            region = "" if kind.startswith("dashboard") else "us-east-1"
            return value if value.startswith("arn:") else f"arn:aws:{service}:{region}:111122223333:{kind}{value}"
    return ""
