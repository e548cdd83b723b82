"""How drafts, forms and lists look, kept as Block Kit JSON; nothing foreign in them takes effect."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import tests.wire  # noqa: F401  (no deadline for hypothesis)
from bot.alarms.making import definition_views as views
from bot.alarms.making import editing
from bot.alarms.making import form as making_form
from bot.alarms.making.definition_views import Sheet
from bot.alarms.making.form import State
from bot.alarms.making.presets import PRESETS
from bot.alarms.making.preview import Week
from bot.slack.blocks import Message, image
from playground.slack import check_message, check_view
from tests.alarms.checks import DATE, texts
from tests.alarms.worlds import MODELS, NAMES, SONNET, TOPIC, made
from tests.snapshots import same_as_before

SNAPSHOTS = Path(__file__).parent / "snapshots"
CHART = image("F0CHART0001", "Lines of records pending.")
OURS = re.compile(r"<(?:@[UW][A-Z0-9]+|#C[A-Z0-9]+|https://console\.aws\.amazon\.com/[!-;=?-~]*\|[^<>|]*)>")


def sheet(**changes: Any) -> Sheet:
    base = Sheet(
        state="draft", value="abc:1", definition=made(threshold="15000", description="Ask the data team."), before=None,
        models=3, week=Week(4, 7800.0), why="the 95th percentile of the last 7 days", region="us-east-1", problem="",
        error="", differences=(), asked_by="U0ANA00001", written_by="", channel="C0ALARMS01",
    )  # fmt: skip
    return replace(base, **changes)


def shown(one: Sheet) -> Message:
    message = views.draft(one, lambda model: NAMES.get(model, model), picture=CHART)
    checked(message)
    return message


def checked(message: Message) -> None:
    """Within Slack's limits, and no markup but our own."""
    assert check_message({"text": message.text, "blocks": message.blocks}) == []
    assert "<" not in message.text
    for text in texts(message.blocks):
        if text["type"] == "mrkdwn":
            rest = OURS.sub("", DATE.sub("", text["text"]))
            assert "<" not in rest, rest
            assert ">" not in rest, rest


def before() -> dict[str, Any]:
    return made(threshold="7", evaluation="2 of 3", name="batch-backlog-claude-sonnet-4-5")


SHEETS = {
    "making-draft": sheet(),
    "making-draft-quiet": sheet(week=Week(0), why="a default: there is no history to go by"),
    "making-draft-all": sheet(
        definition=made(preset="models", model="all", threshold="20000"),
        week=Week(3, 600.0, by=(("Nova Pro", 2), ("GPT", 1))),
    ),
    "making-draft-anomaly": sheet(
        definition=made(preset="anomaly"), week=Week(None, note="CloudWatch learns the band first.")
    ),
    "making-draft-nobody": sheet(
        definition={k: v for k, v in made(threshold="1").items() if not k.endswith("Actions")}
    ),
    "making-draft-problem": sheet(problem="There is an alarm of that name already.", week=None),
    "making-edit": sheet(before=before(), why=""),
    "making-edit-nothing": sheet(before=made(threshold="15000", description="Ask the data team."), why=""),
    "making-writing": sheet(state="writing"),
    "making-failed": sheet(state="failed", error="Amazon does not allow me to write the alarm."),
    "making-written": sheet(state="written", written_by="U0BEN00001"),
    "making-written-otherwise": sheet(
        state="written", written_by="U0BEN00001", differences=(("threshold", "15,000", "15,001"),)
    ),
    "making-cancelled": sheet(state="cancelled"),
}


@pytest.mark.parametrize("name", sorted(SHEETS))
def test_drafts_look_as_they_did(name: str) -> None:
    """Every state of the card."""
    same_as_before(SNAPSHOTS, name, shown(SHEETS[name]))


def test_only_what_may_be_written_has_the_button() -> None:
    """Not a draft with a problem, not an edit that changes nothing, not one that is being written."""
    having = {name for name, one in SHEETS.items() if "draft_write" in json.dumps(shown(one).blocks)}
    assert having == set(SHEETS) - {
        "making-draft-problem", "making-edit-nothing", "making-writing", "making-written", "making-written-otherwise",
        "making-cancelled",
    }  # fmt: skip


HOSTILE = st.one_of(
    st.text(max_size=400),
    st.sampled_from(
        ["<!channel>", "<@U0ANA00001>", "<https://evil|x>", "*_~````", "\u202eabc", "&lt;", "a" * 255, "\x00"]
    ),
)


@given(st.fixed_dictionaries({"name": HOSTILE, "words": HOSTILE, "error": HOSTILE, "model": HOSTILE}))
def test_nothing_foreign_takes_effect_on_a_card(evil: dict[str, str]) -> None:
    """Names, descriptions, Amazon's sentences and model names are text."""
    definition = made(threshold="1") | {"AlarmName": evil["name"][:255], "AlarmDescription": evil["words"]}
    definition["Dimensions"] = [{"Name": evil["words"], "Value": evil["model"]}]
    for state in ("draft", "failed", "written", "cancelled"):
        one = sheet(state=state, definition=definition, error=evil["error"], problem=evil["error"], why=evil["words"],
                    before=before(), differences=((evil["name"], evil["words"], evil["model"]),),
                    week=Week(2, 5.0, by=((evil["model"], 2),)), region="us-east-1")  # fmt: skip
        checked(views.draft(one, lambda model: model))


# --- the list ---------------------------------------------------------------------------------------------------------


def alarm(name: str, state: str = "OK", **more: Any) -> dict[str, Any]:
    status = {
        "StateValue": state, "StateTransitionedTimestamp": datetime(2026, 11, 22, 5, tzinfo=UTC),
        "AlarmArn": f"arn:aws:cloudwatch:us-east-1:111122223333:alarm:{name}", "AlarmType": "MetricAlarm",
    }  # fmt: skip
    return made(threshold="5") | {"AlarmName": name} | status | more


