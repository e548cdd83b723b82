"""Metrics, metric math, Insights and alarms, seen by a real boto3 client."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from playground.aws import AwsServer
from tests.playground.accounts import Clock, listen, received

SPACE = "AWS/Bedrock/Batch"
PENDING, INPUT = "NumberOfRecordsPendingProcessing", "NumberOfInputTokensProcessedPerMinute"
NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


@pytest.fixture(name="cloudwatch")
def _cloudwatch(aws: AwsServer) -> Any:
    return aws.client("cloudwatch")


def stat(name: str, metric: str, model: str = "m", period: int = 300, how: str = "Average") -> dict[str, Any]:
    """One MetricStat query."""
    dimensions = [{"Name": "ModelId", "Value": model}]
    inner = {"Namespace": SPACE, "MetricName": metric, "Dimensions": dimensions}
    return {"Id": name, "MetricStat": {"Metric": inner, "Period": period, "Stat": how}}


def ask(cloudwatch: Any, *queries: dict[str, Any], hours: float = 1, **more: Any) -> dict[str, list[float]]:
    """The values by id, oldest first."""
    answer = cloudwatch.get_metric_data(
        MetricDataQueries=list(queries),
        StartTime=NOW - timedelta(hours=hours),
        EndTime=NOW,
        ScanBy="TimestampAscending",
        **more,
    )
    return {one["Id"]: one["Values"] for one in answer["MetricDataResults"]}


def alarm(topic: str, **changes: Any) -> dict[str, Any]:
    """An alarm on the backlog."""
    usual = {
        "AlarmName": "backlog",
        "Namespace": SPACE,
        "MetricName": PENDING,
        "Dimensions": [{"Name": "ModelId", "Value": "m"}],
        "Statistic": "Average",
        "Period": 300,
        "EvaluationPeriods": 1,
        "Threshold": 100.0,
        "ComparisonOperator": "GreaterThanThreshold",
        "TreatMissingData": "notBreaching",
        "AlarmActions": [topic],
        "OKActions": [topic],
    }
    return usual | changes


def test_statistics_are_computed_per_period(aws: AwsServer, cloudwatch: Any) -> None:
    """Average, sum, extremes, count and percentiles of one bucket."""
    start = NOW - timedelta(minutes=5)
    aws.cloudwatch.put("m", PENDING, [(start + timedelta(minutes=i), float(i * 10)) for i in range(5)])
    kinds = ("Average", "Sum", "Minimum", "Maximum", "SampleCount", "p50")
    values = ask(cloudwatch, *(stat(f"q{i}", PENDING, how=how) for i, how in enumerate(kinds)))
    assert [values[f"q{i}"] for i in range(6)] == [[20.0], [100.0], [0.0], [40.0], [5.0], [20.0]]


def test_metric_math_tells_a_stalled_model(aws: AwsServer, cloudwatch: Any) -> None:
    """Records wait and no token is read."""
    times = [NOW - timedelta(minutes=5 * i) for i in (3, 2, 1)]
    aws.cloudwatch.put("m", PENDING, [(at, 50.0) for at in times])
    aws.cloudwatch.put("m", INPUT, [(times[0], 900.0)])
    stalled = {"Id": "e1", "Expression": "IF(FILL(m1,0) > 0 AND FILL(m2,0) == 0, 1, 0)", "Label": "stalled"}
    values = ask(cloudwatch, stalled, stat("m1", PENDING) | {"ReturnData": False}, stat("m2", INPUT), hours=0.5)
    assert values == {"e1": [0.0, 0.0, 0.0, 0.0, 1.0, 1.0], "m2": [900.0]}
    share = {"Id": "e2", "Expression": "100 * m2 / (SUM(m1) - 50) + -1"}
    assert ask(cloudwatch, share, stat("m1", PENDING), stat("m2", INPUT))["e2"] == [899.0]


@pytest.mark.parametrize("expression", ["m1 +", "NOSUCH(m1)", "m1 > m9", "__import__('os')", "FILL(m1)"])
def test_a_faulty_expression_is_refused(cloudwatch: Any, expression: str) -> None:
    """Named by its id."""
    with pytest.raises(ClientError, match="Error in expression 'e1'"):
        ask(cloudwatch, {"Id": "e1", "Expression": expression}, stat("m1", PENDING))


def test_insights_groups_orders_and_limits(aws: AwsServer, cloudwatch: Any) -> None:
    """Over the last three hours only."""
    for number, model in enumerate(("a", "b", "c")):
        aws.cloudwatch.put(model, INPUT, [(NOW - timedelta(minutes=5 * i), float(number * 10 + i)) for i in (1, 2, 60)])
    text = f"SELECT MAX({INPUT}) FROM SCHEMA(\"{SPACE}\", ModelId) WHERE ModelId != 'b' GROUP BY ModelId ORDER BY MAX() DESC"
    ask_for = {"StartTime": NOW - timedelta(hours=6), "EndTime": NOW, "ScanBy": "TimestampAscending"}
    answer = cloudwatch.get_metric_data(MetricDataQueries=[{"Id": "q", "Period": 300, "Expression": text}], **ask_for)
    assert [(one["Label"], one["Values"]) for one in answer["MetricDataResults"]] == [
        ("c", [22.0, 21.0]),
        ("a", [2.0, 1.0]),
    ]
    with pytest.raises(ClientError, match="Syntax error"):
        ask(cloudwatch, {"Id": "q", "Period": 300, "Expression": "SELECT * FROM models"})


def test_the_limits_of_a_call_are_kept(aws: AwsServer, cloudwatch: Any) -> None:
    """500 queries, and pages by datapoints that merge by id."""
    with pytest.raises(ClientError, match="must not have a size greater than 500"):
        ask(cloudwatch, *(stat(f"q{i}", PENDING) for i in range(501)))
    with pytest.raises(ClientError, match="StartTime must be less than"):
        ask(cloudwatch, stat("q", PENDING), hours=0)
    aws.cloudwatch.put("m", PENDING, [(NOW - timedelta(minutes=5 * i), float(i)) for i in range(1, 11)])
    pages = cloudwatch.get_paginator("get_metric_data").paginate(
        MetricDataQueries=[stat("a", PENDING), stat("b", PENDING)],
        StartTime=NOW - timedelta(hours=1),
        EndTime=NOW,
        MaxDatapoints=7,
    )
    results = [one for page in pages for one in page["MetricDataResults"]]
    assert [one["StatusCode"] for one in results] == ["PartialData", "Complete", "PartialData", "Complete"]
    assert [value for one in results if one["Id"] == "b" for value in one["Values"]] == list(range(1, 11))


def test_a_week_of_history_is_there_and_always_the_same(aws: AwsServer, cloudwatch: Any, clock: Clock) -> None:
    """Every model has some recent work; token backlog is Claude's alone."""
    aws.cloudwatch.backfill(days=7)
    listed = cloudwatch.list_metrics(Namespace=SPACE, RecentlyActive="PT3H")["Metrics"]
    assert {one["Dimensions"][0]["Value"] for one in listed} == set(aws.bedrock.models)
    tokens = {one["Dimensions"][0]["Value"] for one in listed if one["MetricName"].startswith("NumberOfTokensPend")}
    assert all("claude" in model for model in tokens)
    model = "anthropic.claude-sonnet-4-5-20250929-v1:0"
    first = ask(cloudwatch, stat("q", INPUT, model, 3600), hours=168)["q"]
    assert len(first) > 40
    aws.cloudwatch.backfill(days=7)
    assert ask(cloudwatch, stat("q", INPUT, model, 3600), hours=168)["q"] == first


