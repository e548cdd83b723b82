"""Reads what only composite alarms have: the children that moved them, and what holds their actions back; pure.

SNS spells the names with capitals, EventBridge without; here they come in lower case.
"""

from __future__ import annotations

import re

from bot.alarms.alarm import ALARM, Child
from bot.alarms.fields import Payload, clean, items, lower_keys, moment, text, whole
from bot.alarms.rules import listed
from bot.slack.blocks import span

_ARN = re.compile(r"arn:aws[a-z-]*:cloudwatch:[a-z0-9-]+:[0-9]{12}:alarm:(.+)", re.ASCII | re.DOTALL)
_CHILDREN = 20
_NAMED = 4


def read_children(value: object) -> tuple[Child, ...]:
    """The alarms in ``TriggeringChildren``, or in ``triggeringAlarms`` of EventBridge's reason."""
    return tuple(child for entry in items(value, _CHILDREN) if (child := _child(lower_keys(entry))))


def moved_by(children: tuple[Child, ...]) -> str:
    """``a and b ring.`` or ``a is OK.``: who moved a composite alarm; without any of them, empty."""
    firing = [child.name for child in children if child.state == ALARM]
    names = firing or [child.name for child in children]
    if not names:
        return ""
    shown = names if len(names) <= _NAMED else [*names[: _NAMED - 1], f"{len(names) - _NAMED + 1} more"]
    many = len(names) > 1
    if firing:
        return f"{listed(shown, 'and')} {'ring' if many else 'rings'}."
    states = sorted({child.state or "in a new state" for child in children})
    return f"{listed(shown, 'and')} {'are' if many else 'is'} {listed(states, 'or')}."


def suppressed(settings: Payload) -> str | None:
    """Why the actions of a composite are held back, and by whom; None if they are not (API_CompositeAlarm)."""
    by = text(settings.get("actionssuppressedby"), 60)
    if not by:
        return None
    who = alarm_name(text(settings.get("actionssuppressor"), 2000) or "its suppressor")[:255]
    if by == "Alarm":
        return f"its actions are held back while {who} rings"
    if by == "WaitPeriod":
        return f"its actions are held back {_length(settings, 'actionssuppressorwaitperiod')}in case {who} rings too"
    if by == "ExtensionPeriod":
        return f"its actions are held back {_length(settings, 'actionssuppressorextensionperiod')}after {who} rang"
    return f"its actions are held back: {text(settings.get('actionssuppressedreason'), 300) or by}"


def alarm_name(reference: str) -> str:
    """The name of an alarm that is called by its name or by its ARN."""
    found = _ARN.fullmatch(reference)
    return found[1] if found else reference


def _child(entry: Payload) -> Child | None:
    arn, state = text(entry.get("arn"), 2000), lower_keys(entry.get("state"))
    if not arn:
        return None
    known = arn if _ARN.fullmatch(arn) else None
    return Child(clean(alarm_name(arn), 255), known, text(state.get("value"), 60), moment(state.get("timestamp")))


def _length(settings: Payload, name: str) -> str:
    seconds = whole(settings.get(name))
    return f"for {span(seconds)} " if seconds and seconds > 0 else ""
