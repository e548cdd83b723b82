"""Shared clocks: one claimant a tick, nudges that come sooner but never too soon."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from bot import clocks
from bot.db import Database
from tests.wire import NOW, opened

MINUTE = timedelta(minutes=1)


@pytest.fixture
def db(database_url: str) -> Iterator[Database]:
    with opened(database_url) as found:
        yield found


def claim(db: Database, seconds: float) -> bool:
    with db.write() as tx:
        return clocks.claim(tx, "c", NOW + timedelta(seconds=seconds), MINUTE)


def due(db: Database, seconds: float) -> bool:
    with db.read() as tx:
        return clocks.due(tx, "c", NOW + timedelta(seconds=seconds))


def test_a_new_clock_is_due_at_once_and_then_at_its_pace(db: Database) -> None:
    """The first look comes at start, the next one a period later."""
    assert due(db, 0)
    assert claim(db, 0)
    assert not claim(db, 0)
    assert not claim(db, 59.9)
    assert not due(db, 59.9)
    assert due(db, 60)
    assert claim(db, 60)


def test_of_many_workers_one_has_the_tick(db: Database) -> None:
    """Sixteen claim at the same moment."""
    gate = threading.Barrier(16)

    def run(_: int) -> bool:
        gate.wait()
        return claim(db, 0)

    with ThreadPoolExecutor(16) as pool:
        assert sum(pool.map(run, range(16))) == 1


def test_ticks_that_were_slept_through_are_one_tick(db: Database) -> None:
    """After a night of sleep the clock goes on from now and makes nothing up."""
    claim(db, 0)
    assert claim(db, 36_000)
    assert not claim(db, 36_001)


def test_a_nudge_makes_it_due(db: Database) -> None:
    """News from EventBridge need not wait for the poll."""
    claim(db, 0)
    with db.write() as tx:
        clocks.hurry(tx, "c", NOW + timedelta(seconds=10))
    assert claim(db, 10)


def test_nudges_in_a_burst_do_not_make_it_run_without_rest(db: Database) -> None:
    """A thousand events at once cost one look in two seconds."""
    claim(db, 0)
    with db.write() as tx:
        clocks.done(tx, "c", NOW + timedelta(seconds=10))
        for _ in range(3):
            clocks.hurry(tx, "c", NOW + timedelta(seconds=10.5))
    assert not claim(db, 11.9)
    assert claim(db, 12)


def test_a_nudge_never_puts_it_off(db: Database) -> None:
    """What is due sooner by itself stays so."""
    claim(db, 0)
    with db.write() as tx:
        clocks.done(tx, "c", NOW + timedelta(seconds=59.5))
        clocks.hurry(tx, "c", NOW + timedelta(seconds=59.8))
    assert claim(db, 60)


def test_a_clock_that_nobody_claimed_yet_needs_no_nudge(db: Database) -> None:
    """It is due anyway."""
    with db.write() as tx:
        clocks.hurry(tx, "c", NOW)
        assert clocks.last(tx, "c") is None
    assert due(db, 0)


def test_it_remembers_when_it_last_worked_to_the_end(db: Database) -> None:
    """A tick that was claimed but failed does not count."""
    claim(db, 0)
    with db.read() as tx:
        assert clocks.last(tx, "c") is None
    with db.write() as tx:
        clocks.done(tx, "c", NOW)
    with db.read() as tx:
        assert clocks.last(tx, "c") == NOW
