"""Resource policies of topics and queues: whether a service may act, and the statements that let it; pure.

Only what decides here is read: Allow and Deny, the principal, the action, and conditions on the source's account and ARN.
A condition of another kind is taken as met by an Allow and as not met by a Deny, so that a careful policy is not called
broken.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

from bot.aws.retries import parsed

Statement = dict[str, Any]

CLOUDWATCH, EVENTS, SNS = "cloudwatch.amazonaws.com", "events.amazonaws.com", "sns.amazonaws.com"
TOPICS_SID = "BatchbotTopicsMaySend"
OWNER_KEYS = frozenset({"aws:sourceaccount", "aws:sourceowner"})


@dataclass(frozen=True, slots=True)
class Actor:
    """The service that acts, for whose account, and the ARN it acts for where that is known."""

    service: str
    account: str
    source: str = ""


def allows(policy: object, actor: Actor, action: str) -> bool:
    """Whether the policy (JSON text) lets the actor do this; the owner's default policy admits CloudWatch as well."""
    found = [s for s in statements(policy) if _names(s, actor.service, action) and _holds(s, actor)]
    return any(s.get("Effect") == "Allow" for s in found) and all(s.get("Effect") == "Allow" for s in found)


def statements(policy: object) -> list[Statement]:
    """The statements of a policy in JSON."""
    listed = parsed(policy).get("Statement")
    return [s for s in _many(listed) if isinstance(s, dict)]


def merged(policy: object, own: Iterable[Statement]) -> str:
    """The policy with our statements in it: those of the same Sid are replaced, all others stay as they are."""
    ours = list(own)
    sids = {s["Sid"] for s in ours}
    kept = [s for s in statements(policy) if s.get("Sid") not in sids]
    head = {"Version": "2012-10-17"} | {k: v for k, v in parsed(policy).items() if k != "Statement"}
    return json.dumps(head | {"Statement": [*kept, *ours]})


def publishers(topic: str, account: str) -> list[Statement]:
    """Let the account's alarms and event rules publish to the topic."""
    return [
        _statement("BatchbotAlarmsMayPublish", CLOUDWATCH, "sns:Publish", topic, _account(account)),
        _statement("BatchbotEventsMayPublish", EVENTS, "sns:Publish", topic, _account(account)),
    ]


def senders(queue: str, topics: Iterable[str]) -> list[Statement]:
    """Let these topics put messages into the queue."""
    source = {"ArnEquals": {"aws:SourceArn": sorted(topics)}}
    return [_statement(TOPICS_SID, SNS, "sqs:SendMessage", queue, source)]


def sources(policy: object) -> list[str]:
    """The topics that our own statement of a queue's policy lets in."""
    found = [s for s in statements(policy) if s.get("Sid") == TOPICS_SID]
    conditions = [s.get("Condition") for s in found]
    equals = [c.get("ArnEquals") for c in conditions if isinstance(c, dict)]
    return [str(arn) for e in equals if isinstance(e, dict) for arn in _many(e.get("aws:SourceArn"))]


def _statement(sid: str, service: str, action: str, resource: str, condition: Mapping[str, Any]) -> Statement:
    return {
        "Sid": sid,
        "Effect": "Allow",
        "Principal": {"Service": service},
        "Action": action,
        "Resource": resource,
        "Condition": dict(condition),
    }


def _account(account: str) -> dict[str, Any]:
    return {"StringEquals": {"aws:SourceAccount": account}}


def _names(statement: Statement, service: str, action: str) -> bool:
    actions = [str(a).lower() for a in _many(statement.get("Action"))]
    return any(fnmatchcase(action.lower(), a) for a in actions) and _is_principal(statement, service)


def _is_principal(statement: Statement, service: str) -> bool:
    principal = statement.get("Principal")
    if not isinstance(principal, dict):
        return principal == "*"
    if any(p in {service, "*"} for p in _many(principal.get("Service"))):
        return True
    # The default policy names everybody and asks for the owner; event rules come as a service only.
    return "*" in _many(principal.get("AWS")) and (service != EVENTS or not statement.get("Condition"))


def _holds(statement: Statement, actor: Actor) -> bool:
    condition = statement.get("Condition")
    if not isinstance(condition, dict):
        return True
    unknown = statement.get("Effect") == "Allow"
    met = [
        _test(str(key).lower(), [str(v) for v in _many(value)], actor)
        for values in condition.values()
        if isinstance(values, dict)
        for key, value in values.items()
    ]
    return all(unknown if one is None else one for one in met)


def _test(key: str, values: list[str], actor: Actor) -> bool | None:
    """Whether one condition is met; None where it is of another kind."""
    if key in OWNER_KEYS:
        return any(fnmatchcase(actor.account, value) for value in values)
    if key == "aws:sourcearn":
        if actor.source:
            return any(fnmatchcase(actor.source, value) for value in values)
        return any(v == "*" or f":{actor.service.split('.', 1)[0]}:" in v for v in values)
    return None


def _many(value: object) -> list[Any]:
    if value is None:
        return []
    return list(value) if isinstance(value, (list, tuple)) else [value]
