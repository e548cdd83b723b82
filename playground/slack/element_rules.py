"""The rules of buttons, selects, inputs and the other elements inside blocks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from playground.slack.rules import ANY, Flag, Items, Num, Problem, Rule, Shape, Str, Text, Typed

Rules = Mapping[str, Rule]
PLAIN = ("plain_text",)
FLAG = Flag()
USERS = Items(Str(255), 100, 0)
URL = Str(3000)
SLACK_FILE = Shape({}, {"id": Str(255, shape=r"F[A-Z0-9]{8,}"), "url": URL}, one_of=("id", "url"))
CONFIRM = Shape(
    {"title": Text(100, PLAIN), "text": Text(300), "confirm": Text(30, PLAIN), "deny": Text(30, PLAIN)},
    {"style": Str(choices=("primary", "danger"))},
)
DISPATCH = Shape({"trigger_actions_on": Items(Str(choices=("on_enter_pressed", "on_character_entered")), 2)})


def _option(kinds: tuple[str, ...]) -> Shape:
    return Shape({"text": Text(75, kinds), "value": Str(150)}, {"description": Text(75, kinds), "url": URL})


OPTION, RICH_OPTION = _option(PLAIN), _option(("plain_text", "mrkdwn"))
GROUP = Shape({"label": Text(75, PLAIN), "options": Items(OPTION, 100)})


def _chosen(value: dict[str, Any], at: str) -> Iterator[Problem]:
    """What is chosen at first must be one of the options, to the letter."""
    options = [*(value.get("options") or [])]
    for group in value.get("option_groups") or []:
        options += group["options"]
    chosen = [*(value.get("initial_options") or [])]
    if value.get("initial_option"):
        chosen.append(value["initial_option"])
    if any(option not in options for option in chosen):
        yield Problem(at, "initial option must match one of the options", "initial_option")
    values = [option["value"] for option in options]
    if len(set(values)) < len(values):
        yield Problem(at, "option values must be unique", "duplicate_value")


def _element(required: Rules | None = None, optional: Rules | None = None, **more: Any) -> Shape:
    shared: dict[str, Rule] = {"action_id": Str(255), "confirm": CONFIRM, "focus_on_load": FLAG}
    return Shape({"type": ANY, **(required or {})}, {**shared, **(optional or {})}, **more)


def _select(optional: Rules, *, many: bool = False, **more: Any) -> Shape:
    shared: dict[str, Rule] = {"placeholder": Text(150, PLAIN)}
    if many:
        shared["max_selected_items"] = Num(1, whole=True)
    return _element({}, {**shared, **optional}, **more)


STATIC: Rules = {"options": Items(OPTION, 100), "option_groups": Items(GROUP, 100)}
ONE_STATIC = ("options", "option_groups")
INITIAL: Rules = {"initial_option": OPTION}
INITIALS: Rules = {"initial_options": Items(OPTION, 100)}
QUERY: Rules = {"min_query_length": Num(0, whole=True)}
HERE: Rules = {"default_to_current_conversation": FLAG, "filter": ANY}
TYPED_IN: Rules = {"placeholder": Text(150, PLAIN), "dispatch_action_config": DISPATCH, "initial_value": Str(3000, 0)}
TEXT_LENGTHS: Rules = {
    "min_length": Num(0, 3000, whole=True),
    "max_length": Num(1, 3000, whole=True),
    "multiline": FLAG,
}
NUMBER: Rules = {"min_value": Str(255), "max_value": Str(255), "initial_value": Str(255)}
LINES: Rules = {"min_lines": Num(1, 100, whole=True), "max_lines": Num(1, 100, whole=True), "initial_value": ANY}
STYLE = Str(choices=("primary", "danger"))
LABEL: Rules = {"accessibility_label": Str(75)}
FEEDBACK = Shape({"text": Text(75, PLAIN), "value": Str(2000)}, LABEL)
IMAGE = Shape(
    {"type": ANY, "alt_text": Str(2000)},
    {"image_url": URL, "slack_file": SLACK_FILE},
    one_of=("image_url", "slack_file"),
)

ELEMENTS: dict[str, Rule] = {
    "button": _element(
        {"text": Text(75, PLAIN)},
        {
            "value": Str(2000),
            "url": URL,
            "style": STYLE,
            "agent_prompt": Str(4000),
            "agent_prompt_display": ANY,
            "visible_to_user_ids": USERS,
            **LABEL,
        },
    ),
    "channels_select": _select({"initial_channel": Str(255), "response_url_enabled": FLAG}),
    "checkboxes": _element(
        {"options": Items(RICH_OPTION, 10)}, {"initial_options": Items(RICH_OPTION, 10)}, look=_chosen
    ),
    "conversations_select": _select({"initial_conversation": Str(255), "response_url_enabled": FLAG, **HERE}),
    "datepicker": _select({"initial_date": Str(shape=r"\d{4}-\d\d-\d\d")}),
    "datetimepicker": _element({}, {"initial_date_time": Num(1_000_000_000, 9_999_999_999, whole=True)}),
    "email_text_input": _element({}, TYPED_IN),
    "external_select": _select({**QUERY, **INITIAL}),
    "feedback_buttons": Shape(
        {"type": ANY, "positive_button": FEEDBACK, "negative_button": FEEDBACK}, {"action_id": Str(255)}
    ),
    "file_input": _element({}, {"filetypes": Items(Str(50), 100), "max_files": Num(1, 10, whole=True)}),
    "icon_button": _element(
        {"icon": Str(choices=("trash",)), "text": Text(75, PLAIN)},
        {"value": Str(2000), "visible_to_user_ids": Items(Str(255), 10, 0), **LABEL},
    ),
    "image": IMAGE,
    "mrkdwn": Text(3000),
    "multi_channels_select": _select({"initial_channels": USERS}, many=True),
    "multi_conversations_select": _select({"initial_conversations": USERS, **HERE}, many=True),
    "multi_external_select": _select({**QUERY, **INITIALS}, many=True),
    "multi_static_select": _select({**STATIC, **INITIALS}, many=True, one_of=ONE_STATIC, look=_chosen),
    "multi_users_select": _select({"initial_users": USERS}, many=True),
    "number_input": _element({"is_decimal_allowed": FLAG}, {**TYPED_IN, **NUMBER}),
    "overflow": _element({"options": Items(OPTION, 5)}),
    "plain_text": Text(3000),
    "plain_text_input": _element({}, {**TYPED_IN, **TEXT_LENGTHS}),
    "radio_buttons": _element({"options": Items(RICH_OPTION, 10)}, {"initial_option": RICH_OPTION}, look=_chosen),
    "rich_text_input": _element({}, {**TYPED_IN, **LINES}),
    "static_select": _select({**STATIC, **INITIAL}, one_of=ONE_STATIC, look=_chosen),
    "timepicker": _select({"initial_time": Str(shape=r"\d\d:\d\d"), "timezone": Str(255)}),
    "url": Shape({"type": ANY, "url": URL, "text": Str(3000)}),
    "url_text_input": _element({}, TYPED_IN),
    "users_select": _select({"initial_user": Str(255)}),
    "workflow_button": _element({"text": Text(75, PLAIN), "workflow": ANY}, {"style": STYLE, **LABEL}),
}

SELECTS = frozenset({f"{kind}_select" for kind in ("static", "external", "users", "conversations", "channels")})
MULTI_SELECTS = frozenset({f"multi_{kind}" for kind in SELECTS})
PICKERS = frozenset({"datepicker", "timepicker", "checkboxes", "radio_buttons"})
TEXT_INPUTS = frozenset({f"{kind}_input" for kind in ("plain_text", "email_text", "url_text", "number", "rich_text")})


def elements(allowed: frozenset[str]) -> Typed:
    """One element of these types."""
    return Typed(lambda: ELEMENTS, allowed)


BUTTON = elements(frozenset({"button"}))
IN_ACTIONS = elements(
    SELECTS | MULTI_SELECTS | PICKERS | {"button", "datetimepicker", "overflow", "workflow_button", "rich_text_input"}
)
IN_CONTEXT = elements(frozenset({"image", "mrkdwn", "plain_text"}))
IN_CONTEXT_ACTIONS = elements(frozenset({"feedback_buttons", "icon_button"}))
IN_INPUT = elements(SELECTS | MULTI_SELECTS | PICKERS | TEXT_INPUTS | {"datetimepicker", "file_input"})
IN_SECTION = elements(SELECTS | MULTI_SELECTS | PICKERS | {"button", "image", "overflow", "workflow_button"})
