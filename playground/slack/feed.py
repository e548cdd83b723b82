"""The numbered list of everything that changed, for pages, consoles and tests that wait."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Change:
    """One thing that happened: `number` counts up from 1 without gaps."""

    number: int
    kind: str
    at: float
    what: Any


class Feed:
    """Publishes changes to those who ask since a number, wait for the next, or subscribe."""

    def __init__(self) -> None:
        self.condition = threading.Condition(threading.RLock())
        self._changes: list[Change] = []
        self._listeners: list[Callable[[Change], None]] = []

    def publish(self, kind: str, what: Any) -> Change:
        """Number a change, wake those who wait and tell those who listen."""
        with self.condition:
            change = Change(len(self._changes) + 1, kind, time.time(), what)
            self._changes.append(change)
            listeners = list(self._listeners)
            self.condition.notify_all()
        for listener in listeners:
            listener(change)
        return change

    def subscribe(self, listener: Callable[[Change], None]) -> Callable[[], None]:
        """Call `listener` on every later change; the returned function ends that."""
        with self.condition:
            self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def since(self, number: int) -> list[Change]:
        """The changes after that number."""
        with self.condition:
            return self._changes[number:]

    def wait(self, after: int, timeout: float) -> list[Change]:
        """The changes after that number, waiting for the first of them; empty when time is up."""
        with self.condition:
            self.condition.wait_for(lambda: len(self._changes) > after, timeout)
            return self._changes[after:]

    @property
    def last(self) -> int:
        """The number of the latest change."""
        return len(self._changes)
