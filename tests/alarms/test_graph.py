"""The picture of an alarm: what is drawn, that it can be told apart without colour, and its point in words."""

from __future__ import annotations

import json
import struct
import zlib
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest

from bot import charts
from bot.alarms import graph as graphs
from bot.alarms.graph import ALARM_RED, Graph, alt_text, spec
from bot.legend import HALF
from bot.panels import Line
from bot.points import Point

NOW = datetime(2026, 11, 22, 14, 0, tzinfo=UTC)
FIVE = timedelta(minutes=5)
HOUR = timedelta(hours=1)
RED = bytes.fromhex(ALARM_RED[1:])


def series(value: Callable[[float], float], count: int = 36, step: timedelta = FIVE) -> tuple[Point, ...]:
    return tuple(Point(NOW - step * (count - n), value(n / count)) for n in range(count))


RISING = series(lambda part: 6000.0 + 12_600 * part)
LIMIT = 15_000.0
CROSSED = tuple(point for point in RISING if point.value > LIMIT)
RANG = CROSSED[2].at + FIVE
GRAPH = Graph(
    title="batch-backlog  ·  Claude Haiku 4.5",
    unit="records pending",
    since=NOW - 3 * HOUR,
    until=NOW,
    zone="UTC",
    lines=(Line("average over 5 min", FIVE, RISING),),
    threshold=LIMIT,
    threshold_label="limit 15,000",
    firing=((RANG, None),),
    tripped=CROSSED[:3],
)
EXPECTED = tuple((point.at, 4000.0, 12_000.0) for point in RISING)
BAND = replace(GRAPH, threshold=None, threshold_label="", band=EXPECTED)


def walk(value: Any) -> list[dict[str, Any]]:
    """Every dict in a specification."""
    if isinstance(value, list):
        return [found for entry in value for found in walk(entry)]
    return [value, *(f for entry in value.values() for f in walk(entry))] if isinstance(value, dict) else []


def panel(graph: Graph) -> Any:
    return spec(graph)["vconcat"][-1]


def layers(graph: Graph, mark: str) -> list[Any]:
    """The layers of the panel with this type of mark, each with the rows that it draws."""
    found: list[Any] = []

    def look(layer: Any, rows: Any) -> None:
        rows = layer.get("data", {}).get("values", rows)
        for inner in layer.get("layer", ()):
            look(inner, rows)
        if layer.get("mark", {}).get("type") == mark:
            found.append({**layer, "rows": rows})

    look(panel(graph), None)
    return found


def words(graph: Graph) -> list[str]:
    """The words of the legend."""
    return [row["m"] for row in spec(graph)["vconcat"][0]["data"]["values"]]


