"""Reads the datapoints behind an alarm: GetMetricData with the alarm's own queries, in the alarm's own region."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from threading import Lock
from typing import Any

from bot.aws.permissions import caller
from bot.aws.translate import aws_errors
from bot.errors import AwsDenied, AwsUnavailable, NoPicture

_ACTION = "read the metric of this alarm"
_FORBIDDEN = (
    "Amazon does not allow me to read the metric of this alarm: the permission cloudwatch:GetMetricData is missing. "
    "Whoever runs me has to add it."
)


@dataclass(slots=True)
class Result:
    """One series of an answer, over all pages: the id of its query, its label, datapoints as they came, and its status.

    An id has several results where its query gives several series. ``status`` is CloudWatch's last word: Complete,
    PartialData (it has more than it gave), InternalError, Forbidden.
    """

    id: str
    label: str
    pairs: list[tuple[datetime, float]] = field(default_factory=list)
    status: str = "Complete"


class AlarmData:
    """GetMetricData for alarms of our own account, whatever their region. Errors are ``AwsError`` and ``NoPicture``."""

    def __init__(self, client: Callable[[str, str | None], Any]) -> None:
        """``client`` gives boto3's client of a service in a region (None is our own region)."""
        self._client = client
        self._lock = Lock()
        self._account = ""

    def read(
        self,
        queries: Sequence[Any],
        since: datetime,
        until: datetime,
        *,
        account: str | None = None,
        region: str | None = None,
    ) -> list[Result]:
        """The series of all queries that return data, in time order; raises NoPicture for another account's alarm."""
        ours = self.account()
        if account and account != ours:
            raise NoPicture(f"The alarm belongs to account {account}; I can read the metrics of account {ours} only.")
        results: dict[tuple[str, str], Result] = {}
        with aws_errors(_ACTION):
            pages = self._client("cloudwatch", region).get_paginator("get_metric_data").paginate(
                MetricDataQueries=list(queries), StartTime=since, EndTime=until, ScanBy="TimestampAscending"
            )  # fmt: skip
            for one in (result for page in pages for result in page.get("MetricDataResults") or ()):
                key = (str(one.get("Id")), str(one.get("Label") or ""))
                _add(results.setdefault(key, Result(*key)), one)
        return _checked(list(results.values()))

    def account(self) -> str:
        """The account that we are in, asked once."""
        with self._lock:
            if not self._account:
                self._account = caller(self._client("sts", None)).account
            return self._account


def _add(result: Result, page: Any) -> None:
    """PartialData on a page means that a later page goes on, so the last word counts; a failure stays one."""
    result.pairs += zip(page.get("Timestamps") or (), page.get("Values") or (), strict=False)
    if result.status not in {"InternalError", "Forbidden"}:
        result.status = str(page.get("StatusCode") or "Complete")


def _checked(results: list[Result]) -> list[Result]:
    """Without any datapoint a failure is a failure; with some of them a picture of what there is says more."""
    if any(result.pairs for result in results):
        return results
    if any(result.status == "Forbidden" for result in results):
        raise AwsDenied(_FORBIDDEN, code="Forbidden")
    if any(result.status == "InternalError" for result in results):
        raise AwsUnavailable(f"CloudWatch failed when I tried to {_ACTION}.", code="InternalError")
    return results
