"""Composite, anomaly and log alarms, and the reading of them all, seen by a real boto3 client."""

import json
from datetime import timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from playground.aws import AwsServer
from tests.playground.accounts import NOON, Clock, listen, notices

SPACE, INPUT = "AWS/Bedrock/Batch", "NumberOfInputTokensProcessedPerMinute"
NOW = NOON


@pytest.fixture(name="cloudwatch")
def _cloudwatch(aws: AwsServer) -> Any:
    listen(aws)
    return aws.client("cloudwatch")


def plain(name: str, **changes: Any) -> dict[str, Any]:
    """A metric alarm that tells nobody."""
    usual = {
        "AlarmName": name,
        "Namespace": SPACE,
        "MetricName": INPUT,
        "Dimensions": [{"Name": "ModelId", "Value": "m"}],
        "Statistic": "Average",
        "Period": 300,
        "EvaluationPeriods": 1,
        "Threshold": 100.0,
        "ComparisonOperator": "GreaterThanThreshold",
    }
    return usual | changes


def series(name: str = "m1", period: int = 300) -> dict[str, Any]:
    """One metric of an alarm on math."""
    metric = {"Namespace": SPACE, "MetricName": INPUT, "Dimensions": [{"Name": "ModelId", "Value": "m"}]}
    return {"Id": name, "MetricStat": {"Metric": metric, "Period": period, "Stat": "Average"}, "ReturnData": True}


def banded(topic: str, **changes: Any) -> dict[str, Any]:
    """An alarm on a band."""
    band = {"Id": "ad1", "Expression": "ANOMALY_DETECTION_BAND(m1, 2)", "Label": "expected", "ReturnData": True}
    usual = {
        "AlarmName": "unusual",
        "EvaluationPeriods": 2,
        "DatapointsToAlarm": 2,
        "ThresholdMetricId": "ad1",
        "ComparisonOperator": "LessThanLowerOrGreaterThanUpperThreshold",
        "AlarmActions": [topic],
        "Metrics": [series(), band],
    }
    return usual | changes


def pair(aws: AwsServer, cloudwatch: Any, rule: str, **more: Any) -> None:
    """Two quiet children that are OK, and a composite alarm over them that tells."""
    for name in ("one", "two"):
        cloudwatch.put_metric_alarm(**plain(name))
        aws.cloudwatch.recover(name)
    topic = aws.sns.default_topic
    actions = {"AlarmActions": [topic], "OKActions": [topic]}
    cloudwatch.put_composite_alarm(AlarmName="both", AlarmRule=rule, **actions, **more)
    notices(aws)


@pytest.mark.parametrize(
    ("rule", "ringing", "state"),
    [
        ("ALARM(one) OR ALARM(two)", ["one"], "ALARM"),
        ("ALARM(one) AND ALARM(two)", ["one"], "OK"),
        ("ALARM(one) AND ALARM(two)", ["one", "two"], "ALARM"),
        ('ALARM("one") AND NOT (OK("two") OR FALSE)', ["one"], "OK"),
        ("NOT ALARM(arn:aws:cloudwatch:us-east-1:111122223333:alarm:one)", ["two"], "ALARM"),
    ],
)
def test_a_composite_alarm_follows_its_children(
    aws: AwsServer, cloudwatch: Any, rule: str, ringing: list[str], state: str
) -> None:
    """At once, by its rule."""
    pair(aws, cloudwatch, rule)
    for name in ringing:
        aws.cloudwatch.ring(name)
    found = cloudwatch.describe_alarms(AlarmTypes=["CompositeAlarm"])["CompositeAlarms"][0]
    assert found["StateValue"] == state


def test_a_composite_alarm_tells_which_children_ring(aws: AwsServer, cloudwatch: Any, clock: Clock) -> None:
    """In the documented shape, without a Trigger."""
    pair(aws, cloudwatch, "ALARM(one) OR ALARM(two)")
    aws.cloudwatch.ring("two")
    notice = notices(aws)[0]
    child = "arn:aws:cloudwatch:us-east-1:111122223333:alarm:two"
    at = "2026-11-22T12:00:00.000+0000"
    assert notice["TriggeringChildren"] == [{"Arn": child, "State": {"Value": "ALARM", "Timestamp": at}}]
    assert notice["NewStateReason"] == f"{child} transitioned to ALARM at Sunday 22 November, 2026 12:00:00 UTC"
    assert notice["AlarmRule"] == "ALARM(one) OR ALARM(two)"
    assert "Trigger" not in notice
    clock.on(minutes=1)
    aws.cloudwatch.recover("two")
    assert [one["NewStateValue"] for one in notices(aws)] == ["OK"]


