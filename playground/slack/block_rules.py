"""The rules of every block type, and the surfaces on which each may stand."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from playground.slack.data_rules import CHART, DATA_TABLE, TABLE
from playground.slack.element_rules import (
    BUTTON,
    FLAG,
    IN_ACTIONS,
    IN_CONTEXT,
    IN_CONTEXT_ACTIONS,
    IN_INPUT,
    IN_SECTION,
    PLAIN,
    SLACK_FILE,
    URL,
    elements,
)
from playground.slack.rules import ANY, Items, Problem, Rule, Shape, Str, Text, Typed

MESSAGE, MODAL, HOME = "message", "modal", "home"
EVERYWHERE = frozenset({MESSAGE, MODAL, HOME})
SURFACES = {
    **dict.fromkeys(
        ("actions", "context", "divider", "header", "image", "input", "rich_text", "section", "video", "card"),
        EVERYWHERE,
    ),
    **dict.fromkeys(("table", "data_table", "carousel"), frozenset({MESSAGE, HOME})),
    **dict.fromkeys(
        ("markdown", "plan", "task_card", "context_actions", "container", "data_visualization"), frozenset({MESSAGE})
    ),
    "alert": frozenset({MODAL}),
}
IN_CONTAINER = frozenset(
    {"actions", "context", "divider", "header", "image", "input", "rich_text", "section", "table", "video"}
)
LEVELS = ("default", "info", "warning", "error", "success")
STATUSES = ("pending", "in_progress", "complete", "error")
MRKDWN = ("mrkdwn",)


def _block(
    required: Mapping[str, Rule] | None = None, optional: Mapping[str, Rule] | None = None, **more: Any
) -> Shape:
    return Shape({"type": ANY, **(required or {})}, {"block_id": Str(255), **(optional or {})}, **more)


def _distinct_actions(block: dict[str, Any], at: str) -> Iterator[Problem]:
    seen: set[str] = set()
    for index, element in enumerate(block["elements"]):
        action_id = element.get("action_id")
        if action_id in seen:
            yield Problem(f"{at}/elements/{index}", f"`action_id` {action_id} already exists", "duplicate_action_id")
        if action_id:
            seen.add(action_id)


def _container(block: dict[str, Any], at: str) -> Iterator[Problem]:
    if block.get("has_header_divider") and block.get("is_collapsible"):
        yield Problem(at, "has_header_divider may not be used with is_collapsible", "conflict")


def blocks(allowed: frozenset[str]) -> Typed:
    """One block of these types."""
    return Typed(lambda: BLOCKS, allowed)


ELEMENT_IMAGE = elements(frozenset({"image"}))
RICH_TEXT = _block(
    {
        "elements": Items(
            Shape(
                {
                    "type": Str(
                        choices=("rich_text_section", "rich_text_list", "rich_text_quote", "rich_text_preformatted")
                    ),
                    "elements": Items(ANY, 1000, 0),
                },
                {"style": ANY, "indent": ANY, "offset": ANY, "border": ANY, "language": ANY},
            ),
            1000,
            0,
        )
    }
)
TASK = _block(
    {"task_id": Str(255), "title": Str(255), "status": Str(choices=STATUSES)},
    {"details": RICH_TEXT, "output": RICH_TEXT, "sources": Items(elements(frozenset({"url"})), 10, 0)},
)
CARD = _block(
    {},
    {
        "title": Text(150, MRKDWN),
        "subtitle": Text(150, MRKDWN),
        "body": Text(200, MRKDWN),
        "subtext": Text(200, MRKDWN),
        "hero_image": ELEMENT_IMAGE,
        "icon": ELEMENT_IMAGE,
        "slack_icon": ANY,
        "actions": Items(BUTTON, 3),
    },
    some_of=("title", "body", "hero_image", "actions"),
)

BLOCKS: dict[str, Rule] = {
    "actions": _block({"elements": Items(IN_ACTIONS, 25)}, look=_distinct_actions),
    "alert": _block({"text": Text(200)}, {"level": Str(choices=LEVELS)}),
    "card": CARD,
    "carousel": _block({"elements": Items(blocks(frozenset({"card"})), 10)}),
    "container": _block(
        {"child_blocks": Items(blocks(IN_CONTAINER), 10)},
        {
            "title": Text(150, PLAIN),
            "rich_text_title": RICH_TEXT,
            "subtitle": Text(150),
            "icon": ELEMENT_IMAGE,
            "is_collapsible": FLAG,
            "default_collapsed": FLAG,
            "has_header_divider": FLAG,
            "width": Str(choices=("narrow", "standard", "wide", "full")),
        },
        look=_container,
    ),
    "context": _block({"elements": Items(IN_CONTEXT, 10)}),
    "context_actions": _block({"elements": Items(IN_CONTEXT_ACTIONS, 5)}, look=_distinct_actions),
    "data_table": DATA_TABLE,
    "data_visualization": CHART,
    "divider": _block(),
    "header": _block({"text": Text(150, PLAIN)}),
    "image": _block(
        {"alt_text": Str(2000)},
        {"title": Text(2000, PLAIN), "image_url": URL, "slack_file": SLACK_FILE},
        one_of=("image_url", "slack_file"),
    ),
    "input": _block(
        {"label": Text(2000, PLAIN), "element": IN_INPUT},
        {"hint": Text(2000, PLAIN), "optional": FLAG, "dispatch_action": FLAG},
    ),
    "markdown": _block({"text": Str(12_000)}),
    "plan": _block(
        {"title": Str(255)}, {"tasks": Items(Typed(lambda: {"task_card": TASK}, frozenset({"task_card"})), 50, 0)}
    ),
    "rich_text": RICH_TEXT,
    "section": _block(
        {},
        {"text": Text(3000), "fields": Items(Text(2000), 10), "accessory": IN_SECTION, "expand": FLAG},
        some_of=("text", "fields"),
    ),
    "table": TABLE,
    "task_card": TASK,
    "video": _block(
        {"alt_text": Str(2000), "title": Text(199, PLAIN), "thumbnail_url": URL, "video_url": URL},
        {
            "title_url": URL,
            "description": Text(200, PLAIN),
            "author_name": Str(50),
            "provider_name": Str(255),
            "provider_icon_url": URL,
        },
    ),
}
