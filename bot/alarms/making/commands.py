"""The verbs ``alarm`` and ``alarms`` and the menus of the list; all that needs Amazon is stored for the worker."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from bot.alarms.making import definition_views, plan
from bot.alarms.making import store as drafts
from bot.alarms.making.drafting import Drafting, Put
from bot.alarms.making.presets import BY_KEY
from bot.db import Database
from bot.errors import BadInput, NotFound
from bot.slack import blocks as b
from bot.slack.ask import Ask, Button, Modal, Press, Verb
from bot.slack.blocks import Message

More = Mapping[str, Callable[[Ask], Message | None]]

STATES = {
    "alarm": "ALARM", "firing": "ALARM", "red": "ALARM", "ok": "OK", "insufficient": "INSUFFICIENT_DATA",
    "insufficient_data": "INSUFFICIENT_DATA", "nodata": "INSUFFICIENT_DATA",
}  # fmt: skip


class MakingCommands:
    """Answers within the acknowledgement."""

    def __init__(self, db: Database, put: Put, drafting: Drafting, *, command: str, more: More) -> None:
        """``command`` is the slash command; ``more`` are further words behind ``alarm``."""
        self._db = db
        self._put = put
        self._drafting = drafting
        self._command = command
        self._words: More = {
            "create": drafting.create,
            "edit": lambda ask: drafting.open_edit(ask, self._name(ask)),
            "disable": lambda ask: self._switch(ask, "off"),
            "enable": lambda ask: self._switch(ask, "on"),
            "delete": lambda ask: drafting.may_not(ask.user) or self._really(self._name(ask), ask.at),
            **more,
        }

    def verbs(self) -> Sequence[Verb]:
        """The rows that help and routing read."""
        return (
            Verb("alarms", "[state=alarm|ok|insufficient] [model=] [words]",
                 "All alarms with their state; edit, disable or delete them.", self.alarms),
            Verb("alarm", f"{'|'.join(self._words)} [name]",
                 f"Make an alarm in a form, or in one line: create preset={'|'.join(BY_KEY)} model=… threshold=15000. "
                 "You see a preview before anything is written.", self.alarm),
        )  # fmt: skip

    def buttons(self) -> Sequence[Button]:
        """The menus of the list, and what belongs to drafts."""
        own = (Button("alarm_do", self.press_do), Button("alarm_delete", self.press_delete))
        return (*own, *self._drafting.buttons())

    def modals(self) -> Sequence[Modal]:
        """The forms."""
        return self._drafting.modals()

    # --- the verbs --------------------------------------------------------------------------------------------------

    def alarms(self, ask: Ask) -> Message:
        """List them, for everyone."""
        unknown = set(ask.args.options) - {"state", "model"}
        if unknown:
            raise BadInput(f"I do not know “{min(unknown)[:40]}=”. alarms takes state=, model= and words of the name.")
        state = ask.args.get("state").casefold()
        if state and state not in STATES:
            raise BadInput("The state can be alarm, ok or insufficient.")
        body = {
            "user": ask.user,
            "channel": ask.channel,
            "response_url": ask.response_url,
            "state": STATES.get(state, ""),
            "model": ask.args.get("model"),
            "words": " ".join(ask.args.words),
            "may_change": self._drafting.may_not(ask.user) is None,
        }
        self._put("alarms-list", ask.trigger_id, body, ask.at)
        return Message("Reading the alarms.", [b.section("🔔 Reading the alarms…")])

    def alarm(self, ask: Ask) -> Message | None:
        """Route the word behind ``alarm``; alone it opens the form."""
        if not ask.args.words:
            return self._words["create"](ask)
        run = self._words.get(ask.args.words[0].casefold())
        if run is None:
            raise BadInput(f"After alarm comes {', '.join(self._words)}. {self._command} alarms lists all.")
        rest = re.sub(r"^\S+\s*", "", ask.args.text, count=1)
        return run(replace(ask, args=replace(ask.args, words=ask.args.words[1:], text=rest)))

    def edit_named(self, press: Press, name: str) -> Message | None:
        """Open the form for an alarm from another card's button."""
        return self._drafting.open_edit(press, name)

    def _really(self, name: str, now: datetime) -> Message:
        """Ask before anything is deleted."""
        with self._db.write() as tx:
            drafts.handle(tx, [name], now)
        return definition_views.really_delete(name, drafts.key_of(name))

    def _switch(self, ask: Ask, do: str) -> Message:
        if no := self._drafting.may_not(ask.user):
            return no
        name = self._name(ask)
        self._put_switch(ask, do, name)
        verb = "Enabling" if do == "on" else "Disabling"
        return Message(f"{verb} the actions of the alarm.", [b.section(f"{verb} the actions of {b.code(name, 255)}…")])

    def _put_switch(self, who: Ask | Press, do: str, name: str) -> None:
        body = {"do": do, "name": name, "user": who.user, "channel": who.channel, "response_url": who.response_url}
        self._put("alarm-switch", who.trigger_id, body, who.at)

    def _name(self, ask: Ask) -> str:
        """All that is typed behind the word: names of alarms may have blanks and equals signs in them."""
        typed = ask.args.text.strip()
        name = ask.args.get("name") if typed.startswith("name=") else typed.strip("\"'")
        if not name:
            raise BadInput(f"Which alarm? Give its name; {self._command} alarms lists all.")
        return name[: plan.NAME_LENGTH]

    # --- the list's menus -------------------------------------------------------------------------------------------

    def press_do(self, press: Press) -> Message | None:
        """Edit, switch or delete the alarm of a row."""
        if no := self._drafting.may_not(press.user):
            return no
        do, _, key = press.value.partition(":")
        name = self._handled(key)
        if do == "edit":
            return self.edit_named(press, name)
        if do == "delete":
            return self._really(name, press.at)
        if do in {"on", "off"}:
            self._put_switch(press, do, name)
        return None

    def press_delete(self, press: Press) -> Message | None:
        """Delete it, after the question."""
        if no := self._drafting.may_not(press.user):
            return no
        self._put_switch(press, "delete", self._handled(press.value))
        return None

    def _handled(self, key: str) -> str:
        with self._db.read() as tx:
            name = drafts.name_of(tx, key[:32])
        if name is None:
            raise NotFound(f"That list is too old. {self._command} alarms makes a new one.")
        return name
