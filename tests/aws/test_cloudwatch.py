"""Reading CloudWatch, with Amazon's awkward answers: pages, holes, doubles, failures, many models."""

from __future__ import annotations

import math
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest
from botocore.stub import ANY, Stubber

from bot.aws.cloudwatch import CloudWatch, ModelMetrics
from bot.errors import AwsDenied, AwsUnavailable
from bot.metrics import catalog
from bot.metrics.ranges import Range
from bot.points import Point

NOW = datetime(2026, 11, 23, 9, 2, 30, tzinfo=UTC)
SONNET = "us.anthropic.claude-sonnet-4-5-20250929-v1:0"
ARN = f"arn:aws:bedrock:us-east-1:111122223333:inference-profile/{SONNET}"
FIVE = timedelta(minutes=5)
HOURS = Range.parse("3h")
T0 = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def client() -> Any:
    secrets = {"aws_access_key_id": "x", "aws_secret_access_key": "x"}
    return boto3.client("cloudwatch", region_name="us-east-1", **secrets)  # type: ignore[call-overload]


@pytest.fixture
def stub(client: Any) -> Iterator[Stubber]:
    with Stubber(client) as stubber:
        yield stubber
        stubber.assert_no_pending_responses()


class Recorder:
    """A client that answers any GetMetricData in one page and remembers the questions."""

    def __init__(self, status: str = "Complete") -> None:
        self.asked: list[dict[str, Any]] = []
        self.status = status

    def get_paginator(self, name: str) -> Recorder:
        assert name == "get_metric_data"
        return self

    def paginate(self, **asked: Any) -> list[dict[str, Any]]:
        self.asked.append(asked)
        results = [
            {"Id": q["Id"], "Timestamps": [T0], "Values": [1.0], "StatusCode": self.status}
            for q in asked["MetricDataQueries"]
        ]
        return [{"MetricDataResults": results[::-1]}]


def metric(name: str, model_id: str, **more: str) -> dict[str, Any]:
    dimensions = [{"Name": "ModelId", "Value": model_id}, *({"Name": k, "Value": v} for k, v in more.items())]
    return {"Namespace": catalog.NAMESPACE, "MetricName": name, "Dimensions": dimensions}


def result(number: int, status: str, *pairs: tuple[datetime, float]) -> dict[str, Any]:
    times, values = [at for at, _ in pairs], [value for _, value in pairs]
    return {"Id": f"m{number}", "Label": "x", "Timestamps": times, "Values": values, "StatusCode": status}


def test_one_pass_finds_every_model_as_it_is_called(client: Any, stub: Stubber) -> None:
    first = [metric(catalog.OUTPUT, ARN), metric(catalog.RECORDS, ARN), metric("SomethingNew", ARN)]
    second = [
        metric(catalog.TOKENS, SONNET),
        metric(catalog.RECORDS, SONNET, Job="x"),
        metric(catalog.INPUT, "<!here>"),
    ]
    stub.add_response("list_metrics", {"Metrics": first, "NextToken": "n"}, {"Namespace": catalog.NAMESPACE})
    stub.add_response("list_metrics", {"Metrics": second}, {"Namespace": catalog.NAMESPACE, "NextToken": "n"})
    assert CloudWatch(client).models() == [
        ModelMetrics("<!here>", (catalog.INPUT,)),
        ModelMetrics(ARN, (catalog.RECORDS, catalog.OUTPUT)),
        ModelMetrics(SONNET, (catalog.TOKENS,)),
    ]


def test_no_metrics_are_no_models_and_no_call(client: Any, stub: Stubber) -> None:
    stub.add_response("list_metrics", {"Metrics": []})
    watch = CloudWatch(client)
    assert watch.models() == []
    assert watch.read([], HOURS, NOW) == []


def test_the_question_covers_twice_the_range_on_the_clock(client: Any, stub: Stubber) -> None:
    query = {
        "Id": "m0",
        "MetricStat": {"Metric": metric(catalog.RECORDS, ARN), "Period": 300, "Stat": "Average"},
        "ReturnData": True,
    }
    asked = {
        "MetricDataQueries": [query],
        "StartTime": datetime(2026, 11, 23, 3, 5, tzinfo=UTC),
        "EndTime": datetime(2026, 11, 23, 9, 5, tzinfo=UTC),
        "ScanBy": "TimestampAscending",
    }
    stub.add_response("get_metric_data", {"MetricDataResults": [result(0, "Complete", (T0, 4.0))]}, asked)
    (series,) = CloudWatch(client).read([ModelMetrics(ARN, (catalog.RECORDS,))], HOURS, NOW)
    assert (series.model_id, series.metric, series.period, series.partial) == (ARN, catalog.RECORDS, FIVE, False)
    assert series.points == (Point(T0, 4.0),)


