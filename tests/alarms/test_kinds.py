from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from bot.alarms.alarm import Alarm, Child, JobEvent, Notice, pack, unpack
from bot.alarms.kinds import KINDS, WORDS, arrive, understand
from bot.points import Point

from .samples import AT, EXPECTED, NAMES, alarm, sample, understood

MODEL = "anthropic.claude-sonnet-4-5-20250929-v1:0"


@pytest.mark.parametrize("name", NAMES)
def test_every_sample_is_read_by_its_row(name: str) -> None:
    arrival = arrive(sample(name), None, AT)
    assert next(kind.name for kind in KINDS if kind.matches(arrival)) == EXPECTED[name]
    found = understood(name)
    assert isinstance(found, JobEvent) if EXPECTED[name] == "job" else getattr(found, "kind", "") == EXPECTED[name]


def test_every_row_has_a_sample_and_every_sample_its_row() -> None:
    assert sorted(EXPECTED) == NAMES
    assert set(EXPECTED.values()) == {kind.name for kind in KINDS}


def test_kinds_have_names_of_their_own_and_the_last_takes_everything() -> None:
    assert len(WORDS) == len(KINDS)
    assert KINDS[-1].matches(arrive("", None, AT))


def test_a_metric_alarm_in_full() -> None:
    found = alarm("metric_alarm.json")
    assert found == Alarm(
        key="arn:aws:cloudwatch:us-east-1:111122223333:alarm:bedrock-batch-input-tokens-high",
        name="bedrock-batch-input-tokens-high",
        state="ALARM",
        at=datetime(2026, 11, 22, 5, 12, 4, 919000, tzinfo=UTC),
        kind="metric",
        previous="OK",
        reason=found.reason,
        description="Average input tokens per minute above 1,000,000 over 6 hours",
        account="111122223333",
        region="us-east-1",
        region_name="US East (N. Virginia)",
        arn="arn:aws:cloudwatch:us-east-1:111122223333:alarm:bedrock-batch-input-tokens-high",
        namespace="AWS/Bedrock/Batch",
        metric="NumberOfInputTokensProcessedPerMinute",
        statistic="AVERAGE",
        period=21600,
        threshold=1000000.0,
        comparison="GreaterThanThreshold",
        value=1342101.5,
        model_id=MODEL,
        dimensions={"ModelId": MODEL},
        queries=found.queries,
        evaluation_periods=1,
        datapoints_to_alarm=1,
        missing_data="notBreaching",
        datapoints=(Point(datetime(2026, 11, 22, 5, tzinfo=UTC), 1342101.5),),
        breaching=1,
        looked_at=1,
    )
    assert [query["Id"] for query in found.queries] == ["q1"]


@pytest.mark.parametrize(
    "name",
    [
        "anomaly.json",
        "eventbridge_alarm_contributor.json",
        "eventbridge_alarm_state_change.json",
        "insights_contributor.json",
        "metric_alarm_old_shape.json",
        "metric_math.json",
    ],
)
def test_the_model_is_found_wherever_it_stands(name: str) -> None:
    assert alarm(name).model_id == MODEL


@pytest.mark.parametrize("name", ["metric_alarm.json", "composite.json", "anomaly.json", "log_alarm.json"])
def test_rows_of_other_versions_are_read(name: str) -> None:
    found = alarm(name)
    row = json.loads(json.dumps(pack(found)))
    assert unpack(row) == found
    for entry in (row, *row["children"], *row["datapoints"]):
        entry["from_a_newer_version"] = {"at": 1}
    del row["note"]
    assert unpack(row) == found


def test_a_row_of_the_first_version_is_read() -> None:
    names = ("key", "name", "state", "at", "kind", "reason", "contributor", "value")
    row = {name: value for name, value in pack(alarm("composite.json")).items() if name in names}
    found = unpack(row)
    assert found.name == "bedrock-batch-attention"
    assert (found.children, found.queries, found.rule, found.tags) == ((), (), None, {})


def test_several_models_are_no_model() -> None:
    data = json.loads(sample("metric_math.json"))
    data["Trigger"]["Metrics"][1]["MetricStat"]["Metric"]["Dimensions"][0]["value"] = "amazon.nova-lite-v1:0"
    found = understand(json.dumps(data), None, AT)
    assert isinstance(found, Alarm)
    assert found.model_id is None


