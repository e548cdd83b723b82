"""Which worker this process is: a stable name that is held by a lock for as long as the process lives.

The durable queue takes up the unfinished work of the same name only: a name that changed at every start would leave
work stuck, and two processes under one name would run it twice.
"""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import sqlalchemy as sa

from bot.db import Database
from bot.errors import Misconfigured

SLOTS = 64
LOCK_SPACE = 727043


class Slot:
    """Holds one name; ``held`` turns false when the lock is lost (the server that kept it went away)."""

    def __init__(self, db: Database) -> None:
        """Take nothing yet."""
        self._db = db
        self._file: IO[str] | None = None
        self._connection: sa.Connection | None = None
        self.name = ""

    def take(self) -> str:
        """Take the first free name; raises Misconfigured where there is none."""
        self.name = self._flock() if self._db.is_sqlite else self._advisory()
        return self.name

    def _flock(self) -> str:
        database = self._db.url.database
        self._file = Path(f"{database}.worker.lock").open("w", encoding="utf-8")  # noqa: SIM115  (held while we live)
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            self._file.close()
            raise Misconfigured(
                f"Another worker already uses {database}. SQLite allows one; for several use PostgreSQL "
                "(BATCHBOT_DATABASE_URL)."
            ) from None
        return "worker-0"

    def _advisory(self) -> str:
        connection = self._db.engine.connect().execution_options(isolation_level="AUTOCOMMIT")
        for number in range(SLOTS):
            lock = sa.select(sa.func.pg_try_advisory_lock(LOCK_SPACE, number))
            if connection.execute(lock).scalar_one():
                self._connection = connection
                return f"worker-{number}"
        connection.close()
        raise Misconfigured(f"All {SLOTS} worker names are taken. Stop some workers.")

    @property
    def held(self) -> bool:
        """Ask the server whether the connection that holds the name still lives."""
        if self._connection is None:
            return self._file is not None
        try:
            self._connection.execute(sa.select(1))
        except sa.exc.SQLAlchemyError:
            return False
        return True

    @contextmanager
    def borrowed(self, name: str) -> Iterator[bool]:
        """Hold another name for a moment, so that nobody begins under it; False where a worker lives under it."""
        if self._connection is None or name == self.name:
            yield False  # SQLite has one worker and one name
            return
        key = (LOCK_SPACE, int(name.rpartition("-")[2]))
        vacant = bool(self._connection.execute(sa.select(sa.func.pg_try_advisory_lock(*key))).scalar_one())
        try:
            yield vacant
        finally:
            if vacant:
                self._connection.execute(sa.select(sa.func.pg_advisory_unlock(*key)))

    def release(self) -> None:
        """Give the name back."""
        if self._file:
            self._file.close()
            self._file = None
        if self._connection is not None:
            self._connection.invalidate()
            self._connection.close()
            self._connection = None
