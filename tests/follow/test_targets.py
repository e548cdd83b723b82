"""Topics, buses and state machines on the wire: what arrives there, under which key, and what their refusals mean."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from botocore.stub import ANY, Stubber

from bot.aws.targets import Targets
from bot.errors import AwsDenied, AwsError, AwsUnavailable
from bot.follow.rule import Order
from playground.aws import AwsServer
from tests.wire import NOW, aws_client

KEY = "batchbot-0123456789abcdef0123456789abcdef"
ORDER = Order("", KEY, "job-ended", json.dumps({"version": "1", "key": KEY}), NOW, NOW)


@pytest.fixture
def aws() -> Iterator[AwsServer]:
    with AwsServer(clock=lambda: NOW, background=False) as found:
        yield found


@pytest.fixture
def targets(aws: AwsServer) -> Targets:
    return Targets(lambda service: aws_client(aws, service))


def asked(aws: AwsServer, operation: str) -> list[dict[str, Any]]:
    return [call.params for call in aws.calls if call.operation == operation]


def test_a_topic_gets_the_news_with_its_key(aws: AwsServer, targets: Targets) -> None:
    topic = aws_client(aws, "sns").create_topic(Name="next")["TopicArn"]
    receipt = targets.publish(replace(ORDER, address=topic))
    assert receipt.words == "published to the SNS topic next"
    [params] = asked(aws, "Publish")
    text = json.dumps(params)
    assert "idempotency-key" in text
    assert KEY in text
    assert "MessageDeduplicationId" not in text


def test_a_fifo_topic_drops_a_repetition(aws: AwsServer) -> None:
    """It needs a group and takes the key as what makes a message the same; botocore's own model checks the request."""
    topic, client = "arn:aws:sns:us-east-1:111122223333:next.fifo", aws_client(aws, "sns")
    with Stubber(client) as stub:
        wanted = {"TopicArn": topic, "Message": ORDER.body, "MessageAttributes": ANY}
        wanted |= {"MessageGroupId": "batchbot", "MessageDeduplicationId": KEY}
        stub.add_response("publish", {"MessageId": "1", "SequenceNumber": "1"}, wanted)
        Targets(lambda _: client).publish(replace(ORDER, address=topic))
        stub.assert_no_pending_responses()


def test_a_bus_gets_an_event_of_the_bots_own(aws: AwsServer, targets: Targets) -> None:
    receipt = targets.put_event(replace(ORDER, address="default"))
    assert receipt.words == "put an event on the EventBridge bus default"
    [params] = asked(aws, "PutEvents")
    [entry] = params["Entries"]
    assert (entry["Source"], entry["DetailType"], entry["EventBusName"]) == ("batchbot", "Batch Job Ended", "default")
    [event] = aws.events.events
    assert (event["source"], event["detail"]["key"]) == ("batchbot", KEY)


def test_an_entry_that_is_refused_inside_a_success_is_an_error() -> None:
    """PutEvents answers 200 and counts what failed."""

    class Client:
        def __init__(self, code: str) -> None:
            self.code = code

        def put_events(self, **_: Any) -> dict[str, Any]:
            entry = {"ErrorCode": self.code, "ErrorMessage": "no"}
            return {"FailedEntryCount": 1, "Entries": [entry]}

    order = replace(ORDER, address="default")
    with pytest.raises(AwsUnavailable):
        Targets(lambda _: Client("ThrottlingException")).put_event(order)
    with pytest.raises(AwsDenied):
        Targets(lambda _: Client("AccessDeniedException")).put_event(order)


def test_a_state_machine_is_started_once_under_the_key(aws: AwsServer, targets: Targets) -> None:
    """Asked again while it runs, after it has ended, and after an answer that was lost: it is one execution."""
    machine = aws.states.make("load")
    order = replace(ORDER, address=machine)
    aws.faults.drop_response("states.StartExecution")
    with pytest.raises(AwsUnavailable):
        targets.start(order)
    first = targets.start(order)
    [execution] = aws.states.executions.values()
    assert (execution.name, json.loads(execution.input)["key"]) == (KEY, KEY)
    aws.states.end(execution.arn)
    again = targets.start(order)
    assert first == again
    assert first.words == "started an execution of the state machine load"
    assert first.url.endswith(f"#/v2/executions/details/{execution.arn}")
    assert len(aws.states.executions) == 1


@pytest.mark.parametrize(
    ("kind", "operation", "address"),
    [
        ("publish", "sns.Publish", "arn:aws:sns:us-east-1:111122223333:next"),
        ("put_event", "events.PutEvents", "default"),
        ("start", "states.StartExecution", "arn:aws:states:us-east-1:111122223333:stateMachine:load"),
    ],
)
def test_a_missing_permission_is_named_and_a_busy_service_is_tried_again(
    aws: AwsServer, targets: Targets, kind: str, operation: str, address: str
) -> None:
    order = replace(ORDER, address=address)
    aws.faults.deny(operation, times=1)
    with pytest.raises(AwsDenied, match="(?i)" + operation.replace(".", ":")):
        getattr(targets, kind)(order)
    aws.faults.throttle(operation, times=1)
    with pytest.raises(AwsUnavailable):
        getattr(targets, kind)(order)


def test_what_does_not_exist_is_said(targets: Targets) -> None:
    with pytest.raises(AwsError, match="topic"):
        targets.publish(replace(ORDER, address="arn:aws:sns:us-east-1:111122223333:nobody"))
    with pytest.raises(AwsError, match="Step Functions"):
        targets.start(replace(ORDER, address="arn:aws:states:us-east-1:111122223333:stateMachine:nobody"))
