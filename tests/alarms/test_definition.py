"""What is sent to PutMetricAlarm: every shape, all that an edit must keep, and what comes back compared."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import botocore.session
import pytest

from bot.alarms.making import definition, editing
from bot.alarms.making import definition_words as words
from bot.alarms.making.plan import Plan
from tests.alarms.worlds import NAMES, SONNET, TOPIC, made, members, planned, refused
from tests.conftest import SHARED

SAMPLES = SHARED / "aws" / "cloudwatch"


def described(request: dict[str, Any], **more: Any) -> dict[str, Any]:
    """As DescribeAlarms would show it."""
    kept = {key: value for key, value in request.items() if key != "Tags"}
    status = {
        "AlarmArn": f"arn:aws:cloudwatch:us-east-1:111122223333:alarm:{request['AlarmName']}",
        "AlarmConfigurationUpdatedTimestamp": datetime(2026, 11, 22, tzinfo=UTC),
        "StateValue": "OK",
        "StateReason": "",
        "InsufficientDataActions": [],
        "Dimensions": request.get("Dimensions", []),
    }
    text = json.dumps({**status, **kept, **more, "AlarmType": "MetricAlarm"}, default=str)
    return dict(json.loads(text))


def samples() -> list[Path]:
    return sorted(SAMPLES.glob("put_metric_alarm.*.json"))


def test_the_members_are_those_of_the_service() -> None:
    """A member that Amazon adds must be looked at before alarms that have it are written."""
    assert set(definition.PUT_MEMBERS) == members("PutMetricAlarm") - {"Tags"}
    alarm: Any = botocore.session.get_session().get_service_model("cloudwatch").shape_for("MetricAlarm")
    assert set(alarm.members) == set(definition.PUT_MEMBERS) | definition.STATUS_MEMBERS


def test_a_single_metric() -> None:
    """The blog's example to the letter, but for what people name."""
    sample = json.loads((SAMPLES / "put_metric_alarm.blog_example.json").read_text(encoding="utf-8"))
    wanted = made(
        preset="tokens", threshold="1000000", name=sample["AlarmName"], description=sample["AlarmDescription"]
    )
    sample["Dimensions"] = [{"Name": "ModelId", "Value": SONNET.model_id}]
    assert definition.changes(wanted, sample) == []


def test_the_tags_say_who_made_it() -> None:
    """And the actions are the settings' topic alone."""
    request = made()
    assert {t["Key"]: t["Value"] for t in request["Tags"]} == {"created-by": "batchbot", "owner": "U0ANA00001"}
    assert request["AlarmActions"] == request["OKActions"] == [TOPIC]
    nobody = definition.request(planned(threshold="1"), [], "")
    assert "AlarmActions" not in nobody
    assert refused(nobody) == ""


def test_a_stalled_model_is_an_expression_over_two_metrics() -> None:
    """FILL, or an idle model would be INSUFFICIENT_DATA for ever."""
    sample = json.loads((SAMPLES / "put_metric_alarm.metric_math_stalled.json").read_text(encoding="utf-8"))
    request = made(preset="stalled")
    expressions = [q["Expression"] for q in (*request["Metrics"], *sample["Metrics"]) if "Expression" in q]
    assert expressions[0] == expressions[1]
    assert [q["Id"] for q in request["Metrics"] if q["ReturnData"]] == ["e1"]
    assert request["Threshold"] == 0.0
    assert "Period" not in request


def test_a_band_has_no_threshold() -> None:
    """But the id of the query that is one."""
    request = made(preset="anomaly", threshold="3", comparison="LessThanLowerThreshold")
    assert request["ThresholdMetricId"] == "ad1"
    assert "Threshold" not in request
    assert request["Metrics"][1]["Expression"] == "ANOMALY_DETECTION_BAND(m1, 3)"
    assert request["ComparisonOperator"] == "LessThanLowerThreshold"


