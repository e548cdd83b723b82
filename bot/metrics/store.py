"""Rows of summaries: what was asked for and what was read; and when each schedule is due."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec
import sqlalchemy as sa

from bot.db import Tx, UtcDateTime, insert_ignore, metadata
from bot.metrics.summary import Summary

summaries = sa.Table(
    "summaries",
    metadata,
    sa.Column("id", sa.String(64), primary_key=True),
    sa.Column("channel", sa.String(40), nullable=False),
    sa.Column("user", sa.String(40), nullable=False, server_default=""),
    sa.Column("range", sa.String(10), nullable=False),
    sa.Column("models", sa.Text, nullable=False, server_default=""),
    sa.Column("zone", sa.String(60), nullable=False),
    sa.Column("read_at", UtcDateTime),
    sa.Column("data", sa.Text),
    sa.Column("error", sa.Text, nullable=False, server_default=""),
    sa.Column("made_at", UtcDateTime, nullable=False),
)

schedules = sa.Table(
    "schedules",
    metadata,
    sa.Column("key", sa.String(64), primary_key=True),
    sa.Column("next_at", UtcDateTime, nullable=False),
)


@dataclass(frozen=True, slots=True)
class Row:
    """One summary; ``data`` is None until CloudWatch has answered, ``error`` is why it did not."""

    id: str
    channel: str
    user: str
    range: str
    models: str
    zone: str
    read_at: datetime | None
    data: Summary | None
    error: str


def add(tx: Tx, summary_id: str, values: Mapping[str, Any]) -> None:
    """Insert a summary that was asked for, once per id."""
    insert_ignore(tx, summaries, dict(values) | {"id": summary_id})


def get(tx: Tx, summary_id: str) -> Row | None:
    """One summary."""
    row = tx.execute(sa.select(summaries).where(summaries.c.id == summary_id)).one_or_none()
    if row is None:
        return None
    data = msgspec.json.decode(row.data, type=Summary) if row.data else None
    return Row(row.id, row.channel, row.user, row.range, row.models, row.zone, row.read_at, data, row.error)


def change_range(tx: Tx, summary_id: str, name: str) -> None:
    """Show another range from the next reading on."""
    tx.execute(sa.update(summaries).where(summaries.c.id == summary_id).values(range=name))


def save(tx: Tx, summary_id: str, data: Summary | None, error: str, now: datetime) -> None:
    """Write what was read, or why nothing was."""
    values: dict[str, Any] = {"read_at": now, "error": error}
    if data is not None:
        values["data"] = msgspec.json.encode(data).decode()
    tx.execute(sa.update(summaries).where(summaries.c.id == summary_id).values(values))


def next_due(tx: Tx, key: str) -> datetime | None:
    """When a schedule fires next; None if it was never seen."""
    return tx.execute(sa.select(schedules.c.next_at).where(schedules.c.key == key)).scalar_one_or_none()


def begin_schedule(tx: Tx, key: str, next_at: datetime) -> None:
    """A schedule seen for the first time."""
    insert_ignore(tx, schedules, {"key": key, "next_at": next_at})


def advance(tx: Tx, key: str, due: datetime, next_at: datetime) -> bool:
    """Move a schedule on; True for the one caller that found it at ``due``."""
    mine = sa.and_(schedules.c.key == key, schedules.c.next_at == due)
    return tx.execute(sa.update(schedules).where(mine).values(next_at=next_at)).rowcount == 1