def test_real_jobs_publish_their_backlog_until_it_is_zero(aws: AwsServer, cloudwatch: Any, clock: Clock) -> None:
    """Down to nothing, with a rate per minute on the way."""
    model = "anthropic.claude-3-haiku-20240307-v1:0"
    aws.bedrock.start_elsewhere("busy", model, records=1000)
    for _ in range(60):
        clock.now += timedelta(seconds=10)
        aws.tick()
    span = {"StartTime": NOW, "EndTime": clock.now, "Period": 60, "Statistics": ["Average"]}
    dimensions = [{"Name": "ModelId", "Value": model}]
    series = {}
    for metric in (PENDING, INPUT):
        points = cloudwatch.get_metric_statistics(Namespace=SPACE, MetricName=metric, Dimensions=dimensions, **span)
        ordered = sorted(points["Datapoints"], key=lambda one: one["Timestamp"])
        series[metric] = [one["Average"] for one in ordered]
    assert series[PENDING][-1] == 0
    assert max(series[PENDING]) > 600
    job = aws.bedrock.find("busy")
    assert sum(series[INPUT]) == pytest.approx(job.tokens["input"], rel=0.01)


def test_an_alarm_rings_recovers_and_tells_the_topic_in_the_documented_shape(
    aws: AwsServer, cloudwatch: Any, clock: Clock
) -> None:
    """By its data."""
    listen(aws)
    cloudwatch.put_metric_alarm(**alarm(aws.sns.default_topic, AlarmDescription="Too much waits"))
    aws.tick()
    aws.cloudwatch.put("m", PENDING, [(clock.now, 250.0)])
    aws.tick()
    clock.now += timedelta(minutes=6)
    aws.cloudwatch.put("m", PENDING, [(clock.now, 5.0)])
    aws.tick()
    envelopes = received(aws)
    assert [one["Subject"].partition(" in ")[0] for one in envelopes] == [
        'OK: "backlog"',
        'ALARM: "backlog"',
        'OK: "backlog"',
    ]
    notice = json.loads(envelopes[1]["Message"])
    assert notice["NewStateReason"] == (
        "Threshold Crossed: 1 out of the last 1 datapoints [250.0 (22/11/26 11:56:00)] was greater than the threshold "
        "(100.0) (minimum 1 datapoint for OK -> ALARM transition)."
    )
    assert notice["StateChangeTime"] == "2026-11-22T12:00:00.000+0000"
    assert notice["Trigger"]["Dimensions"] == [{"value": "m", "name": "ModelId"}]
    assert notice["Trigger"]["Statistic"] == "AVERAGE"
    assert (notice["OldStateValue"], notice["Region"]) == ("OK", "US East (N. Virginia)")
    described = cloudwatch.describe_alarms(AlarmNames=["backlog"])["MetricAlarms"][0]
    assert (described["StateValue"], described["StateTransitionedTimestamp"]) == ("OK", clock.now)


