"""Who the bot is to Amazon, and what it may do, asked without doing it (STS and IAM)."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bot.aws.translate import aws_errors

_ASSUMED = re.compile(r"arn:([a-z-]+):sts::(\d{12}):assumed-role/([^/]+)/.*")


@dataclass(frozen=True, slots=True)
class Caller:
    """``arn`` is what STS says; ``principal`` the user or role that policies hang on, empty where there is none."""

    arn: str
    account: str
    partition: str
    principal: str


def caller(sts: Any) -> Caller:
    """Ask STS; it needs no permission. Raises AwsError."""
    with aws_errors("ask who I am"):
        answer = sts.get_caller_identity()
    arn = str(answer["Arn"])
    return Caller(arn, str(answer["Account"]), arn.split(":")[1], _principal(arn))


def _principal(arn: str) -> str:
    """The user, or the role behind a session; a role's path is not in it, so one with a path is not found."""
    assumed = _ASSUMED.fullmatch(arn)
    if assumed:
        return f"arn:{assumed[1]}:iam::{assumed[2]}:role/{assumed[3]}"
    return arn if ":user/" in arn or ":role/" in arn else ""


def simulate(
    iam: Any, principal: str, actions: Sequence[str], resources: Sequence[str], context: Mapping[str, str]
) -> dict[str, bool]:
    """Whether the principal's policies allow each action on all of these resources; raises AwsError."""
    entries = [
        {"ContextKeyName": key, "ContextKeyValues": [value], "ContextKeyType": "string"}
        for key, value in context.items()
    ]
    with aws_errors("ask IAM what I may do"):
        answer = iam.simulate_principal_policy(
            PolicySourceArn=principal, ActionNames=list(actions), ResourceArns=list(resources), ContextEntries=entries
        )
    found: dict[str, bool] = {}
    for result in answer["EvaluationResults"]:
        parts = result.get("ResourceSpecificResults") or []
        decisions = [str(part.get("EvalResourceDecision")) for part in parts] or [str(result["EvalDecision"])]
        allowed = all(decision == "allowed" for decision in decisions)
        found[str(result["EvalActionName"])] = found.get(str(result["EvalActionName"]), True) and allowed
    return found
