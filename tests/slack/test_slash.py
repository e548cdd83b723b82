"""The Slack door through Bolt: signed requests in, answers and sentences out, nothing that escapes."""

from __future__ import annotations

import json
import time as clock
from collections.abc import Mapping
from typing import Any

import pytest
from slack_bolt import App, BoltRequest
from slack_bolt.authorization import AuthorizeResult
from slack_sdk import WebClient

from bot.errors import BadInput, NotAllowed
from bot.slack import blocks as b
from bot.slack.ask import Ask, Button, Errors, Form, Modal, Press, Verb
from bot.slack.blocks import Message
from bot.slack.slash import Door, bolt, sorry
from playground.slack import check_message
from playground.slack.courier import encode, sign
from tests.wire import NOW

SECRET = "0123456789abcdef"


class World:
    """A door with verbs that do what the test says, and what it heard."""

    def __init__(self) -> None:
        self.asks: list[Ask] = []
        self.presses: list[Press] = []
        self.forms: list[Form] = []
        self.whispers: list[tuple[str, Message]] = []
        self.answer: Message | None = Message("Done.", [b.section("done")])
        self.errors: Errors | None = None
        self.fault: Exception | None = None
        verbs = [
            Verb("status", "[job]", "How a <job> stands.", self.verb),
            Verb("submit", "", "Start one.", self.verb),
        ]
        buttons = [Button("stop", self.press)]
        self.door = Door("/batch", verbs, buttons, [Modal("form", self.form)], whisper=self.whisper, now=lambda: NOW)
        self.app: App = bolt(self.door, WebClient("xoxb-1", base_url="http://127.0.0.1:9/"), SECRET, self.who)

    def who(self) -> AuthorizeResult:
        return AuthorizeResult(enterprise_id=None, team_id="T1", bot_user_id="U1", bot_id="B1", bot_token="xoxb-1")

    def verb(self, ask: Ask) -> Message | None:
        self.asks.append(ask)
        return self._do()

    def press(self, press: Press) -> Message | None:
        self.presses.append(press)
        return self._do()

    def form(self, form: Form) -> Errors | None:
        self.forms.append(form)
        self._do()
        return self.errors

    def whisper(self, key: str, message: Message, _press: Press) -> None:
        self.whispers.append((key, message))

    def _do(self) -> Message | None:
        if self.fault:
            raise self.fault
        return self.answer

    # --- what Slack sends ---

    def send(self, kind: str, payload: Mapping[str, Any], *, secret: str = SECRET, age: float = 0) -> tuple[int, Any]:
        raw, headers = encode(kind, payload)
        headers |= sign(secret, raw, clock.time() - age)
        answer = self.app.dispatch(BoltRequest(body=raw.decode(), headers={k: [v] for k, v in headers.items()}))
        return answer.status, json.loads(answer.body) if answer.body.startswith("{") else answer.body

    def type(self, text: str, **more: Any) -> dict[str, Any]:
        status, body = self.send("slash_commands", {
            "command": "/batch", "text": text, "user_id": "U0ANA", "channel_id": "C0JOBS", "team_id": "T1",
            "trigger_id": "1.2.3", "response_url": "https://hooks.slack.com/commands/1",
        } | more)  # fmt: skip
        assert status == 200
        if not body:
            return {}
        assert body["response_type"] == "ephemeral", "set explicitly: nobody else reads it"
        assert check_message(body) == []
        return dict(body)

    def click(self, action: str, value: str | None = "v", **more: Any) -> tuple[int, Any]:
        return self.send("interactive", {
            "type": "block_actions", "user": {"id": "U0ANA"}, "team": {"id": "T1"}, "channel": {"id": "C0JOBS"},
            "trigger_id": "1.2.3", "response_url": "https://hooks.slack.com/actions/1",
            "actions": [{"type": "button", "action_id": action, "block_id": "b", "value": value} | more],
        })  # fmt: skip

    def submit(self, callback: str = "form") -> tuple[int, Any]:
        state = {
            "name": {"name": {"type": "plain_text_input", "value": "day-1"}},
            "model": {"model": {"type": "static_select", "selected_option": {"value": "Nova"}}},
            "output": {"output": {"type": "plain_text_input", "value": None}},
        }
        blocks = [{"type": "section", "block_id": "s"}, {"type": "input", "block_id": "name"}]
        view = {"id": "V1", "type": "modal", "callback_id": callback, "private_metadata": "C0JOBS", "blocks": blocks,
                "state": {"values": state}}  # fmt: skip
        return self.send(
            "interactive", {"type": "view_submission", "user": {"id": "U0ANA"}, "team": {"id": "T1"}, "view": view}
        )


