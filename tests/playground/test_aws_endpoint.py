"""One address for all services, who calls there, and what he may do."""

from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from playground.aws import AwsServer

OPERATIONS = [
    ("cloudwatch", "describe_alarms", {}),
    ("sns", "list_topics", {}),
    ("events", "list_rules", {}),
    (
        "stepfunctions",
        "describe_state_machine",
        {"stateMachineArn": "arn:aws:states:us-east-1:111122223333:stateMachine:n"},
    ),
    ("bedrock", "list_model_invocation_jobs", {}),
    ("sqs", "list_queues", {}),
    ("s3", "list_buckets", {}),
    ("sts", "get_caller_identity", {}),
]


@pytest.mark.parametrize(("service", "operation", "params"), OPERATIONS)
def test_every_service_answers_at_one_address(
    aws: AwsServer, monkeypatch: pytest.MonkeyPatch, service: str, operation: str, params: dict[str, Any]
) -> None:
    """Told apart by what the signature is for."""
    aws.states.make("n")
    env = {name: value for name, value in aws.env().items() if not name.startswith("AWS_ENDPOINT_URL_")}
    for name, value in env.items():
        monkeypatch.setenv(name, value)
    client = boto3.Session().client(service)  # type: ignore[call-overload]  # the stubs know literal names only
    assert getattr(client, operation)(**params)["ResponseMetadata"]["HTTPStatusCode"] == 200


@pytest.mark.parametrize(
    ("service", "operation", "params", "code"),
    [
        ("cloudwatch", "put_dashboard", {"DashboardName": "b", "DashboardBody": "{}"}, "AccessDenied"),
        ("sns", "create_topic", {"Name": "t"}, "AuthorizationError"),
        ("events", "describe_rule", {"Name": "r"}, "AccessDeniedException"),
        ("sqs", "create_queue", {"QueueName": "q"}, "AccessDenied"),
        ("sts", "get_caller_identity", {}, "AccessDenied"),
    ],
)
def test_a_missing_permission_is_worded_as_the_service_does(
    aws: AwsServer, service: str, operation: str, params: dict[str, Any], code: str
) -> None:
    """With its own code and its own name for the action."""
    aws.faults.deny(f"{service}.*")
    action = f"{'SNS' if service == 'sns' else service}:{operation.title().replace('_', '')}"
    with pytest.raises(ClientError, match=rf"\({code}\).*is not authorized to perform: {action} ") as refused:
        getattr(aws.client(service), operation)(**params)
    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] in {400, 403}


def test_permissions_can_be_asked_without_using_them(aws: AwsServer) -> None:
    """What is denied by a fault is denied here."""
    me = aws.client("sts").get_caller_identity()["Arn"]
    aws.faults.deny("cloudwatch.PutAlarmMuteRule")
    asked = ["cloudwatch:PutAlarmMuteRule", "cloudwatch:DescribeAlarms"]
    found = aws.client("iam").simulate_principal_policy(PolicySourceArn=me, ActionNames=asked)["EvaluationResults"]
    assert [(one["EvalActionName"], one["EvalDecision"]) for one in found] == [
        ("cloudwatch:PutAlarmMuteRule", "implicitDeny"),
        ("cloudwatch:DescribeAlarms", "allowed"),
    ]
    with pytest.raises(ClientError, match="InvalidInput"):
        aws.client("iam").simulate_principal_policy(
            PolicySourceArn="arn:aws:sts::1:assumed-role/x/y", ActionNames=asked
        )
