"""The Slack door: Bolt verifies, this parses, routes to a row and answers; it knows no feature.

Every listener answers before it returns (``process_before_response``): what rows can say goes into the acknowledgement,
all else was stored by then. Nothing raised behind an acknowledgement may escape, or Bolt would take the answer back.
"""

from __future__ import annotations

import difflib
import logging
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

import structlog
from slack_bolt import App
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.error import BoltUnhandledRequestError
from slack_bolt.response import BoltResponse
from slack_sdk import WebClient

from bot.errors import BotError
from bot.slack import blocks as b
from bot.slack.ask import Args, Ask, Button, Form, Modal, Press, Shown, Verb, parse
from bot.slack.blocks import Message

log = structlog.get_logger(__name__)

Whisper = Callable[[str, Message, Press], None]
"""Stores words for one person: key, message, and the press that they answer."""


class Door:
    """Routes what Bolt has verified to verbs, buttons and modals."""

    def __init__(
        self,
        command: str,
        verbs: Sequence[Verb],
        buttons: Sequence[Button],
        modals: Sequence[Modal],
        *,
        whisper: Whisper,
        now: Callable[[], datetime],
    ) -> None:
        """``command`` with its slash; the rows are the features'."""
        self.command = command
        self._verbs = {v.name: v for v in verbs}
        self._buttons = {x.name: x for x in [*buttons, Button("verb", self._run_verb)]}
        self._modals = {m.name: m for m in modals}
        self._whisper = whisper
        self._now = now

    def typed(self, body: Mapping[str, Any]) -> Message | None:
        """Answer a slash command."""
        verb, args = parse(str(body.get("text") or ""))
        ask = Ask(
            user=str(body.get("user_id") or ""),
            channel=str(body.get("channel_id") or ""),
            trigger_id=str(body.get("trigger_id") or ""),
            response_url=str(body.get("response_url") or ""),
            at=self._now(),
            args=args,
        )
        log.info("door.command", verb=verb[:40], user=ask.user, channel=ask.channel)
        return self._guarded(lambda: self._route(verb, ask))

    def pressed(self, body: Mapping[str, Any]) -> None:
        """Answer a control of a message; words go to the person by whisper."""
        action = (body.get("actions") or [{}])[0]
        press = Press(
            user=str((body.get("user") or {}).get("id") or ""),
            channel=str((body.get("channel") or {}).get("id") or ""),
            trigger_id=str(body.get("trigger_id") or ""),
            response_url=str(body.get("response_url") or ""),
            at=self._now(),
            action=str(action.get("action_id") or ""),
            value=_value_of(action),
            view=_shown(body.get("view") or {}),
        )
        row = self._buttons.get(press.action) or self._buttons.get(press.action.split(".", 1)[0])
        if row is None:
            return
        log.info("door.button", action=row.name, user=press.user, channel=press.channel)
        message = self._guarded(lambda: row.run(press))
        if message:
            self._guarded(lambda: self._whisper(f"press:{press.trigger_id}", message, press))

    def submitted(self, body: Mapping[str, Any]) -> Mapping[str, str] | None:
        """Answer a modal: None closes it, otherwise the errors by block id."""
        view = body.get("view") or {}
        form = Form(
            user=str((body.get("user") or {}).get("id") or ""),
            view_id=str(view.get("id") or ""),
            at=self._now(),
            values=_values(view),
            private_metadata=str(view.get("private_metadata") or ""),
        )
        row = self._modals.get(str(view.get("callback_id")))
        if row is None:
            return None
        log.info("door.form", form=row.name, user=form.user)
        try:
            return row.run(form)
        except BotError as error:
            return {_first_input(view): error.sentence}
        except Exception:
            log.exception("door.modal_failed", modal=row.name)
            return {_first_input(view): BotError().sentence}

    def help(self) -> Message:
        """All verbs, each beside a button that runs it."""
        parts = [b.section(f"*{self.command}* runs Amazon Bedrock batch jobs from here. What I can do:")]
        for verb in self._verbs.values():
            typed = f"{self.command} {verb.name} {verb.usage}".strip()
            hint = f"Run {self.command} {verb.name}"
            run = b.button(verb.name.capitalize(), f"verb.{verb.name}", verb.name, hint=hint)
            parts.append(b.section(f"*{b.entities(typed)}*\n{b.entities(verb.summary)}", accessory=run))
        parts.append(
            b.context("Words in any order, `key=value` or bare. A job is its name, id, ARN, or a part of its name.")
        )
        listed = ", ".join(self._verbs)
        return Message(f"{self.command} understands: {listed}.", parts)

    def _route(self, name: str, ask: Ask) -> Message | None:
        if name in {"", "help", "?"}:
            return self.help()
        verb = self._verbs.get(name)
        if verb is None:
            return self._unknown(name)
        return verb.run(ask)

    def _unknown(self, name: str) -> Message:
        near = difflib.get_close_matches(name, list(self._verbs), n=1, cutoff=0.5)
        if not near:
            text = f"I do not know {b.code(name, 40)}. `{self.command} help` lists what I can do."
            return Message(f"I do not know that word. {self.command} help lists what I can do.", [b.section(text)])
        run = b.button(f"Run {near[0]}", f"verb.{near[0]}", near[0])
        text = f"I do not know {b.code(name, 40)}. Did you mean `{self.command} {near[0]}`?"
        return Message(f"Did you mean {self.command} {near[0]}?", [b.section(text, accessory=run)])

    def _run_verb(self, press: Press) -> Message | None:
        ask = Ask(press.user, press.channel, press.trigger_id, press.response_url, press.at, Args())
        return self._route(press.value, ask)

    def _guarded(self, run: Callable[[], Message | None]) -> Message | None:
        try:
            return run()
        except BotError as error:
            return sorry(error)
        except Exception:
            log.exception("door.failed")
            return sorry(BotError())


