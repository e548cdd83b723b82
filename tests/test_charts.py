"""Charts: the specification as a value, the picture as bytes."""

from __future__ import annotations

import json
import re
import struct
import threading
import zlib
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from bot import axes, charts
from bot.aws import modelids
from bot.metrics import catalog
from bot.metrics.ranges import Range
from bot.metrics.series import Series
from bot.points import Point
from tests.metrics.worlds import GPT, NOVA, NOW, SONNET, model, series, summary, world

DAY = Range.parse("24h").window(NOW, timedelta(minutes=15))


def chart(all_series: list[Series], zone: str = "Europe/Zurich", names: Any = modelids.pretty, **more: datetime) -> Any:
    times = {"since": DAY.since, "until": DAY.until} | more
    return charts.batch_chart(all_series, zone=zone, names=names, **times)


def panels(spec: Any) -> list[Any]:
    return [part for part in spec["vconcat"] if "mark" not in part and isinstance(part["encoding"]["x"]["axis"], dict)]


def rows(panel: Any) -> list[Any]:
    return list(panel["data"]["values"])


def pixels(image: bytes) -> tuple[int, int, bytes]:
    """Width, height and the raw bytes of a PNG, enough to see whether anything is on it."""
    assert image.startswith(b"\x89PNG\r\n\x1a\n")
    data, at = b"", 8
    while at < len(image):
        (length,) = struct.unpack(">I", image[at : at + 4])
        if image[at + 4 : at + 8] == b"IDAT":
            data += image[at + 8 : at + 8 + length]
        at += length + 12
    width, height = struct.unpack(">II", image[16:24])
    return width, height, zlib.decompress(data)


def test_one_panel_a_metric_with_its_unit_in_the_title() -> None:
    titles = [panel["encoding"]["y"]["axis"]["title"] for panel in panels(chart(world(4)))]
    assert titles == [
        "Records pending", "Tokens pending (Claude only)", "Input tokens per minute", "Output tokens per minute",
    ]  # fmt: skip
    assert len(panels(chart(model(NOVA)))) == 3


def test_every_datapoint_of_the_range_is_drawn_and_no_other() -> None:
    (records, *_) = panels(chart(world(3)))
    source = {one.model_id: one for one in world(3) if one.metric == catalog.RECORDS}
    for key, one in source.items():
        drawn = [(row["t"], row["v"]) for row in rows(records) if row["m"] == modelids.pretty(key)]
        assert drawn == [(p.at.timestamp(), p.value) for p in one.points if DAY.since <= p.at < DAY.until]
    assert records["encoding"]["x"]["scale"]["domain"] == [DAY.since.timestamp(), DAY.until.timestamp()]


def test_a_gap_breaks_the_line_and_a_lonely_point_is_a_point() -> None:
    gapped = series(NOVA, catalog.RECORDS, "24h", lambda part: None if 0.7 < part < 0.8 or part > 0.9 else 5.0)
    last = Point(DAY.until - timedelta(minutes=15), 7.0)
    (panel,) = panels(chart([replace(gapped, points=(*gapped.points, last))]))
    runs = [row["r"] for row in rows(panel)]
    assert sorted(set(runs)) == [0, 1, 2]
    for one, two in pairwise(rows(panel)):
        assert (two["t"] - one["t"] > 900) is (one["r"] != two["r"])
    assert [row["v"] for row in rows(panel) if row.get("alone")] == [7.0]
    assert [layer["mark"]["type"] for layer in panel["layer"]] == ["line", "point"]
    assert [layer["mark"]["type"] for layer in panels(chart(model(NOVA)))[0]["layer"]] == ["line"]


def test_six_models_at_most_and_the_rest_in_words() -> None:
    spec = chart(world(40))
    assert spec["title"]["subtitle"][1] == "the 6 of 31 models with the highest peaks"
    assert len({row["m"] for panel in panels(spec) for row in rows(panel)}) == 6
    assert len(chart(world(3))["title"]["subtitle"]) == 1
    assert GPT not in json.dumps(spec)


def test_lines_differ_in_colour_and_in_dashes() -> None:
    line = panels(chart(world(8)))[0]["layer"][0]["encoding"]
    colours, dashes = line["color"]["scale"], line["strokeDash"]["scale"]
    assert colours["domain"] == dashes["domain"] == sorted(colours["domain"], key=str.lower)
    assert len(set(colours["range"])) == len({tuple(dash) for dash in dashes["range"]}) == 6
    assert all(p["layer"][0]["encoding"]["color"]["scale"] == colours for p in panels(chart(world(8))))


@pytest.mark.parametrize("zone", ["UTC", "Europe/Zurich", "Asia/Kathmandu", "America/New_York", "Pacific/Auckland"])
@pytest.mark.parametrize("day", [datetime(2026, 3, 29, tzinfo=UTC), datetime(2026, 10, 25, 12, tzinfo=UTC), DAY.until])
@pytest.mark.parametrize("length", [timedelta(hours=3), timedelta(hours=24), timedelta(days=7)])
def test_the_time_axis_tells_local_time(zone: str, day: datetime, length: timedelta) -> None:
    ticks = axes.ticks(day - length, day, ZoneInfo(zone))
    assert 2 <= len(ticks) <= 9
    for at, label in ticks.items():
        local = datetime.fromtimestamp(at, ZoneInfo(zone))
        assert label in {f"{local:%H:%M}", f"{local:%a} {local.day}"}
        assert day - length <= local <= day


