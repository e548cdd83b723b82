"""An alarm as CloudWatch keeps it: its configuration, its state, and how DescribeAlarms shows it."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, ClassVar

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


@dataclass(frozen=True)
class Before:
    """How an alarm stood before its last change."""

    state: str
    reason: str
    data: str
    since: datetime


@dataclass
class Held:
    """An action that was not sent: for which state, the notice as it was, and who held it back."""

    state: str
    notice: dict[str, Any]
    contributor: Contributor | None
    by: str


@dataclass
class Alarm:
    """One metric alarm; the other types derive from it."""

    type: ClassVar[str] = "MetricAlarm"

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
    before: Before | None = None
    held: dict[str, Held] = field(default_factory=dict)
    tags: list[dict[str, str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Begin the first state with the configuration."""
        self.updated = self.changed = self.configured

    @property
    def name(self) -> str:
        """Tell the name, unique in the account."""
        return str(self.config["AlarmName"])

    @property
    def periods(self) -> int:
        """Tell how many datapoints are looked at."""
        return int(self.config.get("EvaluationPeriods") or 1)

    @property
    def period(self) -> int:
        """Tell the seconds of one datapoint."""
        own = self.config.get("Period") or self.asked.get("Period")
        inner = [one["MetricStat"]["Period"] for one in self.config.get("Metrics") or [] if "MetricStat" in one]
        return int(own or max(inner, default=300))

    @property
    def needed(self) -> int:
        """Tell how many datapoints must breach."""
        return int(self.config.get("DatapointsToAlarm") or self.periods)

    @property
    def missing(self) -> str:
        """Tell how missing data is treated."""
        return str(self.config.get("TreatMissingData") or "missing")

    @property
    def asked(self) -> dict[str, Any]:
        """Tell the query whose result is compared, empty for a plain metric alarm."""
        queries = [
            one
            for one in self.config.get("Metrics") or []
            if one.get("ReturnData") is not False and one["Id"] != self.band
        ]
        return dict(queries[0]) if queries else {}

    @property
    def band(self) -> str:
        """Tell the id of the anomaly band that it is compared with, empty for a fixed threshold."""
        return str(self.config.get("ThresholdMetricId") or "")

    @property
    def promql(self) -> bool:
        """Tell whether it asks in PromQL, which is not evaluated here."""
        return bool(self.config.get("EvaluationCriteria"))

    @property
    def grouped(self) -> bool:
        """Tell whether it has contributors."""
        text = str(self.asked.get("Expression", ""))
        return is_insights(text) and "GROUP BY" in text.upper()

    @property
    def was_alarm(self) -> bool:
        """Tell whether it came from ALARM."""
        return self.before is not None and self.before.state == "ALARM"

    def step(self, state: str, why: str, data: str, now: datetime) -> str:
        """Enter a state and tell the one before."""
        self.before = Before(self.state, self.reason, self.reason_data, self.updated)
        self.state, self.reason, self.reason_data = state, why[:1023], data
        self.updated = self.changed = now
        return self.before.state

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
        plain: dict[str, Any] = {} if self.config.get("Metrics") or self.promql else {"Dimensions": []}
        return plain | self.dressed()

    def dressed(self) -> dict[str, Any]:
        """Give what all types show: the configuration over its defaults, and the state."""
        lists: dict[str, Any] = {"OKActions": [], "AlarmActions": [], "InsufficientDataActions": []}
        config = {key: value for key, value in self.config.items() if key != "Tags"}
        return {
            "ActionsEnabled": True,
            **lists,
            **config,
            "AlarmArn": self.arn,
            "AlarmConfigurationUpdatedTimestamp": self.configured.timestamp(),
            "StateValue": self.state,
            "StateReason": self.reason,
            "StateReasonData": self.reason_data,
            "StateUpdatedTimestamp": self.updated.timestamp(),
            "StateTransitionedTimestamp": self.changed.timestamp(),
        }
