"""What is asked of GetMetricData is held against the SDK's own model of it."""

from __future__ import annotations

import json
from typing import Any

import botocore.session
import pytest
from botocore.validate import ParamValidator

from bot.alarms.alarm import Alarm
from bot.alarms.kinds import understand

from .hostility import changed, hostile, places
from .samples import AT, EXPECTED, alarm, sample

MODEL = "anthropic.claude-sonnet-4-5-20250929-v1:0"
WITHOUT = {
    "composite.json",
    "composite_ok.json",
    "composite_suppressed_event.json",
    "log_alarm.json",
    "promql_contributor.json",
}
ALARMS = [
    name
    for name, kind in EXPECTED.items()
    if kind in {"anomaly", "composite", "insights", "log", "metric", "math", "promql", "event"}
]
SHAPE = botocore.session.get_session().get_service_model("cloudwatch").operation_model("GetMetricData").input_shape


def accepted(queries: tuple[dict[str, Any], ...]) -> None:
    """Fail where the SDK or the service's documented rules would refuse the queries."""
    request = {"MetricDataQueries": list(queries), "StartTime": AT, "EndTime": AT}
    assert SHAPE is not None
    report = ParamValidator().validate(request, SHAPE)
    assert not report.has_errors(), report.generate_report()
    assert len({query["Id"] for query in queries}) == len(queries)
    for query in queries:
        assert query["Id"][0].islower()
        assert query["Id"].replace("_", "").isalnum()
        assert ("Expression" in query) != ("MetricStat" in query)
        period = query.get("Period") or query.get("MetricStat", {}).get("Period", 60)
        assert period in {1, 5, 10, 20, 30} or period % 60 == 0
        if "MetricStat" in query:
            assert query["MetricStat"]["Metric"].keys() == {"Namespace", "MetricName", "Dimensions"}


@pytest.mark.parametrize("name", ALARMS)
def test_every_alarm_with_metrics_can_be_asked_for(name: str) -> None:
    queries = alarm(name).queries
    assert bool(queries) != (name in WITHOUT)
    accepted(queries)


@pytest.mark.parametrize(
    "name", ["metric_alarm.json", "metric_alarm_old_shape.json", "eventbridge_alarm_state_change.json"]
)
def test_one_metric_is_one_query_in_either_spelling(name: str) -> None:
    metric = {
        "Namespace": "AWS/Bedrock/Batch",
        "MetricName": "NumberOfInputTokensProcessedPerMinute",
        "Dimensions": [{"Name": "ModelId", "Value": MODEL}],
    }
    stat = {"Metric": metric, "Period": 21600, "Stat": "Average"}
    assert alarm(name).queries == ({"Id": "q1", "ReturnData": True, "MetricStat": stat},)


def test_math_keeps_its_names() -> None:
    queries = alarm("metric_math.json").queries
    assert [(query["Id"], query["ReturnData"]) for query in queries] == [("e1", True), ("m1", False), ("m2", False)]
    assert queries[0]["Expression"] == "IF(FILL(m1,0) > 0 AND FILL(m2,0) == 0, 1, 0)"


def test_a_band_is_known_even_where_the_payload_does_not_name_it() -> None:
    data = json.loads(sample("anomaly.json"))
    assert alarm("anomaly.json").band_id == "ad1"
    del data["Trigger"]["ThresholdMetricId"]
    found = understand(json.dumps(data), None, AT)
    assert isinstance(found, Alarm)
    assert (found.band_id, found.metric) == ("ad1", "NumberOfInputTokensProcessedPerMinute")


@pytest.mark.parametrize("name", ["insights_contributor.json", "eventbridge_alarm_contributor.json"])
def test_a_query_of_metrics_insights_has_its_period(name: str) -> None:
    (query,) = alarm(name).queries
    assert query["Expression"].startswith("SELECT MAX(")
    assert query["Period"] == 300


def test_a_query_of_metrics_insights_without_any_period_is_left_out() -> None:
    data = json.loads(sample("insights_contributor.json"))
    del data["Trigger"]["Metrics"][0]["Period"]
    found = understand(json.dumps(data), None, AT)
    assert isinstance(found, Alarm)
    assert found.queries[0]["Period"] == 300
    del data["Trigger"]["Period"]
    found = understand(json.dumps(data), None, AT)
    assert isinstance(found, Alarm)
    assert found.queries == ()


def test_a_percentile_and_a_unit_are_asked_for() -> None:
    data = json.loads(sample("metric_missing_data.json"))
    data["Trigger"]["Unit"] = "Count"
    found = understand(json.dumps(data), None, AT)
    assert isinstance(found, Alarm)
    accepted(found.queries)
    stat = found.queries[0]["MetricStat"]
    assert (stat["Stat"], stat["Unit"]) == ("p10", "Count")


def test_another_account_is_asked_for() -> None:
    data = json.loads(sample("metric_math.json"))
    data["Trigger"]["Metrics"][1]["AccountId"] = "444455556666"
    found = understand(json.dumps(data), None, AT)
    assert isinstance(found, Alarm)
    accepted(found.queries)
    assert found.queries[1]["AccountId"] == "444455556666"


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("Trigger", "Metrics", 1, "MetricStat", "Period"), 7),
        (("Trigger", "Metrics", 1, "MetricStat", "Stat"), "Best"),
        (("Trigger", "Metrics", 1, "MetricStat", "Metric", "MetricName"), {"a": 1}),
        (("Trigger", "Metrics", 1, "MetricStat", "Metric", "MetricName"), "x" * 300),
        (("Trigger", "Metrics", 1, "MetricStat", "Metric", "Namespace"), ":mine"),
        (("Trigger", "Metrics", 1, "MetricStat", "Metric", "Dimensions", 0, "value"), None),
        (("Trigger", "Metrics", 1, "MetricStat", "Metric", "Dimensions"), [{"name": "a", "value": "b"}] * 31),
        (("Trigger", "Metrics", 1, "Id"), "e1"),
        (("Trigger", "Metrics", 0, "Expression"), "x" * 3000),
        (("Trigger", "Metrics", 0, "ReturnData"), False),
        (("Trigger", "Metrics", 2), "m2"),
    ],
)
def test_a_set_with_a_query_that_would_be_refused_is_left_out(path: tuple[Any, ...], value: object) -> None:
    data = changed(json.loads(sample("metric_math.json")), path, value)
    found = understand(json.dumps(data), None, AT)
    assert isinstance(found, Alarm)
    assert found.queries == ()


@pytest.mark.parametrize("name", ["metric_alarm.json", "metric_math.json", "eventbridge_alarm_state_change.json"])
def test_whatever_stands_in_a_payload_only_what_is_accepted_is_asked(name: str) -> None:
    data = json.loads(sample(name))
    values = list(hostile())
    for number, path in enumerate(places(data)):
        for value in values[number % 2 :: 2]:
            found = understand(json.dumps(changed(data, path, value)), None, AT)
            accepted(found.queries if isinstance(found, Alarm) else ())