def test_all_models_are_one_grouped_query() -> None:
    """A contributor for each; what people typed is no part of the query."""
    request = made(preset="models", model="all", threshold="50000", name='x" OR "1', description="SELECT")
    [query] = request["Metrics"]
    assert query["Expression"] == (
        'SELECT MAX(NumberOfRecordsPendingProcessing) FROM SCHEMA("AWS/Bedrock/Batch", ModelId) '
        "GROUP BY ModelId ORDER BY MAX() DESC"
    )
    assert query["Period"] == 300
    low = made(preset="slow", model="all", threshold="5")
    assert low["Metrics"][0]["Expression"].endswith("ORDER BY AVG() ASC")


def test_a_percentile_is_an_extended_statistic() -> None:
    """Amazon takes one or the other."""
    request = made(statistic="p95", threshold="1")
    assert request["ExtendedStatistic"] == "p95"
    assert "Statistic" not in request


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"DatapointsToAlarm": 9}, "evaluation"),
        ({"EvaluationPeriods": 289}, "evaluation"),
        ({"ComparisonOperator": "LessThanLowerThreshold"}, "comparison"),
        ({"TreatMissingData": "shrug"}, "missing"),
        ({"AlarmActions": [f"{TOPIC}{n}" for n in range(6)]}, "tells"),
    ],
)
def test_what_amazon_would_refuse_is_found_before(change: dict[str, Any], field: str) -> None:
    """With the field at fault."""
    request = made(threshold="1")
    assert definition.check(request) == {}
    assert list(definition.check(request | change)) == [field]


# --- reading back -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", samples(), ids=lambda p: p.stem)
def test_what_describe_shows_is_the_same_alarm(path: Path) -> None:
    """Amazon fills defaults in and turns lists around; neither is a difference."""
    request = json.loads(path.read_text(encoding="utf-8"))
    assert refused(request) == ""
    back = described(request, ActionsEnabled=True, TreatMissingData=request.get("TreatMissingData", "missing"))
    back["Metrics"] = list(reversed(back.get("Metrics") or []))
    assert definition.same(request, back)
    assert definition.same(definition.present(back), request)


def test_a_difference_is_named_with_both_values() -> None:
    """And only the difference."""
    request = made(threshold="15000")
    back = described(request, Threshold=15001.0)
    assert definition.changes(request, back) == [("Threshold", 15000.0, 15001.0)]
    assert definition.same(request, described(request, Threshold=15000))


# --- changing one that exists -----------------------------------------------------------------------------------------

STRANGER: dict[str, Any] = {
    "AlarmName": "prod-backlog", "AlarmDescription": "old words", "ActionsEnabled": False,
    "OKActions": ["arn:aws:sns:us-east-1:111122223333:pager"], "AlarmActions": ["arn:aws:sns:us-east-1:111122223333:pager"],
    "InsufficientDataActions": ["arn:aws:lambda:us-east-1:111122223333:function:x"], "Namespace": "AWS/Bedrock/Batch",
    "MetricName": "NumberOfRecordsPendingProcessing", "Dimensions": [{"Name": "ModelId", "Value": SONNET.model_id}],
    "ExtendedStatistic": "tm99", "Period": 120, "Unit": "Count", "EvaluationPeriods": 5, "DatapointsToAlarm": 3,
    "Threshold": 7.25, "ComparisonOperator": "GreaterThanThreshold", "TreatMissingData": "ignore",
    "EvaluateLowSampleCountPercentile": "ignore", "EvaluationWindow": {"SlidingWindow": {}},
    "WarmUpConfiguration": {"WarmUpPeriodDurationInMinutes": 5}, "ActionConfiguration": {"AlarmTagsPropagation": "ENABLED"},
}  # fmt: skip


def test_an_edit_without_a_change_writes_the_same_alarm() -> None:
    """Whatever it has, also what this form does not show."""
    there = described(STRANGER)
    fields = editing.fields_of(there, [TOPIC])
    request, errors = editing.edited(there, fields, [TOPIC])
    assert errors == {}
    assert request == STRANGER