def sorry(error: BotError) -> Message:
    """A failure as the person reads it."""
    return Message(
        b.entities(b.plain(error.sentence, 2000)), [b.section(f"⚠️ {b.entities(b.plain(error.sentence, 2000))}")]
    )


def bolt(door: Door, client: WebClient, signing_secret: str, bot: Callable[[], AuthorizeResult]) -> App:
    """Build the Bolt app; ``bot`` gives the identity that was read before the door opened."""

    def authorize() -> AuthorizeResult:
        return bot()  # Bolt passes arguments by name and takes a method's self for one

    quiet = logging.getLogger("batchbot.bolt")
    quiet.setLevel(logging.ERROR)  # it warns of a token in the environment that it is not to use
    app = App(
        logger=quiet,
        client=client,
        signing_secret=signing_secret,
        authorize=authorize,
        process_before_response=True,
        raise_error_for_unhandled_request=True,
    )

    @app.command(door.command)
    def _command(ack: Any, body: Mapping[str, Any]) -> None:
        message = door.typed(body)
        if message is None:
            ack()
        else:
            ack(text=message.text, blocks=message.blocks or None, response_type="ephemeral")

    @app.action(re.compile(".*"))
    def _action(ack: Any, body: Mapping[str, Any]) -> None:
        door.pressed(body)
        ack()

    @app.view(re.compile(".*"))
    def _view(ack: Any, body: Mapping[str, Any]) -> None:
        errors = door.submitted(body)
        if errors:
            ack(response_action="errors", errors=dict(errors))
        else:
            ack()

    @app.error
    def _error(error: Exception) -> BoltResponse:
        if isinstance(error, BoltUnhandledRequestError):
            return BoltResponse(status=200, body="")  # subscribed to, but nothing to do
        log.error("door.bolt_error", reason=type(error).__name__)
        return BoltResponse(status=500, body="")

    return app


def _value_of(action: Mapping[str, Any]) -> str:
    chosen = action.get("selected_option") or {}
    return str(action.get("value") or chosen.get("value") or action.get("selected_user") or "")[:2000]


def _shown(view: Mapping[str, Any]) -> Shown | None:
    if not view.get("id"):
        return None
    return Shown(str(view["id"]), str(view.get("hash") or ""), _values(view), str(view.get("private_metadata") or ""))


def _values(view: Mapping[str, Any]) -> dict[str, str | None]:
    state = (view.get("state") or {}).get("values") or {}
    return {block: _typed_value(next(iter(elements.values()), {})) for block, elements in state.items()}


def _typed_value(element: Mapping[str, Any]) -> str | None:
    if element.get("selected_option"):
        return str(element["selected_option"].get("value"))
    if element.get("selected_date_time"):
        return str(element["selected_date_time"])
    value = element.get("value") or element.get("selected_conversation") or element.get("selected_channel")
    return None if value is None else str(value)


def _first_input(view: Mapping[str, Any]) -> str:
    inputs = [x for x in view.get("blocks") or [] if x.get("type") == "input"]
    return str(inputs[0].get("block_id")) if inputs else "form"
