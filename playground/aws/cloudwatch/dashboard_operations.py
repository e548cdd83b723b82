"""The operations of CloudWatch on boards."""

import re
from collections.abc import Callable
from typing import Any

from playground.aws.cloudwatch.dashboard import Dashboard
from playground.aws.cloudwatch.dashboard_rules import check_body
from playground.aws.cloudwatch.pages import page
from playground.aws.cloudwatch.service import CloudWatch
from playground.aws.errors import AwsError

Params = dict[str, Any]
_MOST = 100


def _put(cloudwatch: CloudWatch, params: Params) -> Params:
    name = str(params["DashboardName"])
    if not re.fullmatch(r"[A-Za-z0-9_-]{1,255}", name):
        text = (
            f"The value {name} for field DashboardName contains invalid characters. It can only contain alphanumerics, "
        )
        raise AwsError("InvalidParameterValue", text + "dash (-) and underscore (_).")
    messages = check_body(params["DashboardBody"])
    arn = f"arn:aws:cloudwatch::{cloudwatch.account}:dashboard/{name}"
    with cloudwatch.lock:
        known = cloudwatch.dashboards.get(name)
        tags = known.tags if known else list(params.get("Tags") or [])
        cloudwatch.dashboards[name] = Dashboard(arn, name, params["DashboardBody"], cloudwatch.now(), tags)
    return {"DashboardValidationMessages": [{"DataPath": one.path, "Message": one.text} for one in messages]}


def _get(cloudwatch: CloudWatch, params: Params) -> Params:
    found = _find(cloudwatch, params["DashboardName"])
    return {"DashboardArn": found.arn, "DashboardBody": found.body, "DashboardName": found.name}


def _list(cloudwatch: CloudWatch, params: Params) -> Params:
    prefix = params.get("DashboardNamePrefix", "")
    with cloudwatch.lock:
        found = sorted(cloudwatch.dashboards.values(), key=lambda one: one.name)
    return page("DashboardEntries", [one.entry() for one in found if one.name.startswith(prefix)], params, 1000)


def _delete(cloudwatch: CloudWatch, params: Params) -> Params:
    names = list(params["DashboardNames"])
    if not 1 <= len(names) <= _MOST:
        raise AwsError("InvalidParameterValue", f"DashboardNames must hold 1 to {_MOST} names.")
    with cloudwatch.lock:
        for name in names:
            _find(cloudwatch, name)
        for name in names:
            cloudwatch.dashboards.pop(name, None)
    return {}


def _find(cloudwatch: CloudWatch, name: str) -> Dashboard:
    if name not in cloudwatch.dashboards:
        raise AwsError("ResourceNotFound", f"Dashboard {name} does not exist")
    return cloudwatch.dashboards[name]


OPERATIONS: dict[str, Callable[[CloudWatch, Params], Params]] = {
    "PutDashboard": _put,
    "GetDashboard": _get,
    "ListDashboards": _list,
    "DeleteDashboards": _delete,
}
