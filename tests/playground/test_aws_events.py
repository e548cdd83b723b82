"""EventBridge and Step Functions, seen by real boto3 clients: rules, patterns, targets, executions."""

import json
from datetime import timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from playground import samples
from playground.aws import AwsServer
from playground.aws.policy import merged, service_policy, topic_policy
from tests.playground.accounts import Clock, listen, notices

JOBS = {"source": ["aws.bedrock"], "detail-type": ["Batch Inference Job State Change"]}


@pytest.fixture(name="events")
def _events(aws: AwsServer) -> Any:
    listen(aws)
    return aws.client("events")


def put(events: Any, aws: AwsServer, pattern: dict[str, Any], name: str = "mine") -> str:
    """A rule that hands what matches to the topic, which lets it in."""
    arn: str = events.put_rule(Name=name, EventPattern=json.dumps(pattern))["RuleArn"]
    topic = aws.sns.default_topic
    let_in = service_policy(topic, "sns:Publish", {"events.amazonaws.com": arn})
    policy = merged(topic_policy(topic), let_in)
    aws.client("sns").set_topic_attributes(TopicArn=topic, AttributeName="Policy", AttributeValue=policy)
    events.put_targets(Rule=name, Targets=[{"Id": "alarms", "Arn": topic}])
    return arn


def entry(**changes: Any) -> dict[str, Any]:
    """One event of our own."""
    return {"Source": "batchbot", "DetailType": "drained", "Detail": json.dumps({"model": "m", "left": 0})} | changes


def test_a_rule_is_put_read_and_deleted(aws: AwsServer, events: Any) -> None:
    """Its targets go first."""
    arn = put(events, aws, JOBS)
    assert arn == "arn:aws:events:us-east-1:111122223333:rule/mine"
    found = events.describe_rule(Name="mine")
    assert (found["State"], json.loads(found["EventPattern"]), found["EventBusName"]) == ("ENABLED", JOBS, "default")
    assert events.list_targets_by_rule(Rule="mine")["Targets"] == [{"Id": "alarms", "Arn": aws.sns.default_topic}]
    named = events.list_rule_names_by_target(TargetArn=aws.sns.default_topic)["RuleNames"]
    assert named == [aws.jobs_rule, "mine"]
    with pytest.raises(ClientError, match="has targets"):
        events.delete_rule(Name="mine")
    events.remove_targets(Rule="mine", Ids=["alarms"])
    events.delete_rule(Name="mine")
    with pytest.raises(ClientError, match="Rule mine does not exist on EventBus default"):
        events.describe_rule(Name="mine")


def test_a_job_that_ends_is_told_through_the_rule(aws: AwsServer, events: Any, clock: Clock) -> None:
    """Each state once, while the rule is enabled and the topic lets it in."""
    aws.put("batchbot-in", "docs.jsonl", samples.good(120))
    model = next(iter(aws.bedrock.models))
    job = aws.bedrock.start_elsewhere("nightly", model, records=120)
    for _ in range(90):
        clock.now += timedelta(seconds=10)
        aws.tick()
    told = [one["detail"]["status"] for one in notices(aws) if one["detail"]["batchJobArn"] == job.arn]
    assert told[-1] == "Completed"
    events.disable_rule(Name=aws.jobs_rule)
    aws.bedrock.start_elsewhere("again", model, records=120)
    assert notices(aws) == []
    events.enable_rule(Name=aws.jobs_rule)
    sns = aws.client("sns")
    policy = topic_policy(aws.sns.default_topic)
    sns.set_topic_attributes(TopicArn=aws.sns.default_topic, AttributeName="Policy", AttributeValue=policy)
    aws.bedrock.start_elsewhere("third", model, records=120)
    assert notices(aws) == []
    assert aws.events.failures[-1].error.code == "AuthorizationError"


@pytest.mark.parametrize(
    ("pattern", "hit"),
    [
        ({"source": ["batchbot"]}, True),
        ({"source": ["other"]}, False),
        ({"detail": {"model": ["m", "n"]}}, True),
        ({"detail": {"model": [{"prefix": "x"}]}}, False),
        ({"detail": {"left": [{"numeric": ["<", 1, ">=", 0]}]}}, True),
        ({"detail": {"left": ["0"]}}, False),
        ({"detail": {"gone": [{"exists": False}]}}, True),
        ({"detail": {"model": [{"anything-but": ["m"]}]}}, False),
        ({"$or": [{"source": ["x"]}, {"detail-type": [{"wildcard": "dr*d"}]}]}, True),
        ({"detail-type": [{"equals-ignore-case": "DRAINED"}]}, True),
    ],
)
def test_a_pattern_picks_events(aws: AwsServer, events: Any, pattern: dict[str, Any], hit: bool) -> None:
    """By value, prefix, number, absence and the rest."""
    put(events, aws, pattern)
    answer = events.put_events(Entries=[entry()])
    assert answer["FailedEntryCount"] == 0
    assert bool(notices(aws)) == hit


