"""How long an alarm is to be quiet: the choices, what was typed, and the window that CloudWatch is given; pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from bot.errors import BadInput

MINUTE = timedelta(minutes=1)
LONGEST = timedelta(days=15)
"""What a mute rule may last (PutAlarmMuteRule: PT1M to P15D)."""
TOMORROW, CUSTOM = "tomorrow", "custom"
SPANS = {
    "PT30M": ("30 minutes", timedelta(minutes=30)),
    "PT2H": ("2 hours", timedelta(hours=2)),
    "PT8H": ("8 hours", timedelta(hours=8)),
}
UNITS = {"minutes": MINUTE, "hours": timedelta(hours=1), "days": timedelta(days=1)}
NINE = 9


@dataclass(frozen=True, slots=True)
class Window:
    """One quiet time as CloudWatch takes it: it begins at a full minute and lasts whole minutes, in UTC."""

    start: datetime
    minutes: int

    @property
    def end(self) -> datetime:
        """When it is over."""
        return self.start + self.minutes * MINUTE


def window(now: datetime, until: datetime) -> Window:
    """From the minute that has begun until ``until`` (a full minute): so the end is the one that was promised.

    Raises BadInput where that is over already or further away than CloudWatch takes.
    """
    start = _full_minute(now.astimezone(UTC))
    minutes = int((until - start) / MINUTE)
    if until <= now:
        raise BadInput("That time is over already. Choose one that lies ahead.", field="until")
    if minutes * MINUTE > LONGEST:
        raise BadInput("An alarm can be quiet for 15 days at most.", field="until")
    return Window(start, minutes)


def chosen(choice: str, now: datetime, zone: str) -> datetime:
    """When the quiet ends that was chosen from the list; raises BadInput for what is not on it."""
    if choice in SPANS:
        return ending(now + SPANS[choice][1])
    if choice == TOMORROW:
        day = now.astimezone(ZoneInfo(zone)).date() + timedelta(days=1)
        return datetime(day.year, day.month, day.day, NINE, tzinfo=ZoneInfo(zone)).astimezone(UTC)
    raise BadInput("I do not know that length of time. Choose one from the list.")


def typed(amount: str | None, unit: str | None, until: str | None, now: datetime) -> datetime:
    """When the quiet ends that the form asks for: a number and a unit, or a moment in seconds since 1970."""
    if not (amount or until):
        raise BadInput("Say for how long, or until when.", field="amount")
    field = "until" if until else "amount"
    length = _moment(until) - now if until else _length(amount or "", unit)
    if length <= timedelta(0):
        raise BadInput("That time is over already. Choose one that lies ahead.", field=field)
    if length > LONGEST - MINUTE:
        raise BadInput("An alarm can be quiet for 15 days at most.", field=field)
    return ending(now + length)


def ending(end: datetime) -> datetime:
    """The next full minute, in UTC: CloudWatch knows no seconds here, and nobody gets less than was promised."""
    utc = end.astimezone(UTC)
    start = _full_minute(utc)
    return start if start == utc else start + MINUTE


def _full_minute(at: datetime) -> datetime:
    return at.replace(second=0, microsecond=0)


def _moment(text: str) -> datetime:
    try:
        return datetime.fromtimestamp(int(text), UTC)
    except (ValueError, OverflowError, OSError):
        raise BadInput("I cannot read that time. Choose a day and an hour.", field="until") from None


def _length(amount: str, unit: str | None) -> timedelta:
    try:
        return float(amount) * UNITS[unit or "hours"]
    except (ValueError, OverflowError, KeyError):
        raise BadInput("Give a number, such as 90, and a unit.", field="amount") from None