def test_the_zone_is_said_on_the_axis_and_in_the_title() -> None:
    spec = chart(world(2), zone="Asia/Kathmandu")
    axes = [panel["encoding"]["x"]["axis"] for panel in panels(spec)]
    assert [axis["title"] for axis in axes] == [None, None, None, "Time (Asia/Kathmandu)"]
    assert [axis["labels"] for axis in axes] == [False, False, False, True]
    assert spec["title"]["subtitle"] == ["22 Nov 15:00 to 23 Nov 15:00, Asia/Kathmandu"]


@pytest.mark.parametrize("peak", [0.0, 0.3, 1, 2, 3, 7, 99, 100, 101, 16_148, 1e6, 28_700_001, 9e15])
def test_value_axes_begin_at_zero_and_hold_the_peak_in_few_round_steps(peak: float) -> None:
    axis = axes.value_axis("x", peak)
    ticks, (low, top) = axis["axis"]["values"], axis["scale"]["domain"]
    assert low == 0
    assert peak <= top <= max(peak * 2.5, 1)
    assert ticks[0] == 0
    assert ticks[-1] == top
    assert 2 <= len(ticks) <= 4
    assert re.fullmatch(r"[125]0*", f"{ticks[1]:.0f}")


def test_hostile_names_are_data_and_cannot_run_together() -> None:
    evil = [
        '"}]}, {"url": "https://evil.example/x.json"}',
        "datum.v); alert(1",
        "<script>" + "x" * 500,
        "\u202e\n\0",
        "",
    ]
    every = [one for name in evil for one in model(name, size=1.0)]
    spec = chart(every, names=lambda name: name)
    shown = {row["m"] for panel in panels(spec) for row in rows(panel)}
    assert len(shown) == len(evil)
    assert all(name.isprintable() and 0 < len(name) <= charts.NAME + 3 for name in shown)

    def outside_data(value: Any) -> Any:
        if isinstance(value, dict):
            return {k: outside_data(v) for k, v in value.items() if k not in {"data", "domain"}}
        return [outside_data(v) for v in value] if isinstance(value, list) else value

    rest = json.dumps(outside_data(spec))
    assert "evil" not in rest
    assert "alert" not in rest
    assert "url" not in rest
    pixels(charts.png(spec, scale=1))


def test_twins_keep_their_own_lines() -> None:
    long = "x" * 60
    spec = chart(model("a.a") + model("a.b") + model("a.c"), names=lambda key: long)
    assert len({row["m"] for row in rows(panels(spec)[0])}) == 3


def test_the_same_values_give_the_same_specification_and_bytes() -> None:
    one, two = chart(world(5)), chart(list(reversed(world(5))))
    assert chart(world(5)) == one
    assert charts.png(one, scale=1) == charts.png(chart(world(5)), scale=1)
    assert {row["m"] for row in rows(panels(two)[0])} == {row["m"] for row in rows(panels(one)[0])}


def test_a_picture_for_a_phone_with_something_on_it() -> None:
    width, height, raw = pixels(charts.png(chart(world(3))))
    assert 1000 <= width <= 1400
    assert width < height <= 2000
    dark = sum(byte < 100 for byte in raw)
    assert dark > 20_000
    colours = {raw[n : n + 3] for n in range(1, len(raw), 97)}
    assert len(colours) > 50


def test_one_datapoint_is_seen() -> None:
    dot = Series(NOVA, catalog.RECORDS, timedelta(minutes=15), (Point(DAY.until - timedelta(hours=2), 5.0),))
    spec = chart([dot])
    seen = charts.png(spec, scale=1)
    spec["vconcat"][1]["layer"].pop()
    assert seen != charts.png(spec, scale=1)


@pytest.mark.parametrize("nothing", [[], model(SONNET, kind="vanished")])
def test_no_data_is_a_picture_that_says_so(nothing: list[Series]) -> None:
    spec = chart(nothing)
    assert "no data in this time" in spec["title"]["subtitle"]
    pixels(charts.png(spec, scale=1))


def test_pictures_are_drawn_in_several_threads() -> None:
    spec, got = chart(world(3)), []
    threads = [threading.Thread(target=lambda: got.append(charts.png(spec, scale=1))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(got) == 4
    assert len(set(got)) == 1


def test_nothing_is_loaded_from_anywhere() -> None:
    spec = {"data": {"url": "http://127.0.0.1:9/x.json"}, "mark": "point", "encoding": {"x": {"field": "a"}}}
    with pytest.raises(ValueError, match=r"(?i)allow|external|url"):
        charts.png(spec)


def test_the_point_of_the_picture_in_words() -> None:
    told = charts.alt_text(summary(world(4)))
    assert told.startswith("Lines of the batch metrics over the last 24 hours for 3 models. Nova Pro is stalled")
    assert "Claude Sonnet 4.5 is working" in told
    assert len(charts.alt_text(summary(world(200)))) <= 1000
    assert "No batch metrics" in charts.alt_text(summary([]))
