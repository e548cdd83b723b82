"""Ranges: what people may type, and that one call to CloudWatch is never more than one page."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from bot.errors import BadInput
from bot.metrics.ranges import RANGES, Range


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("3h", "3h"), ("24h", "24h"), ("7d", "7d"), (" 24 H ", "24h"), ("1d", "24h"), ("day", "24h"), ("week", "7d"),
        ("last 24 hours", "24h"), ("7 days", "7d"), ("1w", "7d"), ("168h", "7d"), ("180m", "3h"), ("180 minutes", "3h"),
    ],
)  # fmt: skip
def test_a_range_can_be_written_in_several_ways(text: str, name: str) -> None:
    assert Range.parse(text).name == name


@pytest.mark.parametrize(
    "text", ["90m", "", "7", "0h", "8d", "-3h", "yesterday", "3h; drop", "٣h", "9" * 400 + "d", "3hx"]
)
def test_any_other_range_is_refused_with_those_that_work(text: str) -> None:
    with pytest.raises(BadInput) as caught:
        Range.parse(text)
    assert caught.value.field == "range"
    assert "3h, 24h or 7d" in caught.value.sentence


@pytest.mark.parametrize("range_", RANGES, ids=lambda one: one.name)
@pytest.mark.parametrize("queries", [1, 4, 300, 301, 500, 800])
def test_twice_the_range_fits_one_page(range_: Range, queries: int) -> None:
    period = range_.period(queries)
    window = range_.window(datetime(2026, 11, 23, 9, 2, 30, tzinfo=UTC), period)
    points = (window.until - window.before) / period
    assert points == int(points)
    assert points * min(queries, 500) <= 100_800


@pytest.mark.parametrize("second", [0, 1, 299, 300, 3599])
def test_windows_lie_on_the_clock_and_hold_the_present(second: int) -> None:
    now = datetime(2026, 3, 29, 0, 0, tzinfo=UTC) + timedelta(seconds=second)
    for range_ in RANGES:
        for period in range_.periods:
            window = range_.window(now, period)
            assert window.until >= now
            assert window.until - now < period
            assert window.until - window.since == window.since - window.before == range_.length
            assert all(
                at.timestamp() % period.total_seconds() == 0 for at in (window.before, window.since, window.until)
            )
