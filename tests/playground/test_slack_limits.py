"""What the fake Slack refuses in blocks, messages and views, and that it refuses nothing sound."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from playground.slack import Problem, check_blocks, check_message, check_view

SCHEMA = Path(__file__).parents[2].parent / "shared" / "data" / "slack-types-3.2.0.schema.json"
Json = dict[str, Any]


def plain(text: str) -> Json:
    return {"type": "plain_text", "text": text}


def mrkdwn(text: str) -> Json:
    return {"type": "mrkdwn", "text": text}


def section(text: str = "hello", **more: Any) -> Json:
    return {"type": "section", "text": mrkdwn(text), **more}


def button(**more: Any) -> Json:
    return {"type": "button", "action_id": "go", "text": plain("Go"), **more}


def actions(*elements: Json) -> Json:
    return {"type": "actions", "elements": list(elements)}


def options(count: int) -> list[Json]:
    return [{"text": plain(f"Option {n}"), "value": f"v{n}"} for n in range(count)]


def table(*rows: list[str]) -> Json:
    return {"type": "table", "rows": [[{"type": "raw_text", "text": cell} for cell in row] for row in rows]}


def data_table(*rows: list[str]) -> Json:
    return {**table(*rows), "type": "data_table", "caption": "Jobs"}


def line(categories: list[str], **series: list[float]) -> Json:
    lines = [
        {"name": name, "data": [{"label": c, "value": v} for c, v in zip(categories, values, strict=False)]}
        for name, values in series.items()
    ]
    return {
        "type": "data_visualization",
        "title": "Failed",
        "chart": {"type": "line", "series": lines, "axis_config": {"categories": categories}},
    }


def pie(*values: float) -> Json:
    return {
        "type": "data_visualization",
        "title": "Share",
        "chart": {"type": "pie", "segments": [{"label": f"s{i}", "value": v} for i, v in enumerate(values)]},
    }


def text_input(**more: Any) -> Json:
    return {
        "type": "input",
        "block_id": "name",
        "label": plain("Name"),
        "element": {"type": "plain_text_input", "action_id": "typed", **more},
    }


def modal(*blocks: Json, **more: Any) -> Json:
    return {"type": "modal", "title": plain("Submit"), "blocks": list(blocks), **more}


IMAGE = {"type": "image", "alt_text": "a chart", "image_url": "https://example.com/a.png"}
SELECT = {"type": "static_select", "action_id": "pick", "placeholder": plain("Pick"), "options": options(3)}
SOUND: list[Json] = [
    section(),
    section(fields=[mrkdwn("a"), plain("b")]),
    section(accessory=button(value="1", style="danger")),
    section(accessory={"type": "overflow", "action_id": "more", "options": options(5)}),
    {"type": "header", "text": plain("Jobs")},
    {"type": "divider"},
    {"type": "context", "elements": [mrkdwn("x"), IMAGE]},
    IMAGE,
    {"type": "image", "alt_text": "x", "slack_file": {"id": "F0ABCDEFGH"}},
    actions(button(), SELECT, {"type": "datepicker", "action_id": "day", "initial_date": "2026-11-22"}),
    text_input(max_length=80),
    table(["a", "b"], ["c", "d"]),
    data_table(["a", "b"], ["c", "d"]),
    {"type": "markdown", "text": "**bold**"},
    {"type": "rich_text", "elements": []},
    {"type": "container", "title": plain("Group"), "child_blocks": [section(), {"type": "divider"}]},
    {"type": "task_card", "task_id": "1", "title": "Copy", "status": "complete"},
    {"type": "card", "title": mrkdwn("Job"), "actions": [button()]},
]
CHARTS = [line(["08:00", "09:00"], failed=[1, 7]), pie(1, 2)]
REFUSED: list[tuple[str, Json, str]] = [
    ("/text/text", section("x" * 3001), "too_long"),
    ("/text/text", section(""), "too_short"),
    ("/text/type", {"type": "header", "text": mrkdwn("x")}, "text_type"),
    ("/text/text", {"type": "header", "text": plain("x" * 151)}, "too_long"),
    ("/type", {"type": "sektion"}, "unsupported"),
    ("/type", {"type": "alert", "text": plain("x")}, "surface"),
    ("", {"type": "section"}, "missing"),
    ("", section(colour="red"), "unknown_field"),
    ("/fields", section(fields=[mrkdwn("x")] * 11), "too_many"),
    ("/fields/0/text", section(fields=[mrkdwn("x" * 2001)]), "too_long"),
    ("", {"type": "image", "image_url": "https://example.com/a.png"}, "missing"),
    ("", {**IMAGE, "slack_file": {"id": "F0ABCDEFGH"}}, "one_of"),
    ("/elements", {"type": "context", "elements": [mrkdwn("x")] * 11}, "too_many"),
    ("/elements", actions(*[button(action_id=str(n)) for n in range(26)]), "too_many"),
    ("/elements/1", actions(button(), button()), "duplicate_action_id"),
    ("/elements/0/value", actions(button(value="x" * 2001)), "too_long"),
    ("/elements/0/text/text", actions(button(text=plain("x" * 76))), "too_long"),
    ("/elements/0/style", actions(button(style="blue")), "enum"),
    ("/elements/0/type", actions({"type": "image"}), "unsupported"),
    ("/elements/0/options", actions({**SELECT, "options": options(101)}), "too_many"),
    ("/elements/0", actions({**SELECT, "initial_option": options(9)[8]}), "initial_option"),
    ("/elements/0/options", actions({"type": "overflow", "options": options(6)}), "too_many"),
    ("/rows", table(*[["x"]] * 101), "too_many"),
    ("/rows/0", table(["x"] * 21), "too_many"),
    ("/rows/0/0/text", table([""]), "too_short"),
    ("/rows", table(["x" * 9000], ["x" * 1001]), "too_long"),
    ("/rows/1", data_table(["a", "b"], ["c"]), "row_length"),
    ("/rows", data_table(["a"]), "too_few"),
    ("/chart/series/0/data", line(["08:00", "09:00"], failed=[1]), "categories"),
    ("/chart/series/0/data/0/value", line(["08:00"], failed=[None]), "missing"),  # type: ignore[list-item]
    ("/chart/series/0/name", line(["08:00"], **{"x" * 21: [1.0]}), "too_long"),
    ("/chart/segments/0/value", pie(0), "too_small"),
    ("/title", {**pie(1), "title": "x" * 51}, "too_long"),
    ("/child_blocks/0/type", {"type": "container", "child_blocks": [{"type": "markdown", "text": "x"}]}, "unsupported"),
    ("/text", {"type": "markdown", "text": "x" * 12_001}, "too_long"),
]


def codes(problems: list[Problem]) -> set[str]:
    return {problem.code for problem in problems}


@pytest.mark.parametrize("block", SOUND + CHARTS, ids=lambda block: block["type"])
def test_sound_blocks_pass(block: Json) -> None:
    """A block that Slack takes has no problems here."""
    assert check_blocks([block]) == []


@pytest.mark.parametrize(
    ("pointer", "block", "code"), REFUSED, ids=lambda value: value if isinstance(value, str) else ""
)
def test_faulty_blocks_are_refused_where_the_fault_is(pointer: str, block: Json, code: str) -> None:
    """Each fault is named with a pointer to it."""
    problems = check_blocks([section(), block])
    at = {problem.pointer for problem in problems if problem.code == code}
    assert at & {f"/blocks/1{pointer}", f"/blocks/1{pointer.removesuffix('/value')}"}, problems


def test_the_words_are_slacks() -> None:
    """A header that is one character too long is refused in Slack's own words."""
    [problem] = check_blocks([{"type": "header", "text": plain("x" * 151)}])
    assert problem == Problem("/blocks/0/text/text", "must be less than 151 characters", "too_long")


