"""An alarm as CloudWatch keeps it: its configuration, its state, and how DescribeAlarms shows it."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from playground.aws.cloudwatch.insights import is_insights

INITIAL = "Unchecked: Initial alarm creation"
ACTIONS = {"ALARM": "AlarmActions", "OK": "OKActions", "INSUFFICIENT_DATA": "InsufficientDataActions"}


@dataclass
class Contributor:
    """One series of an Insights alarm with a GROUP BY."""

    id: str
    attributes: dict[str, str]
    state: str = "OK"
    reason: str = ""
    since: datetime | None = None


@dataclass
class Alarm:
    """One metric alarm."""

    arn: str
    config: dict[str, Any]
    configured: datetime
    state: str = "INSUFFICIENT_DATA"
    reason: str = INITIAL
    reason_data: str = "{}"
    updated: datetime = field(init=False)
    changed: datetime = field(init=False)
    quiet_until: datetime | None = None
    pinned: bool = False
    contributors: dict[str, Contributor] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Begin the first state with the configuration."""
        self.updated = self.changed = self.configured

    @property
    def name(self) -> str:
        """Tell the name, unique in the account."""
        return str(self.config["AlarmName"])

    @property
    def needed(self) -> int:
        """Tell how many datapoints must breach."""
        return int(self.config.get("DatapointsToAlarm") or self.config["EvaluationPeriods"])

    @property
    def missing(self) -> str:
        """Tell how missing data is treated."""
        return str(self.config.get("TreatMissingData") or "missing")

    @property
    def asked(self) -> dict[str, Any]:
        """Tell the query whose result is compared, empty for a plain metric alarm."""
        queries = [one for one in self.config.get("Metrics") or [] if one.get("ReturnData") is not False]
        return dict(queries[0]) if queries else {}

    @property
    def grouped(self) -> bool:
        """Tell whether it has contributors."""
        text = str(self.asked.get("Expression", ""))
        return is_insights(text) and "GROUP BY" in text.upper()

    def queries(self) -> list[dict[str, Any]]:
        """Give the alarm as MetricDataQueries, also when it names a single metric."""
        if self.config.get("Metrics"):
            return list(self.config["Metrics"])
        metric = {key: self.config[key] for key in ("Namespace", "MetricName", "Dimensions") if key in self.config}
        stat = self.config.get("Statistic") or self.config.get("ExtendedStatistic")
        return [{"Id": "m1", "MetricStat": {"Metric": metric, "Period": self.config["Period"], "Stat": stat}}]

    def actions(self, state: str) -> list[str]:
        """Tell where a change to this state is sent."""
        return list(self.config.get(ACTIONS[state]) or []) if self.config.get("ActionsEnabled", True) else []

    def shown(self) -> dict[str, Any]:
        """Dress it as DescribeAlarms does."""
        config = {key: value for key, value in self.config.items() if key != "Tags"}
        lists: dict[str, Any] = {"OKActions": [], "AlarmActions": [], "InsufficientDataActions": []}
        plain: dict[str, Any] = {} if self.config.get("Metrics") else {"Dimensions": []}
        return {
            "ActionsEnabled": True,
            **lists,
            **plain,
            **config,
            "AlarmArn": self.arn,
            "AlarmConfigurationUpdatedTimestamp": self.configured.timestamp(),
            "StateValue": self.state,
            "StateReason": self.reason,
            "StateReasonData": self.reason_data,
            "StateUpdatedTimestamp": self.updated.timestamp(),
            "StateTransitionedTimestamp": self.changed.timestamp(),
        }
