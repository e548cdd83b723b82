"""SNS topics and their subscriptions, as the operator's commands see them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from bot.aws.retries import parsed
from bot.aws.translate import aws_errors

PENDING = "PendingConfirmation"


@dataclass(frozen=True, slots=True)
class Subscription:
    """One subscription; ``attributes`` are empty while it waits for its confirmation."""

    arn: str
    protocol: str
    endpoint: str
    attributes: Mapping[str, str] = field(default_factory=dict)

    @property
    def pending(self) -> bool:
        """Whether nobody confirmed it yet."""
        return self.arn == PENDING or self.attributes.get(PENDING) == "true"

    @property
    def raw(self) -> bool:
        """Whether messages come without the signed envelope."""
        return self.attributes.get("RawMessageDelivery", "").lower() == "true"

    @property
    def dead_letters(self) -> str:
        """The ARN of its dead-letter queue, or nothing."""
        return str(parsed(self.attributes.get("RedrivePolicy")).get("deadLetterTargetArn") or "")


@dataclass(frozen=True, slots=True)
class Arn:
    """The parts of an ARN that matter here."""

    partition: str
    service: str
    region: str
    account: str
    name: str

    @classmethod
    def of(cls, text: str) -> Arn:
        """Take an ARN apart; raises ValueError."""
        _, partition, service, region, account, name = text.split(":", 5)
        return cls(partition, service, region, account, name)


class Topics:
    """SNS through the client that is handed in; every method raises AwsError."""

    def __init__(self, client: Any) -> None:
        """``client`` is boto3's for SNS."""
        self._client = client

    def attributes(self, topic: str) -> dict[str, str]:
        """The topic's attributes; raises AwsGone."""
        with aws_errors(f"look at the topic {topic}"):
            return dict(self._client.get_topic_attributes(TopicArn=topic)["Attributes"])

    def subscriptions(self, topic: str) -> list[Subscription]:
        """All subscriptions of the topic, without their attributes."""
        with aws_errors(f"list the subscriptions of {topic}"):
            pages = self._client.get_paginator("list_subscriptions_by_topic").paginate(
                TopicArn=topic, PaginationConfig={"MaxItems": 2000}
            )
            found = [one for page in pages for one in page.get("Subscriptions") or []]
        return [
            Subscription(
                str(one["SubscriptionArn"]).replace("pending confirmation", PENDING),
                str(one.get("Protocol") or ""),
                str(one.get("Endpoint") or ""),
            )
            for one in found
            if str(one.get("SubscriptionArn")) != "Deleted"
        ]

    def details(self, one: Subscription) -> Subscription:
        """The same with its attributes, where it has any yet."""
        if one.pending:
            return one
        with aws_errors(f"look at the subscription {one.arn}"):
            answer = self._client.get_subscription_attributes(SubscriptionArn=one.arn)
        return Subscription(one.arn, one.protocol, one.endpoint, dict(answer["Attributes"]))
