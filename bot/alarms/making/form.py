"""The forms by which alarms are made and changed, and how what was typed survives their updates; pure.

A block's id is the field's name, with a number once its value was proposed anew: Slack keeps what stands in a field while
its block id stays the same, so a field that gets a new value gets a new id.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from bot.alarms.making import plan
from bot.alarms.making.editing import ADD, KEEP
from bot.alarms.making.plan import ALL, Choice
from bot.alarms.making.presets import BANDS, BY_KEY, COMPARISONS, MISSING, PERIODS, PRESETS, STATISTICS, Preset
from bot.alarms.words import MEASURES
from bot.slack import blocks as b
from bot.slack.blocks import Block

CREATE, EDIT = "alarm_create", "alarm_edit"
CHOSEN = "alarm_plan"
"""Begins the action ids of the choices that change the other fields."""
LEADING = ("preset", "model", "metric")
LABELS: Mapping[str, str] = {
    "preset": "What to watch for", "model": "Model", "metric": "Metric", "statistic": "Of the datapoints, the",
    "comparison": "Rings when it is", "threshold": "Threshold", "period": "One datapoint is", "evaluation": "Datapoints",
    "missing": "Missing data", "name": "Name", "description": "What to do about it", "tells": "Who is told",
}  # fmt: skip
HINTS: Mapping[str, str] = {
    "evaluation": "How many of the last datapoints have to be beyond the threshold, such as 3 of 5",
    "description": "Shown on the alarm's card",
}
_SPANS = {60: "1 minute", 300: "5 minutes", 900: "15 minutes", 3600: "1 hour", 21600: "6 hours", 86400: "1 day"}


@dataclass(frozen=True, slots=True)
class State:
    """What a form carries with it: where it was asked for, which draft it changes, and what was proposed by field."""

    channel: str = ""
    draft: str = ""
    said: Mapping[str, str] = field(default_factory=dict)

    def pack(self) -> str:
        """As private_metadata (3,000 characters at most)."""
        said = {key: value for key, value in self.said.items() if key != "description"}
        return json.dumps({"c": self.channel, "d": self.draft, "s": said})[:3000]


def unpack(text: str) -> State:
    """What ``pack`` wrote; it came back from the client, so anything else is an empty one."""
    try:
        data = json.loads(text)
        said = {str(key): str(value) for key, value in dict(data["s"]).items()}
        return State(str(data["c"])[:40], str(data["d"])[:64], said)
    except (ValueError, KeyError, TypeError):
        return State()


def named(values: Mapping[str, str | None]) -> tuple[dict[str, str], dict[str, str]]:
    """Values by field, and the block id of each field."""
    fields = {key.split(".", 1)[0]: (value or "") for key, value in values.items()}
    return fields, {key.split(".", 1)[0]: key for key in values}


def proposed(preset: Preset, model: Choice | None, threshold: float | None) -> dict[str, str]:
    """The values that a preset proposes for all fields but preset, model and description."""
    value = preset.threshold if threshold is None else threshold
    return {
        "metric": preset.metric,
        "statistic": preset.statistic,
        "comparison": preset.comparison,
        "threshold": "" if value is None else f"{value:,.15g}",
        "period": str(preset.period),
        "evaluation": f"{preset.datapoints} of {preset.periods}",
        "missing": preset.missing,
        "name": plan.proposed_name(preset.key, model),
    }


def filled(fields: Mapping[str, str], said: Mapping[str, str], models: Sequence[Choice],
           threshold: float | None = None) -> tuple[dict[str, str], dict[str, str]]:  # fmt: skip
    """The next values of all fields, and what of them is proposed: whatever a person changed stays."""
    preset = BY_KEY.get(fields.get("preset", ""), PRESETS[0])
    key = fields.get("model", "")
    if not key or key == said.get("model"):
        key = _usual_model(preset, key, models)
    model = next((one for one in models if one.key == key), None)
    new = {"model": key, **proposed(preset, model, threshold)}
    rows = BANDS if preset.shape == "band" else COMPARISONS
    kept = {
        name: value
        for name, value in fields.items()
        if name in new and value and value != said.get(name) and (name != "comparison" or value in rows)
    }
    return {"preset": preset.key, "description": fields.get("description", ""), **new, **kept}, new


def _usual_model(preset: Preset, key: str, models: Sequence[Choice]) -> str:
    if preset.all_models or not models:
        return ALL
    return key if key not in {"", ALL} else models[0].key


def renamed(ids: Mapping[str, str], old: Mapping[str, str], new: Mapping[str, str]) -> dict[str, str]:
    """Block ids by field: a field that gets another value than it shows gets another id, or Slack would keep the old."""
    found = {}
    for name, value in new.items():
        block, shown = ids.get(name, name), old.get(name)
        count = block.partition(".")[2]
        number = int(count) if count.isdecimal() else 0
        found[name] = block if shown is None or shown == value else f"{name}.{number + 1}"
    return found


def create(fields: Mapping[str, str], models: Sequence[Choice], state: State, ids: Mapping[str, str],
           notes: Sequence[str] = ()) -> dict[str, Any]:  # fmt: skip
    """The form for a new alarm; ``ids`` are block ids by field, ``notes`` safe lines (where it will be heard)."""
    preset = BY_KEY[fields["preset"]]
    names = ["preset", "model"]
    names += {"stalled": [], "band": ["metric", "statistic", "comparison", "threshold"]}.get(
        preset.shape, ["metric", "statistic", "comparison", "threshold"]
    )
    names += ["period", "evaluation", "missing", "name", "description"]
    blocks = [_field(name, fields, models, ids) for name in names]
    blocks.insert(1, b.context(b.esc(preset.why)))
    title = "Change the draft" if state.draft else "Make an alarm"
    return _view(CREATE, title, "Preview", [*blocks, *_notes(notes)], state)


def edit(name: str, fields: Mapping[str, str], state: State, notes: Sequence[str] = ()) -> dict[str, Any]:
    """The form for an alarm that exists: its present values, and only those that can be changed safely."""
    head = b.section(f"*{b.esc(name, 255)}*\nWhat you do not see here stays as it is.")
    blocks = [_field(one, fields, (), {}) for one in LABELS if one in fields]
    return _view(EDIT, "Change an alarm", "Preview", [head, *blocks, *_notes(notes)], state)


def reading(name: str) -> dict[str, Any]:
    """What stands there while the alarm is being read."""
    return _view(EDIT, "Change an alarm", "", [b.section(f"Reading {b.esc(name, 255)}…")], State())


def refused(sentence: str) -> dict[str, Any]:
    """Why there is no form."""
    return _view(EDIT, "Change an alarm", "", [b.section(f"⚠️ {b.entities(b.plain(sentence, 2000))}")], State())


def _view(callback: str, title: str, submit: str, blocks: Sequence[Block], state: State) -> dict[str, Any]:
    view: dict[str, Any] = {
        "type": "modal",
        "callback_id": callback,
        "private_metadata": state.pack(),
        "title": b.plain_text(title, 24),
        "close": b.plain_text("Cancel" if submit else "Close", 24),
        "blocks": list(blocks),
    }
    return view | ({"submit": b.plain_text(submit, 24)} if submit else {})


def _notes(notes: Sequence[str]) -> list[Block]:
    return [b.context(note) for note in notes if note]


def _field(name: str, fields: Mapping[str, str], models: Sequence[Choice], ids: Mapping[str, str]) -> Block:
    value = fields.get(name, "")
    options = _options(name, fields, models)
    element = _select(name, options, value) if options else _text(name, value)
    block: Block = {
        "type": "input",
        "block_id": ids.get(name, name),
        "label": b.plain_text(_label(name, fields), 2000),
        "element": element,
    }
    if name in LEADING:
        block["dispatch_action"] = True
    if name == "description":
        block["optional"] = True
    if name in HINTS:
        block["hint"] = b.plain_text(HINTS[name], 2000)
    return block


def _label(name: str, fields: Mapping[str, str]) -> str:
    band = BY_KEY.get(fields.get("preset", ""), PRESETS[0]).shape == "band"
    return "Width of the band (standard deviations)" if name == "threshold" and band else LABELS[name]


def _options(name: str, fields: Mapping[str, str], models: Sequence[Choice]) -> list[tuple[str, str]]:
    """Pairs of label and value; none for a field that is typed."""
    preset = BY_KEY.get(fields.get("preset", ""), PRESETS[0])
    band = preset.shape == "band" or fields.get("comparison") in BANDS
    rows: Mapping[str, list[tuple[str, str]]] = {
        "preset": [(one.name, one.key) for one in PRESETS],
        "model": [*((_model(one), one.key) for one in list(models)[:99]), ("All models", ALL)],
        "metric": [(words.capitalize(), name) for name, words in MEASURES.items()],
        "statistic": [(words, key) for key, words in STATISTICS.items()],
        "comparison": [(words, key) for key, words in (BANDS if band else COMPARISONS).items()],
        "period": [(_SPANS[one], str(one)) for one in PERIODS],
        "missing": [(words.capitalize(), key) for key, words in MISSING.items()],
        "tells": [("As it is", KEEP), ("My topic as well, on ALARM and OK", ADD)],
    }
    return rows.get(name, [])


def _model(choice: Choice) -> str:
    return choice.name if choice.measured else f"{b.clip(choice.name, 50)} (no metrics yet)"


def _select(name: str, options: Sequence[tuple[str, str]], value: str) -> Block:
    listed = list(options)
    if value and value not in {key for _, key in listed}:
        listed.append((f"{int(value) // 60} minutes" if name == "period" and value.isdigit() else value, value))
    choices = [b.option(label, key) for label, key in listed]
    action = f"{CHOSEN}.{name}" if name in LEADING else name
    element: Block = {"type": "static_select", "action_id": action, "options": choices}
    chosen = next((one for one in choices if one["value"] == value), None)
    return element | ({"initial_option": chosen} if chosen else {"placeholder": b.plain_text("Choose", 150)})


def _text(name: str, value: str) -> Block:
    limit = {"name": plan.NAME_LENGTH, "description": plan.DESCRIPTION_LENGTH}.get(name, 40)
    element: Block = {"type": "plain_text_input", "action_id": name, "max_length": limit}
    if name == "description":
        element["multiline"] = True
    return element | ({"initial_value": value[:limit]} if value else {})
