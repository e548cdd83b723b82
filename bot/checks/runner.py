"""Runs checks side by side and ends in time, whatever hangs: daemon threads, one deadline for all of a stage."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from bot.checks.finding import Finding, broken
from bot.errors import BotError


@dataclass(frozen=True, slots=True)
class Check:
    """``look`` gives the findings of one area; what it raises becomes one."""

    area: str
    look: Callable[[], Sequence[Finding]]
    fix: str = "Look at the network between here and there: routes, proxies, endpoints."


@dataclass(slots=True)
class _Running:
    check: Check
    done: threading.Event = field(default_factory=threading.Event)
    found: Sequence[Finding] = ()

    def run(self) -> None:
        try:
            self.found = self.check.look()
        except BotError as error:
            self.found = [broken(self.check.area, error.sentence, self.check.fix)]
        except Exception as error:  # noqa: BLE001  (a fault in one check must not hide the others)
            self.found = [broken(self.check.area, f"The check itself failed ({type(error).__name__}).")]
        self.done.set()


def run(checks: Sequence[Check], seconds: float) -> Iterator[Finding]:
    """The findings in the order of the checks, each as soon as it and those before it are there."""
    deadline = time.monotonic() + seconds
    started = [_Running(check) for check in checks]
    for one in started:
        threading.Thread(target=one.run, name=f"check-{one.check.area}", daemon=True).start()
    for one in started:
        if one.done.wait(max(deadline - time.monotonic(), 0)):
            yield from one.found
        else:
            yield broken(one.check.area, f"There was no answer within {seconds:.0f} seconds.", one.check.fix)
