"""The form behind ``/batch submit``; its block ids are the fields of ``submission.read``; pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bot.jobs.submission import HOURS, Rules
from bot.slack import blocks as b
from bot.slack.blocks import Block

CALLBACK = "job_submit"


def form(rules: Rules, channel: str, typed: Mapping[str, str] | None = None) -> dict[str, Any]:
    """The view; ``typed`` fills fields in, ``channel`` (where it was asked for) comes back as private_metadata."""
    given = typed or {}
    options = [b.option(name, name) for name in list(rules.models.values())[:100]]
    model: Block = {"type": "static_select", "action_id": "model", "options": options}
    model["placeholder"] = b.plain_text("Choose a model")
    kinds = [b.option("InvokeModel: the model's own request body", "InvokeModel"),
             b.option("Converse: the same body for every model", "Converse")]  # fmt: skip
    radio: Block = {"type": "radio_buttons", "action_id": "type", "options": kinds, "initial_option": kinds[0]}
    hours: Block = {
        "type": "number_input", "action_id": "timeout", "is_decimal_allowed": False, "initial_value": str(HOURS[0]),
        "min_value": str(HOURS[0]), "max_value": str(HOURS[1]),
    }  # fmt: skip
    blocks = [
        _input("name", "Name", _text("name", given.get("name", ""), "reviews-2026-11-22", 63), "Letters, digits, - + and ."),
        _input("model", "Model", model),
        _input("input", "Input", _text("input", given.get("input", ""), "s3://bucket/folder/records.jsonl", 1024),
               "A .jsonl file, or a folder that ends in a slash"),
        _input("output", "Output prefix", _text("output", rules.output_uri, "s3://bucket/results/", 1024)),
        _input("type", "Type of the records", radio),
        _input("timeout", "Time limit in hours", hours, f"{HOURS[0]} to {HOURS[1]}"),
    ]  # fmt: skip
    return {
        "type": "modal",
        "callback_id": CALLBACK,
        "private_metadata": channel,
        "title": b.plain_text("Submit a batch job", 24),
        "submit": b.plain_text("Submit", 24),
        "close": b.plain_text("Cancel", 24),
        "blocks": blocks,
    }


def _text(action: str, initial: str, placeholder: str, limit: int) -> Block:
    element: Block = {"type": "plain_text_input", "action_id": action, "max_length": limit}
    element["placeholder"] = b.plain_text(placeholder, 150)
    if initial:
        element["initial_value"] = initial
    return element


def _input(block_id: str, label: str, element: Block, hint: str = "") -> Block:
    block: Block = {"type": "input", "block_id": block_id, "label": b.plain_text(label, 2000), "element": element}
    if hint:
        block["hint"] = b.plain_text(hint, 2000)
    return block