def test_an_edit_changes_what_was_changed_and_nothing_else() -> None:
    """Two values; sixteen others stay."""
    there = described(STRANGER)
    fields = editing.fields_of(there, [TOPIC]) | {"threshold": "15k", "evaluation": "2 of 4"}
    request, errors = editing.edited(there, fields, [TOPIC])
    assert errors == {}
    found = {name: (old, new) for name, old, new in definition.changes(there, request)}
    assert found == {
        "Threshold": (7.25, 15000.0), "EvaluationPeriods": (5.0, 4.0), "DatapointsToAlarm": (3.0, 2.0),
    }  # fmt: skip


def test_the_form_shows_only_what_it_can_give_back() -> None:
    """A trimmed mean is not among its statistics, a period of two minutes stays two minutes."""
    fields = editing.fields_of(described(STRANGER), [TOPIC])
    assert "statistic" not in fields
    assert (fields["period"], fields["threshold"], fields["tells"]) == ("120", "7.25", "keep")


def test_the_bots_topic_is_added_and_the_others_stay() -> None:
    """Only where it is not told already."""
    there = described(STRANGER)
    request, errors = editing.edited(there, editing.fields_of(there, [TOPIC]) | {"tells": "add"}, [TOPIC])
    assert errors == {}
    assert request["AlarmActions"] == ["arn:aws:sns:us-east-1:111122223333:pager", TOPIC]
    assert "tells" not in editing.fields_of(described(request), [TOPIC])
    full = described(STRANGER | {"AlarmActions": [f"arn:aws:sns:us-east-1:111122223333:t{n}" for n in range(5)]})
    _, errors = editing.edited(full, editing.fields_of(full, [TOPIC]) | {"tells": "add"}, [TOPIC])
    assert "at most five" in errors["tells"]


@pytest.mark.parametrize("preset", ["stalled", "anomaly"])
def test_an_expression_is_kept_as_it_is(preset: str) -> None:
    """Its threshold, evaluation and words may be changed, its queries may not."""
    there = described(made(preset=preset))
    fields = editing.fields_of(there, [TOPIC])
    assert "period" not in fields
    assert ("threshold" in fields) == (preset == "stalled")
    request, errors = editing.edited(there, fields | {"description": "call Ana"}, [TOPIC])
    assert errors == {}
    assert refused(request) == ""
    assert [name for name, _, _ in definition.changes(there, request)] == ["AlarmDescription"]


def test_a_statistic_may_become_a_percentile_and_back() -> None:
    """Never both at once."""
    there = described(made(threshold="1"))
    up, _ = editing.edited(there, editing.fields_of(there, []) | {"statistic": "p95"}, [])
    assert (up.get("Statistic"), up["ExtendedStatistic"]) == (None, "p95")
    back = described(up)
    down, _ = editing.edited(back, editing.fields_of(back, []) | {"statistic": "Maximum"}, [])
    assert (down["Statistic"], down.get("ExtendedStatistic")) == ("Maximum", None)


@pytest.mark.parametrize(
    ("there", "words_"),
    [
        ({"AlarmName": "a", "AlarmType": "CompositeAlarm", "AlarmRule": "ALARM(x)"}, "is a composite alarm"),
        ({"AlarmName": "a", "AlarmType": "LogAlarm"}, "is a log alarm"),
        ({**STRANGER, "AlarmType": "MetricAlarm", "QuantumState": {"x": 1}}, "QuantumState"),
    ],
)
def test_what_could_not_be_kept_is_refused(there: dict[str, Any], words_: str) -> None:
    """With a sentence that says where it can be changed."""
    sentence = editing.refusal(there)
    assert words_ in sentence
    assert "CloudWatch console" in sentence
    assert editing.refusal(described(STRANGER)) == ""


