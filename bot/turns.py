"""A line to stand in: one has the turn at a time, who came first goes first, and whom somebody waits for before all others."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager


class Turns:
    """For SQLite's one writer: its own lock lets those who wait sleep and try again, so that under load some never succeed."""

    def __init__(self) -> None:
        """Nobody has the turn."""
        self._lock = threading.Lock()
        self._busy = False
        self._first: deque[threading.Lock] = deque()
        self._others: deque[threading.Lock] = deque()

    @contextmanager
    def turn(self, *, first: bool) -> Iterator[None]:
        """Wait for the turn and have it for the block; never one within another."""
        self._take(self._first if first else self._others)
        try:
            yield
        finally:
            self._hand_on()

    def _take(self, line: deque[threading.Lock]) -> None:
        with self._lock:
            if not self._busy:
                self._busy = True
                return
            mine = threading.Lock()
            mine.acquire()
            line.append(mine)
        with mine:
            pass  # whoever had the turn has let go of this lock, and only of this one

    def _hand_on(self) -> None:
        with self._lock:
            line = self._first or self._others
            if line:
                line.popleft().release()
            else:
                self._busy = False
