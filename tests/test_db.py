"""The database: one schema on both stores, no lost update, no time without a zone."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from bot.clocks import clocks
from bot.db import Database, current_revision, driver_url, head_revision, insert_ignore, locked, metadata
from tests.wire import NOW, opened, rows

counter = sa.Table("counter", sa.MetaData(), sa.Column("id", sa.Integer, primary_key=True), sa.Column("n", sa.Integer))
THREADS, TIMES = 16, 20


@pytest.fixture
def db(database_url: str) -> Iterator[Database]:
    with opened(database_url) as found:
        yield found


def test_the_migrations_make_exactly_the_tables_of_the_code(db: Database) -> None:
    """Nothing that autogenerate would add, drop or change, on either store."""
    with db.read() as tx:
        context = MigrationContext.configure(tx, opts={"compare_type": True})
        found = [d for d in compare_metadata(context, metadata) if "alembic_version" not in str(d)]
    assert found == []
    assert len(metadata.tables) >= 12


def test_migrating_twice_is_harmless(db: Database) -> None:
    """Every start may migrate; what is in the tables stays."""
    with db.write() as tx:
        insert_ignore(tx, clocks, {"name": "x", "due_at": NOW})
    db.migrate()
    db.migrate()
    assert [r.name for r in rows(db, clocks)] == ["x"]
    with db.read() as tx:
        assert current_revision(tx) == head_revision()


def test_several_may_migrate_at_the_same_moment(empty_url: str) -> None:
    """Two processes that start together on an empty database both end with the schema."""
    gate = threading.Barrier(3)

    def start(_: int) -> bool:
        db = Database(empty_url)
        gate.wait()
        db.migrate()
        good = db.ready()
        db.close()
        return good

    with ThreadPoolExecutor(3) as pool:
        assert list(pool.map(start, range(3))) == [True] * 3


def test_a_database_is_ready_only_with_this_schema(empty_url: str) -> None:
    """Empty is not ready, migrated is, another version is not."""
    db = Database(empty_url)
    assert not db.ready()
    db.migrate()
    assert db.ready()
    with db.write() as tx:
        tx.execute(sa.text("UPDATE alembic_version SET version_num = 'other'"))
    assert not db.ready()
    db.close()


def test_a_server_that_is_not_there_is_not_ready(tmp_path: Path) -> None:
    """No exception: the door answers 503."""
    assert not Database(f"sqlite:///{tmp_path / 'no' / 'folder' / 'x.db'}").ready()
    assert not Database("postgresql://u:p@127.0.0.1:1/none").ready()


def test_many_writers_lose_nothing(db: Database) -> None:
    """Sixteen threads read, add one and write back, twenty times each: every one counts."""
    with db.write() as tx:
        counter.create(tx)
        tx.execute(sa.insert(counter).values(id=1, n=0))

    def add(_: int) -> None:
        for _ in range(TIMES):
            with db.write() as tx:
                n = tx.execute(locked(sa.select(counter.c.n).where(counter.c.id == 1))).scalar_one()
                tx.execute(sa.update(counter).values(n=n + 1))

    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(add, range(THREADS)))
    with db.read() as tx:
        assert tx.execute(sa.select(counter.c.n)).scalar_one() == THREADS * TIMES


def test_a_reader_never_waits_for_a_writer(db: Database) -> None:
    """A slash command is answered from rows while the worker writes."""
    with db.write() as writing:
        insert_ignore(writing, clocks, {"name": "x", "due_at": NOW})
        with db.read() as tx:
            assert tx.execute(sa.select(sa.func.count()).select_from(clocks)).scalar_one() == 0


def test_what_raises_inside_is_undone(db: Database) -> None:
    """A transaction is all or nothing."""

    def half() -> None:
        with db.write() as tx:
            insert_ignore(tx, clocks, {"name": "x", "due_at": NOW})
            raise KeyError

    with pytest.raises(KeyError):
        half()
    assert rows(db, clocks) == []


def test_a_time_without_a_zone_is_refused(db: Database) -> None:
    """It would mean another moment on another machine."""

    def store(value: datetime) -> None:
        with db.write() as tx:
            insert_ignore(tx, clocks, {"name": "x", "due_at": value})

    with pytest.raises(sa.exc.StatementError, match="naive"):
        store(NOW.replace(tzinfo=None))
    assert rows(db, clocks) == []


@pytest.mark.parametrize("zone", [UTC, timezone(timedelta(hours=5, minutes=30)), timezone(timedelta(hours=-8))])
def test_times_come_back_as_the_same_moment_in_utc(db: Database, zone: timezone) -> None:
    """Whatever zone they went in with, to the microsecond."""
    at = datetime(2026, 11, 22, 23, 59, 59, 123456, tzinfo=zone)
    with db.write() as tx:
        insert_ignore(tx, clocks, {"name": "x", "due_at": at, "last_at": None})
    [row] = rows(db, clocks)
    assert row.due_at == at
    assert row.due_at.utcoffset() == timedelta(0)
    assert row.last_at is None
    with db.read() as tx:
        found = tx.execute(sa.select(clocks.c.name).where(clocks.c.due_at <= at)).scalars().all()
        sooner = tx.execute(sa.select(clocks.c.name).where(clocks.c.due_at < at)).scalars().all()
    assert (found, sooner) == (["x"], [])


def test_a_row_that_is_there_is_left_alone(db: Database) -> None:
    """Insert-or-ignore says how many were new."""
    with db.write() as tx:
        assert insert_ignore(tx, clocks, {"name": "x", "due_at": NOW}) == 1
        assert insert_ignore(tx, clocks, {"name": "x", "due_at": NOW + timedelta(days=1)}) == 0
    assert [r.due_at for r in rows(db, clocks)] == [NOW]


@pytest.mark.parametrize(
    "given", ["postgres://u:p@h/d", "postgresql://u:p@h/d", "postgresql+psycopg://u:p@h/d", "postgresql+psycopg2://h/d"]
)
def test_every_usual_address_of_postgresql_finds_the_driver(given: str) -> None:
    """Platforms write postgres://; SQLAlchemy wants to know the driver, and one is installed."""
    assert driver_url(given).drivername == "postgresql+psycopg"


def test_a_commit_on_sqlite_survives_a_power_cut(tmp_path: Path) -> None:
    """WAL with synchronous FULL: an alarm that was answered 200 is on the disk."""
    with opened(f"sqlite:///{tmp_path / 'b.db'}") as db, db.read() as tx:
        pragma: dict[str, Any] = {
            name: tx.exec_driver_sql(f"PRAGMA {name}").scalar_one() for name in ("journal_mode", "synchronous")
        }
    assert pragma == {"journal_mode": "wal", "synchronous": 2}
