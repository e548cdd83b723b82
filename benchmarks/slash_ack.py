"""How fast slash commands are answered: alone, and with a durable row while AWS hangs and the worker is busy."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from itertools import chain
from statistics import median

from benchmarks import tables, wire
from benchmarks.bots import World, add_jobs, bot, empty_inbox, world
from benchmarks.load import Figures, ceiling, fire
from benchmarks.proc import processor
from benchmarks.servers import peer
from benchmarks.stores import Store, stores

FLOOR, PEER = "floor: signature alone", "peer: bare Bolt"
STATUS_JOBS = 5
BURST = 200


@dataclass(frozen=True)
class Row:
    """One line of the table: where it is sent, what, and whether the same may be sent again."""

    name: str
    port: int
    pid: int
    make: Callable[[int], list[bytes]]
    again: bool = True
    after: Callable[[], object] = lambda: None

    def fire(self, at_once: int, seconds: float) -> Figures:
        """One round."""
        count = 1 if self.again else int(seconds * 6000) + at_once
        return self.play(self.make(count), at_once, seconds)

    def play(self, requests: list[bytes], at_once: int, seconds: float) -> Figures:
        """One round of these requests, with the server's CPU a request."""
        before = processor(self.pid)
        figures = fire(self.port, requests, at_once, seconds, again=self.again)
        used = processor(self.pid) - before
        self.after()
        return replace(figures, cpu=used / max(figures.answered, 1))

    def burst(self, at_once: int) -> Figures:
        """One request from each of so many connections."""
        return fire(self.port, self.make(at_once), at_once, 10, each=1)


Taken = Mapping[str, Sequence[Figures]]


def in_turn(rows: Sequence[Row], rounds: int, play: Callable[[Row], Figures]) -> Taken:
    """All rows, again and again; one round before is not counted."""
    taken: dict[str, list[Figures]] = {row.name: [] for row in rows}
    for number in range(rounds + 1):
        for row in rows:
            figures = play(row)
            if number:
                taken[row.name].append(figures)
    return taken


def show(taken: Taken, floor: str, beside: str = "") -> None:
    """Medians, ratios of the rates, and how much of the peer's CPU one request takes; without a peer only the floor's."""
    others = {"peer": beside, "floor": floor} if beside else {"floor": floor}
    lines = []
    for name, figures in taken.items():
        rates, cpu = [f.per_second for f in figures], [f.cpu for f in figures]
        shares = [tables.ratio(rates, [f.per_second for f in taken[x]]) for x in others.values()]
        lean = tables.ratio([f.cpu for f in taken[beside or floor]], cpu)
        times = [tables.millis(median(getattr(f, x) for f in figures)) for x in ("p50", "p99")]
        lines.append([name, f"{median(rates):,.0f}", *times, *map(tables.times, shares), f"{median(cpu) * 1e6:.0f}",
                      tables.times(lean)])  # fmt: skip
    head = ["", "req/s", "p50 ms", "p99 ms", *(f"x {x}" for x in others), "CPU us", f"x {next(iter(others))} by CPU"]
    tables.table(head, lines)


def rates(store: Store, around: World, seconds: float, rounds: int) -> None:
    """Requests per second at 1, 50 and 200 at once."""
    database = store.fresh()
    secret = around.slack.signing_secret
    with ExitStack() as stack:
        floor = stack.enter_context(peer("signature", BENCH_SECRET=secret))
        bare = stack.enter_context(peer("bolt", BENCH_SECRET=secret))
        web = stack.enter_context(bot("web", around, database, store.folder))
        add_jobs(database, STATUS_JOBS)
        rows = [
            Row(FLOOR, floor.port, floor.process.pid, lambda _: [wire.slash("help", secret)]),
            Row(PEER, bare.port, bare.process.pid, lambda _: [wire.slash("help", secret)]),
            Row("help (answers)", web.port, web.pid, lambda _: [wire.slash("help", secret)]),
            Row(f"status ({STATUS_JOBS} rows)", web.port, web.pid, lambda _: [wire.slash("status", secret)]),
            Row("submit (durable row)", web.port, web.pid, lambda n: wire.submits(n, secret), again=False,
                after=lambda: empty_inbox(database)),
        ]  # fmt: skip
        for at_once in (1, 50, 200):
            print(f"\n {at_once} at once, {store.name}")
            show(in_turn(rows, rounds, lambda row, n=at_once: row.fire(n, seconds)), FLOOR, PEER)  # type: ignore[misc]


def bursts(store: Store, around: World, seconds: float, rounds: int) -> None:
    """200 submissions at once, while every call to AWS hangs and the worker has its hands full."""
    secret = around.slack.signing_secret
    with ExitStack() as stack:
        stack.callback(around.aws.faults.clear)
        for service in ("s3", "sts", "bedrock", "cloudwatch"):
            around.aws.faults.hang(f"{service}.*", 3600)
        floor = stack.enter_context(peer("insert", store.fresh(), BENCH_SECRET=secret))
        queue = stack.enter_context(peer("enqueue", store.fresh(), BENCH_SECRET=secret))
        run = stack.enter_context(bot("run", around, store.fresh(), store.folder))
        web = stack.enter_context(bot("web", around, store.fresh(), store.folder))
        rows = [
            Row(
                "floor: one group-committed insert",
                floor.port,
                floor.process.pid,
                lambda n: wire.submits(n, secret),
                again=False,
            ),
            Row(
                "peer: a DBOS enqueue per request",
                queue.port,
                queue.process.pid,
                lambda n: wire.submits(n, secret),
                again=False,
            ),
            Row("submit (durable row)", run.port, run.pid, lambda n: wire.submits(n, secret), again=False),
            Row("the same, no worker beside it", web.port, web.pid, lambda n: wire.submits(n, secret), again=False),
        ]
        fire(run.port, wire.notifications(200).requests(), 20, 10)
        print(f"\n {BURST} at once while AWS hangs and the worker is busy, {store.name}: bursts of one request each")
        show_bursts(in_turn(rows, 2 * rounds, lambda row: row.burst(BURST)))
        print(f"\n the same without a pause, {seconds:g} s a round")
        show_bursts(in_turn(rows, min(rounds, 3), lambda row: row.fire(BURST, seconds)))


def show_bursts(taken: Taken) -> None:
    """The slowest of each burst counts: medians of p50 and p99, the maximum of all, ratios of the p99."""
    names = list(taken)
    lines = []
    for name, figures in taken.items():
        slow = [f.p99 for f in figures]
        shares = [tables.times(tables.ratio(slow, [f.p99 for f in taken[x]])) for x in (names[1], names[0])]
        over = sum(f.most > 3 for f in figures)
        bad = sum(f.bad for f in figures)
        most = max(chain.from_iterable([f.most] for f in figures))
        lines.append([name, tables.millis(median(f.p50 for f in figures)), tables.millis(median(slow)),
                      tables.millis(most), f"{over}", f"{bad}", *shares])  # fmt: skip
    tables.table(["", "p50 ms", "p99 ms", "max ms", "rounds over 3 s", "not 200", "p99 x peer", "p99 x floor"], lines)


def main() -> None:
    """Both parts on both stores."""
    asked = tables.options(__doc__)
    tables.headline("Slash ack: requests per second, and a durable row under stress")
    print(
        f"the load generator's own ceiling, 50 at once: {ceiling(50, asked.seconds).per_second:,.0f} requests per second"
    )
    with stores(asked.store) as found, world() as around:
        for store in found:
            rates(store, around, asked.seconds, asked.rounds)
            bursts(store, around, asked.seconds, asked.rounds)


if __name__ == "__main__":
    main()