@pytest.mark.parametrize(
    ("message", "code"),
    [
        ({"blocks": [section()] * 51}, "too_many"),
        ({"blocks": [section(block_id="a"), section(block_id="a")]}, "duplicate_block_id"),
        ({"blocks": [pie(1), pie(1), pie(1)]}, "too_many_charts"),
        ({"blocks": [table(["a"]), data_table(["a"], ["b"])]}, "only_one_table_allowed"),
        ({"blocks": [table(["a"])], "attachments": [{"blocks": [table(["a"])]}]}, "only_one_table_allowed"),
        ({"blocks": [{"type": "markdown", "text": "x" * 6001}] * 2}, "markdown_too_long"),
        ({"blocks": [section("x" * 2700)] * 5}, "msg_blocks_too_long"),
        ({"blocks": [{"type": "section", "text": plain("&" * 2700)}]}, "msg_blocks_too_long"),
        ({"attachments": [{"text": "x"}] * 101}, "too_many_attachments"),
        ({"attachments": [{"blocks": [section("")]}]}, "too_short"),
    ],
)
def test_messages_have_limits_of_their_own(message: Json, code: str) -> None:
    """Some limits are over a whole message."""
    assert code in codes(check_message(message))


@pytest.mark.parametrize(
    ("view", "code"),
    [
        (modal(text_input()), "missing_submit"),
        (modal(section(), title=plain("x" * 25)), "too_long"),
        (modal(section(), title=mrkdwn("x")), "text_type"),
        (modal(section(), private_metadata="x" * 3001), "too_long"),
        (modal(*[section()] * 101), "too_many"),
        (modal(pie(1)), "surface"),
        (modal(table(["a"])), "surface"),
        (modal(text_input(max_length=3001), submit=plain("Go")), "too_large"),
        ({"type": "home", "title": plain("x"), "blocks": []}, "unknown_field"),
        ({"type": "drawer", "blocks": []}, "enum"),
    ],
)
def test_views_have_limits_of_their_own(view: Json, code: str) -> None:
    """What a modal or a Home tab may not hold is refused."""
    assert code in codes(check_view(view))


def test_a_modal_takes_what_a_message_does_not() -> None:
    """An alert stands in a modal, and a hundred blocks do."""
    alert = {"type": "alert", "text": plain("Careful"), "level": "warning"}
    assert check_view(modal(alert, text_input(), *[section()] * 98, submit=plain("Go"))) == []
    assert check_view({"type": "home", "blocks": [table(["a"])]}) == []


def test_slacks_published_types_agree() -> None:
    """Blocks that pass here also pass the types that Slack publishes, as far as those know them."""
    if not SCHEMA.exists():
        pytest.skip(f"Slack's published types are not at {SCHEMA}: nothing to compare the rules with")
    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
    known = jsonschema.Draft7Validator({"$ref": "#/definitions/KnownBlock", "definitions": schema["definitions"]})
    assert [block["type"] for block in SOUND if not known.is_valid(block)] == []
    types = {"type", "text_type", "missing", "unsupported", "unknown_field", "enum"}
    faulty = [block for _, block, code in REFUSED if code in types and block["type"] not in ("alert", "section")]
    charts = "data_visualization"  # newer than these types
    assert [block for block in faulty if block["type"] != charts and known.is_valid(block)] == []
