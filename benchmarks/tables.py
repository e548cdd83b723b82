"""Small aligned tables, medians and ratios; what every benchmark prints."""

from __future__ import annotations

import argparse
import os
import platform
from collections.abc import Iterable, Sequence
from statistics import median


def options(title: str, *, seconds: float = 1.0) -> argparse.Namespace:
    """``--seconds`` a round, ``--rounds``, ``--quick`` and ``--store``."""
    parser = argparse.ArgumentParser(description=title)
    parser.add_argument("--seconds", type=float, default=seconds, help="how long one round of one row takes")
    parser.add_argument("--rounds", type=int, default=5, help="rounds; the rows take turns, medians are shown")
    parser.add_argument("--quick", action="store_true", help="three short rounds")
    parser.add_argument("--store", choices=("sqlite", "postgresql", "both"), default="both")
    chosen = parser.parse_args()
    if chosen.quick:
        chosen.seconds, chosen.rounds = chosen.seconds / 2, 3
    return chosen


def headline(title: str) -> None:
    """What is measured and where."""
    load = os.getloadavg()[0]
    print(f"\n{title}\n{os.cpu_count()} cores, Python {platform.python_version()}, load {load:.1f} when it began")


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """The first column to the left, the others to the right."""
    lines = [list(head), *(list(row) for row in rows)]
    widths = [max(len(line[i]) for line in lines) for i in range(len(head))]
    for line in lines:
        cells = [cell.rjust(width) for cell, width in zip(line[1:], widths[1:], strict=True)]
        print("  " + "  ".join([line[0].ljust(widths[0]), *cells]))


def ratio(ours: Sequence[float], theirs: Sequence[float]) -> float:
    """The median of the ratios round by round, so that a slow minute of the machine counts for both."""
    return median(a / b for a, b in zip(ours, theirs, strict=True) if b)


def times(value: float) -> str:
    """A ratio as the tables show it."""
    return f"{value:.2f}"


def millis(seconds: float) -> str:
    """Milliseconds with as many digits as mean something."""
    value = seconds * 1000
    return f"{value:.2f}" if value < 10 else f"{value:.0f}"
