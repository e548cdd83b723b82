"""Start to ready, memory at rest and idle CPU, beside a bare Bolt app with DBOS in one process."""

from __future__ import annotations

import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from statistics import median

from benchmarks import tables, wire
from benchmarks.bots import World, migrate, world
from benchmarks.proc import memory, processor
from benchmarks.servers import peer
from benchmarks.stores import Store, stores
from playground.process import BotProcess

IDLE_SECONDS = 20.0
SETTLE_SECONDS = 5.0


@dataclass(frozen=True)
class Started:
    """A process that is ready, and how long that took."""

    pid: int
    seconds: float


def ready_bot(around: World, store: Store, database: str) -> Iterator[Started]:
    """``batchbot run`` until ``/readyz`` answers 200."""
    process = BotProcess("run", around.env(database), cwd=store.folder)
    began = time.perf_counter()
    try:
        log = subprocess.DEVNULL
        process.process = subprocess.Popen(process.command, env=process.env, cwd=store.folder, stdout=log, stderr=log)
        while not _is_ready(process.port):
            time.sleep(0.005)
        yield Started(process.process.pid, time.perf_counter() - began)
    finally:
        process.kill()


def _is_ready(port: int) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), 1) as line:
            line.sendall(b"GET /readyz HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n")
            return line.recv(64).startswith(b"HTTP/1.1 200")
    except OSError:
        return False


def ready_peer(store: Store) -> Iterator[Started]:
    """Bolt and DBOS until the port is open."""
    with peer("enqueue", store.fresh(), BENCH_SECRET=wire.SECRET) as bare:
        yield Started(bare.process.pid, bare.ready_after)


Start = Callable[[], Iterator[Started]]


def measure(starts: dict[str, Start], rounds: int, idle: float) -> list[list[str]]:
    """Starts take turns; then both rest at the same time."""
    took: dict[str, list[float]] = {name: [] for name in starts}
    for number in range(rounds + 1):
        for name, start in starts.items():
            with contextmanager(start)() as one:
                if number:
                    took[name].append(one.seconds)
    with ExitStack() as stack:
        running = {name: stack.enter_context(contextmanager(start)()) for name, start in starts.items()}
        time.sleep(SETTLE_SECONDS)
        before = {name: processor(one.pid) for name, one in running.items()}
        time.sleep(idle)
        return [
            [name, f"{median(took[name]):.2f}", f"{memory(one.pid):.0f}",
             f"{(processor(one.pid) - before[name]) / idle:.1%}"]
            for name, one in running.items()
        ]  # fmt: skip


def main() -> None:
    """On both stores; the database is there and up to date, the files are warm."""
    asked = tables.options(__doc__)
    tables.headline("Footprint: start to ready, memory at rest, idle CPU")
    with stores(asked.store) as found, world() as around:
        for store in found:
            database = store.fresh()
            migrate(around, database, store.folder)
            starts: dict[str, Start] = {
                "peer: bare Bolt + DBOS": lambda store=store: ready_peer(store),  # type: ignore[misc]
                "batchbot run": lambda store=store, at=database: ready_bot(around, store, at),  # type: ignore[misc]
            }
            idle = IDLE_SECONDS / 2 if asked.quick else IDLE_SECONDS
            print(f"\n {store.name}, idle over {idle:g} s")
            rows = measure(starts, asked.rounds, idle)
            tables.table(["", "ready s", "memory MB", "idle CPU of a core"], rows)


if __name__ == "__main__":
    main()
