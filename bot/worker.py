"""The work and clock door: asks the sources what is due, hands it to the durable queue, runs the clocks.

Knows no feature: tasks, sources and clocks are handed in. Everything is level-triggered: a poke only means that it
looks sooner.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from sqlalchemy.exc import SQLAlchemyError

from bot.claims import Source
from bot.durable import Durable
from bot.errors import BotError
from bot.gauges import Gauges
from bot.slot import Slot
from bot.work import Work

log = structlog.get_logger(__name__)

LOOK_SECONDS = 0.5
ENDED_KEPT = timedelta(days=1)
TIDY_SECONDS = 600.0
SLOT_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Clock:
    """Something that is done again and again; ``tick`` returns the seconds until it wants to be asked again."""

    name: str
    tick: Callable[[datetime], float]


class Worker:
    """One per process; only it runs the durable queue."""

    def __init__(
        self,
        slot: Slot,
        sources: Sequence[Source],
        tasks: Mapping[str, Callable[[str, datetime], float]],
        clocks: Sequence[Clock],
        *,
        now: Callable[[], datetime],
        gauges: Gauges,
    ) -> None:
        """``tasks`` by the name that the sources' work carries; ``now`` is the wall clock."""
        self._slot = slot
        self._sources = list(sources)
        self._tasks = dict(tasks)
        self._clocks = list(clocks)
        self._now = now
        self._gauges = gauges
        self._poked = (threading.Event(), threading.Event())
        self._stopping = threading.Event()
        self._threads: list[threading.Thread] = []
        self.failed = threading.Event()

    def run_task(self, task: str, key: str) -> float:
        """Run one attempt; what a room did not foresee is logged, and the row's next attempt follows by itself."""
        try:
            with self._gauges.task(task):
                return self._tasks[task](key, self._now())
        except BotError as error:
            log.warning("work.failed", task=task, key=key, reason=error.sentence)
            self._again_soon(task, key)
        except Exception:
            log.exception("work.crashed", task=task, key=key)
            self._again_soon(task, key)
        return 0.0

    def _again_soon(self, task: str, key: str) -> None:
        try:
            for source in self._sources:
                if source.task == task:
                    source.claims.failed(key, self._now())
        except SQLAlchemyError:
            log.exception("work.claim_kept", task=task, key=key)  # it goes stale by itself

    def start(self, durable: Durable) -> None:
        """Take a name, take up what was left, begin to look and to tick."""
        name = self._slot.take()
        for source in self._sources:
            source.claims.begin(name)
        durable.start(name)
        log.info("worker.started", name=name)
        # Queueing a card takes long enough for hundreds of them to keep the lanes, and new alarms, waiting.
        paced = [source for source in self._sources if source.queue == durable.paced]
        others = [source for source in self._sources if source.queue != durable.paced]
        self._spawn("worker-look", self._look_for_ever, durable, others, self._poked[0])
        self._spawn("worker-queue", self._look_for_ever, durable, paced, self._poked[1])
        self._spawn("worker-slot", self._watch_slots, durable)
        self._spawn(
            "clock-queue-retention", self._tick_for_ever, Clock("queue-retention", lambda now: _tidy(durable, now))
        )
        for clock in self._clocks:
            self._spawn(f"clock-{clock.name}", self._tick_for_ever, clock)

    def _spawn(self, title: str, loop: Callable[..., None], *args: object) -> None:
        thread = threading.Thread(target=loop, args=args, name=title, daemon=True)
        thread.start()
        self._threads.append(thread)

    def stop(self, durable: Durable) -> None:
        """End cleanly: no new work, the running attempts get ten seconds."""
        self._stopping.set()
        self.poke()
        for thread in self._threads:
            thread.join(timeout=3)
        durable.stop()
        self._slot.release()

    def poke(self) -> None:
        """Look at once."""
        for poked in self._poked:
            poked.set()

    def look(
        self,
        now: datetime,
        hand_over: Callable[[Work], object],
        room: Callable[[str], int] = lambda _: 200,
        sources: Sequence[Source] | None = None,
    ) -> int:
        """Ask every source (or these) once for as much as its queue has room for, and hand it over; returns how much."""
        handed = 0
        for source in self._sources if sources is None else sources:
            free = room(source.queue)
            for work in source.due(now, free) if free > 0 else ():
                hand_over(work)
                handed += 1
        return handed

    def tick(self, now: datetime) -> None:
        """Run every clock once."""
        for clock in self._clocks:
            clock.tick(now)

    def _look_for_ever(self, durable: Durable, sources: Sequence[Source], poked: threading.Event) -> None:
        while not self._stopping.is_set():
            try:
                self.look(self._now(), lambda work: durable.hand_over(work, self.poke), durable.room, sources)
            except Exception:
                log.exception("worker.look_failed")
                self._stopping.wait(1.0)
            poked.wait(LOOK_SECONDS)
            poked.clear()

    def _tick_for_ever(self, clock: Clock) -> None:
        while not self._stopping.is_set():
            try:
                wait = clock.tick(self._now())
            except BotError as error:
                log.warning("clock.failed", clock=clock.name, reason=error.sentence)
                wait = 5.0
            except Exception:
                log.exception("clock.crashed", clock=clock.name)
                wait = 5.0
            self._stopping.wait(max(wait, 0.05))

    def _watch_slots(self, durable: Durable) -> None:
        while not self._stopping.wait(SLOT_SECONDS):
            if not self._slot.held:
                log.error("worker.slot_lost", next_step="the process ends so that its supervisor starts it again")
                self.failed.set()
                return
            try:
                self._take_over_from_the_dead(durable)
            except Exception:
                log.exception("worker.take_over_failed")

    def _take_over_from_the_dead(self, durable: Durable) -> None:
        """What a worker had begun that died and was not started again is done by those that live."""
        claimed = frozenset().union(*(source.claims.holders() for source in self._sources))
        for name in (durable.at_work() | claimed) - {self._slot.name}:
            with self._slot.borrowed(name) as vacant:
                if vacant:
                    log.warning("worker.took_over", name=name, attempts=durable.take_over(name))
                    for source in self._sources:
                        source.claims.give_up(name)


def _tidy(durable: Durable, now: datetime) -> float:
    """Forget attempts that ended long ago, a thousand at a time."""
    full = durable.purge(now - ENDED_KEPT) >= 1000
    return 1.0 if full else TIDY_SECONDS