@pytest.mark.parametrize(
    ("missing", "state"),
    [("missing", "INSUFFICIENT_DATA"), ("ignore", "ALARM"), ("breaching", "ALARM"), ("notBreaching", "OK")],
)
def test_missing_data_is_treated_as_the_alarm_says(
    aws: AwsServer, cloudwatch: Any, clock: Clock, missing: str, state: str
) -> None:
    """After two datapoints of three breached, all falls silent."""
    changes = {"TreatMissingData": missing, "EvaluationPeriods": 3, "DatapointsToAlarm": 2}
    cloudwatch.put_metric_alarm(**alarm(aws.sns.default_topic, **changes))
    aws.cloudwatch.put("m", PENDING, [(clock.now - timedelta(minutes=5 * i), 250.0 * (i < 2)) for i in range(3)])
    aws.tick()
    assert aws.cloudwatch.alarms["backlog"].state == "ALARM"
    assert "2 out of the last 3 datapoints were greater than" in aws.cloudwatch.alarms["backlog"].reason
    clock.now += timedelta(hours=1)
    aws.tick()
    assert aws.cloudwatch.alarms["backlog"].state == state


def test_ring_and_recover_pin_the_state_until_the_alarm_is_let_go(aws: AwsServer, cloudwatch: Any) -> None:
    """For tours and tests."""
    listen(aws)
    cloudwatch.put_metric_alarm(**alarm(aws.sns.default_topic))
    aws.cloudwatch.ring("backlog", value=512)
    aws.tick()
    assert [one["AlarmName"] for one in cloudwatch.describe_alarms(StateValue="ALARM")["MetricAlarms"]] == ["backlog"]
    aws.cloudwatch.recover("backlog")
    reasons = [json.loads(one["Message"])["NewStateReason"] for one in received(aws)]
    assert "512.0" in reasons[0]
    assert "was not greater" in reasons[1]


