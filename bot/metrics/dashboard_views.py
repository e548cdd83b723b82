"""The card of the dashboard: what is on it, the way there, its picture; pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from bot.slack import blocks as b
from bot.slack.blocks import Block, Message


class Shown(Protocol):
    """One writing of the dashboard: see ``dashboard_store.Board``."""

    user: str
    models: int
    alarms: int
    kept: int
    is_new: bool
    remarks: list[str]
    note: str
    error: str


def card(board: Shown, url: str, *, picture: Block | None = None, picture_note: str = "") -> Message:
    """What was written, or why nothing was."""
    if board.error:
        text = f"The dashboard was not written. {b.entities(b.plain(board.error, 800))}"
        return Message(text, [b.section(f"❌ *The dashboard was not written*\n{b.esc(board.error, 800)}")])
    verb = "created" if board.is_new else "refreshed"
    what = f"{b.plural(board.models, 'model')} and {b.plural(board.alarms, 'alarm')}"
    mine = f" {b.plural(board.kept, 'widget')} that you added stayed." if board.kept else ""
    lines = [f"📊 *{b.link(url, 'Dashboard batchbot')}* {verb}: {what}.{mine}"]
    lines += [] if board.models else ["No model has metrics yet; the largest backlogs appear by themselves."]
    lines += _remarks(board.remarks)
    parts = [b.section("\n".join(lines)), *([picture] if picture else [])]
    parts.append(b.context(f"by {b.user(board.user)}", b.esc(board.note), b.esc(picture_note)))
    return Message(f"The dashboard batchbot is {verb}: {what}.", parts)


def _remarks(remarks: Sequence[str]) -> list[str]:
    return [f"⚠️ CloudWatch says: {b.esc(one)}" for one in remarks if one]


def may_not(whom: Sequence[str]) -> Message:
    """Whom to ask for a dashboard."""
    people = ", ".join(b.user(one) for one in whom if one[:1] in {"U", "W"})
    ask = f"Ask {people}." if people else "Ask whoever runs me, who can add you to BATCHBOT_OPERATORS."
    sentence = "You may not write the dashboard."
    return Message(f"{sentence} Somebody who may has to do it.", [b.section(f"{sentence} {ask}")])
