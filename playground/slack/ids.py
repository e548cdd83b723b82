"""Mints ids and timestamps of the shapes that Slack's clients expect."""

from __future__ import annotations

import itertools
import secrets
import string
import threading
from collections.abc import Callable

ALPHABET = string.digits + string.ascii_uppercase


class Ids:
    """Hands out ids such as C0000000A1: a letter, then at least eight of [A-Z0-9]."""

    def __init__(self) -> None:
        self._numbers = itertools.count(1)

    def new(self, letter: str) -> str:
        """A new id that begins with this letter."""
        number, digits = next(self._numbers), ""
        while number:
            number, rest = divmod(number, len(ALPHABET))
            digits = ALPHABET[rest] + digits
        return f"{letter}0{secrets.choice(string.ascii_uppercase)}{digits.rjust(8, '0')}"


class Stamps:
    """Hands out message timestamps, each later than the one before, as Slack's are unique."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._last = 0
        self._lock = threading.Lock()

    def new(self, at: float | None = None) -> str:
        """The next timestamp; `at` back-dates it, for history that was there before."""
        with self._lock:
            micros = int((self._clock() if at is None else at) * 1_000_000)
            if at is None:
                micros = self._last = max(micros, self._last + 1)
        return f"{micros // 1_000_000}.{micros % 1_000_000:06d}"


def short_id() -> str:
    """A block_id or action_id as Slack makes up where the bot gave none."""
    return "".join(secrets.choice(string.ascii_letters + string.digits) for _ in range(5))