def test_pages_are_put_together_by_id(client: Any, stub: Stubber) -> None:
    model = [ModelMetrics(SONNET, (catalog.RECORDS, catalog.INPUT))]
    asked: dict[str, Any] = {"MetricDataQueries": ANY, "StartTime": ANY, "EndTime": ANY, "ScanBy": ANY}
    one = [result(1, "Complete", (T0, 9.0)), result(0, "PartialData", (T0 + FIVE, 2.0), (T0, 1.0))]
    two = [
        result(0, "Complete", (T0 + 3 * FIVE, math.nan), (T0 + 2 * FIVE, 3.0), (T0 + FIVE, 2.5)),
        result(7, "Complete"),
    ]
    stub.add_response("get_metric_data", {"MetricDataResults": one, "NextToken": "n"}, asked)
    stub.add_response("get_metric_data", {"MetricDataResults": two}, {**asked, "NextToken": "n"})
    records, tokens = CloudWatch(client).read(model, HOURS, NOW)
    assert [point.value for point in records.points] == [1.0, 2.5, 3.0]
    assert not records.partial
    assert [point.value for point in tokens.points] == [9.0]


@pytest.mark.parametrize(
    "statuses", [["PartialData"], ["InternalError"], ["InternalError", "Complete"], ["Forbidden"], []]
)
def test_what_cloudwatch_could_not_give_is_said(client: Any, stub: Stubber, statuses: list[str]) -> None:
    results = [result(0, "Complete", (T0, 1.0)), *(result(1, status) for status in statuses)]
    stub.add_response("get_metric_data", {"MetricDataResults": results})
    good, bad = CloudWatch(client).read([ModelMetrics(SONNET, (catalog.RECORDS, catalog.INPUT))], HOURS, NOW)
    assert (good.partial, bad.partial) == (False, True)
    assert bad.points == ()


def test_all_forbidden_is_an_error() -> None:
    with pytest.raises(AwsDenied, match="cloudwatch:GetMetricData"):
        CloudWatch(Recorder("Forbidden")).read([ModelMetrics("a", (catalog.INPUT,))], HOURS, NOW)  # type: ignore[arg-type]


@pytest.mark.parametrize(("models", "calls"), [(1, 1), (125, 1), (126, 2), (200, 2), (251, 3)])
def test_calls_are_as_few_as_can_be(models: int, calls: int) -> None:
    fake = Recorder()
    names = tuple(one.name for one in catalog.METRICS)
    got = CloudWatch(fake).read([ModelMetrics(f"m{n}", names) for n in range(models)], Range.parse("7d"), NOW)  # type: ignore[arg-type]
    assert len(fake.asked) == calls == -(-4 * models // 500)
    assert [(one.model_id, one.metric) for one in got] == [(f"m{n}", name) for n in range(models) for name in names]
    for asked in fake.asked:
        queries = asked["MetricDataQueries"]
        assert len({q["Id"] for q in queries}) == len(queries) <= 500
        points = (asked["EndTime"] - asked["StartTime"]).total_seconds() / queries[0]["MetricStat"]["Period"]
        assert points * len(queries) <= 100_800


def test_the_period_can_be_set() -> None:
    fake = Recorder()
    (got,) = CloudWatch(fake, period=timedelta(minutes=30)).read([ModelMetrics("a", (catalog.INPUT,))], HOURS, NOW)  # type: ignore[arg-type]
    assert got.period == timedelta(minutes=30)
    assert fake.asked[0]["MetricDataQueries"][0]["MetricStat"]["Period"] == 1800


def test_amazons_refusals_are_ours(client: Any, stub: Stubber) -> None:
    text = "User: x is not authorized to perform: cloudwatch:ListMetrics because no identity-based policy allows it"
    stub.add_client_error("list_metrics", "AccessDenied", text, 403)
    with pytest.raises(AwsDenied, match="cloudwatch:ListMetrics is missing"):
        CloudWatch(client).models()
    stub.add_client_error("get_metric_data", "Throttling", "Rate exceeded", 400)
    with pytest.raises(AwsUnavailable):
        CloudWatch(client).read([ModelMetrics("a", (catalog.INPUT,))], HOURS, NOW)
