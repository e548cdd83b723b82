"""The dashboard's body: a line for every model and metric, the alarms, a query; and what others added stays."""

from __future__ import annotations

import json
from typing import Any

import pytest

from bot.errors import BadInput
from bot.metrics import catalog, dashboard, dashboard_views
from bot.metrics.dashboard import WIDGETS, is_ours, merged, widgets
from bot.metrics.dashboard_store import Board
from bot.slack.blocks import image
from playground.slack import check_message
from tests.metrics.worlds import GPT, SONNET

ALL = tuple(metric.name for metric in catalog.METRICS)
MEASURED = {SONNET: ALL, GPT: tuple(name for name in ALL if name != catalog.TOKENS)}
ARN = "arn:aws:cloudwatch:us-east-1:111122223333:alarm:a"
MINE: dict[str, Any] = {"type": "text", "x": 3, "y": 40, "width": 6, "height": 2, "properties": {"markdown": "mine"}}


def ours(models: dict[str, tuple[str, ...]] | None = None, arns: tuple[str, ...] = (ARN,)) -> list[dict[str, Any]]:
    return widgets(MEASURED if models is None else models, arns, "us-east-1", str)


def test_every_metric_has_a_line_for_every_model() -> None:
    """Explicitly, with the dimension as CloudWatch has it; tokens pending are Claude's alone."""
    found = {one["properties"].get("title", ""): one["properties"] for one in ours()}
    rows = {title: [row[3] for row in one.get("metrics", []) if len(row) > 3] for title, one in found.items()}
    assert rows["batchbot · Records pending"] == [SONNET, GPT]
    assert rows["batchbot · Tokens pending"] == [SONNET]
    assert rows["batchbot · Input tokens per minute"] == rows["batchbot · Output tokens per minute"] == [SONNET, GPT]
    assert found["batchbot · Records pending"]["metrics"][0][:3] == ["AWS/Bedrock/Batch", catalog.RECORDS, "ModelId"]
    assert found["batchbot · Alarms"]["alarms"] == [ARN]
    query = found["batchbot · Largest backlogs (Metrics Insights)"]["metrics"][0][0]["expression"]
    assert query.startswith("SELECT MAX(NumberOfRecordsPendingProcessing) FROM SCHEMA(")


def test_nothing_overlaps() -> None:
    """On a grid that is 24 wide."""
    taken: set[tuple[int, int]] = set()
    for one in ours():
        cells = {(one["x"] + i, one["y"] + j) for i in range(one["width"]) for j in range(one["height"])}
        assert not cells & taken
        assert one["x"] + one["width"] <= 24
        taken |= cells


def test_without_models_or_alarms_there_is_still_a_board() -> None:
    """It finds models by itself as they come."""
    found = ours({}, ())
    assert [one["type"] for one in found] == ["text", "metric"]


def test_limits_hold() -> None:
    """Five hundred models, a thousand alarms."""
    many = {f"acme.m{n}": ALL for n in range(500)}
    found = ours(many, tuple(f"{ARN}{n}" for n in range(1000)))
    lines = [len(one["properties"].get("metrics", [])) for one in found]
    assert max(lines) <= 500
    assert sum(lines) <= 2500
    assert max(len(one["properties"].get("alarms", [])) for one in found) <= 100


def test_what_others_added_stays_below() -> None:
    """Through any number of refreshes, and whatever else the body says."""
    text, kept = merged(json.dumps({"widgets": [MINE], "start": "-PT12H"}), ours())
    body = json.loads(text)
    assert (kept, body["start"], body["widgets"][-1]) == (1, "-PT12H", MINE)
    again, kept = merged(text, ours())
    assert (json.loads(again), kept) == (body, 1)


def test_what_lay_under_ours_is_moved_down() -> None:
    """All together, so that they stand to each other as before."""
    high = MINE | {"y": 1}
    body = json.loads(merged(json.dumps({"widgets": [MINE | {"y": 5}, high]}), ours())[0])
    height = max(one["y"] + one["height"] for one in ours())
    assert [one["y"] for one in body["widgets"][-2:]] == [height + 4, height]


def test_ours_are_known_by_their_beginning() -> None:
    """A title of ours that somebody copied into the middle of his own is his."""
    assert all(is_ours(one) for one in ours())
    for properties in ({}, {"title": "about batchbot · Alarms"}, {"markdown": "see batchbot · x"}, None, "x"):
        assert not is_ours({"properties": properties})


@pytest.mark.parametrize("there", ["no json", "[]", '"x"', '{"widgets": 5}', "null"])
def test_what_cannot_be_read_is_left_alone(there: str) -> None:
    """With a sentence."""
    with pytest.raises(BadInput, match="I cannot read"):
        merged(there, ours())


def test_too_many_widgets_are_refused_before_amazon_does() -> None:
    """Nothing of anybody's is dropped to make room."""
    with pytest.raises(BadInput, match="more than 500"):
        merged(json.dumps({"widgets": [MINE] * WIDGETS}), ours())


@pytest.mark.parametrize(
    "board",
    [
        Board(id="1", user="U0ANA00001", channel="C", region="us-east-1", models=2, alarms=1, is_new=True),
        Board(id="1", user="U0ANA00001", channel="C", region="us-east-1", models=2, alarms=1, kept=3, remarks=["<b>"]),
        Board(id="1", user="U0ANA00001", channel="C", region="us-east-1", note="Without the alarms: <!here>"),
        Board(id="1", user="U0ANA00001", channel="C", error="Amazon does not allow me to write <it>."),
    ],
)
def test_the_card_says_what_was_written(board: Board) -> None:
    """Or why nothing was."""
    message = dashboard_views.card(board, dashboard.console(board.region), picture=image("F0CHART0001", "Lines."))
    assert check_message({"text": message.text, "blocks": message.blocks}) == []
    assert "<!here>" not in json.dumps(message.blocks)
    if not board.error:
        assert "dashboards/dashboard/batchbot" in json.dumps(message.blocks)