def test_a_suppressor_keeps_the_actions_back(aws: AwsServer, cloudwatch: Any, clock: Clock) -> None:
    """While it is in ALARM and some time after; without it the actions wait a little."""
    cloudwatch.put_metric_alarm(**plain("maintenance"))
    aws.cloudwatch.ring("maintenance")
    periods = {"ActionsSuppressorWaitPeriod": 60, "ActionsSuppressorExtensionPeriod": 120}
    pair(aws, cloudwatch, "ALARM(one)", ActionsSuppressor="maintenance", **periods)
    clock.on(minutes=5)
    aws.cloudwatch.ring("one")
    found = cloudwatch.describe_alarms(AlarmTypes=["CompositeAlarm"])["CompositeAlarms"][0]
    assert found["ActionsSuppressedBy"] == "Alarm"
    aws.cloudwatch.recover("maintenance")
    clock.on(seconds=119)
    aws.tick()
    assert notices(aws) == []
    clock.on(seconds=1)
    aws.tick()
    assert [one["NewStateValue"] for one in notices(aws)] == ["ALARM"]
    found = cloudwatch.describe_alarms(AlarmTypes=["CompositeAlarm"])["CompositeAlarms"][0]
    assert "ActionsSuppressedBy" not in found


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        ("ALARM(one", r"expected '\)'"),
        ("ALARM(one) XOR ALARM(two)", "unexpected 'XOR'"),
        ("RINGS(one)", "unexpected 'RINGS'"),
        ("ALARM(nobody)", "do not exist: nobody"),
        ("ALARM(both)", "do not exist|its own"),
        ("x" * 10_241, "less than or equal to 10240"),
        (" OR ".join(f"ALARM(a{number})" for number in range(101)), "more than 100 alarms"),
    ],
)
def test_a_faulty_rule_is_refused(aws: AwsServer, cloudwatch: Any, rule: str, words: str) -> None:
    """Nothing is stored."""
    with pytest.raises(ClientError, match=words):
        cloudwatch.put_composite_alarm(AlarmName="both", AlarmRule=rule)
    assert not aws.cloudwatch.alarms


def test_the_band_of_a_metric_is_two_series(aws: AwsServer, cloudwatch: Any) -> None:
    """Lower and upper, around what was usual at this hour."""
    steps = [NOW - timedelta(minutes=5 * place) for place in range(7 * 288)]
    aws.cloudwatch.put("m", INPUT, [(at, 1000.0 + 10 * (at.minute % 3)) for at in steps])
    band = {"Id": "ad1", "Expression": "ANOMALY_DETECTION_BAND(m1, 2)"}
    span = {"StartTime": NOW - timedelta(hours=1), "EndTime": NOW}
    found = cloudwatch.get_metric_data(MetricDataQueries=[series() | {"ReturnData": False}, band], **span)
    lower, upper = found["MetricDataResults"]
    assert (lower["Id"], upper["Id"], len(lower["Values"])) == ("ad1", "ad1", 12)
    assert all(
        900 < low < 1000 and 1020 < high < 1150 for low, high in zip(lower["Values"], upper["Values"], strict=True)
    )
    assert lower["Timestamps"] == upper["Timestamps"]


