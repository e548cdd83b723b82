"""What `/batch alarm test` sends through SNS and what it tells the person who asked; pure."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any

from bot.slack import blocks as b
from bot.slack.blocks import Message

EVENT = "batchbot-test"
SUBJECT = "Test message of batchbot - nothing is wrong"


def notification(nonce: str, at: datetime) -> str:
    """The message itself: a custom notification (Amazon Q Developer's schema), which other subscribers can read too."""
    body = {
        "version": "1.0",
        "source": "custom",
        "content": {
            "textType": "client-markdown",
            "title": "Test message, nothing is wrong",
            "description": f"batchbot sent this at {b.utc_text(at)} to see whether alarms on this topic arrive.",
        },
        "metadata": {"eventType": EVENT, "additionalContext": {"nonce": nonce}},
    }
    return json.dumps(body)


def nonce_of(message: str) -> str:
    """The nonce of a test message, an empty string for everything else."""
    if EVENT not in message:
        return ""
    try:
        found: Any = json.loads(message)
    except (ValueError, RecursionError):
        return ""
    for key in ("metadata", "additionalContext", "nonce"):
        if not isinstance(found, dict):
            return ""
        if key == "metadata" and found.get("source") != "custom":
            return ""
        found = found.get(key)
    return found if isinstance(found, str) else ""


def on_its_way(topic: str, patience: timedelta) -> Message:
    """The first answer."""
    name = topic.rpartition(":")[2]
    text = f"I am sending a test message through the topic {name}. You hear from me within {b.span(patience)}."
    shown = (
        f"📨 I am sending a test message through the topic {b.code(name)}. You hear from me within {b.span(patience)}."
    )
    return Message(b.plain(text), [b.section(shown)])


def came_back(topic: str, took: timedelta, *, late: bool) -> Message:
    """It arrived; ``late`` where the person was already told that it had not."""
    seconds = _seconds(took)
    if late:
        text = f"The test message came back after all, {seconds} after it went out. Alarms arrive, but slowly."
        return Message(text, [b.section(f"⚠️ {text}"), _where(topic)])
    text = f"The test message went out and came back in {seconds}. Alarms on this topic arrive here."
    return Message(text, [b.section(f"✅ {text}"), _where(topic)])


def lost(topic: str, patience: timedelta) -> Message:
    """It was taken by SNS and did not arrive."""
    text = f"The test message did not come back within {b.span(patience)}."
    causes = [
        "My subscription to the topic is missing or not confirmed yet.",
        "Amazon SNS cannot reach my address: BATCHBOT_PUBLIC_URL, the firewall, or a certificate that is not publicly trusted.",
        "Raw message delivery is on, so I cannot verify what arrives.",
        "The process that takes messages in (`batchbot web`) is not running.",
    ]
    shown = f"❌ {text} Most often it is one of these:\n" + "\n".join(f"•  {cause}" for cause in causes)
    return Message(
        f"{text} Run batchbot doctor: it says which link is broken.",
        [b.section(shown), b.section("Run `batchbot doctor`: it says which link is broken."), _where(topic)],
    )


def not_sent(topic: str, reason: str) -> Message:
    """SNS did not take it."""
    told = b.plain(reason, 1000)
    return Message(
        b.entities(f"The test message could not be sent. {told}"),
        [b.section(f"❌ The test message could not be sent. {b.esc(told, 1000)}"), _where(topic)],
    )


def _where(topic: str) -> b.Block:
    return b.context(f"Topic {b.code(topic)}")


def _seconds(took: timedelta) -> str:
    seconds = max(took.total_seconds(), 0.0)
    return f"{seconds:.1f} s" if seconds < 60 else f"{seconds:.0f} s" if seconds < 300 else b.span(seconds)
