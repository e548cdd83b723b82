"""Rows of alarms: the latest episode of every alarm, and notices as they were shown."""

from __future__ import annotations

import json
from typing import Any

import sqlalchemy as sa

from bot.alarms.alarm import pack, unpack
from bot.alarms.episode import Episode
from bot.db import Tx, UtcDateTime, insert_ignore, locked, metadata
from bot.slack.blocks import Message

alarms = sa.Table(
    "alarms",
    metadata,
    sa.Column("key", sa.String(450), primary_key=True),
    sa.Column("episode", sa.String(80), nullable=False, server_default=""),
)

episodes = sa.Table(
    "episodes",
    metadata,
    sa.Column("id", sa.String(80), primary_key=True),
    sa.Column("alarm_key", sa.String(450), nullable=False, index=True),
    sa.Column("alarm", sa.Text, nullable=False),
    sa.Column("opened_at", UtcDateTime, nullable=False, index=True),
    sa.Column("closed_at", UtcDateTime),
    sa.Column("peak", sa.Float),
    sa.Column("rings", sa.Integer, nullable=False),
)

notices = sa.Table(
    "notices",
    metadata,
    sa.Column("id", sa.String(255), primary_key=True),
    sa.Column("message", sa.Text, nullable=False),
    sa.Column("at", UtcDateTime, nullable=False),
)


def lock_latest(tx: Tx, alarm_key: str) -> Episode | None:
    """The latest episode of an alarm; nobody else gets at this alarm until the transaction ends."""
    insert_ignore(tx, alarms, {"key": alarm_key})
    latest = tx.execute(locked(sa.select(alarms.c.episode).where(alarms.c.key == alarm_key))).scalar_one()
    return get(tx, latest) if latest else None


def get(tx: Tx, episode_id: str) -> Episode | None:
    """One episode by its id."""
    row = tx.execute(sa.select(episodes).where(episodes.c.id == episode_id)).one_or_none()
    if row is None:
        return None
    return Episode(row.id, unpack(json.loads(row.alarm)), row.opened_at, row.closed_at, row.peak, row.rings)


def save(tx: Tx, episode: Episode) -> None:
    """Write an episode and make it its alarm's latest."""
    row: dict[str, Any] = {
        "id": episode.id,
        "alarm_key": episode.alarm.key,
        "alarm": json.dumps(pack(episode.alarm)),
        "opened_at": episode.opened_at,
        "closed_at": episode.closed_at,
        "peak": episode.peak,
        "rings": episode.rings,
    }
    if insert_ignore(tx, episodes, row) != 1:
        tx.execute(sa.update(episodes).where(episodes.c.id == episode.id).values(row))
    tx.execute(sa.update(alarms).where(alarms.c.key == episode.alarm.key).values(episode=episode.id))


def add_notice(tx: Tx, notice_id: str, message: Message, at: Any) -> None:
    """Keep a notice as it will be shown."""
    text = json.dumps({"text": message.text, "blocks": message.blocks})
    insert_ignore(tx, notices, {"id": notice_id, "message": text, "at": at})


def get_notice(tx: Tx, notice_id: str) -> Message | None:
    """A notice as it is shown."""
    text = tx.execute(sa.select(notices.c.message).where(notices.c.id == notice_id)).scalar_one_or_none()
    return Message(**json.loads(text)) if text else None
