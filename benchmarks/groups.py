"""The floors of durability, without any library above the driver: a commit per message, and commits in groups."""

from __future__ import annotations

import asyncio
import queue
import sqlite3
import threading
from collections.abc import Callable, Sequence
from typing import Any

import psycopg

from bot.db import driver_url

Row = tuple[str, str]
Write = Callable[[Sequence[Row]], None]
"""Inserts the rows that are new and commits."""

TABLE = "CREATE TABLE IF NOT EXISTS floor (id VARCHAR(255) PRIMARY KEY, body TEXT NOT NULL)"


def writer(url: str) -> Write:
    """For one thread; SQLite as the bot sets it (WAL, ``synchronous=FULL``)."""
    parsed = driver_url(url)
    if parsed.get_backend_name() == "sqlite":
        return _sqlite(str(parsed.database))
    return _postgres(parsed.set(drivername="postgresql").render_as_string(hide_password=False))


def _sqlite(path: str) -> Write:
    connection = sqlite3.connect(path, isolation_level=None, timeout=15)
    for line in ("PRAGMA journal_mode=WAL", "PRAGMA synchronous=FULL", TABLE):
        connection.execute(line)

    def write(rows: Sequence[Row]) -> None:
        connection.execute("BEGIN IMMEDIATE")
        connection.executemany("INSERT OR IGNORE INTO floor VALUES (?, ?)", rows)
        connection.execute("COMMIT")

    return write


def _postgres(url: str) -> Write:
    connection: psycopg.Connection[Any] = psycopg.connect(url)
    connection.execute(TABLE)
    connection.commit()

    def write(rows: Sequence[Row]) -> None:
        with connection.cursor() as cursor:
            cursor.executemany("INSERT INTO floor VALUES (%s, %s) ON CONFLICT DO NOTHING", rows)
        connection.commit()

    return write


class Group:
    """One thread commits for all that wait; each waits on the event loop and not in a thread."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._waiting: queue.SimpleQueue[tuple[Row, asyncio.Future[None]]] = queue.SimpleQueue()
        threading.Thread(target=self._write_for_ever, daemon=True).start()

    async def put(self, row: Row) -> None:
        """Return when the row is committed."""
        saved: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.put((row, saved))
        await saved

    def _write_for_ever(self) -> None:
        write = writer(self._url)
        while True:
            group = [self._waiting.get()]
            while not self._waiting.empty():
                group.append(self._waiting.get())
            write([row for row, _ in group])
            group[0][1].get_loop().call_soon_threadsafe(_tell, [saved for _, saved in group])


def _tell(waiting: Sequence[asyncio.Future[None]]) -> None:
    for saved in waiting:
        if not saved.done():
            saved.set_result(None)
