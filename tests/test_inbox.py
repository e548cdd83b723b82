"""The inbox: stored once, committed before it is answered, given out as work until it is done."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from bot.db import Database
from bot.errors import Busy
from bot.inbox import Inbox, inbox
from bot.work import STALE
from tests.wire import NOW, opened, rows

LANES = {"alarm": "alarms", "submit": "aws"}
LATER = NOW + timedelta(seconds=1)


@pytest.fixture
def db(database_url: str) -> Iterator[Database]:
    with opened(database_url) as found:
        yield found


@pytest.fixture
def box(db: Database) -> Iterator[Inbox]:
    found = Inbox(db, lanes=LANES)
    found.open()
    yield found
    found.close()


def test_what_put_returned_for_is_in_the_database(db: Database, box: Inbox) -> None:
    """The door answers after the commit, so what was answered is there."""
    box.put("submit", "T1", {"user": "U1"}, NOW)
    [row] = rows(db, inbox)
    assert (row.id, row.kind, row.at, row.done, row.tries) == ("T1", "submit", NOW, None, 0)
    item = box.item("T1")
    assert item is not None
    assert (item.body, item.done) == ({"user": "U1"}, False)


def test_a_repeated_delivery_is_stored_once(db: Database, box: Inbox) -> None:
    """SNS and Slack send again; the first body stays."""
    box.put("submit", "T1", {"n": 1}, NOW)
    box.put("submit", "T1", {"n": 2}, LATER)
    item = box.item("T1")
    assert item is not None
    assert item.body == {"n": 1}
    assert len(rows(db, inbox)) == 1


def test_what_was_done_is_not_done_again_when_it_is_sent_again(box: Inbox) -> None:
    """A delivery that comes after the end finds the row and starts nothing."""
    box.put("alarm", "M1", {}, NOW)
    box.finish("M1", NOW)
    box.put("alarm", "M1", {}, LATER)
    assert box.due(LATER) == []


def test_a_burst_from_many_threads_is_stored_whole(db: Database, box: Inbox) -> None:
    """A hundred at once, each answered after its own commit."""
    with ThreadPoolExecutor(32) as pool:
        list(pool.map(lambda n: box.put("alarm", f"M{n}", {"n": n}, NOW), range(100)))
    assert len(rows(db, inbox)) == 100


def test_a_kind_without_a_lane_is_a_programming_error(box: Inbox) -> None:
    """It is found by the first test and never stored."""
    with pytest.raises(KeyError):
        box.put("nonsense", "T1", {}, NOW)


def test_whoever_waits_hears_of_a_failed_commit(tmp_path: Path) -> None:
    """A database that refuses makes Busy, whose sentence says that nothing was started."""
    with opened(f"sqlite:///{tmp_path / 'b.db'}") as db:
        box = Inbox(db, lanes=LANES)
        box.open()
        with db.write() as tx:
            tx.execute(sa.text("DROP TABLE inbox"))
        with pytest.raises(Busy, match="nothing was started"):
            box.put("alarm", "M1", {}, NOW)
        box.close()


def test_a_request_that_waits_too_long_is_taken_back(db: Database) -> None:
    """With no writer running nothing is committed, and the sentence may say so."""
    box = Inbox(db, lanes=LANES)
    with pytest.raises(Busy, match="nothing was started"):
        box.put("alarm", "M1", {}, NOW)
    box.open()
    box.put("alarm", "M2", {}, NOW)
    box.close()
    assert [r.id for r in rows(db, inbox)] == ["M2"]


def test_closing_commits_what_still_waits(db: Database) -> None:
    """A process that ends takes nothing with it."""
    box = Inbox(db, lanes=LANES)
    threads = [threading.Thread(target=box.put, args=("alarm", f"M{n}", {}, NOW)) for n in range(5)]
    for thread in threads:
        thread.start()
    box.open()
    for thread in threads:
        thread.join()
    box.close()
    assert len(rows(db, inbox)) == 5


def test_the_worker_is_woken_after_the_commit(db: Database, box: Inbox) -> None:
    """The poke comes when the row can be seen."""
    seen: list[int] = []
    box.on_saved(lambda: seen.append(len(rows(db, inbox))))
    box.put("alarm", "M1", {}, NOW)
    assert seen == [1]


def test_work_comes_oldest_first_in_the_lane_of_its_kind(box: Inbox) -> None:
    """An alarm never waits in the queue of those who wait for Amazon."""
    box.put("submit", "T2", {}, LATER)
    box.put("alarm", "M1", {}, NOW)
    assert [(w.queue, w.task, w.key, w.id) for w in box.due(LATER)] == [
        ("alarms", "inbox", "M1", "inbox:M1:0"),
        ("aws", "inbox", "T2", "inbox:T2:0"),
    ]


def test_what_is_queued_is_not_given_out_again(box: Inbox) -> None:
    """Until it is postponed, forgotten or stale."""
    box.put("alarm", "M1", {}, NOW)
    assert len(box.due(NOW)) == 1
    assert box.due(NOW + STALE) == []


def test_an_attempt_that_was_lost_is_replaced_under_a_new_id(box: Inbox) -> None:
    """Three minutes without an end: the durable queue lost it, so the next one must not be taken for the same."""
    box.put("alarm", "M1", {}, NOW)
    [first] = box.due(NOW)
    [second] = box.due(NOW + STALE + timedelta(seconds=1))
    assert first.id == "inbox:M1:0"
    assert second.id == "inbox:M1:1"


def test_a_restart_gives_the_same_attempt_out_again_under_its_id(box: Inbox) -> None:
    """The durable queue knows the id, so what it still has is not started twice."""
    box.put("alarm", "M1", {}, NOW)
    [before] = box.due(NOW)
    box.claims.begin("worker-0")
    [after] = box.due(NOW)
    assert before.id == after.id


def test_a_worker_that_starts_leaves_the_claims_of_others_alone(db: Database, box: Inbox) -> None:
    """Several workers on PostgreSQL: one of them restarts, the rest go on."""
    other = Inbox(db, lanes=LANES)
    box.claims.begin("worker-0")
    box.put("alarm", "M1", {}, NOW)
    assert len(box.due(NOW)) == 1
    other.claims.begin("worker-1")
    assert other.due(NOW) == []
    assert box.claims.holders() == {"worker-0"}
    other.claims.give_up("worker-0")
    assert [w.id for w in other.due(NOW)] == ["inbox:M1:0"]
    assert box.claims.holders() == {"worker-1"}


def test_postponed_work_comes_later_and_later(box: Inbox) -> None:
    """The wait doubles up to a minute, the id names the attempt, the reason is kept."""
    box.put("alarm", "M1", {}, NOW)
    now, waits, ids = NOW, [], []
    for _ in range(9):
        [work] = box.due(now)
        ids.append(work.id)
        box.postpone("M1", now, "Amazon was too busy.")
        begin = now
        while not box.due(now):
            now += timedelta(seconds=0.5)
        box.claims.begin("worker-0")
        waits.append((now - begin).total_seconds())
    assert waits == [1, 2, 4, 8, 16, 32, 60, 60, 60]
    assert ids == [f"inbox:M1:{n}" for n in range(9)]


def test_what_is_done_keeps_no_secret(db: Database, box: Inbox) -> None:
    """The body may hold a response_url or a topic's token: it is emptied at the end."""
    box.put("submit", "T1", {"response_url": "https://hooks.slack.com/x"}, NOW)
    box.finish("T1", LATER)
    [row] = rows(db, inbox)
    assert (row.body, row.done) == ("{}", LATER)
    item = box.item("T1")
    assert item is not None
    assert item.done


