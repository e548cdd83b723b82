"""A small bot on the real slack_bolt lives in the fake Slack, over HTTP and over Socket Mode."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import pytest
from slack_bolt import App
from slack_bolt.adapter.socket_mode import SocketModeHandler
from slack_sdk import WebClient

from playground.slack import ClientRefused, Person, SlackServer
from tests.playground.foreign import plain, serve

MANIFEST: dict[str, Any] = {
    "display_information": {"name": "Lunch"},
    "features": {
        "bot_user": {"display_name": "lunch"},
        "app_home": {"home_tab_enabled": True},
        "slash_commands": [
            {"command": "/lunch", "description": "What to eat", "should_escape": True},
            {"command": "/raw", "description": "As typed"},
        ],
        "shortcuts": [{"name": "Eat", "type": "message", "callback_id": "eat", "description": "Eat this"}],
    },
    "oauth_config": {"scopes": {"bot": ["chat:write", "commands", "app_mentions:read"]}},
    "settings": {
        "interactivity": {"is_enabled": True},
        "event_subscriptions": {"bot_events": ["app_home_opened", "app_mention", "message.im"]},
    },
}


def field(block_id: str, element: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"type": "input", "block_id": block_id, "label": plain(block_id), "element": element, **more}


DISHES = [{"text": plain(dish.title()), "value": dish} for dish in ("soup", "stew")]
BUTTONS = {
    "type": "actions",
    "block_id": "buttons",
    "elements": [
        {"type": "button", "action_id": "vote", "text": plain("Soup"), "value": "soup"},
        {"type": "button", "action_id": "gone", "text": plain("Nobody listens")},
        {"type": "overflow", "action_id": "more", "options": DISHES},
    ],
}
MODAL = {
    "type": "modal",
    "callback_id": "order",
    "title": plain("Order"),
    "submit": plain("Eat"),
    "notify_on_close": True,
    "blocks": [
        field("name", {"type": "plain_text_input", "action_id": "typed", "max_length": 8}),
        field("dish", {"type": "static_select", "action_id": "dish", "options": DISHES}, optional=True),
        field(
            "count",
            {
                "type": "number_input",
                "action_id": "count",
                "is_decimal_allowed": False,
                "min_value": "1",
                "initial_value": "2",
            },
        ),
        field("sauce", {"type": "external_select", "action_id": "sauce", "min_query_length": 0}, optional=True),
        field(
            "tell", {"type": "conversations_select", "action_id": "tell", "response_url_enabled": True}, optional=True
        ),
        {
            "type": "actions",
            "block_id": "live",
            "elements": [{"type": "static_select", "action_id": "size", "options": DISHES}],
        },
    ],
}


def lunch(client: WebClient, signing_secret: str, heard: list[Any]) -> App:
    """The bot: it answers a command in several ways, opens a form and notes what it hears."""
    app = App(client=client, signing_secret=signing_secret, process_before_response=True)

    @app.command("/lunch")
    def command(ack: Any, command: Any, client: Any, respond: Any) -> None:
        heard.append(command)
        if command["text"] == "slow":
            time.sleep(0.7)
        if command["text"] == "menu":
            ack(response_type="in_channel", text="Today", blocks=[BUTTONS])
        elif command["text"] == "broken":
            ack(blocks=[{"type": "header", "text": plain("")}], text="x")
        elif command["text"] == "order":
            ack()
            client.views_open(trigger_id=command["trigger_id"], view=MODAL)
        else:
            ack(f"You said {command['text']}")

    app.command("/raw")(lambda ack, command: ack(command["text"]))

    @app.action("vote")
    def vote(ack: Any, body: Any, respond: Any) -> None:
        heard.append(body)
        ack()
        respond(text=f"{body['actions'][0]['value']} it is", replace_original=True)

    @app.action("more")
    @app.action("size")
    def more(ack: Any, body: Any) -> None:
        heard.append(body)
        ack()

    add_form(app, heard)
    app.event("app_mention")(lambda event, say: say(f"<@{event['user']}> called"))

    @app.event("message")
    def hear(event: Any) -> None:
        heard.append(event)

    app.event("app_home_opened")(
        lambda event, client: client.views_publish(user_id=event["user"], view={"type": "home", "blocks": [BUTTONS]})
    )
    return app


def add_form(app: App, heard: list[Any]) -> None:
    """The part of the bot that takes orders."""
    app.options("sauce")(
        lambda ack, payload: ack(options=[{"text": plain(f"{payload['value']} sauce"), "value": "s1"}])
    )

    @app.view("order")
    def order(ack: Any, body: Any, view: Any) -> None:
        heard.extend([body, view])
        name = view["state"]["values"]["name"]["typed"]["value"]
        answers: dict[str, Any] = {
            "nobody": {"response_action": "errors", "errors": {"name": "Who is that?"}},
            "astray": {"response_action": "errors", "errors": {"live": "No input block"}},
            "push": {"response_action": "push", "view": {**MODAL, "title": plain("Second")}},
            "update": {"response_action": "update", "view": {**MODAL, "title": plain("Changed")}},
            "clear": {"response_action": "clear"},
            "bad": {"response_action": "update", "view": {"type": "modal", "blocks": []}},
        }
        ack(**answers.get(name, {}))

    @app.view_closed("order")
    @app.shortcut("eat")
    def note(ack: Any, body: Any) -> None:
        heard.append(body)
        ack()


def part(handler: SocketModeHandler, slack: SlackServer) -> None:
    """End a Socket Mode bot; without the hang-up it would sit out a read of three seconds."""
    handler.client.auto_reconnect_enabled = False
    slack.sockets.hang_up()
    slack.workspace.wait_for(lambda: not handler.client.is_connected())
    handler.close()  # type: ignore[no-untyped-call]


class Table:
    """A workspace with the bot connected to it, and what the bot heard."""

    def __init__(self, slack: SlackServer) -> None:
        self.slack = slack
        self.heard: list[Any] = []
        self.ana = slack.person("ana")
        client = WebClient(slack.bot_token, base_url=slack.api_url)
        self.app = lunch(client, slack.signing_secret, self.heard)


@pytest.fixture(scope="module", params=["http", "socket"])
def connected(request: pytest.FixtureRequest) -> Iterator[Table]:
    with SlackServer(MANIFEST, pace_posts=False, patience=0.5) as slack:
        table = Table(slack)
        if request.param == "http":
            server = serve(table.app)
            slack.connect(f"http://127.0.0.1:{server.server_port}")
            yield table
            server.shutdown()
            server.server_close()
        else:
            handler = SocketModeHandler(table.app, slack.app_token)
            handler.connect()  # type: ignore[no-untyped-call]
            slack.workspace.wait_for(lambda: slack.sockets.count)
            yield table
            part(handler, slack)


@pytest.fixture
def table(connected: Table) -> Table:
    connected.heard.clear()
    connected.slack.workspace.ephemerals.clear()
    connected.slack._backend.modals.clear(connected.ana.id)
    for channel in connected.slack.workspace.channels.values():
        channel.messages.clear()
    return connected


@pytest.fixture
def ana(table: Table) -> Person:
    return table.ana


def open_form(ana: Person) -> Any:
    assert ana.slash("/lunch", "order").ok
    assert ana.view is not None
    return ana.view


def test_a_command_is_answered_to_one_person(table: Table, ana: Person) -> None:
    """The payload has every field of Slack's, the text is escaped, the answer is ephemeral."""
    assert ana.slash("/lunch", "with @ben in #random & <!channel> https://a.b/c", "ml-jobs").ok
    heard, ben, random = table.heard[0], table.slack.person("ben").id, table.slack.channel("random").id
    assert heard["text"] == f"with <@{ben}|ben> in <#{random}|random> &amp; &lt;!channel&gt; <https://a.b/c>"
    assert {"api_app_id", "team_id", "channel_id", "user_id", "response_url", "trigger_id"} <= set(heard)
    assert ana.ephemerals[0].text.startswith("You said with")
    assert table.slack.channel("ml-jobs").messages == []