@pytest.fixture
def world() -> World:
    return World()


def test_a_verb_hears_who_asked_what_and_where(world: World) -> None:
    """And its answer is in the acknowledgement."""
    assert world.type("Status my-job since=3d")["text"] == "Done."
    [ask] = world.asks
    assert (ask.user, ask.channel, ask.trigger_id, ask.at) == ("U0ANA", "C0JOBS", "1.2.3", NOW)
    assert (ask.args.words, dict(ask.args.options)) == (("my-job",), {"since": "3d"})


@pytest.mark.parametrize("text", ["", "help", "  HELP ", "?"])
def test_help_lists_every_verb_beside_its_button(world: World, text: str) -> None:
    """Nothing in it is read as markup."""
    body = world.type(text)
    assert "status" in body["text"]
    buttons = [x["accessory"]["action_id"] for x in body["blocks"] if "accessory" in x]
    assert buttons == ["verb.status", "verb.submit"]
    assert "How a &lt;job&gt; stands." in json.dumps(body)


def test_the_button_of_a_verb_runs_it(world: World) -> None:
    """Its answer comes by whisper."""
    assert world.click("verb.status", "status") == (200, "")
    assert [a.user for a in world.asks] == ["U0ANA"]
    assert world.whispers == [("press:1.2.3", world.answer)]


@pytest.mark.parametrize(("typed", "near"), [("statsu", "status"), ("sumbit", "submit"), ("Stat", "status")])
def test_an_unknown_verb_suggests_the_nearest(world: World, typed: str, near: str) -> None:
    """With a button that runs it."""
    body = world.type(typed)
    assert body["text"] == f"Did you mean /batch {near}?"
    assert body["blocks"][0]["accessory"]["value"] == near


@pytest.mark.parametrize("typed", ["xyzzy", "<!channel>", "`*", "\u202eabc", "a" * 4000])
def test_a_verb_that_is_like_none_points_to_help(world: World, typed: str) -> None:
    """What was typed is shown as code and pings nobody."""
    body = world.type(typed)
    assert "help" in body["text"]
    assert "<" not in json.dumps(body["blocks"])


@pytest.mark.parametrize(
    ("fault", "text"),
    [
        (BadInput("Which job? <!here> & co."), "Which job? &lt;!here&gt; &amp; co."),
        (NotAllowed(), "You may not do that."),
        (RuntimeError("secret detail"), "Something went wrong on my side."),
        (KeyError("x"), "Something went wrong on my side."),
    ],
)
def test_a_verb_that_raises_answers_with_a_sentence(world: World, fault: Exception, text: str) -> None:
    """Never with a traceback, a 500 or silence."""
    world.fault = fault
    body = world.type("status")
    assert body["text"].startswith(text)
    assert "secret detail" not in json.dumps(body)
    assert "⚠️" in body["blocks"][0]["text"]["text"]


def test_a_verb_may_answer_with_nothing(world: World) -> None:
    """A form opens instead."""
    world.answer = None
    assert world.type("submit") == {}


def test_a_button_hears_its_value(world: World) -> None:
    """Its acknowledgement is empty, its words are a whisper."""
    assert world.click("stop", "job-1") == (200, "")
    assert [(p.action, p.value, p.user, p.channel) for p in world.presses] == [("stop", "job-1", "U0ANA", "C0JOBS")]
    assert [text.text for _, text in world.whispers] == ["Done."]


def test_a_button_that_raises_whispers_a_sentence(world: World) -> None:
    """Slack still gets its 200."""
    world.fault = RuntimeError("bug")
    assert world.click("stop")[0] == 200
    assert world.whispers[0][1].text.startswith("Something went wrong")


def test_a_whisper_that_cannot_be_stored_breaks_nothing(world: World) -> None:
    """The database is busy: the click is still acknowledged."""

    def full(_key: str, _message: Message, _press: Press) -> None:
        raise BadInput("full")

    world.door._whisper = full
    assert world.click("stop")[0] == 200


