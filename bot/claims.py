"""How a source takes its due rows: each is claimed by exactly one worker, under a number that names the attempt.

A claim bears its worker's name. When that worker starts again it gives its old claims up; one that does not come back loses
them after ``STALE``, and the next attempt is somebody else's.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

import sqlalchemy as sa

from bot.db import Database
from bot.work import STALE, Work

AGAIN = timedelta(seconds=5)
NAMELESS = ""
"""Claims of tools and tests, which no worker will ever own up to."""


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
    queued_by: sa.Column[Any]

    def free(self, now: datetime) -> sa.ColumnElement[bool]:
        """Rows that nobody has, or whose claim is stale."""
        return sa.or_(self.queued_at.is_(None), self.queued_at < now - STALE)


class Claims:
    """One source's claims, under the name of this process's worker."""

    def __init__(self, db: Database, columns: Columns) -> None:
        """Nameless until ``begin``."""
        self._db = db
        self._columns = columns
        self._by = NAMELESS

    def begin(self, by: str) -> None:
        """Take this name, and give up what it had claimed in a former life."""
        self._by = by
        self.give_up(by)

    def give_up(self, by: str) -> None:
        """Free the rows that this worker, now dead, had claimed."""
        columns = self._columns
        theirs = sa.and_(columns.queued_at.is_not(None), columns.queued_by.in_([by, NAMELESS]))
        with self._db.write() as tx:
            tx.execute(sa.update(columns.key.table).where(theirs).values({columns.queued_at: None}))

    def failed(self, key: str, now: datetime) -> None:
        """An attempt broke down where nobody foresaw it: let the next one begin in a few seconds."""
        columns = self._columns
        mine = sa.and_(columns.key == key, columns.queued_at.is_not(None))
        with self._db.write() as tx:
            soon = {columns.queued_at: now - STALE + AGAIN}
            tx.execute(sa.update(columns.key.table).where(mine).values(soon))

    def holders(self) -> frozenset[str]:
        """The names of the workers that have claims."""
        query = sa.select(self._columns.queued_by).where(self._columns.queued_at.is_not(None)).distinct()
        with self._db.read() as tx:
            return frozenset(tx.execute(query).scalars()) - {NAMELESS}

    def take(self, query: sa.Select[Any], now: datetime) -> Sequence[Claim]:
        """Claim the rows of ``query`` (which selects key, tries, queued_at and what else is needed), in its order.

        Only what still answers the query is claimed: between the reading and the claiming another attempt may have
        done the work, and a claim on a row that nobody will work on would keep it from the next change.
        """
        with self._db.read() as tx:
            rows = tx.execute(query).all()
        if not rows:
            return []
        key = self._columns.key
        with self._db.write() as tx:
            # By key, so that two workers lock the rows in one order.
            mine = {
                _of(row, key)
                for row in sorted(rows, key=lambda row: str(_of(row, key)))
                if self._claim(tx, row, query, now)
            }
        return [Claim(row, self._attempt(row)) for row in rows if _of(row, key) in mine]

    def _claim(self, tx: sa.Connection, row: Any, query: sa.Select[Any], now: datetime) -> bool:
        columns = self._columns
        unchanged = sa.and_(
            columns.key == _of(row, columns.key),
            columns.tries == _of(row, columns.tries),
            columns.queued_at.is_not_distinct_from(_of(row, columns.queued_at)),
            *([] if query.whereclause is None else [query.whereclause]),
        )
        values = {columns.queued_at: now, columns.queued_by: self._by, columns.tries: self._attempt(row)}
        return tx.execute(sa.update(columns.key.table).where(unchanged).values(values)).rowcount == 1

    def _attempt(self, row: Any) -> int:
        columns = self._columns
        return int(_of(row, columns.tries)) + (1 if _of(row, columns.queued_at) else 0)


class Source(Protocol):
    """A table of rows that want work."""

    @property
    def queue(self) -> str:
        """The queue that its work goes to."""
        ...

    def due(self, now: datetime, limit: int = 200) -> Sequence[Work]:
        """Claim what is due and return it."""
        ...

    @property
    def task(self) -> str:
        """The name of the task that works on its rows."""
        ...

    @property
    def claims(self) -> Claims:
        """Who has which of its rows."""
        ...


def _of(row: Any, column: sa.Column[Any]) -> Any:
    return getattr(row, str(column.key))
