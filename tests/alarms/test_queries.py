"""What CloudWatch is asked to draw an alarm: by Amazon's own model, over a fitting time; and what tripped it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest
from botocore.validate import validate_parameters

from bot.alarms.alarm import OK, Alarm
from bot.alarms.episode import Episode, begin
from bot.alarms.queries import LONGEST, MOST, breaches, request, tripped, window
from bot.errors import NoPicture
from bot.points import Point
from tests.alarms.samples import EXPECTED, alarm

FIVE = timedelta(minutes=5)
HOUR = timedelta(hours=1)
AT = datetime(2026, 11, 22, 5, 12, 4, tzinfo=UTC)
DRAWN = [name for name, kind in EXPECTED.items() if kind in {"metric", "math", "anomaly", "insights"}]
HAIKU = "anthropic.claude-haiku-4-5-20251001-v1:0"
GROUPED = (
    'SELECT MAX(NumberOfRecordsPendingProcessing) FROM SCHEMA("AWS/Bedrock/Batch", ModelId) GROUP BY ModelId '
    "ORDER BY MAX() DESC LIMIT 10"
)


@pytest.fixture(scope="module")
def shape() -> Any:
    secrets = {"aws_access_key_id": "x", "aws_secret_access_key": "x"}
    client = boto3.client("cloudwatch", region_name="us-east-1", **secrets)  # type: ignore[call-overload]
    return client.meta.service_model.operation_model("GetMetricData").input_shape


def rang(found: Alarm, **more: Any) -> Episode:
    return replace(begin(found)[0], **more)


def made(**values: Any) -> Alarm:
    """A plain alarm that rang at AT: more than 100 in 3 periods of five minutes."""
    usual: dict[str, Any] = {
        "key": "k", "name": "backlog", "state": "ALARM", "at": AT, "kind": "metric", "threshold": 100.0,
        "comparison": "GreaterThanThreshold", "evaluation_periods": 3, "period": 300,
        "queries": ({"Id": "q1", "MetricStat": {"Metric": {"Namespace": "N", "MetricName": "M", "Dimensions": []},
                                                "Period": 300, "Stat": "Average"}, "ReturnData": True},),
    }  # fmt: skip
    return Alarm(**usual | values)


def insights(expression: str = GROUPED, **contributor: str) -> Alarm:
    query = {"Id": "q1", "Expression": expression, "Period": 300, "ReturnData": True}
    return made(kind="insights", queries=(query,), contributor=contributor)


@pytest.mark.parametrize("name", DRAWN)
def test_every_alarm_on_metrics_is_asked_as_amazon_takes_it(shape: Any, name: str) -> None:
    asked = request(rang(alarm(name)), AT + HOUR)
    parameters = {"MetricDataQueries": list(asked.queries), "StartTime": asked.since, "EndTime": asked.until}
    validate_parameters(parameters, shape)
    returned = {query["Id"] for query in asked.queries if query["ReturnData"]}
    assert returned == {asked.main, asked.band} - {None}
    assert asked.since < AT < asked.until


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("composite.json", "A composite alarm combines other alarms and has no metric of its own."),
        ("composite_suppressed_event.json", "A composite alarm combines other alarms and has no metric of its own."),
        ("log_alarm.json", "A log alarm watches log lines, which have no datapoints to draw."),
        ("promql_contributor.json", "CloudWatch gives the data of a PromQL alarm to its own console only."),
    ],
)
def test_alarms_without_a_metric_say_why_there_is_no_picture(name: str, words: str) -> None:
    with pytest.raises(NoPicture) as refused:
        request(rang(alarm(name)), AT)
    assert refused.value.sentence == words


def test_an_alarm_that_says_too_little_says_so() -> None:
    with pytest.raises(NoPicture, match="does not say enough"):
        request(rang(made(queries=())), AT)


def test_inputs_of_an_expression_are_asked_for_and_not_returned() -> None:
    asked = request(rang(alarm("metric_math.json")), AT + HOUR)
    assert len(asked.queries) > 1
    [main] = [query for query in asked.queries if query["ReturnData"]]
    assert main["Id"] == asked.main
    assert "Expression" in main


def test_a_band_is_returned_beside_its_metric() -> None:
    asked = request(rang(alarm("anomaly.json")), AT + HOUR)
    assert (asked.main, asked.band) == ("m1", "ad1")
    assert [query["ReturnData"] for query in asked.queries] == [True, True]
    found = alarm("anomaly.json")
    kept_back = replace(found, queries=(found.queries[0], found.queries[1] | {"ReturnData": False}))
    assert [query["ReturnData"] for query in request(rang(kept_back), AT).queries] == [True, True]


# --- contributors -----------------------------------------------------------------------------------------------------


def test_a_contributor_is_asked_for_by_itself() -> None:
    """The same datapoints as in its group, for one metric's price, and not only of the latest 3 hours."""
    asked = request(rang(insights(ModelId=HAIKU)), AT)
    [query] = asked.queries
    assert query["MetricStat"] == {
        "Metric": {
            "Namespace": "AWS/Bedrock/Batch",
            "MetricName": "NumberOfRecordsPendingProcessing",
            "Dimensions": [{"Name": "ModelId", "Value": HAIKU}],
        },
        "Period": 300,
        "Stat": "Maximum",
    }
    assert asked.group == ()


