"""How alarms in the making look: the draft with its week, what a change changes, what became of it, the list; pure."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import quote

from bot.alarms.making import definition
from bot.alarms.making import definition_words as words
from bot.alarms.making.preview import Week
from bot.alarms.making.proposal import monthly
from bot.aws.consoles import cloudwatch
from bot.slack import blocks as b
from bot.slack.blocks import Block, Message

ModelName = Callable[[str], str]

SHOWN = 20
ROOM = 10_000
STATES: Mapping[str, tuple[str, str]] = {
    "ALARM": ("🔴", "ALARM"),
    "INSUFFICIENT_DATA": ("⚪", "INSUFFICIENT DATA"),
    "OK": ("🟢", "OK"),
}
PRICE = "estimate: CloudWatch's list price in us-east-1 of November 2026"


@dataclass(frozen=True, slots=True)
class Sheet:
    """All that the card of a draft says; texts are plain and foreign, ``channel`` is an id or empty."""

    state: str
    value: str
    definition: Mapping[str, Any]
    before: Mapping[str, Any] | None
    models: int
    week: Week | None
    why: str
    region: str
    problem: str
    error: str
    differences: Sequence[tuple[str, str, str]]
    asked_by: str
    written_by: str
    channel: str


def draft(sheet: Sheet, model_name: ModelName, *, picture: Block | None = None, picture_note: str = "") -> Message:
    """The card of a draft, whatever it has come to."""
    if sheet.state == "cancelled":
        return _short("⚪", "Dropped", sheet, "Nothing was written.", picture)
    if sheet.state == "written":
        return _written(sheet, model_name, picture)
    name = _name(sheet)
    doing = sheet.state == "writing"
    head = "⏳ *Writing*" if doing else "❌ *Not written*" if sheet.state == "failed" else "📝 *Draft*"
    what = "a change of" if sheet.before else "a new alarm,"
    lines = [f"{head} of {what} {b.code(name, 255)}", *_error(sheet), *_body(sheet, model_name)]
    parts = [b.section("\n".join(lines))]
    parts += [picture] if picture else []
    parts += [b.context(_tells(sheet), _price(sheet), f"asked by {b.user(sheet.asked_by)}")]
    parts += [b.context(b.esc(picture_note))] if picture_note else []
    if not doing:
        parts.append(_controls(sheet))
    plain = "is being written" if doing else "was not written" if sheet.state == "failed" else "waits for a yes"
    text = f"The draft of {'a change of ' if sheet.before else ''}alarm {b.entities(b.plain(name, 120))} {plain}."
    return Message(text, parts)


def _body(sheet: Sheet, model_name: ModelName) -> list[str]:
    made = sheet.definition
    lines = [_sentence(made, model_name)]
    if made.get("AlarmDescription"):
        lines.append(f"_{b.esc(made['AlarmDescription'], 300)}_")
    if sheet.before:
        lines.append(_changes(sheet))
    elif sheet.why:
        lines.append(f"The threshold is {b.esc(sheet.why)}.")
    if sheet.week:
        lines.append(_week(sheet.week))
    return lines


def _sentence(made: Mapping[str, Any], model_name: ModelName) -> str:
    return f"Rings: {b.esc(words.condition(made, model_name), 600)}; {b.esc(words.missing(made))}."


def _changes(sheet: Sheet) -> str:
    """Old and new value of every member that is written otherwise."""
    found = definition.changes(sheet.before or {}, sheet.definition)
    rows = [f"• {words.LABELS.get(name, name)}: {b.esc(words.value(name, old))} → *{b.esc(words.value(name, new))}*"
            for name, old, new in found[:12]]  # fmt: skip
    return "What changes:\n" + "\n".join(rows) if rows else "Nothing changes."


def _week(week: Week) -> str:
    if week.times is None:
        return b.esc(week.note)
    if not week.times:
        return "In the last 7 days it would not have rung."
    by = ", ".join(f"{b.esc(name, 60)} {count}" for name, count in week.by)
    often = "once" if week.times == 1 else f"{b.count(week.times)} times"
    return (
        f"In the last 7 days it would have rung *{often}*, for {b.span(week.seconds)} in all{f' ({by})' if by else ''}."
    )


def _error(sheet: Sheet) -> list[str]:
    return [f"⚠️ {b.esc(text, 600)}" for text in (sheet.error, sheet.problem) if text]


def _tells(sheet: Sheet) -> str:
    """Whom it reaches: the topic, and the channel that its messages go to."""
    actions = [str(one) for one in sheet.definition.get("AlarmActions") or ()]
    if not actions:
        return "⚠️ tells *nobody*: no topic is set up for this region (BATCHBOT_TOPIC_ARNS)"
    names = ", ".join(b.esc(one.rsplit(":", 1)[-1], 80) for one in actions)
    return f"tells {f'<#{sheet.channel}> by ' if sheet.channel else ''}{names}"


def _price(sheet: Sheet) -> str:
    return f"about ${monthly(sheet.definition, sheet.models)} a month ({PRICE})"


def _controls(sheet: Sheet) -> Block:
    same = sheet.before is not None and definition.same(sheet.before, sheet.definition)
    word = "Save" if sheet.before else "Create"
    write = [b.button(word, "draft_write", sheet.value, style="primary", hint=f"{word} this alarm")]
    rest = [b.button("Change", "draft_change", sheet.value), b.button("Cancel", "draft_cancel", sheet.value)]
    return b.actions(*([] if sheet.problem or same else write), *rest)


def _written(sheet: Sheet, model_name: ModelName, picture: Block | None) -> Message:
    """What stands in CloudWatch now, read back."""
    verb = "Changed" if sheet.before else "Created"
    lines = [f"✅ *{verb}*  {_link(sheet)}", _sentence(sheet.definition, model_name)]
    if sheet.differences:
        rows = [
            f"• {b.esc(name)}: asked for {b.esc(ours)}, is {b.esc(theirs)}"
            for name, ours, theirs in sheet.differences[:8]
        ]
        lines += ["⚠️ CloudWatch keeps it otherwise than I asked:", *rows]
    else:
        lines.append("Read back from CloudWatch: as asked.")
    parts = [b.section("\n".join(lines)), *([picture] if picture else [])]
    parts.append(b.context(_tells(sheet), f"by {b.user(sheet.written_by)}"))
    return Message(f"{verb} the alarm {b.entities(b.plain(_name(sheet), 120))}.", parts)


def _short(emoji: str, word: str, sheet: Sheet, rest: str, picture: Block | None) -> Message:
    text = f"{emoji} *{word}*  {b.code(_name(sheet), 255)}\n{rest}"
    parts = [b.section(text), *([picture] if picture and sheet.state != "cancelled" else [])]
    return Message(f"{word}: the draft of alarm {b.entities(b.plain(_name(sheet), 120))}. {rest}", parts)


def _name(sheet: Sheet) -> str:
    return str(sheet.definition.get("AlarmName") or "")


def _link(sheet: Sheet) -> str:
    return b.link(console(sheet.region, _name(sheet)), _name(sheet))


def console(region: str, name: str) -> str:
    """An alarm in CloudWatch's console; empty without a region."""
    return cloudwatch(region, f"alarmsV2:alarm/{quote(name, safe='')}")


