"""What every message must hold: Slack's limits, and that nothing foreign in it pings or links."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from bot.slack.blocks import Message
from playground.slack import check_message

CONSOLE = re.compile(r"https://(?:[a-z0-9-]+\.)?console\.aws\.amazon\.com/[!-~]*")
DATE = re.compile(r"<!date\^-?[0-9]+\^[A-Za-z_{} ]+\|[0-9: -]+ UTC>")
LINK = re.compile(r"<(https?://[^|>]*)\|[^<>|]*>")
UNSEEN = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff]")
LINE = 1600


def check(message: Message) -> None:
    """Fail where Slack would refuse the message or foreign text would take effect."""
    assert 1 <= len(message.text) <= 3900
    assert "<" not in message.text
    assert ">" not in message.text
    assert "\n" not in message.text
    assert 1 <= len(message.blocks) <= 50
    shown = message.text + json.dumps(message.blocks, ensure_ascii=False)
    assert shown.encode("utf-8")
    assert not UNSEEN.search(shown)
    assert not check_message({"text": message.text, "blocks": message.blocks})
    for block in message.blocks:
        _check_size(block)
    for text in texts(message.blocks):
        assert text["type"] in {"mrkdwn", "plain_text"}
        if text["type"] == "mrkdwn":
            assert text["verbatim"] is True
            _check_markup(text["text"])


def _check_size(block: dict[str, Any]) -> None:
    if block["type"] == "section":
        assert 1 <= len(block["text"]["text"]) <= 3000
    if block["type"] == "context":
        assert 1 <= len(block["elements"]) <= 10
        assert all(1 <= len(element["text"]) <= 3000 for element in block["elements"])


def _check_markup(text: str) -> None:
    rest = DATE.sub("", text)
    for url in LINK.findall(rest):
        assert CONSOLE.fullmatch(url), url
    rest = LINK.sub("", rest)
    assert "<" not in rest, rest
    assert ">" not in rest, rest
    assert not re.search(r"&(?!(amp|lt|gt);)", rest), rest
    assert not UNSEEN.search(rest)


def check_line(line: str) -> None:
    """Fail where a line of a card could not stand for itself: too long, in two, or with foreign markup in effect."""
    assert 1 <= len(line) <= LINE
    assert "\n" not in line
    assert line.replace("`\u200b", "").count("`") % 2 == 0
    _check_markup(line)


def texts(node: Any) -> Iterator[dict[str, Any]]:
    """Every text object in ``node``."""
    if isinstance(node, dict):
        if isinstance(node.get("text"), str):
            yield node
        for entry in node.values():
            yield from texts(entry)
    elif isinstance(node, list):
        for entry in node:
            yield from texts(entry)