@pytest.mark.parametrize("action", ["nobody", "", "link.console", "verbose"])
def test_a_button_that_nobody_knows_is_acknowledged(world: World, action: str) -> None:
    """Buttons that open an address send a click too, and old cards have old buttons."""
    assert world.click(action or "x")[0] == 200
    assert world.presses == []


def test_a_choice_is_a_value_too(world: World) -> None:
    """Selects and user selects."""
    world.click("stop", selected_option={"value": "7d"}, type="static_select", value=None)
    world.click("stop", selected_user="U9", type="users_select", value=None)
    assert [p.value for p in world.presses] == ["7d", "U9"]


def test_a_form_that_is_right_closes(world: World) -> None:
    """Its values by block, an empty field as None."""
    assert world.submit() == (200, "")
    [form] = world.forms
    assert form.values == {"name": "day-1", "model": "Nova", "output": None}
    assert (form.user, form.view_id, form.private_metadata) == ("U0ANA", "V1", "C0JOBS")


def test_a_form_with_errors_stays_open(world: World) -> None:
    """Each sentence at its field."""
    world.errors = {"name": "Too long."}
    assert world.submit() == (200, {"response_action": "errors", "errors": {"name": "Too long."}})


@pytest.mark.parametrize(("fault", "text"), [(NotAllowed("No."), "No."), (RuntimeError("x"), "Something went wrong")])
def test_a_form_that_raises_says_so_at_its_first_field(world: World, fault: Exception, text: str) -> None:
    """Errors can only stand at inputs."""
    world.fault = fault
    status, body = world.submit()
    assert (status, body["response_action"]) == (200, "errors")
    assert body["errors"]["name"].startswith(text)


def test_a_form_that_nobody_knows_closes(world: World) -> None:
    """It was opened by an older version."""
    assert world.submit("older") == (200, "")


UNWANTED: dict[str, tuple[str, dict[str, Any]]] = {
    "an event": (
        "events_api",
        {"type": "event_callback", "team_id": "T1", "event": {"type": "app_mention", "user": "U1"}},
    ),
    "a shortcut": ("interactive", {"type": "shortcut", "callback_id": "x", "user": {"id": "U1"}, "team": {"id": "T1"}}),
    "another command": ("slash_commands", {"command": "/other", "text": "x", "user_id": "U1", "team_id": "T1"}),
}


@pytest.mark.parametrize("what", UNWANTED)
def test_what_nobody_wants_is_acknowledged(world: World, what: str) -> None:
    """Slack disables a subscription whose deliveries fail, and shows the person an error."""
    assert world.send(*UNWANTED[what]) == (200, "")
    assert world.asks == []


@pytest.mark.parametrize(
    "how",
    [
        {"secret": "wrong"},
        {"age": 301},
        {"age": -301},
    ],
)
def test_what_slack_has_not_signed_is_refused(world: World, how: dict[str, Any]) -> None:
    """A wrong secret, or a signature that somebody kept for five minutes."""
    status, _ = world.send("slash_commands", {"command": "/batch", "text": "status", "user_id": "U1"}, **how)
    assert status == 401
    assert world.asks == []


def test_what_is_not_signed_at_all_is_refused(world: World) -> None:
    """No header, no answer."""
    raw, headers = encode("slash_commands", {"command": "/batch", "text": "status", "user_id": "U1"})
    answer = world.app.dispatch(BoltRequest(body=raw.decode(), headers={k: [v] for k, v in headers.items()}))
    assert answer.status == 401
    assert world.asks == []


def test_the_answer_is_ready_when_dispatch_returns(world: World) -> None:
    """``process_before_response``: no thread goes on behind the answer, and none is waited for."""
    begin = clock.perf_counter()
    for _ in range(20):
        world.type("status")
    assert clock.perf_counter() - begin < 2
    assert len(world.asks) == 20


def test_a_failure_is_one_section_within_the_limits() -> None:
    """Also where the sentence is long and full of marks."""
    message = sorry(BadInput("<&>" * 3000))
    assert check_message({"text": message.text, "blocks": message.blocks}) == []
    assert "<" not in message.text
