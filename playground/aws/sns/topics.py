"""Topics and subscriptions as SNS keeps them."""

import json
import secrets
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from playground.aws.policy import topic_policy
from playground.aws.sns.patience import delays, effective


@dataclass
class Topic:
    """A topic with the attributes that were set; by default it signs with version 1, as in life."""

    arn: str
    attributes: dict[str, str] = field(default_factory=dict)

    @property
    def policy(self) -> str:
        """Tell who may do what with it."""
        return self.attributes.get("Policy") or topic_policy(self.arn)

    @property
    def version(self) -> str:
        """Tell which signature its messages carry."""
        return self.attributes.get("SignatureVersion", "1")


@dataclass
class Subscription:
    """One endpoint of a topic."""

    topic: Topic
    protocol: str
    endpoint: str
    attributes: dict[str, str] = field(default_factory=dict)
    confirmed: bool = False
    authenticate_on_unsubscribe: bool = False
    token: str = field(default_factory=lambda: secrets.token_hex(128))
    arn: str = field(init=False)

    def __post_init__(self) -> None:
        """Name it under its topic."""
        self.arn = f"{self.topic.arn}:{uuid4()}"

    @property
    def raw(self) -> bool:
        """Tell whether it wants the message without the envelope."""
        return self.attributes.get("RawMessageDelivery", "").lower() == "true"

    @property
    def dead_letters(self) -> str:
        """Tell the name of its dead-letter queue, empty when there is none."""
        policy = _json(self.attributes.get("RedrivePolicy"))
        return str(policy.get("deadLetterTargetArn", "")).rpartition(":")[2]

    def delays(self) -> list[float]:
        """Tell the seconds before each retry."""
        return delays(self.policy()["healthyRetryPolicy"])

    def policy(self) -> dict[str, Any]:
        """Tell the delivery policy in force."""
        return effective(self.attributes.get("DeliveryPolicy"), self.topic.attributes.get("DeliveryPolicy"))

    def shown(self) -> dict[str, str]:
        """Dress it as the List operations do."""
        return {
            "TopicArn": self.topic.arn,
            "Protocol": self.protocol,
            "SubscriptionArn": self.arn if self.confirmed else "PendingConfirmation",
            "Owner": self.topic.arn.split(":")[4],
            "Endpoint": self.endpoint,
        }


def _json(text: str | None) -> dict[str, Any]:
    try:
        found = json.loads(text or "{}")
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
