"""The envelope around a message: its fields in SNS's order, its signature, its headers, its time; pure."""

from datetime import datetime
from typing import Any

from playground.aws.sns.signing import Signer

_AGENT = "Amazon Simple Notification Service Agent"
_ORDER = (
    "Type", "MessageId", "Token", "TopicArn", "Subject", "Message", "SubscribeURL", "Timestamp", "SignatureVersion",
    "Signature", "SigningCertURL", "UnsubscribeURL", "MessageAttributes",
)  # fmt: skip
WORDS = {
    "SubscriptionConfirmation": "You have chosen to subscribe to the topic {topic}.\n"
    "To confirm the subscription, visit the SubscribeURL included in this message.",
    "UnsubscribeConfirmation": "You have chosen to deactivate subscription {subscription}.\n"
    "To cancel this operation and restore the subscription, visit the SubscribeURL included in this message.",
}


def seal(signer: Signer, fields: dict[str, Any]) -> dict[str, Any]:
    """Leave out what is None, put the rest in order and sign it, unless a signature is given."""
    given = {key: value for key, value in fields.items() if value is not None}
    if "Signature" not in fields:
        given["Signature"] = signer.sign(given)
    known = {key: given[key] for key in _ORDER if key in given}
    return known | given


def headers_of(envelope: dict[str, Any], subscription_arn: str = "", *, raw: bool = False) -> dict[str, str]:
    """Give the headers with which SNS posts an envelope."""
    headers = {
        "x-amz-sns-message-type": envelope["Type"],
        "x-amz-sns-message-id": envelope["MessageId"],
        "x-amz-sns-topic-arn": envelope["TopicArn"],
        "Content-Type": "text/plain; charset=UTF-8",
        "User-Agent": _AGENT,
        "Accept-Encoding": "gzip,deflate",
    }
    if subscription_arn and envelope["Type"] != "SubscriptionConfirmation":
        headers["x-amz-sns-subscription-arn"] = subscription_arn
    return headers | ({"x-amz-sns-rawdelivery": "true"} if raw else {})


def stamp(at: datetime) -> str:
    """Write a time as SNS does."""
    return at.strftime("%Y-%m-%dT%H:%M:%S.") + f"{at.microsecond // 1000:03d}Z"