@pytest.mark.parametrize(
    "expression",
    [
        GROUPED.replace("ModelId)", "ModelId, Job)"),
        GROUPED.replace("GROUP BY", "WHERE tag.team = 'a' GROUP BY"),
        GROUPED.replace("GROUP BY ModelId", "GROUP BY Job"),
    ],
)
def test_where_it_would_not_be_the_same_the_group_is_picked_by_its_label(expression: str) -> None:
    asked = request(rang(insights(expression, ModelId=HAIKU)), AT)
    assert asked.queries[0]["Expression"] == expression
    assert asked.group == (HAIKU,)


# --- the time ---------------------------------------------------------------------------------------------------------


def test_three_hours_most_of_them_before_it_rang() -> None:
    since, until = window(rang(made()), FIVE, AT)
    assert timedelta(hours=3) <= until - since < timedelta(hours=3) + FIVE
    since, until = window(rang(made()), FIVE, AT + 2 * HOUR)
    assert until == AT + 2 * HOUR
    assert AT - timedelta(hours=2) - FIVE <= since <= AT - timedelta(hours=2)


@pytest.mark.parametrize("period", [timedelta(minutes=15), 6 * HOUR, timedelta(days=1)])
def test_long_periods_have_at_least_36_datapoints(period: timedelta) -> None:
    since, until = window(rang(made()), period, AT)
    assert 36 <= (until - since) / period < 38


def test_however_long_it_rings_the_picture_stays_readable() -> None:
    for period in (timedelta(seconds=10), timedelta(minutes=1), FIVE, 6 * HOUR, timedelta(days=7)):
        since, until = window(rang(made()), period, AT + timedelta(days=400))
        assert until - since <= LONGEST + period
        assert (until - since) / period <= MOST + 1


def test_after_its_end_the_time_stops_some_way_behind_it() -> None:
    over = rang(made(), closed_at=AT + HOUR)
    assert window(over, FIVE, AT + HOUR)[1] == AT + HOUR
    assert window(over, FIVE, AT + 20 * HOUR)[1] == AT + 2 * HOUR


def test_periods_begin_where_the_alarm_s_own_did() -> None:
    """CloudWatch looks every minute at the five minutes before it: 05:07, not 05:05."""
    seen = Point(datetime(2026, 11, 22, 5, 7, tzinfo=UTC), 120.0)
    since, _ = window(rang(made(datapoints=(seen,))), FIVE, AT)
    assert (seen.at - since) % FIVE == timedelta(0)
    assert since.minute % 5 == 2


# --- what tripped it --------------------------------------------------------------------------------------------------


def points(*values: float, last: datetime = AT - FIVE) -> tuple[Point, ...]:
    """Datapoints of five minutes, the last one just before it rang."""
    return tuple(Point(last - FIVE * (len(values) - 1 - n), value) for n, value in enumerate(values))


def values(found: tuple[Point, ...]) -> list[float]:
    return [point.value for point in found]


def test_the_datapoints_that_its_message_names() -> None:
    told = points(110.0, 90.0, 120.0)
    assert values(tripped(rang(made(datapoints=told)), points(1.0, 2.0, 3.0), (), FIVE)) == [110.0, 120.0]


def test_else_the_last_ones_before_it_rang() -> None:
    seen = points(150.0, 110.0, 90.0, 120.0) + points(200.0, 300.0, last=AT + 2 * FIVE)
    assert values(tripped(rang(made()), seen, (), FIVE)) == [110.0, 120.0]


def test_after_the_end_the_message_names_others() -> None:
    """The reason of an OK is not that of the ALARM."""
    over = replace(rang(made()), alarm=made(state=OK, at=AT + HOUR, datapoints=points(5.0, 6.0)), closed_at=AT + HOUR)
    assert values(tripped(over, points(110.0, 120.0, 130.0), (), FIVE)) == [110.0, 120.0, 130.0]


def test_what_it_rang_on_later_is_not_what_tripped_it() -> None:
    again = replace(rang(made()), alarm=made(at=AT + HOUR, datapoints=points(500.0, last=AT + HOUR)))
    assert values(tripped(again, points(110.0, 120.0, 130.0), (), FIVE)) == [110.0, 120.0, 130.0]


def test_missing_data_leave_nothing_to_mark() -> None:
    assert tripped(rang(made()), points(1.0, 2.0, last=AT - HOUR), (), FIVE) == ()


@pytest.mark.parametrize(
    ("comparison", "below", "at", "above"),
    [
        ("GreaterThanThreshold", False, False, True),
        ("GreaterThanOrEqualToThreshold", False, True, True),
        ("LessThanThreshold", True, False, False),
        ("LessThanOrEqualToThreshold", True, True, False),
        ("SomethingNew", False, False, False),
    ],
)
def test_each_comparison(comparison: str, below: bool, at: bool, above: bool) -> None:
    for value, expected in ((99.0, below), (100.0, at), (101.0, above)):
        assert breaches(made(comparison=comparison), Point(AT, value), ()) is expected


@pytest.mark.parametrize(
    ("comparison", "below", "above"),
    [
        ("LessThanLowerThreshold", True, False),
        ("GreaterThanUpperThreshold", False, True),
        ("LessThanLowerOrGreaterThanUpperThreshold", True, True),
    ],
)
def test_each_side_of_a_band(comparison: str, below: bool, above: bool) -> None:
    banded = made(band_id="ad1", threshold=None, comparison=comparison)
    band = ((AT, 10.0, 20.0),)
    for value, expected in ((9.0, below), (15.0, False), (21.0, above)):
        assert breaches(banded, Point(AT, value), band) is expected
    assert not breaches(banded, Point(AT + FIVE, 9.0), band)


def test_no_threshold_is_never_crossed() -> None:
    assert not breaches(made(threshold=None), Point(AT, 1e9), ())