# --- the list ---------------------------------------------------------------------------------------------------------


def listed(
    alarms: Sequence[Mapping[str, Any]], *, muted: frozenset[str], note: str, key: Callable[[str], str],
    model_name: ModelName, command: str, more: int, may_change: bool,
) -> Message:  # fmt: skip
    """All alarms that were asked for; ``more`` were left out, ``key`` is the short key of a name."""
    if not alarms:
        text = f"No alarm fits. {command} alarm create makes one."
        return Message(text, [b.section(f"No alarm fits. `{command} alarm create` makes one."), *_list_note(note)])
    rows = [_row_block(one, key, model_name, muted, may_change=may_change) for one in alarms]
    fitting = _fitting(rows)
    ringing = sum(one.get("StateValue") == "ALARM" for one in alarms[:fitting])
    more += len(alarms) - fitting
    head = b.plural(fitting + more, "alarm")
    head += f", {ringing} of the first {fitting} in ALARM" if ringing else ""
    parts = [b.section(f"*{head}*"), *rows[:fitting]]
    if more:
        parts.append(b.context(f"and {b.count(more)} more; narrow with `state=alarm`, `model=` or words of the name"))
    return Message(f"{head}.", [*parts, *_list_note(note)])


def _fitting(rows: Sequence[Block]) -> int:
    """How many of them Slack takes in one message (about 13,000 characters of blocks, undocumented)."""
    total = 0
    for number, row in enumerate(rows):
        total += len(json.dumps(row, ensure_ascii=False))
        if total > ROOM:
            return max(number, 1)
    return len(rows)


