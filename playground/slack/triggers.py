"""Trigger ids: each opens one view, within three seconds of the click."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable
from dataclasses import dataclass

from playground.slack.refusals import Refusal

LIFETIME = 3.0


@dataclass
class Trigger:
    """What a click allows: whose screen it may use, and above which view."""

    user: str
    at: float
    view_id: str | None = None
    used: bool = False


class Triggers:
    """Issues trigger ids and takes each back once."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._issued: dict[str, Trigger] = {}
        self._lock = threading.Lock()

    def issue(self, user: str, view_id: str | None = None) -> str:
        """A new trigger id for this person."""
        trigger_id = f"{int(self._clock() * 1000)}.{secrets.randbelow(10**12):012d}.{secrets.token_hex(16)}"
        self._issued[trigger_id] = Trigger(user, self._clock(), view_id)
        return trigger_id

    def exchange(self, trigger_id: str) -> Trigger:
        """What the trigger allows; it is used up by that."""
        with self._lock:
            trigger = self._issued.get(trigger_id)
            if trigger is None:
                raise Refusal("invalid_trigger_id")
            if trigger.used:
                raise Refusal("exchanged_trigger_id")
            if self._clock() - trigger.at > LIFETIME:
                raise Refusal("expired_trigger_id")
            trigger.used = True
            return trigger
