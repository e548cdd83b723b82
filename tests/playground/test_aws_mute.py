"""Mute rules, seen by a real boto3 client: what is held back, what goes out when the window ends, what is refused."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from playground.aws import AwsServer
from tests.playground.accounts import Clock, listen, notices

SPACE = "AWS/Bedrock/Batch"


@pytest.fixture(name="cloudwatch")
def _cloudwatch(aws: AwsServer) -> Any:
    listen(aws)
    client = aws.client("cloudwatch")
    client.put_metric_alarm(
        AlarmName="backlog",
        Namespace=SPACE,
        MetricName="NumberOfRecordsPendingProcessing",
        Dimensions=[{"Name": "ModelId", "Value": "m"}],
        Statistic="Average",
        Period=300,
        EvaluationPeriods=1,
        Threshold=100.0,
        ComparisonOperator="GreaterThanThreshold",
        TreatMissingData="notBreaching",
        AlarmActions=[aws.sns.default_topic],
        OKActions=[aws.sns.default_topic],
    )
    aws.cloudwatch.recover("backlog")
    notices(aws)
    return client


def rule(expression: str = "at(2026-11-22T12:00)", duration: str = "PT2H", **more: Any) -> dict[str, Any]:
    """A rule for the alarm; ``zone`` is the time zone of its schedule."""
    schedule = {"Expression": expression, "Duration": duration}
    schedule |= {"Timezone": more.pop("zone")} if "zone" in more else {}
    targets = more.pop("alarms", ["backlog"])
    return {"Name": "lunch", "Rule": {"Schedule": schedule}, "MuteTargets": {"AlarmNames": targets}, **more}


def pass_minutes(aws: AwsServer, clock: Clock, minutes: int) -> None:
    """Let the time of the account go on."""
    clock.on(minutes=minutes)
    aws.tick()


def test_a_muted_alarm_sends_its_action_when_the_window_ends(aws: AwsServer, cloudwatch: Any, clock: Clock) -> None:
    """Not before, once, and with the time at which it changed."""
    cloudwatch.put_alarm_mute_rule(**rule())
    pass_minutes(aws, clock, 10)
    aws.cloudwatch.ring("backlog")
    pass_minutes(aws, clock, 109)
    assert notices(aws) == []
    pass_minutes(aws, clock, 1)
    assert [(one["NewStateValue"], one["StateChangeTime"][11:16]) for one in notices(aws)] == [("ALARM", "12:10")]
    pass_minutes(aws, clock, 1)
    assert notices(aws) == []


def test_what_is_over_when_the_window_ends_is_not_sent(aws: AwsServer, cloudwatch: Any, clock: Clock) -> None:
    """It rang and recovered: only the state that lasts is told."""
    cloudwatch.put_alarm_mute_rule(**rule())
    aws.cloudwatch.ring("backlog")
    aws.cloudwatch.recover("backlog")
    pass_minutes(aws, clock, 120)
    assert [one["NewStateValue"] for one in notices(aws)] == ["OK"]


def test_what_changed_just_after_the_window_is_told_alone(aws: AwsServer, cloudwatch: Any, clock: Clock) -> None:
    """The action that was held speaks of a state that is over."""
    cloudwatch.put_alarm_mute_rule(**rule())
    aws.cloudwatch.ring("backlog")
    clock.on(minutes=121)
    aws.cloudwatch.recover("backlog")
    aws.tick()
    assert [one["NewStateValue"] for one in notices(aws)] == ["OK"]


def test_an_alarm_that_rang_before_the_window_is_not_sent_again(aws: AwsServer, cloudwatch: Any, clock: Clock) -> None:
    """Only actions that were muted are triggered again."""
    aws.cloudwatch.ring("backlog")
    cloudwatch.put_alarm_mute_rule(**rule())
    pass_minutes(aws, clock, 121)
    assert [one["NewStateValue"] for one in notices(aws)] == ["ALARM"]


def test_deleting_the_rule_lets_go_of_the_actions_at_once(aws: AwsServer, cloudwatch: Any) -> None:
    """And deleting it again succeeds."""
    cloudwatch.put_alarm_mute_rule(**rule())
    aws.cloudwatch.ring("backlog")
    cloudwatch.delete_alarm_mute_rule(AlarmMuteRuleName="lunch")
    assert [one["NewStateValue"] for one in notices(aws)] == ["ALARM"]
    cloudwatch.delete_alarm_mute_rule(AlarmMuteRuleName="lunch")
    with pytest.raises(ClientError, match="ResourceNotFoundException"):
        cloudwatch.get_alarm_mute_rule(AlarmMuteRuleName="lunch")


def test_events_go_on_and_name_the_rule(aws: AwsServer, cloudwatch: Any) -> None:
    """The state is visible, only the actions are muted."""
    cloudwatch.put_alarm_mute_rule(**rule())
    aws.cloudwatch.ring("backlog")
    event = aws.events.events[-1]
    assert event["detail-type"] == "CloudWatch Alarm State Change"
    assert event["detail"]["muteDetail"] == {
        "mutedByArn": "arn:aws:cloudwatch:us-east-1:111122223333:alarm-mute-rule:lunch",
        "muteWindowStart": "2026-11-22T12:00:00.000+0000",
        "muteWindowEnd": "2026-11-22T14:00:00.000+0000",
    }
    assert cloudwatch.describe_alarms(AlarmNames=["backlog"])["MetricAlarms"][0]["StateValue"] == "ALARM"
    items = cloudwatch.describe_alarm_history(HistoryItemType="Action")["AlarmHistoryItems"]
    assert "muted by" in items[0]["HistorySummary"]


@pytest.mark.parametrize(
    ("change", "minutes", "status"),
    [
        ({}, 0, "ACTIVE"),
        ({}, 120, "EXPIRED"),
        ({"expression": "at(2026-11-22T13:00)"}, 0, "SCHEDULED"),
        ({"expression": "at(2026-11-22T13:00)", "zone": "Europe/Berlin"}, 0, "ACTIVE"),
        ({"expression": "cron(30 11 * * SUN)"}, 0, "ACTIVE"),
        ({"expression": "cron(30 11 * * SUN)"}, 91, "SCHEDULED"),
        ({"expression": "cron(0 12 * * *)"}, 0, "ACTIVE"),
        ({"ExpireDate": datetime(2026, 11, 22, 12, 30, tzinfo=UTC)}, 31, "EXPIRED"),
        ({"StartDate": datetime(2026, 11, 22, 12, 30, tzinfo=UTC)}, 0, "SCHEDULED"),
    ],
)
def test_the_status_follows_the_clock(
    cloudwatch: Any, clock: Clock, change: dict[str, Any], minutes: int, status: str
) -> None:
    """By the schedule, its time zone, its start and its end."""
    cloudwatch.put_alarm_mute_rule(**rule(**change))
    clock.on(minutes=minutes)
    found = cloudwatch.get_alarm_mute_rule(AlarmMuteRuleName="lunch")
    assert found["Status"] == status
    assert found["MuteTargets"] == {"AlarmNames": ["backlog"]}
    listed = cloudwatch.list_alarm_mute_rules(AlarmName="backlog", Statuses=[status])["AlarmMuteRuleSummaries"]
    assert [one["AlarmMuteRuleArn"] for one in listed] == [found["AlarmMuteRuleArn"]]
    assert cloudwatch.list_alarm_mute_rules(AlarmName="other")["AlarmMuteRuleSummaries"] == []


def test_a_rule_of_the_same_name_is_overwritten(aws: AwsServer, cloudwatch: Any, clock: Clock) -> None:
    """A shorter window ends sooner."""
    cloudwatch.put_alarm_mute_rule(**rule())
    aws.cloudwatch.ring("backlog")
    pass_minutes(aws, clock, 30)
    cloudwatch.put_alarm_mute_rule(**rule(duration="PT20M"))
    assert len(notices(aws)) == 1
    assert cloudwatch.get_alarm_mute_rule(AlarmMuteRuleName="lunch")["LastUpdatedTimestamp"] == clock.now


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"duration": "PT0M"}, "between PT1M and P15D"),
        ({"duration": "P15DT1M"}, "between PT1M and P15D"),
        ({"duration": "2 hours"}, "between PT1M and P15D"),
        ({"expression": "at(2026-11-22 12:00)"}, "not valid"),
        ({"expression": "cron(0 12 * *)"}, "not valid"),
        ({"expression": "cron(99 12 * * *)"}, "not valid"),
        ({"zone": "Mars/Olympus"}, "timezone"),
        ({"alarms": ["nobody"]}, "do not exist: nobody"),
        ({"alarms": ["backlog"] * 101}, "less than or equal to 100"),
        ({"Name": "x" * 256}, "less than or equal to 255"),
        ({"Description": "x" * 1025}, "less than or equal to 1024"),
    ],
)
def test_a_faulty_rule_is_refused(aws: AwsServer, cloudwatch: Any, change: dict[str, Any], words: str) -> None:
    """Nothing is stored."""
    with pytest.raises(ClientError, match=words):
        cloudwatch.put_alarm_mute_rule(**rule(**change))
    assert not aws.cloudwatch.mutes


def test_a_missing_permission_and_a_slow_answer_are_told_apart(aws: AwsServer, cloudwatch: Any) -> None:
    """As for any other operation."""
    aws.faults.deny("cloudwatch.PutAlarmMuteRule", times=1)
    place = "arn:aws:cloudwatch:us-east-1:111122223333:alarm-mute-rule:lunch"
    with pytest.raises(ClientError, match=f"AccessDenied.*PutAlarmMuteRule on resource: {place} because"):
        cloudwatch.put_alarm_mute_rule(**rule())
    aws.faults.throttle("cloudwatch.PutAlarmMuteRule", times=1)
    cloudwatch.put_alarm_mute_rule(**rule())
    assert [one.error for one in aws.calls if one.operation == "PutAlarmMuteRule"] == ["AccessDenied", "Throttling", ""]


def test_rules_come_in_pages(cloudwatch: Any, clock: Clock) -> None:
    """By the client's own paginator."""
    for number in range(5):
        cloudwatch.put_alarm_mute_rule(**rule(Name=f"rule-{number}"))
    pages = list(cloudwatch.get_paginator("list_alarm_mute_rules").paginate(PaginationConfig={"PageSize": 2}))
    assert [len(one["AlarmMuteRuleSummaries"]) for one in pages] == [2, 2, 1]
    assert clock.now - pages[0]["AlarmMuteRuleSummaries"][0]["LastUpdatedTimestamp"] == timedelta(0)
