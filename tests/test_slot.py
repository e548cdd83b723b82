"""The worker's name: one worker on SQLite, sixty-four on PostgreSQL, given back when it ends."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from bot.db import Database
from bot.errors import Misconfigured
from bot.slot import Slot
from tests.wire import ROOT

HOLD = """
import sys, time
from bot.db import Database
from bot.slot import Slot
slot = Slot(Database(sys.argv[1]))
print(slot.take(), flush=True)
time.sleep(60)
"""


@pytest.fixture
def db(database_url: str) -> Iterator[Database]:
    found = Database(database_url)
    yield found
    found.close()


@pytest.fixture
def sqlite(tmp_path: Path) -> Database:
    return Database(f"sqlite:///{tmp_path / 'b.db'}")


def test_the_first_worker_is_called_worker_0_however_often_it_starts(db: Database) -> None:
    """The durable queue takes up the unfinished work of the same name only."""
    for _ in range(3):
        slot = Slot(db)
        assert slot.take() == "worker-0"
        assert slot.held
        slot.release()
        assert not slot.held


def test_on_sqlite_a_second_worker_is_refused_with_a_sentence(sqlite: Database) -> None:
    """It says what to do, and the first one goes on."""
    first = Slot(sqlite)
    first.take()
    with pytest.raises(Misconfigured, match=r"SQLite allows one; for several use PostgreSQL"):
        Slot(sqlite).take()
    assert first.held
    first.release()
    second = Slot(sqlite)
    assert second.take() == "worker-0"
    second.release()


def test_a_worker_that_was_killed_leaves_its_name_free(sqlite: Database) -> None:
    """The lock belongs to the process and not to a file that somebody has to delete."""
    url = sqlite.url.render_as_string(hide_password=False)
    process = subprocess.Popen([sys.executable, "-c", HOLD, url], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline().strip() == "worker-0"
    with pytest.raises(Misconfigured):
        Slot(sqlite).take()
    process.kill()
    process.wait(10)
    process.stdout.close()
    slot = Slot(sqlite)
    assert slot.take() == "worker-0"
    slot.release()


def test_a_database_in_memory_is_refused() -> None:
    """Work has to survive a restart."""
    for url in ("sqlite://", "sqlite:///:memory:"):
        with pytest.raises(Misconfigured, match="must name a file"):
            Database(url)


def test_on_postgresql_each_worker_has_the_first_free_name(postgres: str) -> None:
    """Names are used again when they are given back."""
    db = Database(postgres)
    slots = [Slot(db) for _ in range(4)]
    assert [slot.take() for slot in slots] == [f"worker-{n}" for n in range(4)]
    slots[1].release()
    again = Slot(db)
    assert again.take() == "worker-1"
    for slot in (*slots, again):
        slot.release()
    db.close()


def test_a_lost_connection_loses_the_name(postgres: str) -> None:
    """The server that kept the lock went away: the worker notices, since another may have its name by now."""
    db = Database(postgres)
    slot = Slot(db)
    slot.take()
    assert slot._connection is not None
    pid = slot._connection.execute(sa.text("SELECT pg_backend_pid()")).scalar_one()
    with db.write() as tx:
        tx.execute(sa.text(f"SELECT pg_terminate_backend({int(pid)})"))
    assert not slot.held
    slot.release()
    db.close()
