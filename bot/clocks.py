"""Clocks that several workers share: whoever claims a tick has it alone, and a nudge makes the next one come sooner."""

from __future__ import annotations

from datetime import datetime, timedelta

import sqlalchemy as sa

from bot.db import Tx, UtcDateTime, insert_ignore, locked, metadata

clocks = sa.Table(
    "clocks",
    metadata,
    sa.Column("name", sa.String(120), primary_key=True),
    sa.Column("due_at", UtcDateTime, nullable=False),
    sa.Column("last_at", UtcDateTime),
)


def claim(tx: Tx, name: str, now: datetime, every: timedelta) -> bool:
    """Take the tick if it is due and set the next one; True for exactly one caller."""
    insert_ignore(tx, clocks, {"name": name, "due_at": now})
    mine = sa.and_(clocks.c.name == name, clocks.c.due_at <= now)
    return tx.execute(sa.update(clocks).where(mine).values(due_at=now + every)).rowcount == 1


def done(tx: Tx, name: str, now: datetime) -> None:
    """Remember when the clock last did its work to the end."""
    tx.execute(sa.update(clocks).where(clocks.c.name == name).values(last_at=now))


def last(tx: Tx, name: str) -> datetime | None:
    """When it last did, or None."""
    return tx.execute(sa.select(clocks.c.last_at).where(clocks.c.name == name)).scalar_one_or_none()


def hurry(tx: Tx, name: str, now: datetime, *, rest: timedelta = timedelta(seconds=2)) -> None:
    """Make it due now, but not sooner than ``rest`` after it last worked."""
    row = tx.execute(locked(sa.select(clocks).where(clocks.c.name == name))).one_or_none()
    if row is None:
        return
    soon = max(now, row.last_at + rest) if row.last_at else now
    if soon < row.due_at:
        tx.execute(sa.update(clocks).where(clocks.c.name == name).values(due_at=soon))


def due(tx: Tx, name: str, now: datetime) -> bool:
    """A look without the write lock: whether a claim would be worth trying."""
    at = tx.execute(sa.select(clocks.c.due_at).where(clocks.c.name == name)).scalar_one_or_none()
    return at is None or at <= now
