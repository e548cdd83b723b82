"""Resource policies, as far as a service needs them to be let in: effect, principal, action, resource, condition; pure."""

import json
from collections.abc import Mapping
from fnmatch import fnmatchcase
from typing import Any

Json = Mapping[str, Any]


def topic_policy(arn: str) -> str:
    """Give the policy that a new topic has: its own account may do everything, other services nothing."""
    statement = {
        "Sid": "__default_statement_ID",
        "Effect": "Allow",
        "Principal": {"AWS": "*"},
        "Action": ["SNS:GetTopicAttributes", "SNS:SetTopicAttributes", "SNS:Subscribe", "SNS:Publish"],
        "Resource": arn,
        "Condition": {"StringEquals": {"AWS:SourceOwner": arn.split(":")[4]}},
    }
    return json.dumps({"Version": "2008-10-17", "Id": "__default_policy_ID", "Statement": [statement]})


def service_policy(arn: str, action: str, services: Mapping[str, str]) -> str:
    """Give a policy that lets services in, each with the pattern of the ARNs it may come from."""
    statements = [
        {
            "Sid": f"Allow{name.split('.')[0].title()}",
            "Effect": "Allow",
            "Principal": {"Service": name},
            "Action": action,
            "Resource": arn,
            "Condition": {"ArnLike": {"aws:SourceArn": source}},
        }
        for name, source in services.items()
    ]
    return json.dumps({"Version": "2012-10-17", "Statement": statements})


def merged(*policies: str) -> str:
    """Put the statements of several policies together."""
    return json.dumps({
        "Version": "2012-10-17",
        "Statement": [one for policy in policies for one in json.loads(policy)["Statement"]],
    })  # fmt: skip


def allows(policy: str, service: str, action: str, resource: str, source: str) -> bool:
    """Tell whether a service may act for the source ARN; a denial weighs more than any permission.

    CloudWatch acts for the owner of the alarm, so that a statement for the own account lets it in; EventBridge does not.
    """
    try:
        statements = json.loads(policy or "{}").get("Statement") or []
    except (ValueError, AttributeError):
        return False
    facts = {
        "aws:sourcearn": source,
        "aws:sourceaccount": source.split(":")[4] if source.count(":") > 4 else "",
        "aws:sourceowner": source.split(":")[4] if service.startswith("cloudwatch") else "",
    }
    found = [
        str(one.get("Effect"))
        for one in (statements if isinstance(statements, list) else [statements])
        if isinstance(one, dict)
        and _principal(one.get("Principal"), service)
        and _any(one.get("Action"), action)
        and _any(one.get("Resource") or "*", resource)
        and _conditions(one.get("Condition") or {}, facts)
    ]
    return "Allow" in found and "Deny" not in found


def _principal(principal: Any, service: str) -> bool:
    if principal == "*":
        return True
    if not isinstance(principal, dict):
        return False
    return service in _list(principal.get("Service")) or "*" in _list(principal.get("AWS"))


def _any(patterns: Any, value: str) -> bool:
    return any(fnmatchcase(value.lower(), str(one).lower()) for one in _list(patterns))


def _conditions(conditions: Json, facts: Mapping[str, str]) -> bool:
    for test, pairs in conditions.items():
        loose = test in {"ArnLike", "ArnEquals", "StringLike"}
        for key, wanted in pairs.items():
            value = facts.get(key.lower(), "")
            fits = any(fnmatchcase(value, str(one)) if loose else value == str(one) for one in _list(wanted))
            if not fits:
                return False
    return True


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]