def listed(alarms: list[dict[str, Any]], **changes: Any) -> Message:
    how: dict[str, Any] = {
        "muted": frozenset({"b"}), "note": "", "key": lambda name: name[:20] or "-", "model_name": lambda m: NAMES.get(m, m),
        "command": "/batch", "more": 0, "may_change": True,
    }  # fmt: skip
    message = views.listed(alarms, **(how | changes))
    checked(message)
    return message


def test_the_list_looks_as_it_did() -> None:
    """Each state in word and emoji; muted, switched off and other types are marked."""
    composite = {
        "AlarmName": "d",
        "AlarmType": "CompositeAlarm",
        "AlarmRule": 'ALARM("a") OR ALARM("b")',
        "StateValue": "OK",
    }
    alarms = [alarm("a", "ALARM"), alarm("b", "INSUFFICIENT_DATA"), alarm("c", ActionsEnabled=False), composite]
    same_as_before(SNAPSHOTS, "making-list", listed(alarms, more=7, note="Which of them are muted I cannot see."))
    same_as_before(SNAPSHOTS, "making-list-empty", listed([]))


def test_a_full_list_fits_into_a_message() -> None:
    """With the longest names that there are."""
    alarms = [alarm("x" * 250 + f"{n:05d}", "ALARM", EvaluationState="PARTIAL_DATA") for n in range(views.SHOWN)]
    message = listed(alarms, key=lambda name: name[-24:])
    assert message.text.startswith("20 alarms")
    assert "more; narrow with" in json.dumps(message.blocks)
    read_only = listed(alarms, may_change=False)
    assert "overflow" not in json.dumps(read_only.blocks)


@given(st.lists(st.fixed_dictionaries({}, optional={
    "AlarmName": HOSTILE, "StateValue": HOSTILE, "AlarmArn": HOSTILE, "MetricName": HOSTILE, "AlarmRule": HOSTILE,
    "EvaluationState": HOSTILE, "Namespace": HOSTILE,
}), max_size=5))  # fmt: skip
def test_strange_alarms_are_listed(alarms: list[dict[str, Any]]) -> None:
    """Whatever they are called."""
    listed(alarms, note="<!here>")


def test_the_question_before_deleting() -> None:
    """Names it, and asks again in Slack's own dialog."""
    message = views.really_delete("prod <!channel>", "k1")
    checked(message)
    same_as_before(SNAPSHOTS, "making-delete", message)


def test_may_not_names_people_only() -> None:
    """User groups have no mention here."""
    message = views.may_not(["S0GROUP", "U0CY"])
    assert "<@U0CY>" in message.blocks[0]["text"]["text"]
    assert "S0GROUP" not in message.blocks[0]["text"]["text"]
    assert "BATCHBOT_OPERATORS" in views.may_not([]).blocks[0]["text"]["text"]


# --- the forms --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("preset", [one.key for one in PRESETS])
def test_every_preset_has_a_form_that_slack_takes(preset: str) -> None:
    """With its values filled in."""
    fields, said = making_form.filled({"preset": preset}, {}, MODELS, 1_234_567.0)
    view = making_form.create(fields, MODELS, State("C0HERE", "", said), {}, ["Its messages go to <#C0ALARMS01>."])
    assert check_view(view) == []
    assert making_form.unpack(view["private_metadata"]) == State("C0HERE", "", said)
    same_as_before(SNAPSHOTS, f"making-form-{preset}", view)


def test_a_hundred_models_fit_into_the_form() -> None:
    """Slack takes a hundred options; "all" is one of them."""
    many = [replace(SONNET, key=f"k{n}", name="m" * 70 + str(n)) for n in range(150)]
    fields, said = making_form.filled({}, {}, many)
    view = making_form.create(fields, many, State("C", "", said), {})
    assert check_view(view) == []


@given(HOSTILE, HOSTILE)
def test_forms_take_any_name(name: str, words: str) -> None:
    """Also of an alarm that somebody else made."""
    there = made(threshold="1") | {"AlarmDescription": words[:1024], "Period": 120, "AlarmType": "MetricAlarm"}
    for view in (
        making_form.edit(name, editing.fields_of(there, [TOPIC]), State("C", "d")),
        making_form.reading(name),
        making_form.refused(words),
    ):
        assert check_view(view) == []


def test_what_came_back_with_a_form_is_looked_at() -> None:
    """It was in somebody's hands."""
    for text in ("", "[]", "null", '{"c": 1}', '{"c": "C", "d": "x", "s": 5}', "x" * 3000):
        assert making_form.unpack(text) == State()


def test_a_field_with_another_value_gets_another_id() -> None:
    """Or Slack would keep what stood there; all others keep theirs."""
    ids = {"threshold": "threshold.2", "period": "period"}
    new = making_form.renamed(
        ids, {"threshold": "5", "period": "300"}, {"threshold": "6", "period": "300", "name": "n"}
    )
    assert new == {"threshold": "threshold.3", "period": "period", "name": "name"}


def test_what_a_person_changed_stays() -> None:
    """Through another preset and another model; what was proposed is proposed anew."""
    fields, said = making_form.filled({}, {}, MODELS)
    typed = fields | {"threshold": "777", "name": "mine"}
    other, again = making_form.filled(typed | {"preset": "slow"}, said, MODELS)
    assert (other["threshold"], other["name"]) == ("777", "mine")
    assert (other["comparison"], other["evaluation"]) == ("LessThanThreshold", "3 of 4")
    band, _ = making_form.filled(other | {"preset": "anomaly"}, again, MODELS)
    assert band["comparison"].startswith("LessThanLower")
