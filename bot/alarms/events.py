"""Makes readable notices of EventBridge's events that are not an alarm's change of state; pure.

Envelope: EventBridge guide, "event structure". AWS Health, GuardDuty, Auto Scaling and others put a title and a text
for people at a few places of ``detail``, which are looked for; the rest is shown as labelled values.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from bot.alarms.alarm import Alarm, Arrival, Notice
from bot.alarms.fields import Payload, flatten, inside, items, mapping, moment, text
from bot.alarms.words import console_url

CONFIGURATION_EVENT = "CloudWatch Alarm Configuration Change"

_TITLES = ("title", "Title", "eventTypeCode", "StatusMessage", "eventName", "state-description")
_TEXTS = ("description", "Description", "Cause", "message", "Message")
_TITLE = 150
_BODY = 8000
_VALUES = 15
_CHANGES = 10
_OPERATIONS = {"create": "was created", "update": "was changed", "delete": "was deleted"}


def read_event(arrival: Arrival, kind: str) -> Notice:
    """Any event: what happened, to what, what it says to people, and the first of its details."""
    data, detail = arrival.data, mapping(arrival.data.get("detail"))
    what = text(data.get("detail-type"), 200) or "Event"
    title, title_at = _said(detail, _TITLES, _TITLE)
    body, body_at = _said(detail, _TEXTS, _BODY)
    described = text(_health_text(detail), _BODY)
    told = {title_at, body_at, "eventDescription" if described else None}
    rest = _simple_first({name: value for name, value in detail.items() if name not in told})
    shown = rest if isinstance(data.get("detail"), dict) else data.get("detail")
    resources = [found for entry in items(data.get("resources"), 5) if (found := text(entry, 300))]
    return Notice(
        kind,
        f"{what}: {title.rstrip('.')}" if title else what,
        moment(data.get("time")) or arrival.at,
        values=(*(("Resource", name) for name in resources), *(flatten(shown, _VALUES) if shown else ())),
        body="\n".join(part for part in (body, described) if part) or None,
        footer=tuple(found for name in ("source", "account", "region") if (found := text(data.get(name), 100))),
    )


def is_configuration(data: Payload) -> bool:
    """Whether an event says that an alarm was created, changed or deleted."""
    return data.get("detail-type") == CONFIGURATION_EVENT and isinstance(inside(data, "detail", "alarmName"), str)


def read_configuration(arrival: Arrival, kind: str) -> Notice:
    """Who would be rung by what from now on: an alarm that was created, changed (what exactly) or deleted."""
    data, detail = arrival.data, mapping(arrival.data.get("detail"))
    name = text(detail.get("alarmName"), 255) or "unnamed alarm"
    operation = text(detail.get("operation"), 40) or "update"
    account, region = text(data.get("account"), 60), text(data.get("region"), 60)
    at = moment(data.get("time")) or arrival.at
    now, before = mapping(detail.get("configuration")), mapping(detail.get("previousConfiguration"))
    values = _changes(before, now) if operation == "update" and before else flatten(_simple_first(now), _VALUES)
    address = console_url(Alarm(name, name, "", at, kind, region=region)) if operation != "delete" else None
    return Notice(
        kind,
        f"Alarm {name} {_OPERATIONS.get(operation, operation)}",
        at,
        values=tuple(values),
        url=address,
        footer=tuple(found for found in (account, region) if found),
    )


def _changes(before: Payload, now: Payload) -> list[tuple[str, str]]:
    """``threshold  10 → 20``, one line for each setting that is not what it was."""
    old, new = (dict(flatten(side, 200)) for side in (before, now))
    names = [name for name in {**old, **new} if old.get(name) != new.get(name) and name != "timestamp"]
    lines = [(name, f"{old.get(name, 'not set')} → {new.get(name, 'not set')}") for name in names[:_CHANGES]]
    return [*lines, ("", f"{len(names) - _CHANGES} more changes")] if len(names) > _CHANGES else lines


def _said(detail: Payload, names: Iterable[str], limit: int) -> tuple[str | None, str | None]:
    """The first text at one of the places that is short enough, and which place it was."""
    for name in names:
        value = detail.get(name)
        if isinstance(value, str) and len(value) <= limit and (found := text(value, limit)):
            return found, name
    return None, None


def _health_text(detail: Payload) -> Any:
    """AWS Health keeps its text in a list, one entry for each language."""
    return inside(next(iter(items(detail.get("eventDescription"), 1)), None), "latestDescription")


def _simple_first(detail: Payload) -> dict[str, Any]:
    """What can be read at a glance before what has parts; without what is empty."""
    told = {name: value for name, value in detail.items() if value not in (None, "", [], {})}
    plain = {name: value for name, value in told.items() if not isinstance(value, dict | list)}
    return plain | told
