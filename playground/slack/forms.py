"""What a person can enter in each kind of field, and how Slack reports it back."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from playground.slack.model import Json
from playground.slack.refusals import ClientRefused


@dataclass(frozen=True)
class Field:
    """Where a kind of element keeps its value: under `key` in the state, `initial` in the block."""

    key: str
    initial: str
    many: bool = False


TEXT = Field("value", "initial_value")
FIELDS = {
    "plain_text_input": TEXT,
    "email_text_input": TEXT,
    "url_text_input": TEXT,
    "number_input": TEXT,
    "rich_text_input": Field("rich_text_value", "initial_value"),
    "file_input": Field("files", "", many=True),
    "datepicker": Field("selected_date", "initial_date"),
    "timepicker": Field("selected_time", "initial_time"),
    "datetimepicker": Field("selected_date_time", "initial_date_time"),
    "radio_buttons": Field("selected_option", "initial_option"),
    "checkboxes": Field("selected_options", "initial_options", many=True),
    "static_select": Field("selected_option", "initial_option"),
    "external_select": Field("selected_option", "initial_option"),
    "users_select": Field("selected_user", "initial_user"),
    "conversations_select": Field("selected_conversation", "initial_conversation"),
    "channels_select": Field("selected_channel", "initial_channel"),
    "multi_static_select": Field("selected_options", "initial_options", many=True),
    "multi_external_select": Field("selected_options", "initial_options", many=True),
    "multi_users_select": Field("selected_users", "initial_users", many=True),
    "multi_conversations_select": Field("selected_conversations", "initial_conversations", many=True),
    "multi_channels_select": Field("selected_channels", "initial_channels", many=True),
}
OPTION_KEYS = ("selected_option", "selected_options")
SHAPES = {
    "datepicker": (re.compile(r"\d{4}-\d\d-\d\d"), "Enter a valid date."),
    "timepicker": (re.compile(r"\d\d:\d\d"), "Enter a valid time."),
    "datetimepicker": (re.compile(r"\d{10}"), "Enter a valid date and time."),
    "email_text_input": (re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+"), "Enter a valid email address."),
    "url_text_input": (re.compile(r"https?://\S+"), "Enter a valid URL."),
}


def elements(blocks: list[Json]) -> Iterator[tuple[Json, Json]]:
    """Every element that can act or hold a value, each with its block."""
    for block in blocks:
        yield from ((block, element) for element in _inside(block, block))


def _inside(node: Any, block: Json) -> Iterator[Json]:
    if isinstance(node, dict):
        if "action_id" in node and node is not block:
            yield node
        for value in node.values():
            yield from _inside(value, block)
    elif isinstance(node, list):
        for item in node:
            yield from _inside(item, block)


def entry(element: Json, value: Any, options: list[Json] | None = None) -> Json:
    """The state of this element once `value` is entered; None empties it."""
    kind = str(element.get("type"))
    field = FIELDS.get(kind)
    if field is None:
        raise ClientRefused(f"nothing can be entered in {kind}")
    if value is None or value == "":
        return {"type": kind, field.key: [] if field.many else None}
    if kind == "file_input":
        raise ClientRefused("files cannot be given here")
    if kind == "rich_text_input" and isinstance(value, str):
        return {"type": kind, field.key: rich_text(value)}
    if field.many and not isinstance(value, (list, tuple, set)):
        value = [value]
    if field.key in OPTION_KEYS:
        known = options if options is not None else all_options(element)
        value = [pick(known, v) for v in value] if field.many else pick(known, value)
    elif kind in ("number_input", "datetimepicker") and field is not TEXT:
        value = int(value)
    elif field is TEXT:
        value = str(value)
    return {"type": kind, field.key: list(value) if field.many else value}


def rich_text(value: str) -> Json:
    """Typed text as the rich text that Slack's editor makes of it: one section."""
    section = {"type": "rich_text_section", "elements": [{"type": "text", "text": value}]}
    return {"type": "rich_text", "elements": [section]}


def fault(element: Json, state: Json, *, optional: bool) -> str | None:
    """Why Slack's client would not send this entry; None if it would."""
    kind = str(element.get("type"))
    value = state.get(FIELDS[kind].key)
    if not value and value != 0:
        return None if optional else "Please complete this required field."
    if kind in SHAPES and not SHAPES[kind][0].fullmatch(str(value)):
        return SHAPES[kind][1]
    if kind == "plain_text_input":
        return _length_fault(element, str(value))
    if kind == "number_input":
        return _number_fault(element, str(value))
    most = element.get("max_selected_items")
    return f"Choose at most {most}." if most and len(value) > int(most) else None


def state_values(blocks: list[Json], values: dict[str, Json]) -> dict[str, Json]:
    """The state of every field: what was entered, else what it started with."""
    found: dict[str, Json] = {}
    for block, element in elements(blocks):
        kind, action_id = str(element.get("type")), str(element["action_id"])
        if kind in FIELDS:
            block_id = str(block["block_id"])
            known = values.get(block_id, {}).get(action_id)
            found.setdefault(block_id, {})[action_id] = known or initial(element)
    return found


def initial(element: Json) -> Json:
    """The state of an element before anyone touched it."""
    kind = str(element.get("type"))
    field = FIELDS[kind]
    return {"type": kind, field.key: element.get(field.initial, [] if field.many else None)}


def all_options(element: Json) -> list[Json]:
    """The options of a select, those in groups too."""
    grouped = [option for group in element.get("option_groups") or [] for option in group.get("options") or []]
    return [*(element.get("options") or []), *grouped]


def pick(options: list[Json], value: Any) -> Json:
    """The option with this value (or this text, as a person reads it)."""
    for option in options:
        if value in (option.get("value"), option):
            return option
    for option in options:
        if value == option.get("text", {}).get("text"):
            return option
    raise ClientRefused(f"{value!r} is not among the options")


def _length_fault(element: Json, value: str) -> str | None:
    if len(value) < int(element.get("min_length") or 0):
        return f"Enter at least {element['min_length']} characters."
    if len(value) > int(element.get("max_length") or 3000):
        return f"Enter at most {element.get('max_length') or 3000} characters."
    return None


def _number_fault(element: Json, value: str) -> str | None:
    try:
        number = float(value) if element.get("is_decimal_allowed") else int(value)
    except ValueError:
        return "Enter a number." if element.get("is_decimal_allowed") else "Enter a whole number."
    low, high = element.get("min_value"), element.get("max_value")
    if low is not None and number < float(low):
        return f"Enter a number of at least {low}."
    if high is not None and number > float(high):
        return f"Enter a number of at most {high}."
    return None
