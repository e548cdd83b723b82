"""SQS queues, as the operator's commands see them: the alarm queue and those for what could not be delivered."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from botocore.exceptions import ClientError

from bot.aws.topics import Arn
from bot.aws.translate import aws_errors
from bot.errors import AwsGone

_MISSING = frozenset({"QueueDoesNotExist", "AWS.SimpleQueueService.NonExistentQueue"})


class Queues:
    """SQS through the client that is handed in; every method raises AwsError."""

    def __init__(self, client: Any) -> None:
        """``client`` is boto3's for SQS."""
        self._client = client

    def url(self, arn: str) -> str:
        """The address of a queue; raises AwsGone."""
        parts = Arn.of(arn)
        with queue_errors(f"look for the queue {parts.name}"):
            answer = self._client.get_queue_url(QueueName=parts.name, QueueOwnerAWSAccountId=parts.account)
        return str(answer["QueueUrl"])

    def attributes(self, url: str) -> dict[str, str]:
        """The queue's attributes; raises AwsGone."""
        with queue_errors(f"look at the queue {url}"):
            answer = self._client.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])
        return dict(answer.get("Attributes") or {})


@contextmanager
def queue_errors(action: str) -> Iterator[None]:
    """As ``aws_errors``; SQS has a code of its own for a queue that is not there."""
    with aws_errors(action):
        try:
            yield
        except ClientError as error:
            if error.response.get("Error", {}).get("Code") in _MISSING:
                raise AwsGone(f"I could not {action}: there is no such queue.") from error
            raise


def arn_of_url(url: str, partition: str, region: str) -> str:
    """The ARN of the queue at ``https://sqs.<region>.<suffix>/<account>/<name>``; empty where it is no such address.

    ``region`` is for addresses that do not name theirs.
    """
    found = re.fullmatch(r"https?://([^/]+)/(\d{12})/([A-Za-z0-9_-]{1,80}(?:\.fifo)?)", url)
    if not found:
        return ""
    host = re.match(r"sqs\.([a-z0-9-]+)\.", found[1])
    return f"arn:{partition}:sqs:{host[1] if host else region}:{found[2]}:{found[3]}"


def redrive(arn: str, receives: int = 0) -> str:
    """A redrive policy to this queue: of a subscription, or of a queue where ``receives`` is given."""
    policy: dict[str, Any] = {"deadLetterTargetArn": arn}
    return json.dumps(policy | ({"maxReceiveCount": receives} if receives else {}))
