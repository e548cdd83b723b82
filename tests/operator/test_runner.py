"""The runner of the checks: side by side, in order, and never longer than its time."""

from __future__ import annotations

import threading
import time

from bot.checks.finding import Finding, Level, good
from bot.checks.runner import Check, run
from bot.errors import AwsDenied


def test_a_check_that_never_ends_does_not_hold_up_the_report() -> None:
    """It becomes a line of its own, and those behind it keep theirs."""
    never = threading.Event()

    def hang() -> list[Finding]:
        never.wait(60)
        return []

    began = time.monotonic()
    found = list(run([Check("first", lambda: [good("first", "yes")]), Check("stuck", hang, "Look there."),
                      Check("last", lambda: [good("last", "yes")])], 0.3))  # fmt: skip
    never.set()
    assert time.monotonic() - began < 5
    assert [f.area for f in found] == ["first", "stuck", "last"]
    assert [f.level for f in found] == [Level.OK, Level.BROKEN, Level.OK]
    assert found[1].fix == "Look there."


def test_they_run_side_by_side() -> None:
    """Two that wait for each other both end."""
    both = threading.Barrier(2, timeout=10)

    def meet() -> list[Finding]:
        both.wait()
        return [good("met", "yes")]

    assert [f.level for f in run([Check("a", meet), Check("b", meet)], 10)] == [Level.OK, Level.OK]


def test_what_a_check_raises_becomes_its_line() -> None:
    """In the bot's own words where it has some; a secret in an unforeseen error stays where it is."""

    def refused() -> list[Finding]:
        raise AwsDenied("Amazon does not allow me that.")

    def crashed() -> list[Finding]:
        raise RuntimeError("password=hush")

    one, two = run([Check("a", refused), Check("b", crashed)], 10)
    assert (one.level, one.sentence) == (Level.BROKEN, "Amazon does not allow me that.")
    assert two.level is Level.BROKEN
    assert "RuntimeError" in two.sentence
    assert "hush" not in two.sentence


def test_foreign_text_cannot_write_to_the_terminal() -> None:
    """No line break, no escape sequence, no end."""
    [line] = good("a", "x\n✅ b: all is well\x1b[2J" + "y" * 5000).lines()
    assert "\x1b" not in line
    assert "\n" not in line
    assert len(line) < 700
