"""Rows of jobs: what goes in comes out, and is found by every name, on both stores."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.db import Database
from bot.jobs import store
from bot.jobs.job import LOOKS, Counts, Job
from tests.jobs.samples import ARN, job
from tests.wire import NOW


def add(db: Database, *jobs: Job) -> list[bool]:
    with db.write() as tx:
        return [store.add(tx, one) for one in jobs]


def named(name: str, n: int) -> Job:
    return job(id=f"id{n}", name=name, token=f"t{n}", arn=f"{ARN}{n}", created_at=NOW + timedelta(minutes=n))


def found(db: Database, wanted: str) -> list[str]:
    with db.read() as tx:
        return [one.name for one in store.search(tx, wanted)]


def test_a_job_comes_back_as_it_went_in(db: Database) -> None:
    """Every field, counts beyond 32 bits and samples among them; saved anew it is the new one."""
    full = job(
        "Completed", counts=Counts(5_000_000_000, 4, 3, 1), samples=((1.5, 2), (3.5, 4)), stop_by="U1", stop_at=NOW
    )
    assert add(db, full) == [True]
    with db.write() as tx:
        assert store.lock(tx, full.id) == full
        store.save(tx, replace(full, message="over"))
    with db.read() as tx:
        assert store.get(tx, full.id) == replace(full, message="over")
        assert store.get(tx, "none") is None


def test_a_job_is_added_once(db: Database) -> None:
    """By its id, and by its token: the answer says which of two it was."""
    assert add(db, job(), job(), job(id="other")) == [True, False, False]


def test_a_job_is_found_by_every_name(db: Database) -> None:
    """Exactly first, then by a part, newest first; wildcards of the store are letters."""
    add(db, named("day", 1), named("day-2", 2), named("Day_3", 3), named("100%", 4))
    assert found(db, "day") == ["day"]
    assert found(db, "DAY") == ["Day_3", "day-2", "day"]
    assert found(db, "y_") == ["Day_3"]
    assert found(db, "%") == ["100%"]
    assert found(db, "id2") == found(db, f"{ARN}2") == found(db, "a1b2c3d4e5f62") == ["day-2"]
    assert found(db, "\\") == found(db, "'; --") == []


def test_the_newest_come_first(db: Database) -> None:
    """Narrowed by status and age, at most so many."""
    add(db, named("a", 1), named("b", 2), replace(named("c", 3), status="Failed", ended_at=NOW))
    with db.read() as tx:
        assert [j.name for j in store.recent(tx)] == ["c", "b", "a"]
        assert [j.name for j in store.recent(tx, limit=1)] == ["c"]
        assert [j.name for j in store.recent(tx, status=["InProgress"])] == ["b", "a"]
        assert [j.name for j in store.recent(tx, since=NOW + timedelta(minutes=2))] == ["c", "b"]


@pytest.mark.parametrize("status", LOOKS)
def test_what_is_over_is_settled(db: Database, status: str) -> None:
    """Also where an end came without its time; nothing else is."""
    add(db, job(status, ended_at=None))
    with db.read() as tx:
        assert bool(store.unsettled(tx)) != LOOKS[status].ended


def test_arns_and_tokens_are_looked_up_together(db: Database) -> None:
    """A page of a thousand, and none at all."""
    add(db, named("a", 1), named("b", 2))
    with db.read() as tx:
        assert store.known_arns(tx, [f"{ARN}{n}" for n in range(1500)]) == {f"{ARN}1", f"{ARN}2"}
        assert {j.name for j in store.by_tokens(tx, [f"t{n}" for n in range(1500)])} == {"a", "b"}
        assert (store.known_arns(tx, []), store.by_tokens(tx, [])) == (frozenset(), [])
