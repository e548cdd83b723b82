"""A log alarm: a scheduled query over log groups. Logs are not played, so its state is set by hand."""

from dataclasses import dataclass
from typing import Any, ClassVar

from playground.aws.cloudwatch.alarm import Alarm


@dataclass
class LogAlarm(Alarm):
    """One log alarm."""

    type: ClassVar[str] = "LogAlarm"

    @property
    def periods(self) -> int:
        """Tell how many query results are looked at."""
        return int(self.config["QueryResultsToEvaluate"])

    @property
    def needed(self) -> int:
        """Tell how many query results must breach."""
        return int(self.config["QueryResultsToAlarm"])

    @property
    def query(self) -> dict[str, Any]:
        """Tell the scheduled query that it asks."""
        return dict(self.config["ScheduledQueryConfiguration"])

    def queries(self) -> list[dict[str, Any]]:
        """Give no metric query: there is none behind it."""
        return []

    def shown(self) -> dict[str, Any]:
        """Dress it as DescribeAlarms does."""
        return self.dressed()
