"""The operations of CloudWatch on metrics and boards, and the table that the door looks all of them up in."""

from collections.abc import Callable
from typing import Any

from playground.aws.cloudwatch import alarm_operations as alarms
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
    return alarms.page("Metrics", found, params, 500)


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


def _put_dashboard(cloudwatch: CloudWatch, params: Params) -> Params:
    cloudwatch.dashboards[params["DashboardName"]] = params["DashboardBody"]
    return {"DashboardValidationMessages": []}


def _get_dashboard(cloudwatch: CloudWatch, params: Params) -> Params:
    name = params["DashboardName"]
    if name not in cloudwatch.dashboards:
        raise AwsError("ResourceNotFound", f"Dashboard {name} does not exist")
    arn = f"arn:aws:cloudwatch::{cloudwatch.account}:dashboard/{name}"
    return {"DashboardArn": arn, "DashboardBody": cloudwatch.dashboards[name], "DashboardName": name}


def _list_dashboards(cloudwatch: CloudWatch, params: Params) -> Params:
    prefix = params.get("DashboardNamePrefix", "")
    entries = [{"DashboardName": name} for name in cloudwatch.dashboards if name.startswith(prefix)]
    return {"DashboardEntries": entries}


# Mute rules, widget images, composite and log alarms have their place in this table.
OPERATIONS: dict[str, Callable[[CloudWatch, Params], Params]] = {
    "ListMetrics": _list_metrics,
    "GetMetricData": _get_metric_data,
    "GetMetricStatistics": _get_metric_statistics,
    "PutMetricData": _put_metric_data,
    "PutDashboard": _put_dashboard,
    "GetDashboard": _get_dashboard,
    "ListDashboards": _list_dashboards,
    **alarms.OPERATIONS,
}
