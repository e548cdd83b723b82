"""CloudWatch's dashboards: read one, write one."""

from __future__ import annotations

from typing import Any

from bot.aws.translate import aws_errors
from bot.errors import AwsGone


class Dashboards:
    """GetDashboard and PutDashboard behind one boto3 client. Errors are ``AwsError`` and its kinds."""

    def __init__(self, client: Any) -> None:
        """``client`` is boto3's of CloudWatch."""
        self._client = client

    @property
    def region(self) -> str:
        """Where the metrics on it are (dashboards themselves belong to the account)."""
        return str(self._client.meta.region_name)

    def get(self, name: str) -> str | None:
        """The body of a dashboard as JSON; None if there is none."""
        try:
            with aws_errors("read the dashboard"):
                return str(self._client.get_dashboard(DashboardName=name)["DashboardBody"])
        except AwsGone:
            return None

    def put(self, name: str, body: str) -> list[str]:
        """Write a whole dashboard; what CloudWatch remarks on it."""
        with aws_errors("write the dashboard"):
            answer = self._client.put_dashboard(DashboardName=name, DashboardBody=body)
        return [str(one.get("Message") or "") for one in answer.get("DashboardValidationMessages") or ()]
