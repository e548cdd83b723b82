"""Rows that a look into CloudWatch is compared with: open episodes, an alarm's latest one, and what was missed once."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

import sqlalchemy as sa

from bot.alarms import store
from bot.alarms.episode import Episode
from bot.db import Tx, UtcDateTime, insert_ignore, metadata

absences = sa.Table(
    "alarm_absences",
    metadata,
    sa.Column("key", sa.String(450), primary_key=True),
    sa.Column("since", UtcDateTime, nullable=False),
)


def open_episodes(tx: Tx) -> Sequence[Episode]:
    """All that ring, or rang last."""
    ids = tx.execute(sa.select(store.episodes.c.id).where(store.episodes.c.closed_at.is_(None))).scalars().all()
    return [episode for one in ids if (episode := store.get(tx, one))]


def latest(tx: Tx, alarm_key: str) -> Episode | None:
    """The latest episode of an alarm, without a lock."""
    found = tx.execute(sa.select(store.alarms.c.episode).where(store.alarms.c.key == alarm_key)).scalar_one_or_none()
    return store.get(tx, found) if found else None


def absent(tx: Tx, keys: Collection[str], now: datetime) -> Mapping[str, datetime]:
    """Remember which alarms (by key) are not there now, forget the others; since when each is missing."""
    known = {row.key: row.since for row in tx.execute(sa.select(absences))}
    back = [key for key in known if key not in keys]
    if back:
        tx.execute(sa.delete(absences).where(absences.c.key.in_(back)))
    new = [{"key": key, "since": now} for key in keys if key not in known]
    if new:
        insert_ignore(tx, absences, *new)
    return {key: known.get(key, now) for key in keys}
