"""Says what Slack would refuse in blocks, in a whole message, in a view; pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from playground.slack.block_rules import BLOCKS, HOME, MESSAGE, MODAL, SURFACES
from playground.slack.element_rules import PLAIN
from playground.slack.mrkdwn import escape
from playground.slack.rules import ANY, Flag, Items, Problem, Rule, Shape, Str, Text

__all__ = ["Problem", "check_blocks", "check_message", "check_view"]

MOST_BLOCKS = {MESSAGE: 50, MODAL: 100, HOME: 100}
MOST_CHARTS = 2
MOST_ATTACHMENTS = 100
MARKDOWN_CHARACTERS = 12_000
MESSAGE_CHARACTERS = 13_200
OVERHEAD = {"header": 100, "divider": 125}
TABLES = ("table", "data_table")
UNCOUNTED = (*TABLES, "data_visualization")

MODAL_VIEW = Shape(
    {"type": ANY, "title": Text(24, PLAIN), "blocks": ANY},
    {
        "submit": Text(24, PLAIN),
        "close": Text(24, PLAIN),
        "private_metadata": Str(3000, 0),
        "callback_id": Str(255, 0),
        "external_id": Str(255, 0),
        "clear_on_close": Flag(),
        "notify_on_close": Flag(),
        "submit_disabled": Flag(),
    },
)
HOME_VIEW = Shape(
    {"type": ANY, "blocks": ANY},
    {"private_metadata": Str(3000, 0), "callback_id": Str(255, 0), "external_id": Str(255, 0)},
)
VIEWS: dict[str, Rule] = {MODAL: MODAL_VIEW, HOME: HOME_VIEW}


def check_blocks(blocks: Any, surface: str = MESSAGE, pointer: str = "/blocks") -> list[Problem]:
    """The problems of these blocks on a surface: message, modal or home."""
    found = list(Items(ANY, MOST_BLOCKS[surface], 0).check(blocks, pointer))
    for index, block in enumerate(blocks if isinstance(blocks, list) else ()):
        found += _block(block, surface, f"{pointer}/{index}")
    return found + list(_duplicates(blocks, pointer))


def check_message(message: Mapping[str, Any]) -> list[Problem]:
    """The problems of a whole message: its blocks, its attachments and what they add up to."""
    blocks, attachments = message.get("blocks") or [], message.get("attachments") or []
    found = check_blocks(blocks)
    if len(attachments) > MOST_ATTACHMENTS:
        found.append(Problem("/attachments", f"no more than {MOST_ATTACHMENTS} items allowed", "too_many_attachments"))
    every = _flat(blocks, "/blocks")
    for index, attachment in enumerate(attachments):
        inside = (attachment.get("blocks") or []) if isinstance(attachment, dict) else []
        found += check_blocks(inside, MESSAGE, f"/attachments/{index}/blocks")
        every += _flat(inside, f"/attachments/{index}/blocks")
    return found + list(_totals(blocks, every))


def check_view(view: Mapping[str, Any]) -> list[Problem]:
    """The problems of a modal or a Home tab."""
    kind = view.get("type")
    if kind not in VIEWS:
        return [Problem("/view/type", "must be a valid enum value: modal, home", "enum")]
    found = list(VIEWS[str(kind)].check(dict(view), "/view"))
    blocks = view.get("blocks") or []
    found += check_blocks(blocks, str(kind), "/view/blocks")
    has_input = any(isinstance(block, dict) and block.get("type") == "input" for block in blocks)
    if kind == MODAL and has_input and not view.get("submit"):
        found.append(Problem("/view", "missing required field: submit", "missing_submit"))
    return found


def _block(block: Any, surface: str, at: str) -> Iterator[Problem]:
    kind = block.get("type") if isinstance(block, dict) else None
    if not isinstance(kind, str):
        yield Problem(at, "must be an object with a type", "type")
    elif kind not in SURFACES:
        yield Problem(f"{at}/type", f"unsupported type: {kind}", "unsupported")
    elif surface not in SURFACES[kind]:
        yield Problem(f"{at}/type", f"unsupported type: {kind}", "surface")
    else:
        yield from BLOCKS[kind].check(block, at)


def _duplicates(blocks: Any, pointer: str) -> Iterator[Problem]:
    seen: set[str] = set()
    for at, block in _flat(blocks, pointer):
        block_id = block.get("block_id")
        if isinstance(block_id, str) and block_id in seen:
            yield Problem(f"{at}/block_id", f"`block_id` {block_id} already exists", "duplicate_block_id")
        if isinstance(block_id, str):
            seen.add(block_id)


def _flat(blocks: Any, pointer: str) -> list[tuple[str, dict[str, Any]]]:
    """All blocks with their pointers, those in containers too."""
    found: list[tuple[str, dict[str, Any]]] = []
    for index, block in enumerate(blocks if isinstance(blocks, list) else ()):
        if isinstance(block, dict):
            at = f"{pointer}/{index}"
            found += [(at, block), *_flat(block.get("child_blocks"), f"{at}/child_blocks")]
    return found


def _totals(blocks: Any, every: list[tuple[str, dict[str, Any]]]) -> Iterator[Problem]:
    """What is limited over the whole message."""
    tables = [at for at, block in every if block.get("type") in TABLES]
    charts = [at for at, block in every if block.get("type") == "data_visualization"]
    yield from (Problem(at, "only_one_table_allowed", "only_one_table_allowed") for at in tables[1:])
    yield from (
        Problem(at, f"no more than {MOST_CHARTS} charts allowed", "too_many_charts") for at in charts[MOST_CHARTS:]
    )
    markdown = sum(len(str(block.get("text", ""))) for _, block in every if block.get("type") == "markdown")
    if markdown > MARKDOWN_CHARACTERS:
        why = f"markdown must be less than {MARKDOWN_CHARACTERS + 1} characters"
        yield Problem("/blocks", why, "markdown_too_long")
    if _size(blocks) > MESSAGE_CHARACTERS:
        yield Problem("/blocks", "message blocks are too long", "msg_blocks_too_long")


def _size(node: Any) -> int:
    """The characters that count: all text, as it is escaped, and a little for headers and dividers."""
    if isinstance(node, list):
        return sum(map(_size, node))
    if not isinstance(node, dict) or node.get("type") in UNCOUNTED:
        return 0
    kind, text = str(node.get("type")), node.get("text")
    own = OVERHEAD.get(kind, 0)
    if isinstance(text, str):
        own += len(text if kind == "mrkdwn" else escape(text))
    return own + sum(_size(value) for value in node.values())
