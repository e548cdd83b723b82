"""When a mute rule is active: one-time `at(...)` and recurring `cron(...)` windows in a time zone; pure."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from cronsim import CronSim, CronSimError

from playground.aws.errors import AwsError

_AT = re.compile(r"at\((\d{4}-\d{2}-\d{2}T\d{2}:\d{2})\)")
_CRON = re.compile(r"cron\((\S+ \S+ \S+ \S+ \S+)\)")
_LENGTH = re.compile(r"P(?=.)(?:(\d+)D)?(?:T(?=.)(?:(\d+)H)?(?:(\d+)M)?)?")
SHORTEST, LONGEST = timedelta(minutes=1), timedelta(days=15)


@dataclass(frozen=True)
class Window:
    """One span during which actions are muted."""

    start: datetime
    end: datetime


@dataclass(frozen=True)
class Schedule:
    """A first moment or a cron expression, the length of each window, and the zone in which it is read."""

    once: datetime | None
    cron: str
    length: timedelta
    zone: ZoneInfo

    def window(self, now: datetime) -> Window | None:
        """Tell the window that holds `now`."""
        start = self.once or self._latest(now)
        if start is None or not start <= now < start + self.length:
            return None
        return Window(start.astimezone(UTC), (start + self.length).astimezone(UTC))

    def over(self, now: datetime) -> bool:
        """Tell whether the only window has passed; a recurring rule is never over by itself."""
        return self.once is not None and now >= self.once + self.length

    def _latest(self, now: datetime) -> datetime | None:
        # Backwards from the end of this minute, so that a window that begins now is found.
        local = now.astimezone(self.zone).replace(second=0, microsecond=0) + timedelta(minutes=1)
        return next(CronSim(self.cron, local, reverse=True), None)


def read_schedule(schedule: dict[str, str]) -> Schedule:
    """Read the API's Schedule; ValidationError for what it does not know."""
    expression, name = str(schedule.get("Expression", "")), str(schedule.get("Timezone") or "UTC")
    try:
        zone = ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise AwsError("ValidationError", f"The timezone {name} is not valid.") from None
    length = _length(str(schedule.get("Duration", "")))
    once, cron = _AT.fullmatch(expression), _CRON.fullmatch(expression)
    try:
        if once:
            start = datetime.strptime(once[1], "%Y-%m-%dT%H:%M").replace(tzinfo=zone)
            return Schedule(start, "", length, zone)
        if cron:
            # Checked here and now: a faulty expression must not wait for the first evaluation.
            CronSim(cron[1], datetime(2026, 1, 1, tzinfo=zone))
            return Schedule(None, cron[1], length, zone)
    except (ValueError, CronSimError):
        pass
    text = f"The schedule expression {expression} is not valid. Use at(yyyy-MM-ddThh:mm) or cron with five fields."
    raise AwsError("ValidationError", text)


def _length(text: str) -> timedelta:
    found = _LENGTH.fullmatch(text)
    days, hours, minutes = (int(part or 0) for part in found.groups()) if found else (0, 0, 0)
    length = timedelta(days=days, hours=hours, minutes=minutes)
    if not SHORTEST <= length <= LONGEST:
        raise AwsError("ValidationError", f"The duration {text} is not valid. It must be between PT1M and P15D.")
    return length