def pixels(image: bytes) -> tuple[int, int, bytes]:
    """Width, height and the pixels of an RGBA PNG, its filters undone."""
    data, at = b"", 8
    while at < len(image):
        (length,) = struct.unpack(">I", image[at : at + 4])
        if image[at + 4 : at + 8] == b"IDAT":
            data += image[at + 8 : at + 8 + length]
        at += length + 12
    width, height, depth, kind = struct.unpack(">IIBB", image[16:26])
    assert (depth, kind) == (8, 6)
    raw, stride, last, rows = zlib.decompress(data), width * 4, bytearray(width * 4), bytearray()
    for n in range(height):
        method, line = raw[n * (stride + 1)], bytearray(raw[n * (stride + 1) + 1 : (n + 1) * (stride + 1)])
        for i in range(stride):
            left, up = (line[i - 4] if i >= 4 else 0), last[i]
            corner = last[i - 4] if i >= 4 else 0
            guess = left + up - corner
            _, _, best = min((abs(guess - one), place, one) for place, one in enumerate((left, up, corner)))
            line[i] = (line[i] + (0, left, up, (left + up) // 2, best)[method]) & 255
        rows += line
        last = line
    return width, height, bytes(rows)


def count(image: bytes, colour: bytes) -> int:
    _, _, raw = pixels(image)
    return sum(raw[n : n + 3] == colour for n in range(0, len(raw), 4))


def test_the_threshold_is_a_dashed_line_with_its_words() -> None:
    [rule] = layers(GRAPH, "rule")
    assert rule["rows"] == [{"v": LIMIT}]
    assert rule["mark"]["strokeDash"]
    assert "limit 15,000" in words(GRAPH)
    without = replace(GRAPH, threshold=None, threshold_label="")
    assert layers(without, "rule") == []
    assert words(without) == ["average over 5 min", "in ALARM", "tripped the alarm"]


def test_the_band_is_an_area_in_place_of_the_threshold() -> None:
    [area] = layers(BAND, "area")
    assert area["rows"][0] == {"t": int(RISING[0].at.timestamp()), "v": 4000.0, "v2": 12_000.0}
    assert len(area["rows"]) == len(RISING)
    assert layers(BAND, "rule") == []
    assert "expected" in words(BAND)


def test_the_time_in_alarm_is_shaded_up_to_now_and_has_a_bar() -> None:
    shade, bar = layers(GRAPH, "rect")
    assert shade["rows"] == [{"t": int(RANG.timestamp()), "t2": int(NOW.timestamp())}]
    assert shade["encoding"]["y2"] == {"value": graphs.HEIGHT}
    assert bar["mark"].get("opacity", 1) == 1
    assert "in ALARM" in words(GRAPH)


def test_what_rang_outside_of_the_time_shown_is_cut_off_or_left_out() -> None:
    spans = ((NOW - 9 * HOUR, NOW - 8 * HOUR), (NOW - 4 * HOUR, NOW - 2 * HOUR), (NOW - HOUR, NOW + HOUR))
    [shade, _] = layers(replace(GRAPH, firing=spans), "rect")
    assert [(row["t"], row["t2"]) for row in shade["rows"]] == [
        (int((NOW - 3 * HOUR).timestamp()), int((NOW - 2 * HOUR).timestamp())),
        (int((NOW - HOUR).timestamp()), int(NOW.timestamp())),
    ]
    assert "in ALARM" not in words(replace(GRAPH, firing=spans[:1]))


def test_the_datapoints_that_tripped_it_are_rings() -> None:
    [rings] = layers(GRAPH, "point")
    assert [row["v"] for row in rings["rows"]] == [point.value for point in CROSSED[:3]]
    assert "tripped the alarm" in words(GRAPH)
    assert layers(replace(GRAPH, tripped=()), "point") == []


def test_every_datapoint_of_the_time_is_on_the_line_and_a_gap_breaks_it() -> None:
    line = Line("x", FIVE, (Point(NOW - 9 * HOUR, 1.0), *RISING[:10], *RISING[14:]))
    [drawn] = layers(replace(GRAPH, lines=(line,)), "line")
    assert [row["v"] for row in drawn["rows"]] == [point.value for point in (*RISING[:10], *RISING[14:])]
    breaks = [two["r"] - one["r"] for one, two in pairwise(drawn["rows"])]
    assert sum(breaks) == 1


@pytest.mark.parametrize("peak", [15_000.0, 0.5, 20.0, 1e9])
def test_nothing_lies_on_the_upper_edge(peak: float) -> None:
    """The bar is there: a threshold or a peak under it could not be seen."""
    flat = replace(GRAPH, lines=(Line("x", FIVE, series(lambda _: peak)),), threshold=peak, tripped=())
    low, high = panel(flat)["encoding"]["y"]["scale"]["domain"]
    assert low == 0
    assert peak < high <= 2.5 * peak


@pytest.mark.parametrize("far", [1.0, -1.0, 1e12])
def test_datapoints_far_from_the_line_lie_on_the_axis_too(far: float) -> None:
    """Outside of it they made the picture so large that the process died of drawing it."""
    at = NOW - HOUR
    odd = replace(GRAPH, lines=(Line("x", FIVE, series(lambda _: 0.0)),), threshold=0.0, tripped=(Point(at, far),))
    low, high = panel(odd)["encoding"]["y"]["scale"]["domain"]
    assert low <= far <= high


def test_the_value_axis_takes_what_is_below_zero_and_zooms_where_all_is_close() -> None:
    cold = replace(GRAPH, lines=(Line("x", FIVE, series(lambda part: -30 + 40 * part)),), threshold=-10.0, tripped=())
    low, high = panel(cold)["encoding"]["y"]["scale"]["domain"]
    assert low <= -30 < 10 <= high
    close = replace(GRAPH, lines=(Line("x", FIVE, series(lambda part: 99 + part)),), threshold=99.5, tripped=())
    low, high = panel(close)["encoding"]["y"]["scale"]["domain"]
    assert 90 < low <= 99
    assert 100 <= high < 110


@pytest.mark.parametrize("zone", ["UTC", "Asia/Kathmandu", "America/New_York"])
def test_the_zone_is_said_on_the_axis_and_in_the_title(zone: str) -> None:
    made = spec(replace(GRAPH, zone=zone))
    assert panel(replace(GRAPH, zone=zone))["encoding"]["x"]["axis"]["title"] == f"Time ({zone})"
    assert made["title"]["subtitle"][0].endswith(zone)


def test_long_words_of_the_legend_have_a_row_of_their_own() -> None:
    name = "us.anthropic.claude-haiku-4-5-20251001-v1:0"
    assert len(name) > HALF
    rows = spec(replace(GRAPH, lines=(Line(name, FIVE, RISING),)))["vconcat"][0]["data"]["values"]
    by_row: dict[int, list[str]] = {}
    for row in rows:
        by_row.setdefault(row["y"], []).append(row["m"])
    assert list(by_row.values()) == [[name], ["limit 15,000", "in ALARM"], ["tripped the alarm"]]


CASES = {
    "threshold": GRAPH,
    "band": BAND,
    "bare": replace(GRAPH, threshold=None, threshold_label="", tripped=(), firing=()),
    "one point": replace(GRAPH, lines=(Line("x", FIVE, (CROSSED[0],)),), tripped=(CROSSED[0],)),
    "nothing": replace(GRAPH, lines=(), tripped=(), firing=(), threshold=None),
    "weeks": replace(GRAPH, since=NOW - timedelta(days=60), lines=(Line("x", 6 * HOUR, series(lambda p: p, 240, 6 * HOUR)),)),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_it_can_be_drawn_white_to_its_edges_for_a_phone(name: str) -> None:
    image = charts.png(spec(CASES[name]))
    width, height, raw = pixels(image)
    assert 1000 <= width <= 1400
    assert 500 <= height <= 1100
    edge = raw[: 4 * width * 20] + raw[-4 * width * 20 :]
    assert set(edge) == {255}
    assert image == charts.png(spec(CASES[name]))


def test_the_marks_are_on_the_picture() -> None:
    """Threshold, bar and rings are red; each of them adds to it."""
    red = [
        count(charts.png(spec(one), scale=1), RED)
        for one in (
            CASES["bare"],
            replace(GRAPH, firing=(), tripped=()),
            replace(GRAPH, tripped=()),
            GRAPH,
        )
    ]
    assert red[0] == 0
    assert all(two > one + 20 for one, two in pairwise(red))


def test_foreign_text_is_data_and_never_runs() -> None:
    evil = '"}]}, {"url": "https://evil.example/x.json"} datum.v); alert(1) <script>\u202e\n' + "x" * 500
    made = spec(
        replace(GRAPH, lines=(Line(evil, FIVE, RISING), Line(evil, FIVE, RISING)), threshold_label=evil, note=evil)
    )
    for found in walk(made):
        assert "url" not in found
        for key in ("labelExpr", "filter", "expr", "field"):
            assert "evil" not in json.dumps(found.get(key, ""))
    texts = [row["m"] for row in made["vconcat"][0]["data"]["values"]]
    assert len(set(texts)) == len(texts)
    assert all(text.isprintable() and len(text) <= 58 for text in texts)
    charts.png(made, scale=1)


# --- in words ---------------------------------------------------------------------------------------------------------


def test_the_point_in_words() -> None:
    assert alt_text(GRAPH) == (
        "Records pending rose from 6,000 to 18,250 and crossed the limit of 15,000 at 13:10 UTC; in alarm for 35 min."
    )


def test_an_alarm_that_is_over_was_in_alarm() -> None:
    over = replace(GRAPH, firing=((RANG, RANG + FIVE),))
    assert alt_text(over).endswith("; was in alarm for 5 min.")
    thrice = replace(GRAPH, firing=((RANG, RANG + FIVE), (RANG + 2 * FIVE, RANG + 3 * FIVE), (RANG + 4 * FIVE, None)))
    assert alt_text(thrice).endswith("; in alarm 3 times, 25 min in all.")


def test_too_little_falls() -> None:
    falling = series(lambda part: 500.0 * (1 - part))
    low = tuple(point for point in falling if point.value < 100)
    told = alt_text(replace(GRAPH, lines=(Line("x", FIVE, falling),), threshold=100.0, tripped=low[:1]))
    assert told.startswith("Records pending fell from 500 to 13.89 and crossed the limit of 100 at ")


def test_out_of_the_band_on_either_side() -> None:
    assert "rose from 6,000 to 18,250 and left the expected band at 13:10 UTC" in alt_text(BAND)
    falling = series(lambda part: 6000.0 * (1 - part))
    below = tuple(point for point in falling if point.value < 4000)[:1]
    told = alt_text(replace(BAND, lines=(Line("x", FIVE, falling),), tripped=below))
    assert "fell from 6,000 to 166.7 and left the expected band" in told


def test_in_words_over_days_with_zone_and_without_marks() -> None:
    days = replace(GRAPH, since=NOW - timedelta(days=3), zone="Asia/Kathmandu")
    assert "crossed the limit of 15,000 at 22 Nov 18:55 Asia/Kathmandu" in alt_text(days)
    assert alt_text(CASES["bare"]) == "Records pending rose from 6,000 to 18,250."
    assert alt_text(CASES["nothing"]) == "Records pending has no data in this time."
