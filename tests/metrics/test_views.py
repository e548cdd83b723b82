"""The summary as people see it: snapshots of the blocks, Slack's limits, and nothing foreign that takes effect."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bot.metrics import catalog, views
from bot.metrics.ranges import RANGES, Range
from bot.metrics.series import Series
from bot.slack.blocks import Message, image
from tests.metrics.worlds import NOVA, NOW, model, summary, world

SNAPSHOTS = Path(__file__).parent / "snapshots"
PICTURE = image("F0123456789", "The point of the picture.")
HOSTILE = (
    "<!channel> <@U123ABC> <https://evil.example|click> *bold* `code` @here &amp; \u202eabc\nnew\tline" + "x" * 300
)


def card(all_series: list[Series], over: str = "24h", *, note: str = "", with_picture: bool = True) -> Message:
    picture = PICTURE if with_picture else None
    found = summary(all_series, over)
    return views.card(found, now=NOW, zone="Europe/Zurich", picture=picture, picture_note=note, summary_id="s42")


def partial(all_series: list[Series]) -> list[Series]:
    return [replace(one, partial=one.model_id == NOVA) for one in all_series]


CASES = {
    "models_1": lambda: card(world(1), "3h"),
    "models_3": lambda: card(world(3)),
    "models_4_a_week": lambda: card(world(4, "7d"), "7d"),
    "models_40": lambda: card(world(40), with_picture=False, note="The picture follows."),
    "models_200": lambda: card(world(200)),
    "partial": lambda: card(partial(world(3))),
    "all_silent": lambda: card(model("acme.gone-v1:0", kind="vanished")),
    "nothing": lambda: card([]),
    "failed": lambda: views.failed("No <permission>.", RANGES[0], now=NOW, zone="UTC", summary_id="s42"),
    "hostile": lambda: card(model(HOSTILE) + model(f"<!here>{HOSTILE}", kind="stalls") + model("*a*", kind="vanished")),
}


@pytest.fixture(params=CASES, scope="module")
def case(request: pytest.FixtureRequest) -> tuple[str, Message]:
    return request.param, CASES[request.param]()


def texts(value: Any) -> Iterator[tuple[str, str]]:
    """Every text object as its type and text."""
    if isinstance(value, dict):
        if isinstance(value.get("text"), str):
            yield value["type"], value["text"]
        for inner in value.values():
            yield from texts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from texts(inner)


def test_looks_as_it_did(case: tuple[str, Message]) -> None:
    name, message = case
    path = SNAPSHOTS / f"{name}.json"
    got = json.dumps({"text": message.text, "blocks": message.blocks}, indent=1, ensure_ascii=False) + "\n"
    if os.environ.get("SNAPSHOT_UPDATE"):
        path.write_text(got, "utf-8")
    assert got == path.read_text("utf-8")


def test_keeps_to_the_limits_of_slack(case: tuple[str, Message]) -> None:
    message = case[1]
    assert len(message.blocks) <= 50
    assert len(json.dumps(message.blocks, ensure_ascii=False)) <= 12_000
    assert 0 < len(message.text) <= 3900
    assert sum(block["type"] == "table" for block in message.blocks) <= 1
    for block in message.blocks:
        if block["type"] == "section":
            assert 0 < len(block["text"]["text"]) <= 3000
            assert "…" not in block["text"]["text"][-3:] or "```" not in block["text"]["text"]
        if block["type"] == "table":
            assert all(len(row) == 5 and all(cell["text"] for cell in row) for row in block["rows"])
            assert len(block["rows"]) <= 100
    ids = [e["action_id"] for b in message.blocks if b["type"] == "actions" for e in b["elements"]]
    assert ids == ["metrics_range_3h", "metrics_range_24h", "metrics_range_7d", "metrics_refresh"]


def test_nothing_foreign_takes_effect(case: tuple[str, Message]) -> None:
    message = case[1]
    marked = [text for kind, text in texts(message.blocks) if kind == "mrkdwn"]
    for text in [message.text, *marked]:
        rest = re.sub(r"<!date\^\d+\^[^|<>]*\|[^<>]* UTC>", "", text)
        assert "<" not in rest
        assert ">" not in rest
    assert "evil" not in re.sub(r"&lt;.*?&gt;", "", " ".join(marked))


def test_every_number_of_a_model_is_there() -> None:
    text = card(world(3)).blocks[2]["text"]["text"]
    found = next(m for m in summary(world(3)).models if m.name == "Claude Sonnet 4.5")
    reading = found.readings[catalog.RECORDS]
    assert reading is not None
    assert reading.now is not None
    assert reading.change is not None
    row = next(line for line in text.replace("`", "").splitlines() if line.startswith("Records"))
    assert row.split() == [
        "Records", f"{reading.now:,.0f}", f"{reading.average:,.0f}", f"{reading.peak:,.0f}",
        f"{reading.change * 100:+.0f}", "%",
    ]  # fmt: skip
    assert {line.split()[0] for line in text.replace("`", "").splitlines()[2:]} == {
        "Records",
        "Tokens",
        "In/min",
        "Out/min",
    }


def test_the_first_sentence_is_the_one_that_matters() -> None:
    lines = card(world(4)).blocks[0]["text"]["text"].splitlines()
    assert "Nova Pro is *stalled* since" in lines[1]
    assert "records waiting, nothing processed" in lines[1]
    assert "Claude Sonnet 4.5" in lines[2]


def test_columns_line_up_and_fit_a_phone() -> None:
    for block in card(world(12)).blocks:
        if block["type"] == "section" and "```" in block["text"]["text"]:
            rows = block["text"]["text"].split("```")[1].splitlines()
            assert {len(row) for row in rows if "only for" not in row} == {38}


@pytest.mark.parametrize("number", [13, 16, 40, 200])
def test_whoever_is_not_shown_is_counted(number: int) -> None:
    message = card(world(number))
    found = summary(world(number))
    active = [m for m in found.models if m.state != "silent"]
    rows = sum(len(b["rows"]) - 1 for b in message.blocks if b["type"] == "table")
    detailed = sum("```" in json.dumps(b) for b in message.blocks)
    folded = re.search(r"(\d+) more models? with data (?:is|are) folded", json.dumps(message.blocks))
    assert detailed + rows + (int(folded.group(1)) if folded else 0) == len(active)
    silent = next(b["text"]["text"] for b in message.blocks if "⚪ *" in json.dumps(b, ensure_ascii=False))
    more = re.search(r"(\d+) more model", silent)
    assert silent.count("⚪ *") + (int(more.group(1)) if more else 0) == len(found.models) - len(active)


def test_buttons_carry_the_summary_and_the_range() -> None:
    for over in RANGES:
        message = views.empty(over, now=NOW, zone="UTC", summary_id="abc")
        elements = message.blocks[-1]["elements"]
        assert [e["value"] for e in elements] == ["abc:3h", "abc:24h", "abc:7d", f"abc:{over.name}"]
        assert [e["text"]["text"] for e in elements if "✓" in e["text"]["text"]] == [
            f"{over.name[:-1]} {over.name[-1]} ✓"
        ]


def test_no_metrics_says_when_they_come() -> None:
    message = views.empty(Range.parse("24h"), now=NOW, zone="UTC", summary_id="a")
    assert "only while batch jobs run" in message.text
    assert "15 minutes" in message.text


def test_a_picture_comes_after_the_numbers() -> None:
    kinds = [block["type"] for block in card(world(3)).blocks]
    assert kinds == ["section", "section", "section", "section", "image", "context", "actions"]


@pytest.mark.parametrize(
    ("change", "words"),
    [(None, "–"), (0.0, "±0 %"), (0.004, "±0 %"), (-0.004, "±0 %"), (0.18, "+18 %"), (-1.0, "−100 %"), (41.0, "×42")],
)
def test_changes_in_words(change: float | None, words: str) -> None:
    assert views._change(change) == words
