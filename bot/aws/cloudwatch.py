"""Reads the batch metrics of one account and region from CloudWatch: which models there are, and their series."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from bot.aws.translate import aws_errors
from bot.errors import AwsDenied
from bot.metrics import catalog
from bot.metrics.ranges import QUERIES, Range
from bot.metrics.series import Series
from bot.points import clean

if TYPE_CHECKING:
    from mypy_boto3_cloudwatch import CloudWatchClient

_FAILED = frozenset({"InternalError", "Forbidden"})
_FORBIDDEN = (
    "Amazon does not allow me to read the batch metrics: the permission cloudwatch:GetMetricData is missing. "
    "Whoever runs me has to add it."
)


@dataclass(frozen=True, slots=True)
class ModelMetrics:
    """A model that has metrics: its ``ModelId`` exactly as CloudWatch has it, and the names of the metrics."""

    model_id: str
    metrics: tuple[str, ...]


@dataclass(slots=True)
class _Answer:
    """What has arrived for one query, over all pages."""

    pairs: list[tuple[datetime, float]] = field(default_factory=list)
    status: str = ""

    def add(self, result: dict[str, Any]) -> None:
        """PartialData on a page means that a later page goes on, so the last word counts; a failure stays one."""
        self.pairs += zip(result.get("Timestamps", ()), result.get("Values", ()), strict=False)
        if self.status not in _FAILED:
            self.status = result.get("StatusCode") or "Complete"


class CloudWatch:
    """The batch metrics behind one boto3 client (its account, its region).

    ``models`` costs one ListMetrics pass, ``read`` a GetMetricData call for every 500 metrics (Amazon charges by metric
    read). Errors are ``AwsError`` and its kinds. ``period`` replaces the ranges' own periods.
    """

    def __init__(self, client: CloudWatchClient, *, period: timedelta | None = None) -> None:
        self._client = client
        self._period = period

    def models(self) -> list[ModelMetrics]:
        """All models with metrics of the last two weeks, by id; a new one is listed up to 15 minutes late."""
        found: dict[str, set[str]] = {}
        with aws_errors("list the batch metrics in CloudWatch"):
            for page in self._client.get_paginator("list_metrics").paginate(Namespace=catalog.NAMESPACE):
                for model_id, name in _known(page.get("Metrics", ())):
                    found.setdefault(model_id, set()).add(name)
        order = [metric.name for metric in catalog.METRICS]
        return [ModelMetrics(key, tuple(n for n in order if n in found[key])) for key in sorted(found)]

    def read(self, models: Sequence[ModelMetrics], over: Range, now: datetime) -> list[Series]:
        """The series of all metrics of ``models`` ``over`` the range that ends ``now`` and the one before it.

        A series is ``partial`` where CloudWatch failed or held back; when it forbids all of them, that is AwsDenied.
        """
        wanted = [(model.model_id, name) for model in models for name in model.metrics]
        period = self._period or over.period(len(wanted))
        answers: list[_Answer] = []
        for start in range(0, len(wanted), QUERIES):
            answers += self._batch(wanted[start : start + QUERIES], over, period, now)
        if answers and all(answer.status == "Forbidden" for answer in answers):
            raise AwsDenied(_FORBIDDEN, code="Forbidden")
        return [
            Series(model_id, name, period, clean(answer.pairs), partial=answer.status != "Complete")
            for (model_id, name), answer in zip(wanted, answers, strict=True)
        ]

    def _batch(self, wanted: Sequence[tuple[str, str]], over: Range, period: timedelta, now: datetime) -> list[_Answer]:
        """Up to 500 queries in one call, its pages merged by id; a query nobody answered keeps an empty status."""
        answers = {f"m{number}": _Answer() for number in range(len(wanted))}
        window = over.window(now, period)
        with aws_errors("read the batch metrics from CloudWatch"):
            pages = self._client.get_paginator("get_metric_data").paginate(
                MetricDataQueries=[_query(f"m{n}", *one, period) for n, one in enumerate(wanted)],
                StartTime=window.before,
                EndTime=window.until,
                ScanBy="TimestampAscending",
            )
            for result in _results(pages):
                if result.get("Id") in answers:
                    answers[result["Id"]].add(result)
        return list(answers.values())


def _results(pages: Iterable[Any]) -> Iterator[dict[str, Any]]:
    for page in pages:
        yield from page.get("MetricDataResults", ())


def _known(metrics: Iterable[Any]) -> Iterator[tuple[str, str]]:
    """Model id and name of the metrics in the catalog, by model alone (a further dimension would count twice)."""
    for metric in metrics:
        dimensions = metric.get("Dimensions", ())
        if metric.get("MetricName") in catalog.BY_NAME and [d["Name"] for d in dimensions] == [catalog.DIMENSION]:
            yield dimensions[0]["Value"], metric["MetricName"]


def _query(query_id: str, model_id: str, name: str, period: timedelta) -> Any:
    """No Unit: Amazon documents none, and a wrong one finds nothing."""
    dimensions = [{"Name": catalog.DIMENSION, "Value": model_id}]
    metric = {"Namespace": catalog.NAMESPACE, "MetricName": name, "Dimensions": dimensions}
    stat = {"Metric": metric, "Period": int(period.total_seconds()), "Stat": catalog.BY_NAME[name].statistic}
    return {"Id": query_id, "MetricStat": stat, "ReturnData": True}