@pytest.mark.parametrize(
    ("name", "value", "threshold", "comparison"),
    [
        ("anomaly.json", 1203.0, 201344.2, "LessThanLowerThreshold"),
        ("anomaly_both_sides.json", 12.0, 30.25, "LessThanLowerThreshold"),
        ("metric_missing_data.json", None, 20000.0, "LessThanThreshold"),
        ("insights_contributor.json", 61220.0, 50000.0, "GreaterThanThreshold"),
        ("log_alarm.json", 142.0, 100.0, "GreaterThanThreshold"),
        ("eventbridge_alarm_state_change.json", 1342101.5, 1000000.0, "GreaterThanThreshold"),
        ("metric_math.json", 1.0, 0.0, "GreaterThanThreshold"),
        ("composite.json", None, None, None),
        ("promql_contributor.json", None, None, None),
    ],
)
def test_value_and_limit(name: str, value: float | None, threshold: float | None, comparison: str | None) -> None:
    found = alarm(name)
    assert (found.value, found.threshold, found.comparison) == (value, threshold, comparison)


@pytest.mark.parametrize(
    ("points", "value"),
    [
        ("[18400.0 (22/11/26 05:12:00)]", 18400.0),
        ("[1.0 (22/11/26 05:00:00), 2.0 (22/11/26 05:05:00)]", 2.0),
        ("[1.0 (01/12/26 00:00:00), 2.0 (30/11/26 23:55:00)]", 1.0),
        ("[-3.5E-4 (22/11/26 05:00:00)]", -3.5e-4),
        ("[no data]", None),
    ],
)
def test_the_newest_datapoint_is_the_value(points: str, value: float | None) -> None:
    data = json.loads(sample("metric_alarm.json")) | {"NewStateReason": f"Threshold Crossed: 1 datapoint {points} was"}
    found = understand(json.dumps(data), None, AT)
    assert isinstance(found, Alarm)
    assert found.value == value


@pytest.mark.parametrize(
    ("reason", "breaching", "looked_at"),
    [
        ("Threshold Crossed: 2 out of the last 3 datapoints [1.0 (22/11/26 05:12:00)] were greater than", 2, 3),
        ("Threshold Crossed: 3 out of the last 9 query results [1.0 (22/11/26 05:12:00)] were greater than", 3, 9),
        ("Threshold Crossed: 3 datapoints were greater than the threshold (1.0).", 3, 5),
        (
            "Threshold Crossed: 1 out of the last 1 datapoints [1.0] was not greater than the threshold (2.0)",
            None,
            None,
        ),
        ("Insufficient Data: 1 datapoint was unknown.", None, None),
        ("no datapoints were received for 3 periods and 3 missing datapoints were treated as [Breaching].", None, None),
        ("9999999999 datapoints", None, None),
    ],
)
def test_how_many_datapoints_crossed(reason: str, breaching: int | None, looked_at: int | None) -> None:
    data = json.loads(sample("metric_alarm.json")) | {"NewStateReason": reason}
    data["Trigger"]["EvaluationPeriods"] = 5
    found = understand(json.dumps(data), None, AT)
    assert isinstance(found, Alarm)
    assert (found.breaching, found.looked_at) == (breaching, looked_at)


def test_the_datapoints_of_a_reason_are_in_order() -> None:
    at = [(point.at.minute, point.value) for point in alarm("log_alarm.json").datapoints]
    assert at == [(5, 120.0), (10, 135.0), (15, 142.0)]


def test_the_edges_of_a_band_are_the_newest() -> None:
    found = alarm("anomaly_both_sides.json")
    assert (found.lower, found.upper, found.band_id) == (30.25, 80.5, "ad1")


def test_eventbridge_says_the_edges_of_a_band_beside_the_reason() -> None:
    data = json.loads(sample("eventbridge_alarm_state_change.json"))
    told = {"recentDatapoints": [5, 9], "recentLowerThresholds": [1, 10], "recentUpperThresholds": [2, 20]}
    data["detail"]["state"] |= {"reason": "Thresholds Crossed", "reasonData": json.dumps(told)}
    found = understand(json.dumps(data), None, AT)
    assert isinstance(found, Alarm)
    assert (found.value, found.lower, found.upper) == (9, 10, 20)
    assert (found.threshold, found.comparison) == (10, "LessThanLowerThreshold")


