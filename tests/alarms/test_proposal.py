"""Thresholds out of history, the last week played again, what it costs, and the graph of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from bot.alarms.making import preview, proposal
from bot.alarms.making.plan import Choice
from bot.alarms.making.proposal import Played, aligned, monthly, play, propose, readable
from bot.points import Point
from tests.alarms.worlds import NAMES, SONNET, made, planned

NOW = datetime(2026, 11, 22, 9, 7, tzinfo=UTC)
FIVE = timedelta(minutes=5)
UNTIL = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)


def rule(datapoints: int = 1, periods: int = 1, missing: str = "notBreaching", **more: Any) -> dict[str, Any]:
    return {
        "AlarmName": "a", "Period": 300, "EvaluationPeriods": periods, "DatapointsToAlarm": datapoints, "Threshold": 10.0,
        "ComparisonOperator": "GreaterThanThreshold", "TreatMissingData": missing, **more,
    }  # fmt: skip


def line(values: str) -> list[Point]:
    """The newest datapoints, oldest first: ``x`` above the limit, ``.`` below it, a blank is missing."""
    start = UNTIL - len(values) * FIVE
    return [Point(start + n * FIVE, 20.0 if c == "x" else 5.0) for n, c in enumerate(values) if c != " "]


def states(values: str, made_: dict[str, Any]) -> str:
    """The state after each of the newest periods: ``A`` in ALARM, ``-`` not."""
    played = play(made_, line(values), NOW)
    assert played is not None
    ends = [UNTIL - (len(values) - 1 - n) * FIVE for n in range(len(values))]
    return "".join("A" if any(s <= at and (e is None or at < e) for s, e in played.spans) else "-" for at in ends)


@pytest.mark.parametrize(
    ("values", "made_", "expected"),
    [
        ("..x..", rule(), "--A--"),
        ("xxxxx", rule(3, 3), "--AAA"),
        ("x.x.x", rule(2, 3), "--A-A"),
        ("x.xx.", rule(2, 3), "--AAA"),
        ("x x..", rule(2, 3), "--A--"),
        ("xx   ", rule(2, 2), "-A---"),
        ("xx   ", rule(2, 2, "ignore"), "-AAAA"),
        ("xx  .", rule(2, 2, "ignore"), "-AAAA"),
        ("xx ..", rule(2, 2, "ignore"), "-AAA-"),
        ("xx   ", rule(2, 2, "missing"), "-A---"),
        ("..x  ", rule(2, 2, "breaching"), "---AA"),
        (".    ", rule(2, 3, "breaching"), "AAAAA"),
        ("xxxxx", rule(1, 1, ComparisonOperator="LessThanThreshold"), "-----"),
        ("..xxx", rule(1, 1, ComparisonOperator="LessThanThreshold"), "AA---"),
    ],
)
def test_a_week_is_played_again(values: str, made_: dict[str, Any], expected: str) -> None:
    """Period by period: n of m, and each way of treating what is missing."""
    assert states(values, made_) == expected


@pytest.mark.parametrize(
    ("operator_", "value", "rings"),
    [("GreaterThanThreshold", 10.0, False), ("GreaterThanOrEqualToThreshold", 10.0, True),
     ("LessThanThreshold", 10.0, False), ("LessThanOrEqualToThreshold", 10.0, True),
     ("GreaterThanThreshold", 10.1, True), ("LessThanThreshold", 9.9, True)],
)  # fmt: skip
def test_each_comparison_at_the_limit(operator_: str, value: float, rings: bool) -> None:
    """Equal counts only where the operator says so."""
    played = play(rule(ComparisonOperator=operator_), [Point(UNTIL - FIVE, value)], NOW)
    assert played is not None
    assert bool(played.times) is rings


def test_an_alarm_that_is_held_up_keeps_its_state() -> None:
    """With ``ignore`` an alarm that rang stays while nothing at all is known, and ends with the next good value."""
    played = play(rule(1, 1, "ignore"), line(".x    .."), NOW)
    assert played is not None
    [(start, end)] = played.spans
    assert end is not None
    assert end - start == 5 * FIVE
    assert played.lasted == 5 * FIVE


def test_what_rang_is_marked_and_what_is_late_is_left_out() -> None:
    """The period that runs and what CloudWatch has not got yet say nothing."""
    played = play(rule(2, 2), [*line(".xx"), Point(UNTIL, 99.0), Point(UNTIL + FIVE, 99.0)], NOW)
    assert played is not None
    assert played.spans == ((UNTIL, None),)
    assert [point.at for point in played.tripped] == [UNTIL - 2 * FIVE, UNTIL - FIVE]
    assert aligned(NOW, FIVE) == UNTIL


def test_a_span_at_the_end_is_open_and_counts_until_now() -> None:
    """Two alarms, the second still rings."""
    played = play(rule(), line("x...xx"), NOW)
    assert played is not None
    assert played.times == 2
    assert played.spans[-1][1] is None
    assert played.lasted == 2 * FIVE


def test_a_band_or_a_query_without_a_limit_is_not_played() -> None:
    """Nothing is made up."""
    assert play(made(preset="anomaly"), line("xx"), NOW) is None


def test_six_hours_at_once_are_twenty_eight_looks() -> None:
    """A long period is evaluated at its own end."""
    six = timedelta(hours=6)
    start = aligned(NOW, six) - 28 * six
    points = [Point(start + n * six, 2_000_000.0 if n in {3, 4, 20} else 1.0) for n in range(28)]
    played = play(made(preset="tokens", threshold="1000000"), points, NOW)
    assert played is not None
    assert played.times == 2
    assert played.lasted == 3 * six


# --- thresholds -------------------------------------------------------------------------------------------------------


def history(value: Callable[[int], float], count: int = 100) -> list[Point]:
    return [Point(UNTIL - n * FIVE, value(n)) for n in range(count)]


def test_a_ceiling_comes_from_the_busy_end() -> None:
    """The 95th percentile, rounded up to two digits."""
    found = propose("backlog", history(float))
    assert found is not None
    assert found.threshold == 95.0
    assert "95th percentile" in found.why
    assert propose("backlog", history(lambda n: 18_430.0 + n)).threshold == 19_000.0  # type: ignore[union-attr]


def test_a_floor_comes_from_the_middle() -> None:
    """Half of the median, rounded down; times without work do not count."""
    found = propose("slow", history(lambda n: 0.0 if n % 2 else 100_000.0))
    assert found is not None
    assert found.threshold == 50_000.0
    assert "half of the median" in found.why


@pytest.mark.parametrize("points", [[], [Point(UNTIL, 5.0)] * 11, [Point(UNTIL, 0.0)] * 50])
def test_without_history_the_default_is_said_to_be_one(points: Sequence[Point]) -> None:
    """Never a number out of nothing."""
    found = propose("backlog", points)
    assert found is not None
    assert found.threshold == 10_000
    assert "a default" in found.why
    assert propose("own", points) is None


@pytest.mark.parametrize(
    ("value", "up", "shown"),
    [(0.0, True, 0.0), (95.4, True, 96.0), (95.4, False, 95.0), (18_431, True, 19_000), (18_431, False, 18_000),
     (0.01234, True, 0.013), (100, True, 100), (999_999, True, 1_000_000)],
)  # fmt: skip
def test_numbers_that_can_be_remembered(value: float, up: bool, shown: float) -> None:
    """Two digits, rounded to the side on which it rings less."""
    assert readable(value, up=up) == shown


# --- price ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fields", "models", "price"),
    [({"threshold": "1"}, 5, "0.10"), ({"preset": "stalled"}, 5, "0.20"), ({"preset": "anomaly"}, 5, "0.30"),
     ({"preset": "models", "model": "all", "threshold": "1"}, 7, "0.70"),
     ({"preset": "models", "model": "all", "threshold": "1"}, 0, "0.10")],
)  # fmt: skip
def test_what_an_alarm_costs_a_month(fields: dict[str, str], models: int, price: str) -> None:
    """By the metrics that it watches."""
    assert monthly(made(**fields), models) == Decimal(price)
    assert monthly({"Period": 10, "EvaluationPeriods": 1}, 1) == Decimal("0.30")


# --- the week and its graph -------------------------------------------------------------------------------------------


def test_all_models_are_played_one_by_one() -> None:
    """Metrics Insights itself looks back over three hours only; each model is a contributor."""
    request = made(preset="models", model="all", threshold="10")
    ask = preview.asked(request, list(NAMES), lambda one: NAMES[one])
    assert [query["Id"] for query in ask.queries] == ["s0", "s1", "s2"]
    assert {query["MetricStat"]["Stat"] for query in ask.queries} == {"Maximum"}
    assert list(ask.compared.values()) == list(NAMES.values())
    series = {"s0": tuple(line(".xxx.xxx")), "s1": tuple(line("........"))}
    week, played = preview.week(request, ask, series, NOW)
    assert week.times == 2
    assert week.by == ((SONNET.name, 2),)
    assert all(isinstance(one, Played) for one in played)


def test_an_expression_is_asked_for_as_it_stands() -> None:
    """CloudWatch works it out; its parts are not compared."""
    request = made(preset="stalled")
    ask = preview.asked(request, [], str)
    assert len(ask.queries) == 3
    assert list(ask.compared) == ["e1"]


def test_a_strangers_query_is_not_guessed_at() -> None:
    """Its week is unknown, and said to be."""
    request = {"Metrics": [{"Id": "q", "Expression": "SELECT AVG(x) FROM y WHERE z = 'a'", "ReturnData": True}],
               "EvaluationPeriods": 1, "Threshold": 1.0, "ComparisonOperator": "GreaterThanThreshold"}  # fmt: skip
    ask = preview.asked(request, ["m"], str)
    assert ask.queries == ()
    assert preview.week(request, ask, {}, NOW)[0].times is None
    band = made(preset="anomaly")
    week, _ = preview.week(band, preview.asked(band, [], str), {"m1": tuple(line("xx"))}, NOW)
    assert week.times is None
    assert "learns the band first" in week.note


def test_the_graph_shows_the_limit_and_when_it_would_have_rung() -> None:
    """In the week that was looked at."""
    request = made(threshold="10")
    ask = preview.asked(request, [], lambda one: NAMES[one])
    series = {"m1": tuple(line(".xxx.."))}
    _, played = preview.week(request, ask, series, NOW)
    graph = preview.graph(request, ask, series, played, since=UNTIL - proposal.WEEK, until=UNTIL, zone="UTC")
    assert (graph.threshold, graph.threshold_label, graph.unit) == (10.0, "threshold 10", "records pending")
    assert len(graph.firing) == 1
    assert len(graph.tripped) == 3
    assert graph.lines[0].points == series["m1"]


def test_no_data_is_said() -> None:
    """And nothing is counted."""
    request = made(threshold="10")
    ask = preview.asked(request, [], str)
    week, played = preview.week(request, ask, {"m1": ()}, NOW)
    assert (week.times, played) == (None, ())
    assert "no data of the last 7 days" in week.note
    assert planned(threshold="1").threshold == 1.0
    assert isinstance(SONNET, Choice)