def _list_note(note: str) -> list[Block]:
    return [b.context(b.esc(note))] if note else []


def _row_block(
    one: Mapping[str, Any], key: Callable[[str], str], model_name: ModelName, muted: frozenset[str], *, may_change: bool
) -> Block:
    name = str(one.get("AlarmName"))
    return b.section(_row(one, name in muted, model_name), accessory=_menu(one, key(name)) if may_change else None)


def _row(one: Mapping[str, Any], muted: bool, model_name: ModelName) -> str:
    emoji, word = STATES.get(str(one.get("StateValue")), ("⚪", b.esc(one.get("StateValue"))))
    since = one.get("StateTransitionedTimestamp") or one.get("StateUpdatedTimestamp")
    name = str(one.get("AlarmName"))
    region = str(one.get("AlarmArn") or "").split(":")[3:4]
    marks = [f"since {b.date(since)}" if isinstance(since, datetime) else "", "🔕 muted" if muted else "",
             "⏸️ actions off" if one.get("ActionsEnabled") is False else "",
             b.esc(one.get("EvaluationState") or "")]  # fmt: skip
    head = f"{emoji} {word}  *{b.link(console(region[0] if region else '', name), b.clip(name, 120))}*"
    return f"{head}\n{b.esc(words.condition(one, model_name), 200)}\n" + "  ·  ".join(m for m in marks if m)


def _menu(one: Mapping[str, Any], key: str) -> Block:
    on = one.get("ActionsEnabled") is False
    options = [b.option("Edit…", f"edit:{key}")] if one.get("AlarmType") == "MetricAlarm" else []
    options += [b.option("Enable its actions" if on else "Disable its actions", f"{'on' if on else 'off'}:{key}")]
    options += [b.option("Delete…", f"delete:{key}")]
    return {"type": "overflow", "action_id": "alarm_do", "options": options}


def really_delete(name: str, key: str) -> Message:
    """The question before an alarm is deleted."""
    text = f"Delete {b.code(name, 255)}? Nobody hears of it any more, and CloudWatch cannot bring it back."
    sure = b.confirmation("Delete the alarm?", b.plain(name, 250), "Delete", "Keep it", danger=True)
    yes = b.button("Delete", "alarm_delete", key, style="danger", confirm=sure)
    return Message(f"Delete the alarm {b.entities(b.plain(name, 120))}?", [b.section(text), b.actions(yes)])


def said(emoji: str, text: str) -> Message:
    """One sentence for one person; ``text`` is plain and may be foreign."""
    safe = b.entities(b.plain(text, 1500))
    return Message(safe, [b.section(f"{emoji} {b.esc(text, 1500)}")])


def may_not(whom: Sequence[str]) -> Message:
    """Whom to ask for a change of alarms or dashboards."""
    people = ", ".join(b.user(one) for one in whom if one[:1] in {"U", "W"})
    ask = f"Ask {people}." if people else "Ask whoever runs me, who can add you to BATCHBOT_OPERATORS."
    sentence = "You may not change alarms."
    return Message(f"{sentence} Somebody who may has to do it.", [b.section(f"{sentence} {ask}")])
