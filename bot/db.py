"""The database: engine for SQLite and PostgreSQL, transactions, migrations. No network call belongs inside one.

SQLite runs in WAL mode with ``synchronous=FULL`` (an alarm that was answered 200 survives a power cut), and every write
begins with ``BEGIN IMMEDIATE``: SQLAlchemy's default lets two writers read first and then lose one update or fail.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext
from datetime import UTC, datetime
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any, cast

import sqlalchemy as sa
from sqlalchemy.engine.interfaces import DBAPIConnection

from bot.errors import Misconfigured
from bot.turns import Turns

metadata = sa.MetaData(
    naming_convention={
        "ix": "ix_%(column_0_label)s",
        "pk": "pk_%(table_name)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
    }
)
Tx = sa.Connection


class UtcDateTime(sa.types.TypeDecorator[datetime]):
    """An aware UTC datetime on both stores (SQLite keeps none of its own)."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        """Refuse naive times: they would mean another moment on another machine."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a naive datetime cannot be stored")
        utc = value.astimezone(UTC)
        return utc.replace(tzinfo=None) if dialect.name == "sqlite" else utc

    def process_result_value(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:  # noqa: ARG002  (SQLAlchemy's signature)
        """Give the zone back that SQLite forgot."""
        return value.replace(tzinfo=UTC) if value is not None and value.tzinfo is None else value


class Database:
    """One engine and its two kinds of transaction."""

    def __init__(self, url: str) -> None:
        """Open nothing yet; ``url`` is SQLAlchemy's, ``postgres://`` and ``postgresql://`` are read as psycopg.

        Raises Misconfigured for SQLite in memory.
        """
        self.url = driver_url(url)
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        self.engine = _sqlite_engine(self.url) if self.is_sqlite else _postgres_engine(self.url)
        self._turns = Turns()

    @contextmanager
    def write(self, *, first: bool = False) -> Iterator[Tx]:
        """A transaction that may write; committed at the end, rolled back if the block raises. Never one within another.

        SQLite's writers stand in line; ``first`` is for those on whom somebody at a door waits.
        """
        with self._turns.turn(first=first) if self.is_sqlite else nullcontext(), self.engine.begin() as tx:
            yield tx

    @contextmanager
    def read(self) -> Iterator[Tx]:
        """A transaction that only reads; it never waits for a writer."""
        with self.engine.connect().execution_options(batchbot_read=True) as tx:
            yield tx

    def ready(self) -> bool:
        """True if the database answers and its schema is the one this code was written for."""
        try:
            with self.read() as tx:
                return current_revision(tx) == head_revision()
        except sa.exc.SQLAlchemyError:
            return False

    def migrate(self) -> None:
        """Bring the schema up to this code; harmless where it is already."""
        from alembic import command

        with self.engine.begin() as tx:
            if not self.is_sqlite:
                tx.execute(sa.text("SELECT pg_advisory_xact_lock(727042)"))
            config = _alembic()
            config.attributes["connection"] = tx
            command.upgrade(config, "head")

    def close(self) -> None:
        """Give all connections back."""
        self.engine.dispose()


def driver_url(url: str) -> sa.URL:
    """The URL with the one driver that is installed for its store."""
    parsed = sa.make_url(url)
    if parsed.get_backend_name() in {"postgres", "postgresql"}:
        return parsed.set(drivername="postgresql+psycopg")
    return parsed


def insert_ignore(tx: Tx, table: sa.Table, *rows: Mapping[str, Any]) -> int:
    """Insert the rows whose key is not there yet; returns how many were new (exact for one row)."""
    # One store's dialect is enough, and the other's takes a seventh of a second to import.
    dialect = import_module(f"sqlalchemy.dialects.{tx.dialect.name}")
    statement = cast("sa.Insert", dialect.insert(table).on_conflict_do_nothing())
    values = [dict(row) for row in rows]
    # Without the option SQLAlchemy forgets an INSERT's count where the server answers with rows (PostgreSQL: -1).
    counted = {"preserve_rowcount": True}
    return tx.execute(statement, values[0] if len(values) == 1 else values, execution_options=counted).rowcount


def locked(query: sa.Select[Any]) -> sa.Select[Any]:
    """The query with its rows locked until the transaction ends (SQLite's write lock does it by itself)."""
    return query.with_for_update()


def current_revision(tx: Tx) -> str | None:
    """The migration that the database stands at."""
    from alembic.runtime.migration import MigrationContext

    return MigrationContext.configure(tx).get_current_revision()


@cache
def head_revision() -> str | None:
    """The migration that this code needs."""
    from alembic.script import ScriptDirectory

    return ScriptDirectory.from_config(_alembic()).get_current_head()


def _alembic() -> Any:
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.set_main_option("path_separator", "os")
    return config


def _postgres_engine(url: sa.URL) -> sa.Engine:
    return sa.create_engine(
        url, pool_size=10, max_overflow=20, pool_timeout=10, pool_pre_ping=True, connect_args={"connect_timeout": 5}
    )


def _sqlite_engine(url: sa.URL) -> sa.Engine:
    if not url.database or url.database == ":memory:":
        raise Misconfigured("BATCHBOT_DATABASE_URL must name a file: work has to survive a restart.")
    engine = sa.create_engine(url, pool_size=10, max_overflow=20, pool_timeout=10, connect_args={"timeout": 15})

    @sa.event.listens_for(engine, "connect")
    def _connected(connection: DBAPIConnection, _record: object) -> None:
        connection.isolation_level = None  # pysqlite would send its own, deferred BEGIN
        cursor = connection.cursor()
        _to_wal(cursor)
        for pragma in ("synchronous=FULL", "busy_timeout=15000", "foreign_keys=ON"):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @sa.event.listens_for(engine, "begin")
    def _begin(tx: Tx) -> None:
        reads_only = tx.get_execution_options().get("batchbot_read")
        tx.exec_driver_sql("BEGIN" if reads_only else "BEGIN IMMEDIATE")

    return engine


def _to_wal(cursor: Any) -> None:
    """Switch a new file to WAL; the switch does not wait by itself for others who open the file at the same moment."""
    for _ in range(100):
        try:
            cursor.execute("PRAGMA journal_mode=WAL")
        except sqlite3.OperationalError as error:
            if "locked" not in str(error):
                raise
            time.sleep(0.05)
        else:
            return
    cursor.execute("PRAGMA journal_mode=WAL")