def test_old_rows_are_forgotten_open_ones_never(db: Database, box: Inbox) -> None:
    """Retention takes what was done; what waits stays however old it is."""
    for key in ("old", "new", "open"):
        box.put("alarm", key, {}, NOW)
    box.finish("old", NOW)
    box.finish("new", NOW + timedelta(days=8))
    assert box.purge(NOW + timedelta(days=7)) == 1
    assert {r.id for r in rows(db, inbox)} == {"new", "open"}


def test_the_age_of_the_oldest_open_request_is_measured(box: Inbox) -> None:
    """Zero where nothing waits."""
    assert box.oldest_open(NOW) == timedelta(0)
    box.put("alarm", "M1", {}, NOW)
    box.put("alarm", "M2", {}, LATER)
    assert box.oldest_open(NOW + timedelta(minutes=5)) == timedelta(minutes=5)
    box.finish("M1", LATER)
    assert box.oldest_open(NOW + timedelta(minutes=5)) == timedelta(minutes=5) - timedelta(seconds=1)


def test_a_key_from_outside_is_cut_to_the_column(db: Database, box: Inbox) -> None:
    """PostgreSQL would refuse a longer one, and the request with it."""
    box.put("alarm", "M" * 400, {}, NOW)
    assert [len(r.id) for r in rows(db, inbox)] == [255]


def test_hostile_text_goes_through_both_stores(box: Inbox) -> None:
    """NUL, lone surrogates and emoji come back as they were."""
    body = {"message": "a\x00b\ud800c\U0001f525\u2028"}
    box.put("alarm", "M1", body, NOW)
    item = box.item("M1")
    assert item is not None
    assert item.body == body
