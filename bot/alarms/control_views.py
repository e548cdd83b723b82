"""What can be done about an alarm, as controls, and what is said when it was done; pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from bot.alarms import words
from bot.alarms.alarm import Alarm
from bot.alarms.episode import Episode
from bot.alarms.snooze import CUSTOM, SPANS, TOMORROW, UNITS
from bot.slack import blocks as b
from bot.slack.blocks import Block, Message

ACKNOWLEDGE, UNACKNOWLEDGE = "alarm_ack", "alarm_unack"
SNOOZE, UNSNOOZE, SILENCE = "alarm_snooze", "alarm_unsnooze", "alarm_silence"
MORE = "alarm_more"
HISTORY, JOBS, EDIT = "history", "jobs", "edit"
CALLBACK = "alarm_snooze"
EDITABLE = frozenset({"metric", "math", "anomaly", "insights", "event"})
"""Kinds behind which a metric alarm stands, or may stand."""


def controls(episode: Episode, now: datetime, zone: str) -> Block:
    """Three controls that fit the state.

    The block has another id at each edit, since Slack keeps a choice as long as the id stays and does not send it again.
    """
    acknowledge = (
        b.button("Unacknowledge", UNACKNOWLEDGE, episode.id)
        if episode.acknowledged
        else b.button("Acknowledge", ACKNOWLEDGE, episode.id, style="primary")
    )
    quiet = b.button("Unsnooze", UNSNOOZE, episode.id) if episode.quiet(now) else _snooze(episode, zone)
    return b.actions(acknowledge, quiet, _more(episode), block_id=f"alarm:{episode.id}:{now.timestamp():.0f}")


def take_back(episode: Episode) -> Block:
    """The one control of an alarm that is over and still snoozed."""
    return b.actions(b.button("Unsnooze", UNSNOOZE, episode.id))


def _snooze(episode: Episode, zone: str) -> Block:
    labels = {key: label for key, (label, _) in SPANS.items()}
    labels |= {TOMORROW: f"Until tomorrow 9:00 ({zone})", CUSTOM: "Custom…"}
    return {
        "type": "static_select",
        "action_id": SNOOZE,
        "placeholder": b.plain_text("Snooze"),
        "options": [b.option(label, f"{episode.id}:{key}") for key, label in labels.items()],
    }


def _more(episode: Episode) -> Block:
    labels = {HISTORY: "History"}
    labels |= {JOBS: "Jobs of this model"} if episode.alarm.model_id else {}
    labels |= {EDIT: "Edit alarm"} if episode.alarm.kind in EDITABLE else {}
    options = [b.option(label, f"{episode.id}:{key}") for key, label in labels.items()]
    return {"type": "overflow", "action_id": MORE, "options": options}


def snooze_form(episode: Episode, channel: str) -> dict[str, Any]:
    """The form behind "Custom…"; episode and channel come back as private_metadata."""
    units = [b.option(unit, unit) for unit in UNITS]
    amount = {"type": "number_input", "action_id": "amount", "is_decimal_allowed": True, "min_value": "0"}
    unit = {"type": "static_select", "action_id": "unit", "options": units, "initial_option": units[1]}
    until = {"type": "datetimepicker", "action_id": "until"}
    return {
        "type": "modal",
        "callback_id": CALLBACK,
        "private_metadata": f"{episode.id} {channel}",
        "title": b.plain_text("Snooze an alarm", 24),
        "submit": b.plain_text("Snooze", 24),
        "close": b.plain_text("Cancel", 24),
        "blocks": [
            b.section(f"*{_name(episode)}* does nothing until the time that you choose. At most 15 days."),
            _input("amount", "For", amount, optional=True),
            _input("unit", "Unit", unit),
            _input("until", "Or until", until, optional=True, hint="If this is filled in, it counts."),
        ],
    }


def _input(block_id: str, label: str, element: Block, *, optional: bool = False, hint: str = "") -> Block:
    block: Block = {"type": "input", "block_id": block_id, "label": b.plain_text(label, 2000), "element": element}
    block["optional"] = optional
    if hint:
        block["hint"] = b.plain_text(hint, 2000)
    return block


# --- said in the thread -----------------------------------------------------------------------------------------------


def acknowledged_reply(who: str) -> Message:
    """Somebody has it in hand."""
    return Message("This alarm was acknowledged.", [b.section(f"🟠 {b.user(who)} acknowledged it.")])


def unacknowledged_reply(who: str) -> Message:
    """Nobody has it in hand any more."""
    return Message("The acknowledgement was taken back.", [b.section(f"{b.user(who)} took the acknowledgement back.")])


def snoozed_reply(who: str, until: datetime, *, rule: bool) -> Message:
    """It is quiet until then."""
    where = "" if rule else " Here alone: CloudWatch goes on sending."
    seen = f"🔕 {b.user(who)} snoozed it until {b.date(until)}.{where}"
    return Message(f"This alarm is snoozed until {b.utc_text(until)}.{where}", [b.section(seen)])


def unsnoozed_reply(who: str) -> Message:
    """The quiet was taken back."""
    return Message("This alarm is not snoozed any more.", [b.section(f"🔔 {b.user(who)} ended the snooze.")])


def snooze_over_reply(episode: Episode) -> Message:
    """The quiet is over and the alarm is not."""
    length = b.span(episode.lasted(episode.snooze.until if episode.snooze else episode.alarm.at))
    how = "still in alarm" if episode.alarm.rings else "not known to have recovered"
    text = f"The snooze is over, {b.entities(b.plain(episode.alarm.name, 120))} is {how} (for {length})."
    return Message(text, [b.section(f"🔔 *The snooze is over, {how}* for {length}.")])


# --- said to one person -----------------------------------------------------------------------------------------------


def told(sentence: str) -> Message:
    """A plain sentence."""
    return Message(b.entities(b.plain(sentence, 1000)), [b.section(b.entities(b.plain(sentence, 1000)))])


def acknowledged_before(episode: Episode) -> Message:
    """Somebody was quicker; said to whoever came second."""
    found = episode.acknowledged
    who = f"{b.user(found.by)} acknowledged it {b.date(found.at)}" if found else "It is acknowledged"
    return Message("Somebody has acknowledged it already.", [b.section(f"🟠 {who} already.")])


def may_not(whom: Sequence[str]) -> Message:
    """Who has to be asked for a snooze."""
    people = ", ".join(b.user(one) for one in whom if one[:1] in {"U", "W"})
    ask = f"Ask {people}." if people else "Ask whoever runs me, who can add you to BATCHBOT_OPERATORS."
    sentence = "You may not snooze alarms, but you can acknowledge them."
    return Message(f"{sentence} Somebody who may has to do it.", [b.section(f"{sentence} {ask}")])


def here_only(episode: Episode, until: datetime, why: str) -> Message:
    """CloudWatch's own snooze is not to be had: why, and the quiet that the bot can keep by itself."""
    value = f"{episode.id}:{until.timestamp():.0f}"
    text = f"I cannot snooze {_name(episode)} in CloudWatch. {b.entities(b.plain(why, 800))}"
    offer = (
        f"I can keep quiet about it here until {b.date(until)}: the card stays and shows how it stands, nobody is told. "
        "Whatever else the alarm does goes on."
    )
    quiet = b.button("Keep quiet here", SILENCE, value, style="primary")
    sentence = (
        f"I cannot snooze {b.entities(b.plain(episode.alarm.name, 120))} in CloudWatch, but I can keep quiet here."
    )
    return Message(sentence, [b.section(f"⚠️ {text}"), b.section(offer), b.actions(quiet)])


