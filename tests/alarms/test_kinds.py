from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.alarms import views
from bot.alarms.alarm import Alarm, Arrived, JobEvent, Notice, pack, unpack
from bot.alarms.episode import begin
from bot.alarms.kinds import KINDS, WORDS, arrive, understand

from .checks import check
from .samples import AT, NAMES, alarm, sample, understood

TOPIC = "arn:aws:sns:us-east-1:111122223333:bedrock-batch-alarms"
MODEL = "anthropic.claude-sonnet-4-5-20250929-v1:0"

EXPECTED = {
    "anomaly.json": "anomaly",
    "composite.json": "composite",
    "insights_contributor.json": "insights",
    "log_alarm.json": "log",
    "metric_alarm.json": "metric",
    "metric_alarm_old_shape.json": "metric",
    "metric_alarm_with_tags.json": "metric",
    "metric_insufficient_data.json": "metric",
    "metric_math.json": "math",
    "metric_ok.json": "metric",
    "promql_contributor.json": "promql",
    "eventbridge_alarm_contributor.json": "event",
    "eventbridge_alarm_state_change.json": "event",
    "budgets_text.txt": "budget",
    "cost_anomaly.json": "cost-anomaly",
    "custom_notification_full.json": "custom",
    "custom_notification_min.json": "custom",
    "plain_text.txt": "text",
    "rule_pattern.json": "eventbridge",
    "sns_topic_policy_statement.json": "json",
}
PAYLOADS = [json.loads(sample(name)) for name in NAMES if name.endswith(".json")]


def shown(found: Arrived) -> None:
    """Whatever was understood, its messages hold what every message must."""
    if isinstance(found, Notice):
        check(views.notice(found, topic=TOPIC))
    elif isinstance(found, Alarm):
        assert unpack(json.loads(json.dumps(pack(found), ensure_ascii=False).encode("utf-8"))) == found
        episode = begin(found)[0]
        check(views.card(episode, now=AT))
        check(views.recovered(episode))
        check(views.recovery_reply(episode))


def strictly(message: str) -> Arrived:
    """As ``understand``, without its safety net: what a row cannot read is an error here."""
    arrival = arrive(message, None, AT)
    kind = next(kind for kind in KINDS if kind.matches(arrival))
    return kind.read(arrival, kind.name)


@pytest.mark.parametrize("name", NAMES)
def test_every_sample_is_read_by_its_row(name: str) -> None:
    found = understood(name)
    if name.startswith("batch_job"):
        assert isinstance(found, JobEvent)
    else:
        assert isinstance(found, Alarm | Notice)
        assert found.kind == EXPECTED[name]


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
    )


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


def test_rows_of_other_versions_are_read() -> None:
    found = alarm("metric_alarm.json")
    row = pack(found) | {"from_a_newer_version": 1}
    del row["note"]
    assert unpack(row) == found


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


def test_a_composite_alarm_tells_its_rule() -> None:
    reason = alarm("composite.json").reason or ""
    assert reason.startswith("bedrock-batch-stalled transitioned to ALARM")
    assert 'Rule: ALARM("bedrock-batch-stalled") OR' in reason


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
    shown(found)


def hostile() -> Iterator[Any]:
    yield from (None, True, 0, -1, 1e308, [], {}, "", " ", [[]], {"a": {"b": [1, None, {"c": 2}]}})
    yield from (
        "x" * 10_000,
        "<!channel>",
        "<@U024BE7LH>",
        "<https://evil.com|AWS>",
        "*_~`",
        "\u202eevil",
        "\x00",
        "\ud800",
    )
    yield from (
        "&" * 5000,
        "a|b>c",
        "@channel #general",
        "```",
        "9" * 4000,
        "\n" * 3000,
        "2026-13-45",
        "0001-01-01T00:00:00+14:00",
    )


def places(data: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Where something stands in nested JSON."""
    entries = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    for name, entry in entries:
        yield (*path, name)
        yield from places(entry, (*path, name))


def changed(data: Any, path: tuple[Any, ...], value: Any) -> Any:
    """A copy of ``data`` with ``value`` at ``path``."""
    if not path:
        return value
    copy = dict(data) if isinstance(data, dict) else list(data)
    copy[path[0]] = changed(data[path[0]], path[1:], value)
    return copy


@pytest.mark.parametrize("name", [name for name in NAMES if name.endswith(".json") and "metric_alarm_" not in name])
def test_anything_anywhere_is_still_shown(name: str) -> None:
    data = json.loads(sample(name))
    values = list(hostile())
    for number, path in enumerate(places(data)):
        for value in values[number % 3 :: 3]:
            shown(strictly(json.dumps(changed(data, path, value))))


@pytest.mark.parametrize("name", [name for name in NAMES if name.endswith(".json")])
def test_any_field_may_be_missing(name: str) -> None:
    data = json.loads(sample(name))
    for field in data:
        shown(strictly(json.dumps({key: value for key, value in data.items() if key != field})))


@pytest.mark.parametrize(
    "message",
    [
        "",
        "null",
        "[]",
        "[1]",
        '"text"',
        "{",
        "{}",
        "NaN",
        '{"a": NaN}',
        '{"a": ' + "9" * 5000 + "}",
        "[" * 100_000,
        '{"a":' * 100_000,
        '{"a":' * 900 + "1" + "}" * 900,
        "\ud800",
        "\x00",
        "<!channel> <@U024BE7LH> <https://evil.com|x>",
        "AWS Budget Notification",
        "x" * 300_000,
        "line\n" * 10_000,
    ],
)
def test_no_text_is_too_strange(message: str) -> None:
    found = strictly(message)
    assert isinstance(found, Notice)
    shown(found)


def test_a_row_that_fails_does_not_lose_the_message(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> bool:
        raise ZeroDivisionError

    monkeypatch.setattr("bot.alarms.cloudwatch_payloads.is_alarm", fail)
    found = understand(sample("metric_alarm.json"), "ALARM", AT)
    assert isinstance(found, Notice)
    assert "bedrock-batch-input-tokens-high" in (found.body or "")


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=60) | st.sampled_from(list(hostile())),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=20), inner, max_size=4),
    max_leaves=12,
)


@given(st.text() | ANYTHING.map(json.dumps), st.none() | st.text(max_size=200))
@settings(deadline=None, max_examples=150, suppress_health_check=list(HealthCheck))
def test_random_messages_are_shown(message: str, subject: str | None) -> None:
    strictly(message)
    shown(understand(message, subject, AT))


@given(st.data())
@settings(deadline=None, max_examples=200, suppress_health_check=list(HealthCheck))
def test_random_damage_is_shown(data: st.DataObject) -> None:
    payload = data.draw(st.sampled_from(PAYLOADS))
    for _ in range(3):
        path = data.draw(st.sampled_from(list(places(payload)) or [()]))
        payload = changed(payload, path, data.draw(ANYTHING))
    shown(strictly(json.dumps(payload)))
