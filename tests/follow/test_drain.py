"""When a backlog counts as drained, and that it does so once: late points, restarts, two workers, a metric that ends."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import pytest

from bot import clocks
from bot.aws.backlogs import Backlogs
from bot.aws.cloudwatch import CloudWatch
from bot.db import Database, Tx
from bot.errors import AwsUnavailable
from bot.follow.drain import SILENT, Backlog, first_seen
from bot.follow.drains import CLOCK, Drains
from bot.follow.store import drains as rows_of_drains
from bot.points import Point
from playground.aws import AwsServer
from tests.follow.worlds import NEXT, NOVA, Taker, make, work
from tests.wire import NOW, Time, aws_client, rows

FIVE = timedelta(minutes=5)


def points(*values: float | None, ending: datetime = NOW) -> list[Point]:
    """One value for each five minutes up to ``ending``, None where there is no datapoint."""
    began = ending - len(values) * FIVE
    return [Point(began + n * FIVE, value) for n, value in enumerate(values) if value is not None]


def since(*values: float | None, unfinished: bool = False, now: datetime = NOW) -> datetime | None:
    return first_seen("m", NOW - timedelta(hours=3)).observed(points(*values), now, unfinished=unfinished)[1]


def ago(periods: int) -> datetime:
    return NOW - periods * FIVE


@pytest.mark.parametrize(
    ("values", "drained"),
    [
        ((5, 3, 0, 0), ago(2)),
        ((5, 3, 0, 0, 0, 0), ago(4)),
        ((5, 3, 0, None, 0), ago(3)),
        ((5, 0, 4, 0, 0), ago(2)),
        ((5, 3, 0), None),
        ((5, 0, 4, 0), None),
        ((0, 0, 0, 0), None),
        ((5, 3, 2), None),
        ((), None),
    ],
)
def test_two_empty_datapoints_after_a_full_one(values: tuple[float | None, ...], drained: datetime | None) -> None:
    assert since(*values) == drained


def test_an_unfinished_job_holds_it_back() -> None:
    """What a job has taken on may wait again; when the job is over, it is said with the time of the first empty point."""
    before = first_seen("m", NOW - timedelta(hours=1))
    held, nothing = before.observed(points(5, 0, 0), NOW, unfinished=True)
    assert nothing is None
    assert held.observed([], NOW + FIVE, unfinished=False)[1] == ago(2)


def test_a_metric_that_ends_counts_after_a_while() -> None:
    """It exists only while there is work; one empty point before its end gives the time."""
    assert since(5, 3, 2, now=NOW) is None
    assert since(5, 3, 2, now=NOW - FIVE + SILENT) == ago(1)
    assert since(5, 3, 0, now=NOW - FIVE + SILENT) == ago(1)
    assert since(5, 3, 2, unfinished=True, now=NOW + SILENT) is None


def test_what_was_over_before_the_first_look_is_not_told() -> None:
    """A bot that is started for the first time does not set off yesterday's work."""
    backlog = first_seen("m", NOW)
    after, drained = backlog.observed(points(5, 3, 0, 0, 0, 0, 0, 0), NOW, unfinished=False)
    assert (drained, after.busy) == (None, False)


def test_it_drains_once_until_it_fills_again() -> None:
    backlog, drained = first_seen("m", NOW - timedelta(hours=1)).observed(points(5, 0, 0), NOW, unfinished=False)
    assert drained == ago(2)
    later = NOW + 3 * FIVE
    backlog, drained = backlog.observed(points(5, 0, 0, 0, 0, 0, ending=later), later, unfinished=False)
    assert drained is None
    later += 3 * FIVE
    backlog, drained = backlog.observed(points(7, 0, 0, ending=later), later, unfinished=False)
    assert drained == later - 2 * FIVE


def test_datapoints_count_once_however_often_they_are_read() -> None:
    """One empty point seen in two looks is one."""
    backlog = first_seen("m", NOW - timedelta(hours=1))
    for _ in range(3):
        backlog, drained = backlog.observed(points(5, 0), NOW, unfinished=False)
        assert drained is None
    assert backlog == Backlog("m", ago(1), busy=True, zeros=1, zero_at=ago(1))


# --- with rows --------------------------------------------------------------------------------------------------------


class World:
    """A model's datapoints and jobs as the clock reads them."""

    def __init__(self) -> None:
        self.seen: dict[str, Sequence[Point] | None] = {}
        self.jobs = 0
        self.error: Exception | None = None
        self.reads = 0

    def read(self, wanted: Callable[[str], bool], now: datetime) -> Mapping[str, Sequence[Point] | None]:
        self.reads += 1
        if self.error:
            raise self.error
        return {model: found for model, found in self.seen.items() if wanted(model)}


