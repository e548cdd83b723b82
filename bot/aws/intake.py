"""What SNS delivers, by HTTP or through a queue: verified, put into the inbox, and only then taken as received."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

import structlog

from bot.aws.sns import Envelope, Verifier
from bot.aws.translate import aws_errors
from bot.errors import BotError, Busy, Refused, Unverifiable

log = structlog.get_logger(__name__)

Put = Callable[[str, str, Mapping[str, Any], datetime], None]

KINDS = {
    "Notification": "alarm",
    "SubscriptionConfirmation": "topic-confirm",
    "UnsubscribeConfirmation": "topic-gone",
}
QUEUE_WAIT = 15


def store(envelope: Envelope, put: Put, now: datetime) -> None:
    """Put a verified message into the inbox under its own id; a repeated one changes nothing."""
    body: dict[str, Any] = {"topic": envelope.topic_arn, "timestamp": envelope.timestamp.isoformat()}
    if envelope.type == "Notification":
        body |= {"message": envelope.message, "subject": envelope.subject}
    elif envelope.type == "SubscriptionConfirmation":
        body["token"] = envelope.token
    put(KINDS[envelope.type], envelope.message_id, body, now)


class SnsDoor:
    """``POST /sns``: 200 once stored; 403 what must not be believed; 503 what SNS should send again."""

    def __init__(self, verifier: Verifier, put: Put, now: Callable[[], datetime]) -> None:
        """Keep the three for each request."""
        self._verifier = verifier
        self._put = put
        self._now = now

    def __call__(self, body: bytes, headers: Mapping[str, str]) -> tuple[int, str]:
        """Status and one word; nothing of the message is echoed or logged."""
        now = self._now()
        try:
            store(self._verifier.verify(body, headers, now), self._put, now)
        except Unverifiable as error:
            log.warning("sns.unverifiable", reason=error.sentence)
            return 503, "later"
        except Refused as error:
            log.warning("sns.refused", reason=error.sentence)
            return 403, "refused"
        except Busy:
            return 503, "busy"
        return 200, "stored"


class QueueDoor:
    """Reads an SQS queue that is subscribed to the topic, for those whom SNS cannot reach."""

    def __init__(self, client: Callable[[], Any], url: str, verifier: Verifier, put: Put) -> None:
        """``client`` is boto3's for SQS; the verifier takes messages of any age, since a queue keeps them for days."""
        self._client = client
        self._url = url
        self._verifier = verifier
        self._put = put

    def tick(self, now: datetime) -> float:
        """Take one batch: stored, then deleted. What is refused stays for the queue's own dead-letter rule."""
        with aws_errors("read the alarm queue"):
            answer = self._client().receive_message(
                QueueUrl=self._url, MaxNumberOfMessages=10, WaitTimeSeconds=QUEUE_WAIT
            )
        for message in answer.get("Messages") or []:
            self._take(message, now)
        return 0.05

    def _take(self, message: Mapping[str, Any], now: datetime) -> None:
        try:
            store(self._verifier.unwrap_queue(str(message["Body"]), now), self._put, now)
        except Refused as error:
            log.error(
                "queue.refused", reason=error.sentence, next_step="turn raw delivery off; give it a dead-letter queue"
            )
            return
        except BotError as error:
            log.warning("queue.not_stored", reason=error.sentence)
            return
        with aws_errors("delete from the alarm queue"):
            self._client().delete_message(QueueUrl=self._url, ReceiptHandle=message["ReceiptHandle"])