def test_a_command_without_escaping_comes_as_typed(ana: Person) -> None:
    """should_escape is read from the manifest, command by command."""
    assert ana.slash("/raw", "@ben & co").body in ("@ben & co", {"text": "@ben & co"})


def test_an_answer_in_the_channel_shows_the_command_too(table: Table, ana: Person) -> None:
    """in_channel posts what was typed and what was answered; a press then replaces the answer."""
    ana.slash("/lunch", "menu", "ml-jobs")
    typed, answer = table.slack.channel("ml-jobs").messages
    assert (typed.text, typed.user, answer.text) == ("/lunch menu", ana.id, "Today")
    assert ana.press(answer, "vote", value="soup").ok
    assert (answer.text, answer.blocks, answer.edited) == ("soup it is", [], True)
    body = table.heard[-1]
    assert body["message"]["ts"] == body["container"]["message_ts"] == answer.ts
    assert body["actions"][0]["block_id"] == "buttons"
    with pytest.raises(ClientRefused):
        ana.press(answer, "vote")


def test_what_the_bot_does_not_handle_fails_as_the_person_sees_it(table: Table, ana: Person) -> None:
    """A press nobody listens to is dispatch_failed; broken blocks lose the answer."""
    ana.slash("/lunch", "menu", "ml-jobs")
    assert ana.press(table.slack.channel("ml-jobs").messages[1], "gone").error == "dispatch_failed"
    assert ana.slash("/lunch", "broken").error == "invalid_blocks"
    with pytest.raises(ClientRefused):
        ana.slash("/dinner")
    with pytest.raises(ClientRefused):
        table.slack.person("ben").slash("/lunch", "", "leads")


def test_choosing_in_an_overflow(table: Table, ana: Person) -> None:
    """An overflow tells which option it was."""
    ana.slash("/lunch", "menu", "ml-jobs")
    answer = table.slack.channel("ml-jobs").messages[1]
    assert ana.choose(answer, "more", "stew").ok
    assert table.heard[-1]["actions"][0]["selected_option"]["value"] == "stew"
    with pytest.raises(ClientRefused):
        ana.choose(answer, "more", "pie")