def test_an_alarm_over_all_models_speaks_for_each_model(aws: AwsServer, cloudwatch: Any, clock: Clock) -> None:
    """A notification per contributor, and who is in alarm is listed."""
    listen(aws)
    text = f'SELECT MAX({PENDING}) FROM SCHEMA("{SPACE}", ModelId) GROUP BY ModelId'
    query = {"Id": "q1", "Expression": text, "Period": 300, "ReturnData": True}
    plain = alarm(aws.sns.default_topic, Metrics=[query])
    names = (
        "AlarmName",
        "Metrics",
        "EvaluationPeriods",
        "Threshold",
        "ComparisonOperator",
        "AlarmActions",
        "OKActions",
    )
    cloudwatch.put_metric_alarm(**{key: plain[key] for key in names})
    for model, value in (("a", 500.0), ("b", 5.0), ("c", 900.0)):
        aws.cloudwatch.put(model, PENDING, [(clock.now, value)])
    aws.tick()
    notices = [json.loads(one["Message"]) for one in received(aws)]
    assert [one["AlarmContributorAttributes"] for one in notices] == [{"ModelId": "c"}, {"ModelId": "a"}]
    listed = cloudwatch.describe_alarm_contributors(AlarmName="backlog")["AlarmContributors"]
    assert len(listed) == 2
    assert cloudwatch.describe_alarms()["MetricAlarms"][0]["StateValue"] == "ALARM"


@pytest.mark.parametrize(
    "change",
    [
        {"ComparisonOperator": "Greater"},
        {"TreatMissingData": "whatever"},
        {"DatapointsToAlarm": 3},
        {"Period": 86_400, "EvaluationPeriods": 8},
        {"AlarmActions": ["not-an-arn"]},
        {"Statistic": "Mean"},
        {"Period": 61},
    ],
)
def test_a_faulty_alarm_is_refused(aws: AwsServer, cloudwatch: Any, change: dict[str, Any]) -> None:
    """Nothing is stored."""
    with pytest.raises(ClientError, match="ValidationError"):
        cloudwatch.put_metric_alarm(**alarm(aws.sns.default_topic, **change))
    assert not aws.cloudwatch.alarms


def test_alarms_can_be_set_muted_and_deleted(aws: AwsServer, cloudwatch: Any) -> None:
    """Set by hand, silent while actions are off, refused when unknown."""
    listen(aws)
    cloudwatch.put_metric_alarm(**alarm(aws.sns.default_topic))
    cloudwatch.disable_alarm_actions(AlarmNames=["backlog"])
    cloudwatch.set_alarm_state(AlarmName="backlog", StateValue="ALARM", StateReason="a drill")
    assert received(aws) == []
    cloudwatch.enable_alarm_actions(AlarmNames=["backlog"])
    cloudwatch.set_alarm_state(AlarmName="backlog", StateValue="OK", StateReason="over")
    assert [json.loads(one["Message"])["NewStateReason"] for one in received(aws)] == ["over"]
    kinds = {one["HistoryItemType"] for one in cloudwatch.describe_alarm_history()["AlarmHistoryItems"]}
    assert kinds == {"ConfigurationUpdate", "StateUpdate", "Action"}
    cloudwatch.delete_alarms(AlarmNames=["backlog"])
    with pytest.raises(ClientError, match="ResourceNotFound"):
        cloudwatch.set_alarm_state(AlarmName="backlog", StateValue="OK", StateReason="gone")
