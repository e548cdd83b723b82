"""EventBridge rules that send Bedrock's job changes to a topic, as the operator's commands see them."""

from __future__ import annotations

from typing import Any

from bot.aws.retries import parsed
from bot.aws.translate import aws_errors

PATTERN = {"source": ["aws.bedrock"], "detail-type": ["Batch Inference Job State Change"]}
"""What a rule has to match so that job cards move at once."""


class EventRules:
    """EventBridge through the client that is handed in; every method raises AwsError."""

    def __init__(self, client: Any) -> None:
        """``client`` is boto3's for EventBridge."""
        self._client = client

    def of_target(self, topic: str) -> list[dict[str, Any]]:
        """The rules of the default bus that send to the topic, each as DescribeRule gives it."""
        with aws_errors("list the event rules of the topic"):
            names = self._client.list_rule_names_by_target(TargetArn=topic).get("RuleNames") or []
        return [self.describe(name) for name in names]

    def describe(self, name: str) -> dict[str, Any]:
        """One rule; raises AwsGone."""
        with aws_errors(f"look at the event rule {name}"):
            return dict(self._client.describe_rule(Name=name))


def matches_jobs(pattern: object) -> bool:
    """Whether a rule's event pattern lets job changes through; one narrowed to some states counts too."""
    found = parsed(pattern)
    return bool(found) and all(_lets(found.get(key), wanted[0]) for key, wanted in PATTERN.items())


def _lets(values: object, wanted: str) -> bool:
    """A key that is not there matches everything, and a filter (an object) is believed."""
    return values is None or (isinstance(values, list) and any(v == wanted or isinstance(v, dict) for v in values))
