"""The operations of CloudWatch on metrics, and the table that the door looks all operations up in."""

from collections.abc import Callable
from typing import Any

from playground.aws.cloudwatch import alarm_operations as alarms
from playground.aws.cloudwatch import dashboard_operations as boards
from playground.aws.cloudwatch import describe_operations as describe
from playground.aws.cloudwatch import mute_operations as mutes
from playground.aws.cloudwatch import put_operations as puts
from playground.aws.cloudwatch.pages import page
from playground.aws.cloudwatch.query import get_metric_data, get_metric_statistics
from playground.aws.cloudwatch.service import CloudWatch, moment
from playground.aws.cloudwatch.store import Metric
from playground.aws.errors import AwsError

Params = dict[str, Any]
_FORGOTTEN = 14 * 86_400


def _list_metrics(cloudwatch: CloudWatch, params: Params) -> Params:
    now = cloudwatch.now().timestamp()
    if params.get("RecentlyActive", "PT3H") != "PT3H":
        raise AwsError("ValidationError", "RecentlyActive must be PT3H.")
    oldest = now - (3 * 3600 if "RecentlyActive" in params else _FORGOTTEN)
    wanted = [one for one in cloudwatch.store.metrics() if _matches(one, params)]
    found = [one.shown() for one in wanted if cloudwatch.store.newest(one) >= oldest]
    return page("Metrics", found, params, 500)


def _matches(metric: Metric, params: Params) -> bool:
    dimensions = dict(metric.dimensions)
    return (
        params.get("Namespace") in {None, metric.namespace}
        and params.get("MetricName") in {None, metric.name}
        and all(
            one["Name"] in dimensions and one.get("Value") in {None, dimensions[one["Name"]]}
            for one in params.get("Dimensions") or []
        )
    )


def _get_metric_data(cloudwatch: CloudWatch, params: Params) -> Params:
    times = {key: moment(params[key]).timestamp() for key in ("StartTime", "EndTime") if key in params}
    return get_metric_data(cloudwatch.store, params | times, cloudwatch.now().timestamp())


def _get_metric_statistics(cloudwatch: CloudWatch, params: Params) -> Params:
    times = {key: moment(params[key]).timestamp() for key in ("StartTime", "EndTime")}
    return get_metric_statistics(cloudwatch.store, params | times)


def _put_metric_data(cloudwatch: CloudWatch, params: Params) -> Params:
    namespace = str(params.get("Namespace", ""))
    if namespace.startswith("AWS/"):
        raise AwsError("InvalidParameterValue", "The value AWS/ for parameter Namespace is invalid.")
    for datum in params.get("MetricData") or []:
        at = moment(datum["Timestamp"]) if "Timestamp" in datum else cloudwatch.now()
        metric = Metric.of(namespace, datum["MetricName"], datum.get("Dimensions", ()))
        cloudwatch.store.add(metric, at.timestamp(), *_samples(datum))
    return {}


def _samples(datum: Params) -> list[float]:
    if "Values" in datum:
        counts = datum.get("Counts") or [1] * len(datum["Values"])
        return [value for value, count in zip(datum["Values"], counts, strict=True) for _ in range(int(count))]
    if "StatisticValues" in datum:
        four = datum["StatisticValues"]
        rest = int(four["SampleCount"]) - 2
        ends = [float(four["Minimum"]), float(four["Maximum"])]
        return ends + [(four["Sum"] - sum(ends)) / rest] * rest if rest > 0 else [float(four["Sum"])]
    return [float(datum["Value"])]


OPERATIONS: dict[str, Callable[[CloudWatch, Params], Params]] = {
    "ListMetrics": _list_metrics,
    "GetMetricData": _get_metric_data,
    "GetMetricStatistics": _get_metric_statistics,
    "PutMetricData": _put_metric_data,
    **alarms.OPERATIONS,
    **boards.OPERATIONS,
    **describe.OPERATIONS,
    **mutes.OPERATIONS,
    **puts.OPERATIONS,
}
