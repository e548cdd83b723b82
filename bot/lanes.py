"""Lanes: so many attempts of each kind at once, in threads of this process.

What has to survive a crash is in the rows (see ``claims``): a lane remembers nothing, and an attempt that died with the process
is claimed again. Each kind of work has a lane of its own, so that calls which hang in one hold up no other.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping

from bot.work import Work


class Lanes:
    """Counts what runs by queue name; every attempt has a daemon thread, so that none can keep the process from ending."""

    def __init__(self, sizes: Mapping[str, int], task: Callable[[str, str], object]) -> None:
        """``task`` must not raise."""
        self._sizes = dict(sizes)
        self._task = task
        self._lock = threading.Lock()
        self._running = dict.fromkeys(sizes, 0)

    def room(self, queue: str) -> int:
        """How many more attempts this lane takes now."""
        with self._lock:
            return self._sizes[queue] - self._running[queue]

    def hand_over(self, work: Work, ended: Callable[[], None]) -> None:
        """Run one attempt; ``ended`` hears of its end, since an end may have made new work due."""
        with self._lock:
            self._running[work.queue] += 1
        name = f"lane-{work.queue}"
        threading.Thread(target=self._run, args=(work, ended), name=name, daemon=True).start()

    def _run(self, work: Work, ended: Callable[[], None]) -> None:
        try:
            self._task(work.task, work.key)
        finally:
            with self._lock:
                self._running[work.queue] -= 1
            ended()

    def wait(self, seconds: float) -> bool:
        """Wait until nothing runs; False if that took too long (what is left is claimed again at the next start)."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            with self._lock:
                if not any(self._running.values()):
                    return True
            time.sleep(0.02)
        return False