def test_the_client_checks_a_form_before_it_sends_it(table: Table, ana: Person) -> None:
    """Required, too long, not an option, not a number: refused at once, and nothing is sent."""
    open_form(ana)
    with pytest.raises(ClientRefused) as caught:
        ana.submit({"count": "x"})
    assert set(caught.value.fields) == {"name", "count"}
    for values in ({"name": "much too long"}, {"name": "a", "dish": "pie"}, {"name": "a", "count": 0}, {"nix": 1}):
        with pytest.raises(ClientRefused):
            ana.submit(values)
    assert table.heard[1:] == []


def test_a_form_is_filled_and_sent(table: Table, ana: Person) -> None:
    """State has what was entered and what stood there at first; selects give whole options."""
    view = open_form(ana)
    ana.choose(view, "dish", "soup")
    assert ana.choose(view, "size", "Stew").ok
    assert table.heard[-1]["container"] == {"type": "view", "view_id": view.id}
    assert [o["value"] for o in ana.suggest(view, "sauce", "hot")] == ["s1"]
    leads = table.slack.channel("leads")
    assert ana.submit({"typed": "Ana", "sauce": "s1", "tell": leads.id}).ok
    values = table.heard[-1]["state"]["values"]
    [reply] = table.heard[-2]["response_urls"]
    assert (reply["channel_id"], reply["block_id"]) == (leads.id, "tell")
    assert values["name"]["typed"] == {"type": "plain_text_input", "value": "Ana"}
    assert values["dish"]["dish"]["selected_option"]["value"] == "soup"
    assert values["count"]["count"]["value"] == "2"
    assert values["sauce"]["sauce"]["selected_option"]["text"]["text"] == "hot sauce"
    assert values["live"]["size"]["selected_option"]["value"] == "stew"
    assert ana.view is None


def test_what_a_form_is_answered_with(ana: Person) -> None:
    """Errors stay on the form, update and push change the stack, clear empties it."""
    view = open_form(ana)
    ana.submit({"name": "nobody"})
    assert (view.errors, ana.view) == ({"name": "Who is that?"}, view)
    assert ana.submit({"name": "astray"}).error == "invalid_response"
    assert ana.submit({"name": "bad"}).error == "invalid_arguments"
    ana.submit({"name": "update"})
    assert (view.title, view.errors, view.values["name"]["typed"]["value"]) == ("Changed", {}, "update")
    ana.submit({"name": "push"})
    assert ana.view is not None
    assert (ana.view.title, ana.view.previous_id) == ("Second", view.id)
    ana.submit({"name": "clear"})
    assert ana.view is None


def test_closing_a_form_is_told(table: Table, ana: Person) -> None:
    """A form with notify_on_close tells that it was closed."""
    open_form(ana)
    closed = ana.close()
    assert closed is not None
    assert closed.ok
    assert (table.heard[-1]["type"], table.heard[-1]["is_cleared"], ana.view) == ("view_closed", False, None)


def test_events_and_shortcuts(table: Table, ana: Person) -> None:
    """A mention, the Home tab and a message shortcut arrive; unsubscribed or unscoped events do not."""
    message = ana.message("ml-jobs", "hey @lunch")
    assert table.slack.workspace.wait_for(lambda: table.slack.channel("ml-jobs").find(f"<@{ana.id}> called"))
    assert ana.open_home()
    home = table.slack.workspace.wait_for(lambda: ana.home)
    assert home is not None
    assert ana.choose(home, "more", "soup").ok
    table.heard.clear()
    assert ana.shortcut("eat", message).ok
    assert table.heard[-1]["message"]["text"] == f"hey <@{table.slack.workspace.app.user_id}|lunch>"
    ana.message(ana.direct.id, "psst")
    assert len(table.heard) == 1


def test_a_late_answer_is_no_answer(table: Table, ana: Person) -> None:
    """When patience ends the person sees an error, and what comes later is ignored."""
    delivery = ana.slash("/lunch", "slow")
    over_http = table.slack.sockets.count == 0
    assert (delivery.error, delivery.seconds < 0.7) == ("operation_timeout" if over_http else "dispatch_failed", True)
    time.sleep(0.3)
    assert ana.ephemerals == []


def test_a_bot_that_is_not_there() -> None:
    """With no bot connected a command fails at once."""
    with SlackServer(MANIFEST) as slack:
        assert slack.person("ana").slash("/lunch").error == "dispatch_failed"
        slack.connect("http://127.0.0.1:9")
        assert slack.person("ana").slash("/lunch").error == "dispatch_failed"


def test_a_socket_reconnects_when_asked_to() -> None:
    """Slack's request to reconnect costs nothing but a moment."""
    with SlackServer(MANIFEST) as slack:
        table = Table(slack)
        handler = SocketModeHandler(table.app, slack.app_token, ping_interval=0.1)
        handler.connect()  # type: ignore[no-untyped-call]
        slack.workspace.wait_for(lambda: slack.sockets.count)
        slack.sockets.refresh()
        slack.workspace.wait_for(lambda: slack.sockets.count)
        assert table.ana.slash("/lunch", "again").ok
        part(handler, slack)
