"""Reads Slack's text: who it pings, what it says, how a client escapes it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

MENTION = re.compile(r"<(?:@([UW][A-Z0-9]+)|!subteam\^(S[A-Z0-9]+)|!(channel|here|everyone))(?:\|[^>]*)?>")
BARE = re.compile(r"(?<![\w@])@(channel|here|everyone)\b")
READABLE = (
    "text",
    "title",
    "subtitle",
    "body",
    "alt_text",
    "caption",
    "fallback",
    "pretext",
    "label",
    "hint",
    "placeholder",
    "description",
)


def mentions(text: str, *, bare: bool = False) -> list[str]:
    """Those whom this text pings: user ids, group ids, and channel, here, everyone.

    `bare` also counts a plain @channel, which mrkdwn objects turn into a ping unless verbatim.
    """
    found = ["".join(groups) for groups in MENTION.findall(text)]
    return found + (BARE.findall(text) if bare else [])


def pings(node: Any) -> Iterator[str]:
    """Those whom blocks or attachments ping."""
    if isinstance(node, list):
        for item in node:
            yield from pings(item)
    elif isinstance(node, dict):
        yield from _own_pings(node)
        for value in node.values():
            if isinstance(value, (dict, list)):
                yield from pings(value)


def _own_pings(node: dict[str, Any]) -> Iterator[str]:
    kind = node.get("type")
    if kind == "mrkdwn":
        yield from mentions(str(node.get("text", "")), bare=not node.get("verbatim"))
    elif kind == "markdown":
        yield from mentions(str(node.get("text", "")))
    elif kind == "user" and "user_id" in node:
        yield str(node["user_id"])
    elif kind == "usergroup" and "usergroup_id" in node:
        yield str(node["usergroup_id"])
    elif kind == "broadcast":
        yield str(node.get("range", "channel"))


def words(node: Any) -> list[str]:
    """Every string a person can read in blocks or attachments, in order."""
    if isinstance(node, list):
        return [word for item in node for word in words(item)]
    if not isinstance(node, dict):
        return []
    found: list[str] = []
    for key, value in node.items():
        if isinstance(value, str):
            found += [value] if key in READABLE else []
        else:
            found += words(value)
    return found


def escape(text: str) -> str:
    """Text as Slack's clients send it: the three control characters escaped."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def unescape(text: str) -> str:
    """Text as a person reads it."""
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