@pytest.fixture
def world() -> World:
    return World()


def clock(db: Database, world: World, taker: Taker) -> Drains:
    followups = make(db, [NEXT], taker)
    running = lambda: {f"us.{NOVA}": world.jobs}  # noqa: E731  one line
    return Drains(db, world.read, followups.waits_for, followups.drained, running=running, every=FIVE)


def test_a_drained_backlog_fires_once_on_two_workers_and_after_a_restart(db: Database, world: World) -> None:
    taker = Taker()
    world.seen = {NOVA: points(5, 3)}
    clock(db, world, taker).look(NOW)
    later = NOW + 2 * FIVE
    world.seen = {NOVA: points(5, 3, 0, 0, ending=later)}
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: clock(db, world, taker).look(later), range(4)))
    [drain] = rows(db, rows_of_drains)
    assert (drain.model, drain.at) == (NOVA, NOW)
    assert work(db, make(db, [NEXT], taker), later) == 1
    assert len(taker.orders) == 1


def test_a_crash_before_the_commit_fires_when_it_is_looked_at_again(db: Database, world: World) -> None:
    world.seen = {NOVA: points(5, 3)}
    clock(db, world, Taker()).look(NOW)
    later = NOW + 2 * FIVE
    world.seen = {NOVA: points(5, 3, 0, 0, ending=later)}

    def die(tx: Tx, model: str, at: datetime, now: datetime) -> None:
        raise KeyboardInterrupt

    dying = Drains(db, world.read, lambda _: True, die, running=dict, every=FIVE)
    with pytest.raises(KeyboardInterrupt):
        dying.look(later)
    clock(db, world, Taker()).look(later)
    assert len(rows(db, rows_of_drains)) == 1


def test_a_running_job_in_any_spelling_of_its_model_holds_it_back(db: Database, world: World) -> None:
    world.jobs = 1
    world.seen = {NOVA: points(5, 3, 0, 0)}
    clock(db, world, Taker()).look(NOW)
    assert rows(db, rows_of_drains) == []
    world.jobs = 0
    clock(db, world, Taker()).look(NOW)
    assert len(rows(db, rows_of_drains)) == 1


def test_a_metric_that_is_gone_from_the_list_counts_and_one_in_doubt_does_not(db: Database, world: World) -> None:
    world.seen = {NOVA: points(5, 3)}
    clock(db, world, Taker()).look(NOW)
    later = NOW + timedelta(hours=1)
    world.seen = {NOVA: None}
    clock(db, world, Taker()).look(later)
    assert rows(db, rows_of_drains) == []
    world.seen = {}
    clock(db, world, Taker()).look(later)
    assert len(rows(db, rows_of_drains)) == 1


def test_the_clock_looks_every_five_minutes_and_outlives_amazon(db: Database, world: World, time: Time) -> None:
    drains = clock(db, world, Taker())
    world.error = AwsUnavailable()
    drains.tick(time())
    drains.tick(time.after(10))
    assert world.reads == 1
    world.error = None
    drains.tick(time.after(300))
    assert world.reads == 2
    with db.read() as tx:
        assert not clocks.due(tx, CLOCK, time())


# --- with CloudWatch on the wire --------------------------------------------------------------------------------------


@pytest.fixture
def aws() -> Iterator[AwsServer]:
    with AwsServer(clock=lambda: NOW, background=False) as found:
        yield found


def test_backlogs_are_read_for_the_wanted_models_in_finished_periods(aws: AwsServer) -> None:
    """One metric of each wanted model is paid for; the period that has not ended says nothing yet."""
    now = NOW + timedelta(minutes=2)
    for model, size in ((NOVA, 100.0), (f"us.{NOVA}", 20.0), ("anthropic.claude-3-haiku-20240307-v1:0", 7.0)):
        minutes = [(NOW - timedelta(minutes=n), size) for n in range(-1, 30)]
        aws.cloudwatch.put(model, "NumberOfRecordsPendingProcessing", minutes)
    del aws.calls[:]
    client = aws_client(aws, "cloudwatch")
    found = Backlogs(lambda: CloudWatch(client)).read(lambda model: "nova" in model, now)
    assert list(found) == [NOVA]
    seen = found[NOVA]
    assert seen is not None
    assert [(point.at, point.value) for point in seen][-3:] == [(ago(n), 120.0) for n in (3, 2, 1)]
    [asked] = [call for call in aws.calls if call.operation == "GetMetricData"]
    assert len(asked.params["MetricDataQueries"]) == 2
    assert Backlogs(lambda: CloudWatch(client)).read(lambda _: False, now) == {}