def history(alarm: Alarm, episodes: Sequence[Episode], week: int, now: datetime) -> Message:
    """The alarm's last episodes, newest first, and how often it rang."""
    lines = [_past(episode, now) for episode in episodes]
    rang = f"Rang {b.plural(week, 'time')} in the last 7 days."
    text = f"{b.entities(b.plain(alarm.name, 120))}: {rang}"
    shown = "\n".join(lines) or "I have not seen it ring."
    return Message(text, [b.section(f"*{b.esc(alarm.name, 120)}*  ·  {rang}"), b.section(shown)])


def _past(episode: Episode, now: datetime) -> str:
    length = b.span(episode.lasted(now))
    how = f"🟢 {length}" if not episode.open else f"🔴 for {length}, not over"
    flaps = f"rang {episode.rings} times" if episode.rings > 1 else ""
    peak = f"peak {words.amount(episode.peak, episode.alarm.unit)}" if episode.peak is not None else ""
    peak = peak.replace("peak", "lowest") if episode.alarm.wants_more else peak
    who = f"acknowledged by {b.user(episode.acknowledged.by)}" if episode.acknowledged else "nobody acknowledged it"
    return "  ·  ".join(part for part in (b.date(episode.opened_at), how, flaps, b.esc(peak), who) if part)


def jobs(model: str, lines: Sequence[str], more: int) -> Message:
    """The unfinished jobs of a model; ``lines`` are safe mrkdwn."""
    name = b.entities(b.plain(model, 100))
    if not lines:
        return told(f"No unfinished job runs on {model}.")
    rest = [f"and {more} more"] if more else []
    return Message(
        f"Unfinished jobs on {name}.",
        [b.section("\n".join([f"*Unfinished jobs on {b.esc(model, 100)}*", *lines, *rest]))],
    )


def _name(episode: Episode) -> str:
    return b.esc(episode.alarm.name, 120)
