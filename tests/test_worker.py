"""The work door: looks, ticks, starts what was left behind; whatever breaks inside, the rows keep the next attempt."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any, cast

import pytest

from bot.claims import Claims
from bot.db import Database
from bot.durable import Durable
from bot.errors import AwsUnavailable
from bot.gauges import Gauges
from bot.inbox import Inbox
from bot.slot import Slot
from bot.work import STALE, Work, backoff
from bot.worker import Clock, Worker
from tests.wire import NOW, Time, opened


@pytest.fixture
def db(database_url: str) -> Iterator[Database]:
    with opened(database_url) as found:
        yield found


@pytest.fixture
def box(db: Database) -> Iterator[Inbox]:
    found = Inbox(db, lanes={"k": "aws"})
    found.open()
    yield found
    found.close()


class Queue:
    """Stands where the durable queue stands and keeps what it is handed; the same id a second time changes nothing."""

    paced = "cards"

    def __init__(self, room: int = 200) -> None:
        self.works: dict[str, Work] = {}
        self.told: list[str] = []
        self.left = room

    def start(self, name: str) -> None:
        self.told.append(f"start {name}")

    def room(self, _queue: str) -> int:
        return self.left

    def hand_over(self, work: Work, _ended: Callable[[], None]) -> None:
        self.works.setdefault(work.id, work)

    def at_work(self) -> frozenset[str]:
        return frozenset()

    def take_over(self, _executor: str) -> int:
        return 0

    def purge(self, _before: datetime) -> int:
        return 0

    def stop(self) -> None:
        self.told.append("stop")


class Broken:
    """A source that fails."""

    queue = "aws"

    def __init__(self, claims: Claims) -> None:
        self.claims = claims

    def due(self, now: datetime, limit: int = 200) -> Sequence[Work]:
        raise RuntimeError("the database is away")


def worker(
    db: Database, *sources: Any, clocks: Sequence[Clock] = (), **tasks: Callable[[str, datetime], float]
) -> Worker:
    return Worker(Slot(db), sources, tasks, clocks, now=Time(), gauges=Gauges())


def until(look: Callable[[], object], seconds: float = 5) -> None:
    """Wait for something that a thread does."""
    end = time.monotonic() + seconds
    while not look():
        assert time.monotonic() < end
        time.sleep(0.01)


def test_a_look_hands_over_what_is_due_once(db: Database, box: Inbox) -> None:
    """The second look finds nothing, since the rows are marked."""
    box.put("k", "1", {}, NOW)
    box.put("k", "2", {}, NOW)
    one, seen = worker(db, box), list[Work]()
    assert one.look(NOW, seen.append) == 2
    assert one.look(NOW, seen.append) == 0
    assert {w.key for w in seen} == {"1", "2"}


def test_two_workers_never_hand_over_the_same_row(db: Database, box: Inbox) -> None:
    """Eight look at the same moment: each row has one taker."""
    for n in range(20):
        box.put("k", str(n), {}, NOW)
    seen: list[Work] = []
    gate = threading.Barrier(8)

    def look() -> None:
        gate.wait()
        worker(db, box).look(NOW, seen.append)

    threads = [threading.Thread(target=look) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(w.key for w in seen) == sorted(map(str, range(20)))


def test_no_more_is_taken_than_there_is_room_for(db: Database, box: Inbox) -> None:
    """What a full queue cannot begin stays unclaimed, for another worker or a later look."""
    for n in range(5):
        box.put("k", str(n), {}, NOW)
    one, seen = worker(db, box), list[Work]()
    assert one.look(NOW, seen.append, lambda _: 2) == 2
    assert one.look(NOW, seen.append, lambda _: 0) == 0
    assert one.look(NOW, seen.append, lambda _: 9) == 3
    assert len({w.key for w in seen}) == 5


def test_work_that_was_lost_is_handed_over_again(db: Database, box: Inbox) -> None:
    """After three minutes, under the name of the next attempt."""
    box.put("k", "1", {}, NOW)
    one, seen = worker(db, box), list[Work]()
    one.look(NOW, seen.append)
    one.look(NOW + STALE - timedelta(seconds=1), seen.append)
    assert len(seen) == 1
    one.look(NOW + STALE + timedelta(seconds=1), seen.append)
    assert [w.attempt for w in seen] == ["0", "1"]


def test_a_tick_runs_every_clock(db: Database) -> None:
    """Each with the time that was given."""
    seen: list[tuple[str, datetime]] = []

    def note(name: str) -> Callable[[datetime], float]:
        def tick(now: datetime) -> float:
            seen.append((name, now))
            return 1.0

        return tick

    worker(db, clocks=[Clock("a", note("a")), Clock("b", note("b"))]).tick(NOW)
    assert seen == [("a", NOW), ("b", NOW)]


def test_a_task_gets_its_row_and_the_time_and_returns_the_rest(db: Database) -> None:
    """What it returns is how long its channel has to rest."""
    seen: list[tuple[str, datetime]] = []

    def card(key: str, now: datetime) -> float:
        seen.append((key, now))
        return 1.05

    assert worker(db, card=card).run_task("card", "job:1") == 1.05
    assert seen == [("job:1", NOW)]


@pytest.mark.parametrize("error", [RuntimeError("bug"), AwsUnavailable(), KeyError("x")])
def test_a_task_that_raises_does_not_break_the_queue(db: Database, error: Exception) -> None:
    """The durable queue must see every attempt end: the row asks for the next one."""

    def crash(_key: str, _now: datetime) -> float:
        raise error

    assert worker(db, crash=crash).run_task("crash", "x") == 0.0


def test_starting_takes_up_what_was_queued_before_the_crash(db: Database, box: Inbox) -> None:
    """A worker that died left rows marked as queued: the next start hands them over under their old ids."""
    box.put("k", "1", {}, NOW)
    [before] = box.due(NOW)
    queue = Queue()
    one = worker(db, box)
    one.start(cast("Durable", queue))
    until(lambda: queue.works)
    one.stop(cast("Durable", queue))
    assert list(queue.works) == [before.id]
    assert queue.told == ["start worker-0", "stop"]


def test_a_poke_makes_it_look_at_once(db: Database, box: Inbox) -> None:
    """What the door has stored is taken up in a moment."""
    queue = Queue()
    one = worker(db, box)
    box.on_saved(one.poke)
    one.start(cast("Durable", queue))
    box.put("k", "1", {}, NOW)
    until(lambda: queue.works)
    one.stop(cast("Durable", queue))


def test_a_broken_clock_and_a_broken_source_are_tried_again(db: Database, box: Inbox) -> None:
    """Nothing that one of them raises ends the loops; the other clocks go on."""
    ticks: list[str] = []

    def bad(_: datetime) -> float:
        ticks.append("bad")
        raise RuntimeError

    def good(_: datetime) -> float:
        ticks.append("good")
        return 0.01

    queue = Queue()
    one = worker(db, Broken(box.claims), clocks=[Clock("bad", bad), Clock("good", good)])
    one.start(cast("Durable", queue))
    until(lambda: ticks.count("good") > 3)
    assert ticks.count("bad") == 1, "it rests for five seconds"
    assert not one.failed.is_set()
    one.stop(cast("Durable", queue))


def test_waits_double_up_to_a_bound() -> None:
    """Whatever the number of tries, a wait is a second to a minute."""
    waits = [backoff(n).total_seconds() for n in range(12)]
    assert waits[:7] == [1, 2, 4, 8, 16, 32, 60]
    assert set(waits[6:]) == {60}
    assert backoff(10**9) == timedelta(seconds=60)