def test_a_composite_alarm_has_its_rule_and_its_children() -> None:
    found, stalled = alarm("composite.json"), "bedrock-batch-stalled"
    arn = f"arn:aws:cloudwatch:us-east-1:111122223333:alarm:{stalled}"
    assert found.rule == 'ALARM("bedrock-batch-stalled") OR ALARM("bedrock-batch-input-tokens-high")'
    assert found.children == (Child(stalled, arn, "ALARM", found.at),)
    assert found.reason == "bedrock-batch-stalled rings."


def test_a_composite_alarm_by_eventbridge_has_them_too() -> None:
    found = alarm("composite_suppressed_event.json")
    assert [child.name for child in found.children] == ["bedrock-batch-stalled", "bedrock-batch-input-tokens-high"]
    assert (found.rule or "").startswith("AT_LEAST(2, ALARM")
    assert found.suppressed == "its actions are held back for 2 min in case deployment-window rings too"


@pytest.mark.parametrize(
    ("by", "words"),
    [
        ("Alarm", "its actions are held back while night rings"),
        ("ExtensionPeriod", "its actions are held back for 3 min after night rang"),
        ("Moon", "its actions are held back: because"),
        (None, None),
    ],
)
def test_who_holds_a_composite_back(by: str | None, words: str | None) -> None:
    data = json.loads(sample("composite.json")) | {
        "ActionsSuppressedBy": by,
        "ActionsSuppressor": "arn:aws:cloudwatch:us-east-1:111122223333:alarm:night",
        "ActionsSuppressedReason": "because",
        "ActionsSuppressorExtensionPeriod": 180,
    }
    found = understand(json.dumps(data), None, AT)
    assert isinstance(found, Alarm)
    assert found.suppressed == words


def test_many_children_are_counted() -> None:
    data = json.loads(sample("composite.json"))
    child = data["TriggeringChildren"][0]
    data["TriggeringChildren"] = [child | {"Arn": f"{child['Arn']}-{place}"} for place in range(7)]
    found = understand(json.dumps(data), None, AT)
    assert isinstance(found, Alarm)
    assert (found.reason or "").endswith("bedrock-batch-stalled-2 and 4 more ring.")


def test_a_log_alarm_says_where_it_looks() -> None:
    found = alarm("log_alarm.json")
    assert (found.query or "").startswith("fields @timestamp")
    assert found.label == "query result"
    assert (found.aggregation, found.log_groups) == ("count(*)", ("/aws/lambda/batch-prep",))
    assert found.tags == {"team": "data-platform"}


def test_a_promql_alarm_by_eventbridge_says_what_it_asks() -> None:
    data = json.loads(sample("eventbridge_alarm_contributor.json"))
    data["detail"]["configuration"] = {"evaluationCriteria": {"promQLCriteria": {"query": "sum(up) < 1"}}}
    found = understand(json.dumps(data), None, AT)
    assert isinstance(found, Alarm)
    assert (found.query, found.queries) == ("sum(up) < 1", ())


def test_what_old_payloads_say_of_missing_data() -> None:
    assert alarm("metric_alarm_old_shape.json").missing_data == "notBreaching"


def test_direct_and_by_eventbridge_are_the_same_alarm() -> None:
    direct, event = alarm("insights_contributor.json"), alarm("eventbridge_alarm_contributor.json")
    assert direct.key == event.key
    assert (direct.at, direct.state, direct.metric) == (event.at, event.state, event.metric)


def test_contributors_ring_by_themselves() -> None:
    data = json.loads(sample("insights_contributor.json")) | {"AlarmContributorId": "other"}
    found = understand(json.dumps(data), None, AT)
    assert isinstance(found, Alarm)
    assert found.key != alarm("insights_contributor.json").key


def test_without_an_arn_the_key_is_account_region_and_name() -> None:
    data = json.loads(sample("metric_alarm.json"))
    del data["AlarmArn"]
    found = understand(json.dumps(data), None, AT)
    assert isinstance(found, Alarm)
    assert found.key == "111122223333/-/bedrock-batch-input-tokens-high"


def test_long_names_keep_keys_short_and_apart() -> None:
    data = json.loads(sample("metric_alarm.json")) | {"AlarmArn": None}
    keys = set()
    for ending in "ab":
        found = understand(json.dumps(data | {"AlarmName": "x" * 900 + ending}), None, AT)
        assert isinstance(found, Alarm)
        keys.add(found.key)
    assert len(keys) == 2
    assert all(len(key) <= 440 for key in keys)