@pytest.mark.parametrize(
    "pattern", ["{", "[]", "{}", '{"source": "x"}', '{"source": []}', '{"source": [{"like": "x"}]}']
)
def test_a_faulty_pattern_is_refused(events: Any, pattern: str) -> None:
    """By its own code."""
    with pytest.raises(ClientError, match=r"InvalidEventPatternException.*Event pattern is not valid"):
        events.put_rule(Name="mine", EventPattern=pattern)


def test_faulty_requests_are_refused(aws: AwsServer, events: Any) -> None:
    """By the rules of the service."""
    with pytest.raises(ClientError, match="must be specified"):
        events.put_rule(Name="mine")
    with pytest.raises(ClientError, match="less than or equal to 64"):
        events.put_rule(Name="x" * 65, EventPattern=json.dumps(JOBS))
    with pytest.raises(ClientError, match="Rule nobody does not exist"):
        events.put_targets(Rule="nobody", Targets=[{"Id": "a", "Arn": aws.sns.default_topic}])
    put(events, aws, JOBS)
    many = [{"Id": f"t{number}", "Arn": aws.sns.default_topic} for number in range(6)]
    with pytest.raises(ClientError, match="LimitExceededException"):
        events.put_targets(Rule="mine", Targets=many)
    with pytest.raises(ClientError, match="less than or equal to 10"):
        events.put_events(Entries=[entry()] * 11)


def test_entries_fail_one_by_one(aws: AwsServer, events: Any) -> None:
    """What is refused does not stop the others."""
    wrong = [entry(Source="aws.bedrock"), entry(Detail="[1]"), entry(DetailType="")]
    answer = events.put_events(Entries=[*wrong, entry(), entry(EventBusName="nowhere")])
    assert answer["FailedEntryCount"] == 3
    codes = [one.get("ErrorCode") for one in answer["Entries"]]
    assert codes == ["NotAuthorizedForSourceException", "MalformedDetail", "InvalidArgument", None, None]
    assert len([one for one in aws.events.events if one["source"] == "batchbot"]) == 1


def test_an_execution_is_started_once_by_its_name(aws: AwsServer) -> None:
    """The same name and input give the same execution, another input or an ended one is refused."""
    states, arn = aws.client("stepfunctions"), aws.states.make("next")
    first = states.start_execution(stateMachineArn=arn, name="job-1", input='{"a": 1}')
    again = states.start_execution(stateMachineArn=arn, name="job-1", input='{"a": 1}')
    assert first["executionArn"] == again["executionArn"]
    assert states.describe_execution(executionArn=first["executionArn"])["status"] == "RUNNING"
    with pytest.raises(ClientError, match="ExecutionAlreadyExists"):
        states.start_execution(stateMachineArn=arn, name="job-1", input='{"a": 2}')
    aws.states.end(first["executionArn"])
    with pytest.raises(ClientError, match="ExecutionAlreadyExists"):
        states.start_execution(stateMachineArn=arn, name="job-1", input='{"a": 1}')
    assert len(aws.states.executions) == 1


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"stateMachineArn": "next"}, "InvalidArn"),
        ({"stateMachineArn": "arn:aws:states:us-east-1:111122223333:stateMachine:none"}, "StateMachineDoesNotExist"),
        ({"name": "a b"}, "InvalidName"),
        ({"name": "x" * 81}, "ValidationException"),
        ({"input": "{"}, "InvalidExecutionInput"),
    ],
)
def test_a_faulty_start_is_refused(aws: AwsServer, change: dict[str, Any], code: str) -> None:
    """Nothing is started."""
    usual = {"stateMachineArn": aws.states.make("next"), "name": "one", "input": "{}"}
    with pytest.raises(ClientError, match=code):
        aws.client("stepfunctions").start_execution(**usual | change)
    assert not aws.states.executions


def test_faults_strike_here_too(aws: AwsServer, events: Any) -> None:
    """Denied, throttled, lost after the effect."""
    states, arn = aws.client("stepfunctions"), aws.states.make("next")
    aws.faults.deny("states.StartExecution", times=1)
    with pytest.raises(ClientError, match=f"AccessDeniedException.*states:StartExecution on resource: {arn} because"):
        states.start_execution(stateMachineArn=arn, name="one")
    aws.faults.drop_response("states.StartExecution")
    started = states.start_execution(stateMachineArn=arn, name="one")
    assert [one.status for one in aws.calls if one.service == "states"] == [400, 0, 200]
    assert list(aws.states.executions) == [started["executionArn"]]
    aws.faults.throttle("events.PutEvents", times=1)
    events.put_events(Entries=[entry()])
    assert [one.error for one in aws.calls if one.operation == "PutEvents"] == ["ThrottlingException", ""]
