"""How a source takes its due rows: each is claimed by exactly one worker, under a number that names the attempt.

A claim that never ended (its worker died and did not come back) is taken over after ``STALE``, as the next attempt.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from bot.db import Database
from bot.work import STALE


@dataclass(frozen=True, slots=True)
class Claim:
    """A claimed row and the number of its attempt."""

    row: Any
    attempt: int


@dataclass(frozen=True, slots=True)
class Columns:
    """The columns of a source's table that claims are made of; ``queued_at`` is null while nobody has the row."""

    key: sa.Column[Any]
    tries: sa.Column[Any]
    queued_at: sa.Column[Any]

    def free(self, now: datetime) -> sa.ColumnElement[bool]:
        """Rows that nobody has, or whose claim is stale."""
        return sa.or_(self.queued_at.is_(None), self.queued_at < now - STALE)


def claim(db: Database, query: sa.Select[Any], columns: Columns, now: datetime) -> Sequence[Claim]:
    """Claim the rows of ``query`` (which selects the three columns and what else is needed), in its order."""
    with db.read() as tx:
        rows = tx.execute(query).all()
    if not rows:
        return []
    with db.write() as tx:
        # By key, so that two workers lock the rows in one order.
        mine = {
            key for key, row in sorted((_of(row, columns.key), row) for row in rows) if _take(tx, row, columns, now)
        }
    return [Claim(row, _attempt(row, columns)) for row in rows if _of(row, columns.key) in mine]


def release_all(db: Database, columns: Columns) -> None:
    """Take every claimed row for unclaimed; the ids of attempts keep what still runs from running twice."""
    with db.write() as tx:
        tx.execute(sa.update(columns.key.table).where(columns.queued_at.is_not(None)).values({columns.queued_at: None}))


def _take(tx: sa.Connection, row: Any, columns: Columns, now: datetime) -> bool:
    unchanged = sa.and_(
        columns.key == _of(row, columns.key),
        columns.tries == _of(row, columns.tries),
        columns.queued_at.is_not_distinct_from(_of(row, columns.queued_at)),
    )
    values = {columns.queued_at: now, columns.tries: _attempt(row, columns)}
    return tx.execute(sa.update(columns.key.table).where(unchanged).values(values)).rowcount == 1


def _attempt(row: Any, columns: Columns) -> int:
    return int(_of(row, columns.tries)) + (1 if _of(row, columns.queued_at) else 0)


def _of(row: Any, column: sa.Column[Any]) -> Any:
    return getattr(row, str(column.key))
