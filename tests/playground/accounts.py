"""What the tests of the AWS account share: a clock that stands, an account that waits for it, and what came to its queue."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from playground.aws import AwsServer

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


class Clock:
    """A clock that stands until it is moved."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def on(self, **span: float) -> datetime:
        """Move it on by a span such as ``minutes=5``."""
        self.now += timedelta(**span)
        return self.now


@pytest.fixture(name="clock")
def account_clock(request: pytest.FixtureRequest) -> Clock:
    """It stands at the NOW of the module that asks, or at noon."""
    return Clock(getattr(request.module, "NOW", NOON))


@pytest.fixture(name="aws")
def quiet_account(clock: Clock) -> Iterator[AwsServer]:
    """An account in which nothing moves by itself."""
    with AwsServer(clock=clock, background=False) as server:
        yield server


def listen(aws: AwsServer) -> None:
    """Subscribe the queue; what arrives there is the envelope."""
    queue = f"arn:aws:sqs:us-east-1:111122223333:{aws.queue}"
    aws.client("sns").subscribe(TopicArn=aws.sns.default_topic, Protocol="sqs", Endpoint=queue)


def received(aws: AwsServer) -> list[dict[str, Any]]:
    """The envelopes that came to the queue, oldest first."""
    sqs = aws.client("sqs")
    url = sqs.get_queue_url(QueueName=aws.queue)["QueueUrl"]
    bodies = []
    while found := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
        bodies += [json.loads(one["Body"]) for one in found]
        for one in found:
            sqs.delete_message(QueueUrl=url, ReceiptHandle=one["ReceiptHandle"])
    return bodies


def notices(aws: AwsServer) -> list[dict[str, Any]]:
    """The messages inside them."""
    return [json.loads(one["Message"]) for one in received(aws)]
