"""Readings against numbers worked out a second time by hand or by another way."""

from __future__ import annotations

import math
import statistics
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.metrics import catalog
from bot.metrics.ranges import Range
from bot.metrics.series import Series, read
from bot.points import Point, clean
from tests.metrics.worlds import NOVA, NOW, minutes

FIVE = minutes(5)
WINDOW = Range.parse("3h").window(NOW, FIVE)


def one(*pairs: tuple[datetime, float], partial: bool = False) -> Series:
    return Series(NOVA, catalog.RECORDS, FIVE, clean(pairs), partial)


def test_points_come_out_in_order_once_and_finite() -> None:
    at = WINDOW.since
    points = clean(
        [(at + FIVE, 2.0), (at, 1.0), (at + FIVE, 3.0), (at + 2 * FIVE, math.nan), (at + 3 * FIVE, math.inf)]
    )
    assert points == (Point(at, 1.0), Point(at + FIVE, 3.0))


def test_naive_times_are_utc() -> None:
    assert clean([(WINDOW.since.replace(tzinfo=None), 1.0)]) == (Point(WINDOW.since, 1.0),)


def test_a_reading_counts_only_the_points_there_are() -> None:
    since, before = WINDOW.since, WINDOW.before
    got = read(one((before, 10.0), (since - FIVE, 30.0), (since, 40.0), (WINDOW.until - FIVE, 20.0)), WINDOW, NOW)
    assert got is not None
    assert (got.now, got.average, got.peak, got.before_average) == (20.0, 30.0, 40.0, 20.0)
    assert got.change == pytest.approx(0.5)
    assert (got.last, got.peak_at) == (WINDOW.until - FIVE, since)


def test_nothing_in_the_range_is_no_reading() -> None:
    assert read(one((WINDOW.before, 10.0)), WINDOW, NOW) is None
    assert read(one((WINDOW.until, 10.0)), WINDOW, NOW) is None


@pytest.mark.parametrize(("age", "known"), [(0, True), (20, True), (20.1, False), (120, False)])
def test_now_is_no_older_than_three_periods_and_five_minutes(age: float, known: bool) -> None:
    got = read(one((NOW - minutes(age), 7.0)), WINDOW, NOW)
    assert got is not None
    assert (got.now == 7.0) is known
    assert got.average == 7.0


def test_zero_now_is_a_number_and_not_its_absence() -> None:
    got = read(one((WINDOW.until - FIVE, 0.0)), WINDOW, NOW)
    assert got is not None
    assert got.now == 0.0


@pytest.mark.parametrize("before", [None, 0.0])
def test_a_change_from_nothing_is_no_number(before: float | None) -> None:
    pairs = [(WINDOW.since, 5.0)] + ([] if before is None else [(WINDOW.before, before)])
    got = read(one(*pairs), WINDOW, NOW)
    assert got is not None
    assert got.change is None


def test_half_an_answer_is_not_compared() -> None:
    got = read(one((WINDOW.before, 5.0), (WINDOW.since, 5.0), partial=True), WINDOW, NOW)
    assert got is not None
    assert got.change is None


@given(st.dictionaries(st.integers(0, 71), st.floats(0, 1e12), min_size=1))
def test_average_peak_and_change_agree_with_another_way_to_work_them_out(values: dict[int, float]) -> None:
    got = read(one(*((WINDOW.before + n * FIVE, v) for n, v in values.items())), WINDOW, NOW)
    here = [v for n, v in values.items() if n >= 36]
    there = [v for n, v in values.items() if n < 36]
    if not here:
        assert got is None
        return
    assert got is not None
    assert got.average == pytest.approx(statistics.fmean(here))
    assert got.peak == max(here)
    if there and statistics.fmean(there) > 0:
        assert got.change == pytest.approx(statistics.fmean(here) / statistics.fmean(there) - 1)
    else:
        assert got.change is None


def test_the_end_of_a_range_is_not_in_it() -> None:
    all_points = one(*((WINDOW.before + n * FIVE, float(n)) for n in range(72)))
    assert len(all_points.between(WINDOW.since, WINDOW.until)) == 36
    assert all_points.between(WINDOW.since, WINDOW.since + timedelta(seconds=1)) == (Point(WINDOW.since, 36.0),)