def test_an_alarm_on_a_band_rings_outside_of_it(aws: AwsServer, cloudwatch: Any, clock: Clock) -> None:
    """With both edges in the reason and no Threshold in the notification."""
    cloudwatch.put_metric_alarm(**banded(aws.sns.default_topic))
    aws.tick()
    assert aws.cloudwatch.alarms["unusual"].state == "INSUFFICIENT_DATA"
    steps = [NOW - timedelta(minutes=5 * place) for place in range(3 * 288)]
    aws.cloudwatch.put("m", INPUT, [(at, 1000.0) for at in steps])
    aws.tick()
    assert aws.cloudwatch.alarms["unusual"].state == "OK"
    aws.cloudwatch.put("m", INPUT, [(NOW - timedelta(minutes=minutes), 5.0) for minutes in (0, 5)])
    aws.tick()
    notice = notices(aws)[-1]
    assert notice["NewStateReason"] == (
        "Thresholds Crossed: 2 out of the last 2 datapoints [5.0 (22/11/26 11:56:00), 5.0 (22/11/26 11:51:00)] "
        "were less than the lower thresholds [900.0, 900.0] or greater than the upper thresholds [1100.0, 1100.0] "
        "(minimum 2 datapoints for OK -> ALARM transition)."
    )
    assert notice["Trigger"]["ThresholdMetricId"] == "ad1"
    assert "Threshold" not in notice["Trigger"]
    data = json.loads(cloudwatch.describe_alarms()["MetricAlarms"][0]["StateReasonData"])
    assert (data["recentLowerThresholds"], data["recentUpperThresholds"]) == ([900.0, 900.0], [1100.0, 1100.0])


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"Threshold": 5.0}, "Threshold must not be set"),
        ({"ThresholdMetricId": "m1"}, "ANOMALY_DETECTION_BAND"),
        ({"ComparisonOperator": "GreaterThanThreshold"}, "not supported with a ThresholdMetricId"),
        ({"Metrics": [series(), series("m2", 60)], "ThresholdMetricId": "m2"}, "ANOMALY_DETECTION_BAND|same Period"),
    ],
)
def test_a_faulty_band_is_refused(aws: AwsServer, cloudwatch: Any, change: dict[str, Any], words: str) -> None:
    """Nothing is stored."""
    with pytest.raises(ClientError, match=words):
        cloudwatch.put_metric_alarm(**banded(aws.sns.default_topic, **change))
    assert not aws.cloudwatch.alarms


def test_all_types_are_read_only_when_they_are_asked_for(aws: AwsServer, cloudwatch: Any) -> None:
    """Metric alarms alone by default; pages go across the types."""
    aws.send_kind("composite")
    aws.send_kind("log")
    assert [one["AlarmName"] for one in cloudwatch.describe_alarms()["MetricAlarms"]] == [
        "bedrock-batch-queue-long",
        "bedrock-batch-throughput-low",
    ]
    types = ["CompositeAlarm", "MetricAlarm", "LogAlarm"]
    pages = list(
        cloudwatch.get_paginator("describe_alarms").paginate(AlarmTypes=types, PaginationConfig={"PageSize": 3})
    )
    counts = [[len(page[f"{kind}s"]) for kind in types] for page in pages]
    assert [sum(column) for column in zip(*counts, strict=True)] == [1, 2, 1]
    assert len(pages) == 2
    parent, child = "bedrock-batch-attention", "bedrock-batch-queue-long"
    children = cloudwatch.describe_alarms(ChildrenOfAlarmName=parent)["MetricAlarms"]
    assert len(children) == 2
    assert [one["AlarmName"] for one in cloudwatch.describe_alarms(ParentsOfAlarmName=child)["CompositeAlarms"]] == [
        parent
    ]
    assert (
        cloudwatch.describe_alarms(AlarmNamePrefix="batch-", AlarmTypes=types)["LogAlarms"][0]["StateValue"] == "ALARM"
    )
    with pytest.raises(ClientError, match="less than or equal to 100"):
        cloudwatch.describe_alarms(AlarmNames=[f"a{number}" for number in range(101)])


def test_an_update_overwrites_everything_but_state_and_tags(aws: AwsServer, cloudwatch: Any) -> None:
    """What is left out is gone."""
    tags = [{"Key": "team", "Value": "data"}]
    cloudwatch.put_metric_alarm(**plain("one", AlarmDescription="first", DatapointsToAlarm=1, Tags=tags))
    aws.cloudwatch.ring("one")
    cloudwatch.put_metric_alarm(**plain("one", Threshold=7.0, Tags=[{"Key": "team", "Value": "other"}]))
    found = cloudwatch.describe_alarms()["MetricAlarms"][0]
    assert (found["Threshold"], found["StateValue"]) == (7.0, "ALARM")
    assert "AlarmDescription" not in found
    assert "DatapointsToAlarm" not in found
    assert cloudwatch.list_tags_for_resource(ResourceARN=found["AlarmArn"])["Tags"] == tags
    with pytest.raises(ClientError, match="another type"):
        cloudwatch.put_composite_alarm(AlarmName="one", AlarmRule="TRUE")