def test_a_muted_alarm_says_so() -> None:
    assert "muted in CloudWatch by nightly" in (alarm("eventbridge_alarm_state_change.json").note or "")


def test_job_events_take_both_times() -> None:
    iso, printed = (
        understood("batch_job_state_change.completed.json"),
        understood("batch_job_state_change.completed_docs_time_format.json"),
    )
    assert iso == printed
    failed = understood("batch_job_state_change.failed.json")
    assert isinstance(failed, JobEvent)
    assert failed.status == "Failed"
    assert failed.failure_message == "Batch job contains less records (12) than the required minimum of: 100"


def test_a_job_event_without_a_job_is_shown() -> None:
    data = json.loads(sample("batch_job_state_change.failed.json"))
    del data["detail"]["batchJobArn"]
    assert isinstance(understand(json.dumps(data), None, AT), Notice)


def test_a_custom_notification_keeps_its_markup_and_its_thread() -> None:
    found = understood("custom_notification_markdown.json")
    assert isinstance(found, Notice)
    assert (found.thread, found.markdown) == ("nightly-2026-11-22", True)
    assert "shards: 07, 19, 23" in found.footer


def test_a_change_of_an_alarm_says_what_was_changed() -> None:
    found = understood("alarm_configuration_change.json")
    assert isinstance(found, Notice)
    assert found.title == "Alarm bedrock-batch-input-tokens-high was changed"
    assert dict(found.values) == {"threshold": "1000000 → 1500000", "actionsEnabled": "no → yes"}


@pytest.mark.parametrize(
    ("operation", "words", "linked"), [("create", "was created", True), ("delete", "was deleted", False)]
)
def test_an_alarm_that_begins_or_ends_is_told(operation: str, words: str, linked: bool) -> None:
    data = json.loads(sample("alarm_configuration_change.json"))
    data["detail"]["operation"] = operation
    del data["detail"]["previousConfiguration"]
    found = understand(json.dumps(data), None, AT)
    assert isinstance(found, Notice)
    assert found.title.endswith(words)
    assert bool(found.url) is linked
    assert ("threshold", "1500000") in found.values


@pytest.mark.parametrize(
    ("name", "title", "body"),
    [
        ("aws_health_event.json", "AWS Health Event: AWS_BEDROCK_OPERATIONAL_ISSUE", "We are investigating"),
        ("guardduty_finding.json", "GuardDuty Finding: Credentials of a batch role were", "Credentials created"),
        ("auto_scaling_event.json", "EC2 Instance Launch Unsuccessful: Not enough capacity in us-east-1b", "At 2026"),
        ("auto_scaling_sns.json", "autoscaling:EC2_INSTANCE_LAUNCH", ""),
    ],
)
def test_other_services_have_a_title_and_what_they_say(name: str, title: str, body: str) -> None:
    found = understood(name)
    assert isinstance(found, Notice)
    assert found.title.startswith(title)
    assert (found.body or "").startswith(body)


def test_an_unusual_cost_is_told_in_dollars() -> None:
    found = understood("cost_anomaly.json")
    assert isinstance(found, Notice)
    assert found.title == "Unusual cost: $301.00 more than expected on Amazon Bedrock"
    assert ("Impact", "$301.00 more than expected (+30 %): $1,301.00 instead of $1,000.00") in found.values
    assert (found.url or "").startswith("https://console.aws.amazon.com/cost-management/")


def test_a_budget_names_its_account_and_links_to_the_console() -> None:
    found = understood("budgets_text.txt")
    assert isinstance(found, Notice)
    assert found.footer == ("account 111122223333",)
    assert found.url == "https://console.aws.amazon.com/billing/home#/budgets"


@pytest.mark.parametrize(
    "link",
    [
        "http://console.aws.amazon.com/x",
        "https://console.aws.amazon.com.evil.com/x",
        "https://console.aws.amazon.com@evil.com/x",
        "https://evil.com\\@console.aws.amazon.com/",
        "https://evil.com/console.aws.amazon.com",
        "https://console.aws.amazon.com:8443/",
        "https://[::1/",
        "javascript:alert(1)",
        {"a": 1},
        None,
    ],
)
def test_only_the_console_is_linked(link: object) -> None:
    data = json.loads(sample("cost_anomaly.json")) | {"anomalyDetailsLink": link}
    found = understand(json.dumps(data), None, AT)
    assert isinstance(found, Notice)
    assert found.url is None
