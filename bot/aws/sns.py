"""Judges whether a delivery comes from Amazon SNS, from a topic of ours, and is fresh; knows nothing of what it says.

The order is the defence: nothing that a stranger can write causes a network call before the topic was found in the
allow-list and the certificate's address was found to be Amazon's in the topic's region. No error or log carries the
body, the token or an address to subscribe at.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15

from bot.aws.sns_addresses import Topic, certificate_address, check_origin, parse_topic
from bot.aws.sns_certificates import Certificates, fetch_certificate
from bot.errors import Refused

__all__ = ["Envelope", "Verifier", "fetch_certificate"]

BODY_BYTES = 1024 * 1024
FUTURE = timedelta(minutes=15)

_CONFIRMATION = ("Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type")
# The fields that are signed, in the order in which they are signed (sns-verify-signature-of-message).
_SIGNED = {
    "Notification": ("Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type"),
    "SubscriptionConfirmation": _CONFIRMATION,
    "UnsubscribeConfirmation": _CONFIRMATION,
}
_UNSIGNED = ("SignatureVersion", "Signature", "SigningCertURL")
_TIMESTAMP = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{1,6})?Z")
_RAW = "Raw message delivery is on for this subscription, and raw messages are not signed: it must be turned off."


@dataclass(frozen=True, slots=True)
class Envelope:
    """A verified delivery. ``type`` is Notification, SubscriptionConfirmation or UnsubscribeConfirmation."""

    type: str
    message_id: str
    topic_arn: str
    message: str = field(repr=False)
    subject: str | None = field(repr=False)
    timestamp: datetime
    token: str | None = field(default=None, repr=False)


class Verifier:
    """Turns request bodies into envelopes that can be believed; safe to share between threads."""

    def __init__(
        self,
        topics: Collection[str],
        fetch: Callable[[str], bytes],
        *,
        cert_origin: str | None = None,
        max_age: timedelta = timedelta(minutes=90),
        require_v2: bool = False,
        max_bytes: int = BODY_BYTES,
    ) -> None:
        """``topics`` is the allow-list of ARNs; ``max_age`` of zero takes any age (a dead-letter queue played again).

        ``cert_origin`` is a loopback origin to fetch from in place of Amazon's (``Misconfigured`` if it is not).
        """
        self._topics = frozenset(topics)
        self._certificates = Certificates(fetch)
        self._origin = check_origin(cert_origin) if cert_origin else None
        self._max_age = max_age
        self._require_v2 = require_v2
        self._max_bytes = max_bytes

    def verify(self, body: bytes, headers: Mapping[str, str] | None, now: datetime) -> Envelope:
        """The envelope in ``body``; ``Refused`` (403, final) or ``Unverifiable`` (503, SNS tries again).

        ``headers`` are those of the request (any case), or None where there are none; ``now`` carries a time zone.
        """
        if len(body) > self._max_bytes:
            raise Refused("A message was larger than SNS ever sends.")
        said = {name.lower(): value for name, value in (headers or {}).items()}
        if said.get("x-amz-sns-rawdelivery", "false").lower() != "false":
            raise Refused(_RAW)
        values = _fields(_parse(body))
        if said.get("x-amz-sns-message-type", values["Type"]) != values["Type"]:
            raise Refused("A message says one type in its header and another in its body.")
        self._check_proof(values, self._topic(values["TopicArn"]), now)
        return _envelope(values, self._fresh(values["Timestamp"], now))

    def unwrap_queue(self, body: str, now: datetime) -> Envelope:
        """The same for the body of an SQS message that holds an envelope (a subscription without raw delivery)."""
        return self.verify(body.encode("utf-8", "replace"), None, now)

    def _topic(self, arn: str) -> Topic:
        topic = parse_topic(arn)
        if arn not in self._topics:
            raise Refused(f"A message came from {arn}, which is not in BATCHBOT_TOPIC_ARNS.")
        return topic

    def _check_proof(self, values: Mapping[str, str], topic: Topic, now: datetime) -> None:
        """Raise unless the signature is right and its certificate fit; everything cheap is checked before the fetch."""
        algorithm = self._algorithm(values["SignatureVersion"])
        signature = _decode(values["Signature"])
        signed = _string_to_sign(values)
        certificate = self._certificates.get(certificate_address(values["SigningCertURL"], topic, self._origin), now)
        if not certificate.valid(now):
            raise Refused("The certificate of a message has run out or does not count yet.")
        try:
            certificate.key.verify(signature, signed, PKCS1v15(), algorithm)
        except (InvalidSignature, UnsupportedAlgorithm):
            raise Refused("The signature of a message does not fit what it says.") from None

    def _algorithm(self, version: str) -> hashes.HashAlgorithm:
        if version == "2":
            return hashes.SHA256()
        if version != "1":
            raise Refused("A message is signed in a way that I do not know.")
        if self._require_v2:
            raise Refused("A message is signed with SHA-1; set the topic's attribute SignatureVersion to 2.")
        return hashes.SHA1()  # noqa: S303 still Amazon's default for topics

    def _fresh(self, timestamp: str, now: datetime) -> datetime:
        if not _TIMESTAMP.fullmatch(timestamp):
            raise Refused("A message has no readable time.")
        try:
            moment = datetime.fromisoformat(timestamp).astimezone(UTC)
        except (ValueError, OverflowError):
            raise Refused("A message has no readable time.") from None
        if self._max_age and now - moment > self._max_age:
            raise Refused("A message is too old to be acted on.")
        if moment - now > FUTURE:
            raise Refused("A message comes from the future; is the clock of this machine right?")
        return moment


def _parse(body: bytes) -> dict[str, Any]:
    """The JSON object in ``body``; ``Refused`` for anything else."""
    try:
        data = json.loads(body.decode("utf-8"), object_pairs_hook=_unique, parse_constant=_no_constant)
    except (ValueError, RecursionError):
        raise Refused("A request is not an SNS envelope; if raw message delivery is on, turn it off.") from None
    if not isinstance(data, dict):
        raise Refused("A request is not an SNS envelope; if raw message delivery is on, turn it off.")
    return data


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key stands twice")
    return found


def _no_constant(name: str) -> Any:
    raise ValueError(name)


def _fields(data: Mapping[str, Any]) -> dict[str, str]:
    """The signed fields and the proof, all of them text; ``Refused`` if one is missing or something else."""
    kind = data.get("Type")
    if kind is None:
        raise Refused(_RAW)
    if not isinstance(kind, str) or kind not in _SIGNED:
        raise Refused("A message is of a type that SNS does not send.")
    names = [name for name in (*_SIGNED[kind], *_UNSIGNED) if name != "Subject" or data.get(name) is not None]
    values = {name: data.get(name) for name in names}
    texts = {name: value for name, value in values.items() if isinstance(value, str)}
    if len(texts) != len(values):
        missing = ", ".join(sorted(values.keys() - texts.keys()))
        raise Refused(f"A message lacks {missing}.")
    return texts


def _string_to_sign(values: Mapping[str, str]) -> bytes:
    """The signed fields as ``Name``, newline, value, newline, after JSON's escapes were undone."""
    lines = (f"{name}\n{values[name]}\n" for name in _SIGNED[values["Type"]] if name in values)
    try:
        return "".join(lines).encode("utf-8")
    except UnicodeEncodeError:
        raise Refused("A message holds half a character.") from None


def _decode(signature: str) -> bytes:
    try:
        return base64.b64decode(signature, validate=True)
    except ValueError:
        raise Refused("A message has an unreadable signature.") from None


def _envelope(values: Mapping[str, str], timestamp: datetime) -> Envelope:
    return Envelope(
        type=values["Type"],
        message_id=values["MessageId"],
        topic_arn=values["TopicArn"],
        message=values["Message"],
        subject=values.get("Subject"),
        timestamp=timestamp,
        token=values.get("Token"),
    )