def test_deleting_is_all_or_nothing(aws: AwsServer, cloudwatch: Any) -> None:
    """A hundred at most, and one composite alarm at most."""
    pair(aws, cloudwatch, "ALARM(one) OR ALARM(two)")
    with pytest.raises(ClientError, match="ResourceNotFound"):
        cloudwatch.delete_alarms(AlarmNames=["one", "nobody"])
    with pytest.raises(ClientError, match="less than or equal to 100"):
        cloudwatch.delete_alarms(AlarmNames=["one"] * 101)
    assert set(aws.cloudwatch.alarms) == {"one", "two", "both"}
    cloudwatch.delete_alarms(AlarmNames=["one", "both"])
    assert set(aws.cloudwatch.alarms) == {"two"}
    last = aws.events.events[-1]
    assert (last["detail-type"], last["detail"]["operation"]) == ("CloudWatch Alarm Configuration Change", "delete")


def test_a_state_that_was_set_by_hand_reverts(aws: AwsServer, cloudwatch: Any, clock: Clock) -> None:
    """At the next evaluation, unless it is held."""
    topic = aws.sns.default_topic
    missing = {"TreatMissingData": "notBreaching", "AlarmActions": [topic], "OKActions": [topic]}
    cloudwatch.put_metric_alarm(**plain("one", **missing))
    aws.tick()
    cloudwatch.set_alarm_state(AlarmName="one", StateValue="ALARM", StateReason="a drill", StateReasonData='{"a": 1}')
    clock.on(seconds=30)
    aws.tick()
    assert [one["NewStateValue"] for one in notices(aws)] == ["OK", "ALARM", "OK"]
    for wrong in ({"StateValue": "RINGING"}, {"StateReason": "x" * 1024}, {"StateReasonData": "{"}):
        with pytest.raises(ClientError, match=r"ValidationError|InvalidFormat"):
            cloudwatch.set_alarm_state(**({"AlarmName": "one", "StateValue": "OK", "StateReason": "x"} | wrong))


def test_the_history_tells_states_actions_and_contributors(aws: AwsServer, cloudwatch: Any) -> None:
    """Each with its data as JSON, the newest first."""
    aws.send_kind("insights")
    name = "bedrock-batch-backlog-by-model"
    items = cloudwatch.describe_alarm_history(AlarmName=name)["AlarmHistoryItems"]
    kinds = {one["HistoryItemType"] for one in items}
    assert kinds == {"ConfigurationUpdate", "StateUpdate", "AlarmContributorStateUpdate", "AlarmContributorAction"}
    state = next(one for one in items if one["HistoryItemType"] == "StateUpdate")
    assert json.loads(state["HistoryData"])["newState"]["stateValue"] == "ALARM"
    listed = cloudwatch.describe_alarm_contributors(AlarmName=name)["AlarmContributors"]
    assert len(listed) == 2
    one = cloudwatch.describe_alarm_history(AlarmName=name, AlarmContributorId=listed[0]["ContributorId"])
    attributes = {item["AlarmContributorAttributes"]["ModelId"] for item in one["AlarmHistoryItems"]}
    assert attributes == {listed[0]["ContributorAttributes"]["ModelId"]}
    with pytest.raises(ClientError, match="ResourceNotFoundException"):
        cloudwatch.describe_alarm_contributors(AlarmName="nobody")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"AlarmDescription": "x" * 1025}, "less than or equal to 1024"),
        ({"Dimensions": [{"Name": f"d{n}", "Value": "v"} for n in range(31)]}, "less than or equal to 30"),
        ({"Unit": "Tokens"}, "enum value set"),
        ({"AlarmActions": [f"arn:aws:sns:us-east-1:111122223333:t{n}" for n in range(6)]}, "less than or equal to 5"),
        ({"Period": 3600, "EvaluationPeriods": 24 * 7 + 1}, "more than 7 day|across more than"),
        ({"Period": 300, "EvaluationPeriods": 289}, "across more than 1 day"),
        ({"ComparisonOperator": "GreaterThanUpperThreshold"}, "needs a ThresholdMetricId"),
    ],
)
def test_limits_are_those_of_the_service_model(
    aws: AwsServer, cloudwatch: Any, change: dict[str, Any], words: str
) -> None:
    """The client does not look at them, the service does."""
    with pytest.raises(ClientError, match=words):
        cloudwatch.put_metric_alarm(**plain("one", **change))
    assert not aws.cloudwatch.alarms
