"""SNS itself: topics, subscriptions, confirmation, publishing, signed envelopes."""

import json
import re
import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

from playground.aws.errors import AwsError
from playground.aws.policy import allows
from playground.aws.sns.attributes import check_message_attributes, check_subscription, check_topic
from playground.aws.sns.envelope import WORDS, headers_of, seal, stamp
from playground.aws.sns.post import Delivery, Parcel, Post
from playground.aws.sns.signing import Signer, usual_signer
from playground.aws.sns.topics import Subscription, Topic


class Sns:
    """The topics of the account; `origin` is where its certificates and confirmation links are served."""

    def __init__(
        self,
        clock: Callable[[], datetime],
        speed: float,
        account: str,
        region: str,
        send_to_queue: Callable[[str, str, str], bool],
    ) -> None:
        self.origin = ""
        self.topics: dict[str, Topic] = {}
        self.subscriptions: dict[str, Subscription] = {}
        self.post = Post(clock)
        self.lock = threading.RLock()
        self._clock, self._speed = clock, speed
        self._prefix = f"arn:aws:sns:{region}:{account}:"
        self._send_to_queue = send_to_queue
        self.default_topic = self.create_topic("bedrock-batch-alarms").arn

    @property
    def signer(self) -> Signer:
        """Tell the key that signs."""
        return usual_signer()

    @property
    def cert_url(self) -> str:
        """Tell where the certificate is served."""
        return self.origin + self.signer.path

    @property
    def deliveries(self) -> list[Delivery]:
        """Every attempt to deliver, with its status."""
        return self.post.deliveries

    @property
    def dropped(self) -> list[Delivery]:
        """What was given up: refused for good, or out of retries."""
        return self.post.dropped

    def create_topic(self, name: str, attributes: dict[str, str] | None = None) -> Topic:
        """Make a topic, or give back the one of that name."""
        if not re.fullmatch(r"[A-Za-z0-9_-]{1,256}", name):
            raise AwsError("InvalidParameter", "Invalid parameter: Topic Name")
        for attribute, value in (attributes or {}).items():
            check_topic(attribute, value)
        with self.lock:
            known = self.topics.get(self._prefix + name)
            if known and attributes and any(known.attributes.get(key) != attributes[key] for key in attributes):
                text = "Invalid parameter: Attributes Reason: Topic already exists with different attributes"
                raise AwsError("InvalidParameter", text)
            return known or self.topics.setdefault(self._prefix + name, Topic(self._prefix + name, attributes or {}))

    def topic(self, arn: str) -> Topic:
        """Find a topic by ARN."""
        if not arn.startswith("arn:"):
            raise AwsError("InvalidParameter", "Invalid parameter: TopicArn")
        if arn not in self.topics:
            raise AwsError("NotFound", "Topic does not exist")
        return self.topics[arn]

    def subscribe(
        self, topic_arn: str, protocol: str, endpoint: str, attributes: dict[str, str] | None = None
    ) -> Subscription:
        """Add an endpoint; an HTTP one first gets a signed SubscriptionConfirmation."""
        topic = self.topic(topic_arn)
        _check_endpoint(protocol, endpoint)
        for name, value in (attributes or {}).items():
            check_subscription(name, value, topic_arn)
        with self.lock:
            known = [s for s in self.subscriptions.values() if s.topic is topic and s.endpoint == endpoint]
            if known and attributes and any(known[0].attributes.get(key) != attributes[key] for key in attributes):
                text = "Invalid parameter: Attributes Reason: Subscription already exists with different attributes"
                raise AwsError("InvalidParameter", text)
            subscription = known[0] if known else Subscription(topic, protocol, endpoint, attributes or {})
            self.subscriptions[subscription.arn] = subscription
        if protocol == "sqs":
            subscription.confirmed = True
        elif not subscription.confirmed:
            self._send(subscription, self._confirmation(subscription, "SubscriptionConfirmation"))
        return subscription

    def subscribe_http(self, topic: str, url: str) -> str:
        """Subscribe a URL and tell the ARN that the subscription has once it is confirmed."""
        return self.subscribe(topic, url.partition(":")[0], url).arn

    def confirm(self, topic_arn: str, token: str, *, authenticate_on_unsubscribe: bool = False) -> Subscription:
        """Confirm a subscription by the token that went to its endpoint."""
        topic = self.topic(topic_arn)
        for subscription in list(self.subscriptions.values()):
            if subscription.topic is topic and subscription.token == token:
                subscription.confirmed = True
                subscription.authenticate_on_unsubscribe |= authenticate_on_unsubscribe
                return subscription
        raise AwsError("InvalidParameter", "Invalid parameter: Token")

    def unsubscribe(self, arn: str) -> None:
        """Remove a subscription and tell its HTTP endpoint."""
        with self.lock:
            subscription = self.subscriptions.pop(arn, None)
        if subscription is not None and subscription.protocol != "sqs":
            self._send(subscription, self._confirmation(subscription, "UnsubscribeConfirmation"))

    def publish_for(self, service: str, source: str, topic: str, message: str, subject: str | None = None) -> str:
        """Send what another service publishes, if the topic's policy lets it in."""
        if not allows(self.topic(topic).policy, service, "sns:Publish", topic, source):
            text = f"User: {service} is not authorized to perform: SNS:Publish on resource: {topic} "
            raise AwsError(
                "AuthorizationError", text + "because no resource-based policy allows the SNS:Publish action"
            )
        return self.publish(topic, message, subject)

    def publish(
        self, topic: str, message: str, subject: str | None = None, attributes: dict[str, Any] | None = None
    ) -> str:
        """Send a message to every confirmed subscription and tell its MessageId."""
        known = self.topic(topic)
        check_message_attributes(attributes or {})
        if not message or len(message.encode()) > 262_144:
            raise AwsError("InvalidParameter", "Invalid parameter: Message too long" if message else "Empty message")
        if subject is not None and not (0 < len(subject) <= 100 and subject.isprintable()):
            raise AwsError("InvalidParameter", "Invalid parameter: Subject")
        extra: dict[str, Any] = {"MessageAttributes": attributes} if attributes else {}
        shared: dict[str, Any] = {"MessageId": str(uuid4()), "TopicArn": topic, "Timestamp": stamp(self._clock())}
        with self.lock:
            receivers = [s for s in self.subscriptions.values() if s.topic is known and s.confirmed]
        for receiver in receivers:
            link = {"UnsubscribeURL": self._link("Unsubscribe", SubscriptionArn=receiver.arn)}
            envelope = self.envelope(message, subject, version=known.version, **shared, **link, **extra)
            self._send(receiver, envelope)
        return str(shared["MessageId"])

    def envelope(
        self,
        message: str,
        subject: str | None = None,
        type: str = "Notification",  # noqa: A002
        version: str = "2",
        **overrides: Any,
    ) -> dict[str, Any]:
        """Sign an envelope; overrides go in before the signature, `Signature` itself replaces it, None takes out."""
        fields: dict[str, Any] = {
            "TopicArn": self.default_topic,
            "Timestamp": stamp(self._clock()),
            "SigningCertURL": self.cert_url,
        }
        if type == "Notification":
            fields["UnsubscribeURL"] = self._link("Unsubscribe", SubscriptionArn=f"{self.default_topic}:{uuid4()}")
        elif "Token" not in overrides:
            link = self._link("ConfirmSubscription", TopicArn=self.default_topic, Token="0" * 64)
            fields |= {"Token": "0" * 64, "SubscribeURL": link}
        head = {"Type": type, "MessageId": str(uuid4()), "Subject": subject, "SignatureVersion": version}
        return seal(self.signer, head | {"Message": message} | fields | overrides)

    def _confirmation(self, subscription: Subscription, kind: str) -> dict[str, Any]:
        topic = subscription.topic
        message = WORDS[kind].format(topic=topic.arn, subscription=subscription.arn)
        link = self._link("ConfirmSubscription", TopicArn=topic.arn, Token=subscription.token)
        fields: dict[str, Any] = {"TopicArn": topic.arn, "Token": subscription.token, "SubscribeURL": link}
        return self.envelope(message, type=kind, version=topic.version, **fields)

    def _link(self, action: str, **fields: str) -> str:
        return f"{self.origin}/?{urlencode({'Action': action, **fields})}"

    def _send(self, subscription: Subscription, envelope: dict[str, Any]) -> None:
        body = json.dumps(envelope, ensure_ascii=False, indent=2)
        if subscription.protocol == "sqs":
            raw = envelope["Message"] if subscription.raw else body
            taken = self._send_to_queue(subscription.endpoint.rpartition(":")[2], raw, subscription.topic.arn)
            if not taken and subscription.dead_letters:
                self._send_to_queue(subscription.dead_letters, raw, subscription.topic.arn)
            return
        raw = subscription.raw and envelope["Type"] == "Notification"
        self.post.add(
            Parcel(
                self._clock(),
                endpoint=subscription.endpoint,
                body=envelope["Message"] if raw else body,
                headers=headers_of(envelope, subscription.arn, raw=raw),
                message_id=envelope["MessageId"],
                kind=envelope["Type"],
                delays=[timedelta(seconds=one / self._speed) for one in subscription.delays()],
                dropped=lambda parcel: self._bury(subscription, parcel),
            )
        )

    def _bury(self, subscription: Subscription, parcel: Parcel) -> None:
        if subscription.dead_letters:
            self._send_to_queue(subscription.dead_letters, parcel.body, subscription.topic.arn)


def _check_endpoint(protocol: str, endpoint: str) -> None:
    if protocol not in {"http", "https", "sqs"}:
        raise AwsError("InvalidParameter", f"Invalid parameter: Does not support this protocol string: {protocol}")
    start = "arn:aws" if protocol == "sqs" else f"{protocol}://"
    if not endpoint.startswith(start):
        raise AwsError("InvalidParameter", "Invalid parameter: Endpoint must match the specified protocol")
