"""The line of writers: one at a time, in order, and whom somebody waits for before all others."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from bot.turns import Turns


def test_one_has_the_turn_at_a_time() -> None:
    """Whoever they are and however many."""
    turns, inside, most = Turns(), 0, 0

    def work(number: int) -> None:
        nonlocal inside, most
        for _ in range(200):
            with turns.turn(first=number % 2 == 0):
                inside += 1
                most = max(most, inside)
                time.sleep(0)
                inside -= 1

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(work, range(8)))
    assert (most, inside) == (1, 0)


def test_who_came_first_goes_first_and_the_urgent_before_all() -> None:
    """In the order of their coming, within each of the two lines."""
    turns, order = Turns(), []
    threads = []

    def work(name: str, *, first: bool) -> None:
        with turns.turn(first=first):
            order.append(name)

    with turns.turn(first=False):
        for name in ("a", "b", "!1", "c", "!2"):
            thread = threading.Thread(target=work, args=(name,), kwargs={"first": name[0] == "!"})
            thread.start()
            threads.append(thread)
            time.sleep(0.05)
    for thread in threads:
        thread.join(5)
    assert order == ["!1", "!2", "a", "b", "c"]


def test_a_turn_that_fails_is_handed_on() -> None:
    """Nobody waits for ever."""
    turns = Turns()
    for _ in range(2):
        with pytest.raises(ZeroDivisionError), turns.turn(first=False):
            raise ZeroDivisionError
    with turns.turn(first=True):
        pass
