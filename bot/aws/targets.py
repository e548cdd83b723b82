"""Where a follow-up can go at Amazon: an SNS topic, an EventBridge bus, a Step Functions state machine.

Each carries the idempotency key where its service or its receiver looks for one. Errors are ``AwsError`` and its kinds.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import quote

from botocore.exceptions import ClientError

from bot.aws.translate import aws_errors, from_answer
from bot.errors import AwsError
from bot.follow.rule import DRAINED, JOB_ENDED, Order, Receipt

SOURCE = "batchbot"
DETAIL_TYPES = {JOB_ENDED: "Batch Job Ended", DRAINED: "Batch Backlog Drained"}
_TAKEN = "ExecutionAlreadyExists"


class Targets:
    """The three of them, each through the client that it needs."""

    def __init__(self, clients: Callable[[str], Any]) -> None:
        """``clients`` gives a boto3 client by its service's name."""
        self._clients = clients

    def publish(self, order: Order) -> Receipt:
        """Publish to a topic; a FIFO one drops what carries the same key within five minutes."""
        attributes = {
            "idempotency-key": {"DataType": "String", "StringValue": order.key},
            "event": {"DataType": "String", "StringValue": order.event},
        }
        asked: dict[str, Any] = {"TopicArn": order.address, "Message": order.body, "MessageAttributes": attributes}
        if order.address.endswith(".fifo"):
            asked |= {"MessageGroupId": SOURCE, "MessageDeduplicationId": order.key}
        with aws_errors("publish to the SNS topic"):
            self._clients("sns").publish(**asked)
        return Receipt(f"published to the SNS topic {_last(order.address)}")

    def put_event(self, order: Order) -> Receipt:
        """Put an event on a bus; the key is in its detail. The service may refuse the entry in an answer that is a success."""
        entry = {
            "Time": order.at,
            "Source": SOURCE,
            "DetailType": DETAIL_TYPES.get(order.event, order.event),
            "Detail": order.body,
            "EventBusName": order.address,
        }
        with aws_errors("put an event on the EventBridge bus"):
            answer = self._clients("events").put_events(Entries=[entry])
        if answer.get("FailedEntryCount"):
            [said] = answer["Entries"]
            code, message = str(said.get("ErrorCode", "")), str(said.get("ErrorMessage", ""))
            refused = ClientError({"Error": {"Code": code, "Message": message}}, "PutEvents")
            raise from_answer(refused, "put an event on the EventBridge bus")
        return Receipt(f"put an event on the EventBridge bus {_last(order.address)}")

    def start(self, order: Order) -> Receipt:
        """Start an execution that is named by the key; one of that name was started by an earlier attempt."""
        name = _last(order.address)
        arn = f"{order.address.replace(':stateMachine:', ':execution:', 1)}:{order.key}"
        try:
            with aws_errors("start the Step Functions execution"):
                answer = self._clients("stepfunctions").start_execution(
                    stateMachineArn=order.address, name=order.key, input=order.body
                )
        except AwsError as error:
            if error.code != _TAKEN:
                raise
        else:
            arn = str(answer.get("executionArn") or arn)
        return Receipt(f"started an execution of the state machine {name}", _console(arn))


def _last(address: str) -> str:
    """What people call it: the end of the ARN, or the name itself."""
    return address.rsplit(":", 1)[-1].rsplit("/", 1)[-1]


def _console(execution_arn: str) -> str:
    """The execution in Amazon's console, for the public partition."""
    parts = execution_arn.split(":")
    if parts[:2] != ["arn", "aws"]:
        return ""
    home = f"https://{parts[3]}.console.aws.amazon.com/states/home?region={parts[3]}"
    return f"{home}#/v2/executions/details/{quote(execution_arn, safe=':')}"
