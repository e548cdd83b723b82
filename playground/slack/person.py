"""A person at Slack's client: commands, clicks, choices, forms."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from playground.slack.arguments import Args
from playground.slack.backend import Backend
from playground.slack.courier import Courier, Delivery
from playground.slack.forms import FIELDS, pick
from playground.slack.model import Channel, Json, Message, User, View
from playground.slack.payloads import Payloads
from playground.slack.refusals import ClientRefused, Refusal
from playground.slack.replies import ReplyUrl, answer
from playground.slack.screen import Screen, Target
from playground.slack.submission import apply_response
from playground.slack.typed import typed

EVENT_SCOPES = {
    "app_mention": "app_mentions:read",
    "message.im": "im:history",
    "message.groups": "groups:history",
    "message.channels": "channels:history",
}


class Person:
    """Acts as one member; whatever Slack's client would not allow raises ClientRefused."""

    def __init__(self, user: User, backend: Backend, courier: Courier) -> None:
        self._user = user
        self._backend = backend
        self._courier = courier
        self._payloads = Payloads(backend)
        self._screen = Screen(user, backend, self.suggest)

    @property
    def id(self) -> str:
        """The user id."""
        return self._user.id

    @property
    def name(self) -> str:
        """The handle."""
        return self._user.name

    @property
    def view(self) -> View | None:
        """The modal on top of this person's stack."""
        return self._backend.modals.top(self.id)

    @property
    def home(self) -> View | None:
        """This person's Home tab of the app."""
        return self._backend.modals.home(self.id)

    @property
    def ephemerals(self) -> list[Message]:
        """The messages that only this person sees."""
        return [m for m in self._backend.workspace.ephemerals if m.ephemeral_to == self.id]

    @property
    def direct(self) -> Channel:
        """The conversation with the bot."""
        return self._backend.workspace.direct(self.id)

    def slash(self, command: str, text: str = "", channel: str = "general") -> Delivery:
        """Type a command; what it is acked with appears in the channel or to this person alone."""
        known = self._backend.app.commands.get(command)
        if known is None or "commands" not in self._backend.app.scopes:
            raise ClientRefused(f"{command} is not a valid command")
        place = self._place(channel)
        delivery = self._courier.send("slash_commands", self._payloads.slash(self._user, known, text, place))
        if delivery.ok and delivery.body:
            self._show_ack(delivery, place, f"{command} {text}".strip())
        return delivery

    def press(
        self, message: Target, action_id: str, *, value: str | None = None, block_id: str | None = None
    ) -> Delivery:
        """Press a button; `value` tells apart buttons that share an action_id."""
        block, element = self._screen.element(message, action_id, block_id, value)
        if element["type"] in FIELDS or element["type"] == "overflow":
            raise ClientRefused(f"{action_id} is no button: use choose")
        action: Json = {key: element[key] for key in ("value", "text", "style", "url") if key in element}
        return self._act(message, block, element, action)

    def choose(self, target: Target, action_id: str, value: Any, *, block_id: str | None = None) -> Delivery:
        """Choose in a select, a date picker, an overflow; inputs that do not dispatch just keep it."""
        block, element = self._screen.element(target, action_id, block_id, None)
        if element["type"] == "overflow":
            return self._act(target, block, element, {"selected_option": pick(element["options"], value)})
        state = self._screen.entered(target, block, element, value)
        target.filled(self.id).setdefault(block["block_id"], {})[action_id] = state
        if block["type"] == "input" and not block.get("dispatch_action"):
            return Delivery("interactive", 0, None, 0.0)
        return self._act(target, block, element, {k: v for k, v in state.items() if k != "type"})

    def suggest(self, target: Target, action_id: str, query: str = "", *, block_id: str | None = None) -> list[Json]:
        """Open an external select: the options that the bot offers for this query."""
        block, element = self._screen.element(target, action_id, block_id, None)
        if len(query) < int(element.get("min_query_length", 3)):
            return []
        payload = self._payloads.suggestion(self._user, target, block["block_id"], action_id, query)
        body = self._courier.send("interactive", payload).body
        body = body if isinstance(body, dict) else {}
        grouped = [option for group in body.get("option_groups") or [] for option in group.get("options") or []]
        found: list[Json] = [*(body.get("options") or []), *grouped]
        self._screen.offer(block, element, found)
        return found

    def keep(self, target: Target, values: Mapping[str, Mapping[str, Any]]) -> None:
        """Fill fields in without sending anything; keys are block_ids, then action_ids."""
        self._screen.keep(target, values)

    def dismiss(self, message: Message) -> None:
        """Take away a message that only this person sees; the bot does not hear of it."""
        if message.ephemeral_to != self.id:
            raise ClientRefused("only what is visible to you alone can be dismissed")
        self._backend.workspace.delete(message)

    def submit(self, values: Mapping[str, Any] | None = None, *, view: View | None = None) -> Delivery:
        """Fill the modal and send it; keys are block_ids or action_ids."""
        view = view or self.view
        if view is None or view is not self.view:
            raise ClientRefused("this modal is not on top")
        self._screen.fill(view, values or {})
        delivery = self._courier.send("interactive", self._payloads.submission(self._user, view))
        return apply_response(self._backend, view, delivery)

    def close(self, *, everything: bool = False) -> Delivery | None:
        """Close the top modal, or all of them; the bot hears of it if it asked to."""
        view = self.view
        if view is None:
            raise ClientRefused("no modal is open")
        clear = everything or bool(view.body.get("clear_on_close"))
        closed = list(reversed(self._backend.modals.stack(self.id))) if clear else [view]
        told = [self._payloads.closed(self._user, v, cleared=clear) for v in closed if v.body.get("notify_on_close")]
        for each in closed:
            self._backend.modals.close(each)
        deliveries = [self._courier.send("interactive", payload) for payload in told]
        return deliveries[0] if deliveries else None

    def shortcut(self, callback_id: str, message: Message | None = None) -> Delivery:
        """Take a shortcut of the app, from a message's menu if one is given."""
        kind = "global" if message is None else "message"
        known = self._backend.app.shortcuts.get(callback_id)
        if known is None or known.kind != kind:
            raise ClientRefused(f"there is no {kind} shortcut {callback_id!r}")
        if message is not None:
            self._screen.check_sees(message)
        return self._courier.send("interactive", self._payloads.shortcut(self._user, callback_id, message))

    def message(self, channel: str, text: str, *, thread: Message | None = None) -> Message:
        """Say something; the bot hears of it if it subscribed to such events."""
        place = self._place(channel)
        text = typed(self._backend.workspace, text)
        posted = self._backend.workspace.post(place, self.id, text, thread=thread)
        event: Json = {"user": self.id, "text": text, "ts": posted.ts, "channel": place.id}
        if posted.thread_ts:
            event["thread_ts"] = posted.thread_ts
        if self._backend.app.user_id in text and self._backend.app.user_id in place.members:
            self._event("app_mention", event | {"type": "app_mention"})
        kind = "im" if place.is_im else "groups" if place.is_private else "channels"
        shape = {"im": "im", "groups": "group", "channels": "channel"}[kind]
        if self._backend.app.user_id in place.members:
            self._event(f"message.{kind}", event | {"type": "message", "channel_type": shape})
        return posted

    def open_home(self, tab: str = "home") -> Delivery | None:
        """Open the app's Home; None if the bot does not subscribe to that."""
        event: Json = {"type": "app_home_opened", "user": self.id, "channel": self.direct.id, "tab": tab}
        if self.home is not None:
            event["view"] = {"id": self.home.id, "hash": self.home.hash}
        return self._event("app_home_opened", event)

    def _event(self, name: str, event: Json) -> Delivery | None:
        """Send an event if the manifest subscribes to it; one that failed is sent once more at once."""
        app = self._backend.app
        if name not in app.events or (name in EVENT_SCOPES and EVENT_SCOPES[name] not in app.scopes):
            return None
        payload = self._payloads.event(event)
        delivery = self._courier.send("events_api", payload)
        if delivery.ok:
            return delivery
        reason = "http_timeout" if delivery.error == "operation_timeout" else "http_error"
        return self._courier.send("events_api", payload, retry=(1, reason))

    def _act(self, target: Target, block: Json, element: Json, what: Json) -> Delivery:
        if not self._backend.app.interactive:
            raise ClientRefused("this app is not configured to handle interactive responses")
        action = {
            "type": element["type"],
            "action_id": element["action_id"],
            "block_id": block["block_id"],
            "action_ts": f"{time.time():.6f}",
            **what,
        }
        build = self._payloads.on_view if isinstance(target, View) else self._payloads.on_message
        return self._courier.send("interactive", build(self._user, target, action))  # type: ignore[arg-type]

    def _place(self, channel: str) -> Channel:
        place = self._backend.workspace.channel(channel)
        if self.id not in place.members:
            raise ClientRefused(f"{self.name} is not in {place.name}")
        return place

    def _show_ack(self, delivery: Delivery, place: Channel, typed: str) -> None:
        body = delivery.body if isinstance(delivery.body, dict) else {"text": str(delivery.body)}
        target = ReplyUrl(place, self.id, None, self._backend.clock())
        try:
            if body.get("response_type") == "in_channel":
                self._backend.workspace.post(place, self.id, typed)
            answer(self._backend.workspace, target, Args(body))
        except Refusal as refusal:
            delivery.error = refusal.error
