"""The bot's own main, started quickly, and with a hand on the trigger: it can kill itself at any commit of its rows.

``killer.py run`` builds the application exactly as ``bot.__main__`` does. Where ``KILLER_TRACE`` names a file, each commit
writes a line there, before and after; where ``KILLER_PLAN`` names one that is there, it says at which of them the process
sends itself SIGKILL. ``killer.py nursery`` has everything imported and forks such processes on demand: a bot that is ready
in a third of the time, since hundreds of them are born and killed here.
"""

from __future__ import annotations

import ctypes
import importlib
import json
import os
import re
import signal
import sys
import threading
from pathlib import Path
from typing import Any

import sqlalchemy as sa

WRITES = re.compile(r"\s*(INSERT INTO|UPDATE|DELETE FROM)\s+(\w+)(?:\s+SET\s+(.*?)(?:\s+WHERE|$))?", re.DOTALL)
COLUMN = re.compile(r"(\w+)=")
EARLY = (
    "alembic.command", "alembic.runtime.migration", "boto3", "bot.__main__", "bot.app", "bot.process", "dbos", "sqlite3",
    "uvicorn.lifespan.off", "uvicorn.loops.asyncio", "uvicorn.protocols.http.httptools_impl", "psycopg",
    "sqlalchemy.dialects.postgresql.psycopg", "sqlalchemy.dialects.sqlite", "botocore.httpsession", "botocore.session",
)  # fmt: skip
FROM_OUTSIDE = ("KILLER_TRACE", "KILLER_PLAN")


class Trigger:
    """Knows every commit by what it writes, and pulls at the one that the plan names."""

    def __init__(self, trace: str, plan: str) -> None:
        self._trace = Path(trace) if trace else None
        self._plan = Path(plan) if plan else None
        self._seen: dict[str, int] = {}
        self._planned: str | None = None
        self._lock = threading.Lock()

    def watch(self, engine: sa.Engine) -> None:
        """Look over the shoulder of each transaction of this engine."""

        @sa.event.listens_for(engine, "before_cursor_execute")
        def _executes(connection: sa.Connection, _cursor: Any, statement: str, *_: Any) -> None:
            if word := label(statement):
                connection.info.setdefault("writes", []).append(word)

        @sa.event.listens_for(engine, "rollback")
        def _rolls_back(connection: sa.Connection) -> None:
            connection.info.pop("writes", None)

        @sa.event.listens_for(engine, "commit")
        def _commits(connection: sa.Connection) -> None:
            if writes := connection.info.get("writes"):
                self.reached(f"before {' + '.join(dict.fromkeys(writes))}")

        @sa.event.listens_for(engine, "reset")
        def _gives_back(_dbapi: Any, record: Any, _state: Any) -> None:
            if writes := record.info.pop("writes", None):
                self.reached(f"after {' + '.join(dict.fromkeys(writes))}")

    def reached(self, point: str) -> None:
        """Count this point, and die here if the plan says so."""
        with self._lock:
            if self._trace:
                with self._trace.open("a", encoding="utf-8") as file:
                    file.write(point + "\n")
            if self._plan is None or not self._plan.exists():
                return
            wanted = self._plan.read_text(encoding="utf-8")
            if wanted != self._planned:
                self._planned, self._seen = wanted, {}
            where, _, nth = wanted.rpartition(" #")
            self._seen[point] = self._seen.get(point, 0) + 1
            if point == where and self._seen[point] == int(nth):
                self._plan.unlink()
                os.kill(os.getpid(), signal.SIGKILL)


def label(statement: str) -> str:
    """``cards(queued_at, tries)`` for an UPDATE of these columns; what only reads has none."""
    found = WRITES.match(statement)
    if not found:
        return ""
    verb, table, setting = found.groups()
    if verb == "UPDATE" and setting:
        columns = ", ".join(COLUMN.findall(setting))
        return f"{table}({columns})"
    return f"{verb.split()[0].lower()} {table}"


def run(mode: str) -> int:
    """As ``bot.__main__``; the trigger is attached only where it was asked for."""
    trace, plan = (os.environ.pop(name, "") for name in FROM_OUTSIDE)
    if not (trace or plan):
        from bot.__main__ import main

        return main([mode])
    from bot import logs, settings
    from bot.app import App
    from bot.process import Process

    read = settings.load()
    logs.configure(read.log_format, read.log_level)
    app = App(read, settings.load_catalogue(read.config))
    app.db.migrate()
    Trigger(trace, plan).watch(app.db.engine)
    return Process(app, web=mode != "worker", worker=mode != "web").run()


def nursery() -> None:
    """Import everything once; then each line of standard input is a process to start, each answer its id."""
    for name in EARLY:
        importlib.import_module(name)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for them: they vanish when they end
    for line in sys.stdin:
        order = json.loads(line)
        child = os.fork()
        if child == 0:
            grow_up(order)
        print(child, flush=True)  # noqa: T201


def grow_up(order: dict[str, Any]) -> None:
    """Become the process that was ordered."""
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG: never outlive the nursery
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    log = os.open(order["log"], os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    for number in (1, 2):
        os.dup2(log, number)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.environ.clear()
    os.environ.update(order["env"])
    os.chdir(order["cwd"])
    code = 70
    try:
        code = run(order["mode"])
    except BaseException:  # noqa: BLE001  (whatever it is goes into the log, and the fork ends here)
        sys.excepthook(*sys.exc_info())
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parents[2]))
    if sys.argv[1] == "nursery":
        nursery()
    else:
        sys.exit(run(sys.argv[1]))
