"""What the attributes of topics and subscriptions may be set to, and the words in which SNS refuses; pure."""

import json
import re
from typing import Any

from playground.aws.errors import AwsError
from playground.aws.sns.patience import check_delivery_policy

TOPIC = {
    "DisplayName", "Policy", "DeliveryPolicy", "SignatureVersion", "KmsMasterKeyId", "TracingConfig",
    "HTTPSuccessFeedbackRoleArn", "HTTPSuccessFeedbackSampleRate", "HTTPFailureFeedbackRoleArn",
}  # fmt: skip
SUBSCRIPTION = {
    "DeliveryPolicy", "RawMessageDelivery", "RedrivePolicy", "FilterPolicy", "FilterPolicyScope", "SubscriptionRoleArn",
}  # fmt: skip
_QUEUE = re.compile(r"arn:aws[\w-]*:sqs:([a-z0-9-]+):(\d{12}):[A-Za-z0-9_-]{1,80}")


def check_topic(name: str, value: str) -> None:
    """Refuse an attribute of a topic."""
    if name not in TOPIC:
        raise _invalid("AttributeName")
    if name == "SignatureVersion" and value not in {"1", "2"}:
        raise _invalid("SignatureVersion must be 1 or 2")
    if name == "DisplayName" and len(value) > 100:
        raise _invalid("DisplayName must be at most 100 characters long")
    if name == "Policy":
        _check_policy(value)
    if name == "DeliveryPolicy":
        check_delivery_policy(value, topic=True)


def check_subscription(name: str, value: str, topic: str) -> None:
    """Refuse an attribute of a subscription to this topic."""
    if name not in SUBSCRIPTION:
        raise _invalid("AttributeName")
    if name == "RawMessageDelivery" and value.lower() not in {"true", "false"}:
        raise _invalid("Attributes Reason: RawMessageDelivery: Invalid value. Must be true or false.")
    if name == "FilterPolicyScope" and value not in {"MessageAttributes", "MessageBody"}:
        raise _invalid("FilterPolicyScope: Invalid value. Please use either MessageBody or MessageAttributes")
    if name == "DeliveryPolicy":
        check_delivery_policy(value)
    if name == "RedrivePolicy" and value:
        _check_redrive(value, topic)


def check_message_attributes(attributes: dict[str, Any]) -> None:
    """Refuse the attributes of a message: their names and that none is empty."""
    for name, one in attributes.items():
        if not re.fullmatch(r"[A-Za-z0-9_.-]{1,256}", name) or name.lower().startswith(("aws.", "amazon.")):
            raise AwsError("InvalidParameterValue", f"The message attribute name '{name}' is invalid.")
        if not one.get("Value"):
            text = f"The message attribute '{name}' must contain non-empty message attribute value."
            raise AwsError("ParameterValueInvalid", text)


def _check_policy(value: str) -> None:
    try:
        policy = json.loads(value)
    except ValueError:
        raise _invalid("Policy Error: null") from None
    if not isinstance(policy, dict) or not policy.get("Statement"):
        raise _invalid("Policy statement must not be empty")


def _check_redrive(value: str, topic: str) -> None:
    try:
        policy = json.loads(value)
    except ValueError:
        raise _invalid("RedrivePolicy: failed to parse JSON.") from None
    found = _QUEUE.fullmatch(str(policy.get("deadLetterTargetArn", ""))) if isinstance(policy, dict) else None
    if not found:
        raise _invalid("RedrivePolicy: deadLetterTargetArn is an invalid arn")
    if (found[1], found[2]) != (topic.split(":")[3], topic.split(":")[4]):
        raise _invalid("RedrivePolicy: deadLetterTargetArn must be in the same account and region")


def _invalid(what: str) -> AwsError:
    return AwsError("InvalidParameter", f"Invalid parameter: {what}")
