"""Rows of digests: which channel gathers what is too much for cards, since when, and until when."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from bot.db import Tx, UtcDateTime, insert_ignore, locked, metadata

storms = sa.Table(
    "storms",
    metadata,
    sa.Column("channel", sa.String(40), primary_key=True),
    sa.Column("digest", sa.String(120), nullable=False, server_default=""),
)

digests = sa.Table(
    "digests",
    metadata,
    sa.Column("key", sa.String(120), primary_key=True),
    sa.Column("channel", sa.String(40), nullable=False),
    sa.Column("began_at", UtcDateTime, nullable=False),
    sa.Column("last_at", UtcDateTime, nullable=False),
    sa.Column("over_at", UtcDateTime),
)
sa.Index("ix_digests_last_at", digests.c.last_at, sqlite_where=digests.c.over_at.is_(None),
         postgresql_where=digests.c.over_at.is_(None))  # fmt: skip


@dataclass(frozen=True, slots=True)
class Digest:
    """What was gathered in a channel from ``began_at`` to ``last_at``; ``over_at`` is when it took its last alarm in."""

    key: str
    channel: str
    began_at: datetime
    last_at: datetime
    over_at: datetime | None


def lock(tx: Tx, channel: str) -> str:
    """The key of the digest that gathers in this channel now, or nothing; the channel is locked until the end."""
    query = locked(sa.select(storms.c.digest).where(storms.c.channel == channel))
    found = tx.execute(query).scalar_one_or_none()
    if found is None:
        insert_ignore(tx, storms, {"channel": channel})
        found = tx.execute(query).scalar_one()
    return str(found)


def begin(tx: Tx, channel: str, now: datetime) -> str:
    """Begin to gather; the channel must be locked."""
    key = f"digest:{channel}:{now.timestamp():.3f}"
    insert_ignore(tx, digests, {"key": key, "channel": channel, "began_at": now, "last_at": now})
    tx.execute(sa.update(storms).where(storms.c.channel == channel).values(digest=key))
    return key


def joined(tx: Tx, key: str, now: datetime) -> None:
    """Remember that it took one more in; the channel must be locked."""
    tx.execute(sa.update(digests).where(digests.c.key == key).values(last_at=now))


def end(tx: Tx, key: str, now: datetime) -> None:
    """Take nothing in any more; the channel must be locked."""
    tx.execute(sa.update(digests).where(digests.c.key == key).values(over_at=now))
    tx.execute(sa.update(storms).where(storms.c.digest == key).values(digest=""))


def get(tx: Tx, key: str) -> Digest | None:
    """One digest by its card's key."""
    row = tx.execute(sa.select(digests).where(digests.c.key == key)).one_or_none()
    return Digest(*row) if row else None


def idle(tx: Tx, before: datetime) -> Sequence[Digest]:
    """The digests that have taken nothing in since then and still would."""
    query = sa.select(digests).where(digests.c.over_at.is_(None), digests.c.last_at <= before)
    return [Digest(*row) for row in tx.execute(query)]
