"""A mute rule as CloudWatch keeps it: what it mutes, its status at a time, and how the API shows it; pure."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from playground.aws.cloudwatch.schedule import Schedule, Window, read_schedule


@dataclass
class MuteRule:
    """One rule; `config` is what PutAlarmMuteRule got."""

    arn: str
    config: dict[str, Any]
    updated: datetime
    schedule: Schedule = field(init=False)
    tags: list[dict[str, str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Read the schedule once."""
        self.schedule = read_schedule(self.config["Rule"]["Schedule"])

    @property
    def name(self) -> str:
        """Tell the name, unique in the account."""
        return str(self.config["Name"])

    @property
    def targets(self) -> list[str]:
        """Tell the names of the alarms that it mutes."""
        return list((self.config.get("MuteTargets") or {}).get("AlarmNames") or [])

    def window(self, now: datetime) -> Window | None:
        """Tell the window in which it mutes just now."""
        start, expire = self._bound("StartDate"), self._bound("ExpireDate")
        if (start and now < start) or (expire and now >= expire):
            return None
        found = self.schedule.window(now)
        return Window(found.start, min(found.end, expire)) if found and expire else found

    def status(self, now: datetime) -> str:
        """Tell SCHEDULED, ACTIVE or EXPIRED."""
        expire = self._bound("ExpireDate")
        if self.schedule.over(now) or (expire and now >= expire):
            return "EXPIRED"
        return "ACTIVE" if self.window(now) else "SCHEDULED"

    def summary(self, now: datetime) -> dict[str, Any]:
        """Dress it as ListAlarmMuteRules does."""
        shown = {
            "AlarmMuteRuleArn": self.arn,
            "Status": self.status(now),
            "MuteType": "ONE_TIME" if self.schedule.once else "RECURRING",
            "LastUpdatedTimestamp": self.updated.timestamp(),
        }
        expire = self._bound("ExpireDate")
        return shown | ({"ExpireDate": expire.timestamp()} if expire else {})

    def shown(self, now: datetime) -> dict[str, Any]:
        """Dress it as GetAlarmMuteRule does."""
        kept = ("Name", "Description", "Rule", "MuteTargets")
        config = {key: self.config[key] for key in kept if key in self.config}
        start = self._bound("StartDate")
        return config | self.summary(now) | ({"StartDate": start.timestamp()} if start else {})

    def detail(self, window: Window) -> dict[str, str]:
        """Dress it as the muteDetail of an event."""
        return {"mutedByArn": self.arn, "muteWindowStart": _iso(window.start), "muteWindowEnd": _iso(window.end)}

    def _bound(self, field_name: str) -> datetime | None:
        value = self.config.get(field_name)
        if value is None:
            return None
        return (
            datetime.fromtimestamp(value, UTC)
            if isinstance(value, int | float)
            else datetime.fromisoformat(str(value)).astimezone(UTC)
        )


def _iso(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%S.000+0000")