def test_a_promql_alarm_keeps_its_criteria() -> None:
    """Only its words can be changed here."""
    there = described({
        "AlarmName": "p", "EvaluationCriteria": {"PromQLCriteria": {"Query": "up == 0"}}, "EvaluationInterval": 60,
        "ActionsEnabled": True, "AlarmActions": [TOPIC], "OKActions": [TOPIC],
    })  # fmt: skip
    fields = editing.fields_of(there, [TOPIC])
    assert list(fields) == ["description"]
    request, errors = editing.edited(there, {"description": "new"}, [TOPIC])
    assert errors == {}
    assert request["EvaluationCriteria"] == {"PromQLCriteria": {"Query": "up == 0"}}


@pytest.mark.parametrize(
    ("field", "value"),
    [("threshold", "lots"), ("period", "7"), ("evaluation", "x"), ("missing", "x"), ("comparison", "")],
)
def test_a_fault_in_an_edit_stands_at_its_field(field: str, value: str) -> None:
    """What was typed is not sent."""
    there = described(made(threshold="1"))
    _, errors = editing.edited(there, editing.fields_of(there, []) | {field: value}, [])
    assert list(errors) == [field]


# --- in words ---------------------------------------------------------------------------------------------------------


def test_each_shape_in_words() -> None:
    """As somebody would say it."""
    said = {
        key: words.condition(made(preset=key, threshold=threshold), lambda m: NAMES[m])
        for key, threshold in {
            "backlog": "15000",
            "stalled": "",
            "tokens": "15000",
            "anomaly": "2",
            "drained": "2",
        }.items()
    }
    assert said == {
        "backlog": "average of records pending on Claude Sonnet 4.5 above 15,000 in 3 of 3 periods of 5 min",
        "stalled": "“records wait, nothing is processed” (1 or 0) on Claude Sonnet 4.5 above 0 in 6 of 6 periods of 5 min",
        "tokens": "average of input tokens per minute on Claude Sonnet 4.5 above 15,000 over 6 h",
        "anomaly": "average of input tokens per minute on Claude Sonnet 4.5 outside the usual band in 2 of 3 periods of 15 min",
        "drained": "highest of records pending on Claude Sonnet 4.5 at or below 2 over 5 min",
    }
    assert isinstance(planned(), Plan)


def test_strange_alarms_have_words_too() -> None:
    """Composite, log, PromQL, other namespaces, nothing at all."""
    assert words.condition({"AlarmRule": 'ALARM("a") OR ALARM("b")'}, str) == 'when ALARM("a") OR ALARM("b")'
    assert "PromQL query up" in words.condition({"EvaluationCriteria": {"PromQLCriteria": {"Query": "up"}}}, str)
    log = {"ScheduledQueryConfiguration": {}, "QueryResultsToAlarm": 1, "QueryResultsToEvaluate": 3,
           "ComparisonOperator": "GreaterThanThreshold", "Threshold": 5.0}  # fmt: skip
    assert words.condition(log, str) == "a log query above 5 in 1 of 3 results"
    other = {"MetricName": "Errors", "Namespace": "AWS/Lambda", "Statistic": "Sum", "Period": 60, "EvaluationPeriods": 1,
             "Threshold": 1.0, "ComparisonOperator": "GreaterThanOrEqualToThreshold",
             "Dimensions": [{"Name": "FunctionName", "Value": "x"}]}  # fmt: skip
    assert words.condition(other, str) == "sum of AWS/Lambda Errors on FunctionName=x at or above 1 over 1 min"
    assert words.condition({}, str)


def test_which_alarms_watch_batch_inference() -> None:
    """By namespace, by a metric in an expression, by a query."""
    for preset in ("backlog", "stalled", "anomaly"):
        assert words.on_batch(made(preset=preset, threshold="1"))
    assert words.on_batch(made(preset="models", model="all", threshold="1"))
    assert not words.on_batch({"MetricName": "Errors", "Namespace": "AWS/Lambda"})
    assert not words.on_batch({"AlarmRule": "ALARM(x)"})
