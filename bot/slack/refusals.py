"""A channel in which the bot may not post is told of elsewhere, once a day: where, why, and the one thing to do; pure.

The notice is a card like any other, so that it is tried in one place after the other until somebody can read it. All that
it says is in its key.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime

from bot.slack import blocks as b
from bot.slack.blocks import Message

PREFIX = "refusal"

_WHY = {
    "not_in_channel": "I am not in it",
    "user_not_in_channel": "I am not in it",
    "channel_not_found": "it is private and I am not in it, or there is no such channel",
    "is_archived": "it is archived",
}
_ARCHIVED = "Unarchive it, or choose another channel in my settings."
_RESTRICTED = "Ask an admin of the workspace to let me post there, or choose another channel in my settings."


def key(channel: str, code: str, now: datetime) -> str | None:
    """The notice's key, the same all day (UTC); None where no channel is meant that people share."""
    if not re.fullmatch(r"[CG][A-Z0-9]{1,38}", channel):
        return None
    return f"{PREFIX}:{channel}:{now.astimezone(UTC):%Y-%m-%d}:{code[:60]}"


def message(card: str) -> Message:
    """What is said to those who can read it."""
    _, channel, _, code = card.split(":", 3)
    why = _WHY.get(code, f"Slack refuses it ({b.entities(b.plain(code, 60))})")
    start = f"I cannot post in <#{channel}>: {why}. What belongs there waits, or stands in another channel."
    text = f"I cannot post in one of my channels ({b.entities(b.plain(code, 60))})."
    return Message(text, [b.section(f"⚠️ {start}\n{_to_do(code)}")])


def _to_do(code: str) -> str:
    if code == "is_archived":
        return _ARCHIVED
    if code not in _WHY:
        return _RESTRICTED
    return "Type `/invite @batchbot` in that channel; what waits comes within ten minutes."
