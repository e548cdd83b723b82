"""A bot that is not ours: a small Bolt app that shows every element of Block Kit and notes what it hears."""

from __future__ import annotations

import re
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from slack_bolt import App, BoltRequest
from slack_sdk import WebClient

Json = dict[str, Any]
ANY = re.compile(".*")

MANIFEST = """\
display_information: {name: Pantry}
features:
  app_home: {home_tab_enabled: true}
  bot_user: {display_name: pantry}
  slash_commands: [{command: /kit, description: Shows everything, usage_hint: "controls | charts | form | loading | whisper"}]
  shortcuts:
    - {name: Explain this, type: message, callback_id: explain, description: Says what it means}
    - {name: New order, type: global, callback_id: order, description: Opens a form}
oauth_config: {scopes: {bot: [commands, "chat:write"]}}
settings:
  interactivity: {is_enabled: true}
  event_subscriptions: {bot_events: [app_home_opened]}
"""


def plain(text: str) -> Json:
    return {"type": "plain_text", "text": text}


def options(*names: str) -> list[Json]:
    return [{"text": plain(name.title()), "value": name} for name in names]


def element(kind: str, **more: Any) -> Json:
    return {"type": kind, "action_id": kind, **more}


FRUIT = options("apple", "banana", "cherry")
GROUPS = [{"label": plain("Roots"), "options": options("carrot", "beet")}]
SURE = {"title": plain("Sure?"), "text": plain("It is gone then."), "confirm": plain("Yes"), "deny": plain("No")}
CHOOSING = [
    element("static_select", placeholder=plain("Pick a fruit"), options=FRUIT),
    element("external_select", placeholder=plain("Look one up"), min_query_length=2),
    element("users_select", placeholder=plain("Who?")),
    element("conversations_select", placeholder=plain("Where?")),
    element("channels_select", placeholder=plain("Which channel?")),
    element("multi_static_select", placeholder=plain("Roots"), option_groups=GROUPS, max_selected_items=2),
    element("multi_external_select", placeholder=plain("Several"), min_query_length=0),
    element("multi_users_select", placeholder=plain("People")),
    element("multi_conversations_select", placeholder=plain("Rooms")),
    element("multi_channels_select", placeholder=plain("Channels")),
]
PICKING = [
    element("datepicker", initial_date="2026-11-22"),
    element("timepicker", initial_time="09:00"),
    element("datetimepicker"),
    element("checkboxes", options=FRUIT),
    element("radio_buttons", options=FRUIT),
    element("overflow", options=options("history", "edit", "delete"), confirm=SURE),
]
TYPING = [
    element("plain_text_input", initial_value="as it was"),
    element("email_text_input"),
    element("url_text_input"),
    element("number_input", is_decimal_allowed=False, min_value="1", max_value="9"),
    element("rich_text_input"),
    element("file_input"),
]


def controls() -> list[Json]:
    """The blocks of a message in which every control acts at once."""
    section = {"type": "section", "text": plain("More"), "block_id": "more", "accessory": PICKING[-1]}
    return [
        {"type": "actions", "block_id": "choosing", "elements": CHOOSING},
        {"type": "actions", "block_id": "picking", "elements": PICKING[:-1]},
        section,
        asked("note", element("plain_text_input"), optional=True),
        {"type": "actions", "block_id": "buttons", "elements": [element("button", text=plain("Go"), value="v1")]},
    ]


def asked(block_id: str, what: Json, **more: Any) -> Json:
    return {"type": "input", "block_id": block_id, "label": plain(block_id.title()), "element": what, **more}


def charts(*kinds: str) -> list[Json]:
    return [{"type": "data_visualization", "title": f"{kind.title()} chart", "chart": _chart(kind)} for kind in kinds]


def _chart(kind: str) -> Json:
    if kind == "pie":
        return {"type": "pie", "segments": [{"label": "done", "value": 70}, {"label": "failed", "value": 30}]}
    hours = [f"{hour:02}:00" for hour in range(8, 14)]
    series = [
        {"name": name, "data": [{"label": at, "value": base + 17 * i % 40} for i, at in enumerate(hours)]}
        for name, base in (("haiku", 20), ("sonnet", -5))
    ]
    axes = {"categories": hours, "x_label": "UTC", "y_label": "records"}
    return {"type": kind, "series": series, "axis_config": axes}


def data_table() -> Json:
    rows: list[list[Json]] = [[{"type": "raw_text", "text": name} for name in ("Job", "Records")]]
    for n in range(1, 9):
        number = {"type": "raw_number", "value": n * 37 % 11, "text": f"{n * 37 % 11}"}
        rows.append([{"type": "raw_text", "text": f"job-{n}"}, number])
    return {"type": "data_table", "caption": "Slowest jobs", "page_size": 5, "rows": rows}


