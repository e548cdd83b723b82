"""A composite alarm: its rule over other alarms, and what keeps its actions back."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, ClassVar

from playground.aws.cloudwatch.alarm import Alarm
from playground.aws.cloudwatch.rule import Rule, name_of, parse

Find = Callable[[str], Alarm | None]


@dataclass
class Composite(Alarm):
    """One composite alarm; `seen` is how its children stood when it was last judged."""

    type: ClassVar[str] = "CompositeAlarm"
    seen: tuple[str, ...] = ()
    suppressed_by: str = ""
    suppressed_since: datetime | None = None
    rule: Rule = field(init=False)

    def __post_init__(self) -> None:
        """Read the rule once."""
        super().__post_init__()
        self.rule = parse(self.config["AlarmRule"])

    def configure(self, config: dict[str, Any], now: datetime) -> None:
        """Overwrite the whole configuration."""
        self.rule = parse(config["AlarmRule"])
        self.config, self.configured, self.seen = config, now, ()

    @property
    def suppressor(self) -> str:
        """Tell the name of the alarm that keeps the actions back, empty when there is none."""
        return name_of(str(self.config.get("ActionsSuppressor") or ""))

    def shown(self) -> dict[str, Any]:
        """Dress it as DescribeAlarms does."""
        if not self.suppressed_by:
            return self.dressed()
        why = {"ActionsSuppressedBy": self.suppressed_by, "ActionsSuppressedReason": self.suppressed_reason}
        return self.dressed() | why

    @property
    def suppressed_reason(self) -> str:
        """Tell why its actions are kept back."""
        by = f"alarm {self.suppressor}" if self.suppressed_by == "Alarm" else self.suppressed_by
        return f"Actions suppressed by {by}"

    def verdict(self, find: Find) -> str:
        """Tell the state that the rule speaks for; an alarm that is gone counts as INSUFFICIENT_DATA."""
        return "ALARM" if self.rule.holds(lambda name: _state(find(name))) else "OK"

    def triggering(self, find: Find, state: str) -> list[Alarm]:
        """List the children that stand as the rule stands: those in ALARM, or those that are not."""
        children = [child for name in self.rule.children if (child := find(name)) is not None]
        return [child for child in children if (child.state == "ALARM") == (state == "ALARM")]

    def suppression(self, find: Find, now: datetime) -> str:
        """Tell what keeps the actions back now: Alarm, WaitPeriod, ExtensionPeriod, or nothing."""
        suppressor = find(self.suppressor) if self.suppressor else None
        if suppressor is None:
            return ""
        if suppressor.state == "ALARM":
            return "Alarm"
        if now < suppressor.changed + self._period("Extension") and suppressor.was_alarm:
            return "ExtensionPeriod"
        return "WaitPeriod" if now < self.changed + self._period("Wait") else ""

    def _period(self, which: str) -> timedelta:
        return timedelta(seconds=int(self.config.get(f"ActionsSuppressor{which}Period") or 0))


def explained(children: list[Alarm]) -> str:
    """Write the reason data: the children that triggered it."""
    found = [{"arn": one.arn, "state": {"value": one.state, "timestamp": _iso(one.changed)}} for one in children]
    return json.dumps({"triggeringAlarms": found})


def _state(alarm: Alarm | None) -> str:
    return alarm.state if alarm else "INSUFFICIENT_DATA"


def _iso(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%S.") + f"{at.microsecond // 1000:03d}+0000"
