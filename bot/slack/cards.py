"""Living messages as rows: one message a thing, edited as the thing changes, with its events in its thread.

A change only writes rows, in the transaction of the change itself (``wanted`` grows); ``delivery`` makes Slack agree.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from bot.db import Tx, UtcDateTime, insert_ignore, metadata
from bot.slack.blocks import Message

NO_PICTURE, PICTURE_WANTED, PICTURE_READY, PICTURE_FAILED = 0, 1, 2, 3

cards = sa.Table(
    "cards",
    metadata,
    sa.Column("key", sa.String(120), primary_key=True),
    sa.Column("channels", sa.Text, nullable=False),
    sa.Column("channel", sa.String(40), nullable=False, server_default=""),
    sa.Column("ts", sa.String(40)),
    sa.Column("wanted", sa.Integer, nullable=False, server_default="1"),
    sa.Column("shown", sa.Integer, nullable=False, server_default="0"),
    sa.Column("queued_at", UtcDateTime),
    sa.Column("queued_by", sa.String(40), nullable=False, server_default=""),
    sa.Column("not_before", UtcDateTime, nullable=False),
    sa.Column("intent_at", UtcDateTime),
    sa.Column("tries", sa.Integer, nullable=False, server_default="0"),
    sa.Column("priority", sa.Integer, nullable=False, server_default="10"),
    sa.Column("error", sa.Text, nullable=False, server_default=""),
    sa.Column("picture", sa.Integer, nullable=False, server_default="0"),
    sa.Column("picture_file", sa.String(40)),
    sa.Column("picture_alt", sa.Text, nullable=False, server_default=""),
    sa.Column("picture_note", sa.Text, nullable=False, server_default=""),
    sa.Column("picture_tries", sa.Integer, nullable=False, server_default="0"),
    sa.Column("picture_not_before", UtcDateTime),
    sa.Column("picture_queued_at", UtcDateTime),
    sa.Column("picture_queued_by", sa.String(40), nullable=False, server_default=""),
    sa.Column("made_at", UtcDateTime, nullable=False),
)
sa.Index("ix_cards_behind", cards.c.not_before, sqlite_where=cards.c.wanted > cards.c.shown,
         postgresql_where=cards.c.wanted > cards.c.shown)  # fmt: skip

replies = sa.Table(
    "replies",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("card", sa.String(120), nullable=False, index=True),
    sa.Column("name", sa.String(80), nullable=False),
    sa.Column("message", sa.Text, nullable=False),
    sa.Column("ts", sa.String(40)),
    sa.Column("intent_at", UtcDateTime),
    sa.Column("at", UtcDateTime, nullable=False),
    sa.UniqueConstraint("card", "name"),
)


@dataclass(frozen=True, slots=True)
class Picture:
    """What a card may show beside its text: the uploaded file, or why there is none."""

    file_id: str | None = None
    alt_text: str = ""
    note: str = ""


Renderer = Callable[[str, Picture], Message | None]
"""Reads the rows of the thing and returns the message; None if the thing is gone."""


def want(tx: Tx, key: str, channels: Sequence[str], now: datetime, *, urgent: bool = False, priority: int = 10) -> None:
    """Say that the card is behind (and make it if it is new); ``urgent`` skips the wait between two edits.

    ``channels`` are tried in turn, empty ones left out; a user's id stands for the direct message. With none at all
    there is no card.
    """
    targets = [c for c in dict.fromkeys(channels) if c]
    if not targets:
        return
    row = {"key": key, "channels": json.dumps(targets), "not_before": now, "made_at": now, "priority": priority}
    if insert_ignore(tx, cards, row) == 1:
        return
    values: dict[str, Any] = {"wanted": cards.c.wanted + 1}
    if urgent:
        values |= {"not_before": now, "priority": priority}
    tx.execute(sa.update(cards).where(cards.c.key == key).values(values))


def place(tx: Tx, key: str) -> tuple[str, str]:
    """Channel and ts of a card, both empty while it does not stand."""
    row = tx.execute(sa.select(cards.c.channel, cards.c.ts).where(cards.c.key == key)).one_or_none()
    return (row.channel, row.ts) if row and row.ts else ("", "")


def reply(tx: Tx, key: str, name: str, message: Message, now: datetime) -> None:
    """Add an event to the card's thread, once per ``name``; it is posted with the card's next delivery."""
    row = {
        "card": key,
        "name": name,
        "message": json.dumps({"text": message.text, "blocks": message.blocks}),
        "at": now,
    }
    insert_ignore(tx, replies, row)


def want_picture(tx: Tx, key: str, now: datetime) -> None:
    """Ask for a (new) picture; the text never waits for it, and an old one does not stay under new words."""
    values: dict[str, Any] = {
        "picture": PICTURE_WANTED,
        "picture_file": None,
        "picture_tries": 0,
        "picture_not_before": now,
        "picture_queued_at": None,
    }
    tx.execute(sa.update(cards).where(cards.c.key == key).values(values))