def form() -> Json:
    """A modal with every kind of field; one of them tells each change, and a button acts on its own."""
    blocks = [asked(one["type"], one, optional=True) for one in [*TYPING, *CHOOSING, *PICKING[:-1]]]
    told = asked("told", element("static_select", options=FRUIT) | {"action_id": "told"}, dispatch_action=True)
    live = asked("live", element("plain_text_input") | {"action_id": "live"}, dispatch_action=True, optional=True)
    button = {"type": "actions", "block_id": "act", "elements": [element("button", text=plain("Preview"), value="p")]}
    blocks = [told | {"optional": True}, live, button, *blocks]
    return {
        "type": "modal",
        "callback_id": "all",
        "title": plain("Everything"),
        "submit": plain("Send"),
        "blocks": blocks,
    }


def home() -> Json:
    header = {"type": "header", "text": plain("My pantry")}
    return {"type": "home", "blocks": [header, data_table(), *controls()]}


LOADING: Json = {
    "type": "modal",
    "title": plain("Everything"),
    "blocks": [{"type": "section", "text": plain("Loading…")}],
}


class Pantry:
    """The app and what it heard, newest last; `loaded` is awaited before a loading view becomes the form."""

    url = ""

    def __init__(self, client: WebClient, signing_secret: str) -> None:
        self.heard: list[Json] = []
        self.loaded = threading.Event()
        app = self.app = App(client=client, signing_secret=signing_secret, process_before_response=True)
        app.command("/kit")(self._command)
        app.action(ANY)(self._note)
        app.options(ANY)(self._offer)
        app.view(ANY)(self._note)
        app.shortcut(ANY)(self._note)
        app.event("app_home_opened")(self._home)

    def last(self, action_id: str) -> Json:
        """The newest action with this id, whole."""
        found = next((b for b in reversed(self.heard) if b.get("actions", [{}])[0].get("action_id") == action_id), None)
        assert found is not None, f"nothing was heard of {action_id}"
        return found

    def _command(self, ack: Any, command: Json, client: WebClient) -> None:
        word, place = command["text"], command["channel_id"]
        ack("Only for you: *nothing to see*") if word == "whisper" else ack()
        if word == "controls":
            client.chat_postMessage(channel=place, text="Controls", blocks=controls())
        elif word == "charts":
            client.chat_postMessage(channel=place, text="Lines", blocks=[*charts("line", "area"), data_table()])
            client.chat_postMessage(channel=place, text="Shares", blocks=charts("bar", "pie"), attachments=[attached()])
        elif word == "form":
            client.views_open(trigger_id=command["trigger_id"], view=form())
        elif word == "loading":
            view = client.views_open(trigger_id=command["trigger_id"], view=LOADING)["view"]
            threading.Thread(target=self._load, args=(client, view), daemon=True).start()

    def _load(self, client: WebClient, view: Json) -> None:
        self.loaded.wait(20)
        stale = client.views_update(view_id=view["id"], hash=view["hash"], view=LOADING | {"title": plain("Nearly")})
        client.views_update(view_id=view["id"], hash=stale["view"]["hash"], view=form())
        try:
            client.views_update(view_id=view["id"], hash=view["hash"], view=LOADING)
        except Exception as error:  # noqa: BLE001 -- whatever it is, the test reads it
            self.heard.append({"type": "refused", "why": str(error)})

    def _note(self, ack: Any, body: Json) -> None:
        self.heard.append(body)
        ack()

    def _offer(self, ack: Any, payload: Json) -> None:
        self.heard.append(payload)
        ack(options=options(f"{payload['value']}1", f"{payload['value']}2"))

    def _home(self, event: Json, client: WebClient) -> None:
        if "view" not in event:
            client.views_publish(user_id=event["user"], view=home())


def attached() -> Json:
    button = {"type": "actions", "block_id": "below", "elements": [element("button", text=plain("Below"), value="b")]}
    return {
        "color": "#d83b69",
        "fallback": "An older way",
        "blocks": [{"type": "section", "text": plain("An older way")}, button],
    }


def serve(app: App) -> ThreadingHTTPServer:
    """The ten lines of HTTP that a Bolt app needs."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"])).decode()
            answer = app.dispatch(BoltRequest(body=body, headers=dict(self.headers.items())))
            self.send_response(answer.status if self.path == "/slack/events" else 404)
            for name, values in answer.headers.items():
                self.send_header(name, values[0])
            self.end_headers()
            self.wfile.write(answer.body.encode())

        def log_message(self, *args: Any) -> None:
            """Nothing to say."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    return server
