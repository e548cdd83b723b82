"""The forms by which alarms are made and changed, and the buttons of drafts; forms open at once with what is known."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, Protocol

import structlog

from bot.alarms.making import editing, plan
from bot.alarms.making import form as making_form
from bot.alarms.making import store as drafts
from bot.alarms.making.definition_views import may_not
from bot.alarms.making.form import State
from bot.alarms.making.plan import Choice
from bot.alarms.making.presets import BY_KEY
from bot.alarms.making.store import Draft
from bot.db import Database
from bot.errors import BadInput, BotError, NotAllowed, NotFound, SlackError
from bot.slack import blocks as b
from bot.slack.ask import Ask, Button, Errors, Form, Modal, Press, Shown
from bot.slack.blocks import Message

log = structlog.get_logger(__name__)

Put = Callable[[str, str, Mapping[str, Any], datetime], None]
"""The inbox: kind, id, body, now."""

ALIASES = {"stat": "statistic", "datapoints": "evaluation", "operator": "comparison", "limit": "threshold"}
_CHANNEL = re.compile(r"[CGD][A-Z0-9]+")


class Opened(Protocol):
    """A modal that stands open."""

    @property
    def id(self) -> str:
        """Its view id."""
        ...

    @property
    def hash(self) -> str:
        """Of what it shows."""
        ...


class Views(Protocol):
    """What is done with modals."""

    def show_view(self, trigger_id: str, view: Mapping[str, Any]) -> Opened:
        """Open one; raises SlackError."""
        ...

    def update_view(self, view_id: str, view: Mapping[str, Any], hash_: str = "") -> Opened:
        """Replace what one shows; raises SlackError."""
        ...


class Rights(Protocol):
    """Who may do what; by Slack user id."""

    def may_operate(self, user: str) -> bool:
        """True for those who may change alarms."""
        ...

    def operators(self) -> Sequence[str]:
        """Whom to ask."""
        ...


class Known(Protocol):
    """What rows know of models and channels."""

    def models(self, now: datetime) -> list[Choice]:
        """The models that may be watched."""
        ...

    def notes(self, name: str) -> list[str]:
        """Where an alarm of this name will be heard."""
        ...


class Drafting:
    """What the door does with forms and drafts; all that needs Amazon is stored for the worker."""

    def __init__(
        self,
        db: Database,
        put: Put,
        views: Views,
        rights: Rights,
        known: Known,
        *,
        cancel: Callable[[str, datetime], bool],
        command: str,
    ) -> None:
        """``cancel`` drops a draft; ``command`` is the slash command."""
        self._db = db
        self._put = put
        self._views = views
        self._rights = rights
        self._known = known
        self._cancel = cancel
        self._command = command

    def buttons(self) -> Sequence[Button]:
        """The controls of drafts, and the choices in the form."""
        return (
            Button(making_form.CHOSEN, self.press_choice),
            Button("draft_write", self.press_write),
            Button("draft_change", self.press_change),
            Button("draft_cancel", self.press_cancel),
        )

    def modals(self) -> Sequence[Modal]:
        """The forms."""
        return (Modal(making_form.CREATE, self.submitted), Modal(making_form.EDIT, self.submitted_edit))

    def may_not(self, user: str) -> Message | None:
        """Whom to ask, for those who may not change alarms; None for those who may."""
        if self._rights.may_operate(user):
            return None
        log.info("alarm.not_allowed", user=user)
        return may_not(self._rights.operators())

    def _check(self, user: str) -> None:
        if not self._rights.may_operate(user):
            raise NotAllowed("You may not change alarms. Whoever runs me can add you to BATCHBOT_OPERATORS.")

    # --- a new one ----------------------------------------------------------------------------------------------------

    def create(self, ask: Ask) -> Message | None:
        """Open the form, or take the whole alarm from one line."""
        if no := self.may_not(ask.user):
            return no
        models = self._known.models(ask.at)
        fields = _typed(ask, models)
        if not fields:
            return self._open_create(ask, models)
        wanted, errors = plan.read(fields, models)
        if wanted is None:
            raise BadInput("\n".join(f"{field}: {why}" for field, why in errors.items()))
        body = {"fields": fields, "user": ask.user, "channel": ask.channel, "response_url": ask.response_url}
        self._put("alarm-draft", ask.trigger_id, body, ask.at)
        text = (
            f"Looking at the last week; the draft of {b.esc(wanted.name, 120)} comes as a card. Nothing is written yet."
        )
        return Message("Looking at the last week; the draft comes as a card.", [b.section(f"📝 {text}")])

    def _open_create(self, ask: Ask, models: Sequence[Choice], draft: Draft | None = None) -> Message | None:
        if draft is None:
            fields, said = making_form.filled({}, {}, models)
        else:
            fields, said = making_form.filled(_known_model(draft.fields, models), {}, models)
        state = State(ask.channel, draft.id if draft else "", said)
        view = making_form.create(fields, models, state, {}, self._known.notes(fields["name"]))
        opened = self._open(ask.trigger_id, view)
        self._ask_for_values(ask, opened, {"fields": fields, "ids": {}, "state": state.pack()})
        return None

    def _ask_for_values(self, who: Ask | Press, opened: Opened, shown: Mapping[str, Any]) -> None:
        """Have the worker read the model's history into the form; without it the form is as good as it was."""
        body = {"view": opened.id, "hash": opened.hash, "user": who.user, **shown}
        try:
            self._put("alarm-form", f"form:{who.trigger_id}", body, who.at)
        except BotError as error:
            log.warning("form.not_filled", reason=error.sentence)

    def _open(self, trigger_id: str, view: Mapping[str, Any]) -> Opened:
        try:
            return self._views.show_view(trigger_id, view)
        except SlackError as error:
            line = f"{self._command} alarm create preset=backlog model=… threshold=15000"
            raise SlackError(
                f"Slack did not open the form in time. Try again, or type it in one line: {line}"
            ) from error

    # --- one that exists ----------------------------------------------------------------------------------------------

    def open_edit(self, who: Ask | Press, name: str) -> Message | None:
        """Open a form at once, into which the worker brings the alarm's values."""
        if no := self.may_not(who.user):
            return no
        opened = self._open(who.trigger_id, making_form.reading(name))
        body = {"name": name, "view": opened.id, "user": who.user, "channel": who.channel}
        self._put("alarm-edit", f"edit:{who.trigger_id}", body, who.at)
        return None

    # --- the forms --------------------------------------------------------------------------------------------------

    def press_choice(self, press: Press) -> None:
        """Another preset, model or metric: show its fields at once, its history when it has been read."""
        if press.view is None or not self._rights.may_operate(press.user):
            return
        old, ids = making_form.named(press.view.values)
        state, models = making_form.unpack(press.view.private_metadata), self._known.models(press.at)
        fields, said = making_form.filled(old, state.said, models)
        state = replace(state, said=said)
        new_ids = making_form.renamed(ids, old, fields)
        view = making_form.create(fields, models, state, new_ids, self._known.notes(fields["name"]))
        opened = self._updated(press.view, view)
        self._ask_for_values(press, opened, {"fields": fields, "ids": new_ids, "state": state.pack()})

    def _updated(self, shown: Shown, view: Mapping[str, Any]) -> Opened:
        """What a person chose last counts, also where the worker has just brought values for what he chose before."""
        try:
            return self._views.update_view(shown.view_id, view, shown.hash)
        except SlackError as error:
            if error.code != "hash_conflict":
                raise
            return self._views.update_view(shown.view_id, view)

    def submitted(self, form: Form) -> Errors | None:
        """Check the form for a new alarm; errors stand at their fields, what was typed stays."""
        self._check(form.user)
        fields, ids = making_form.named(form.values)
        wanted, errors = plan.read(fields, self._known.models(form.at))
        if wanted is None:
            return {ids.get(field, next(iter(ids.values()), field)): why for field, why in errors.items()}
        state = making_form.unpack(form.private_metadata)
        self._put_draft(form, state, fields)
        return None

    def submitted_edit(self, form: Form) -> Errors | None:
        """Check the form for an alarm that exists."""
        self._check(form.user)
        fields, ids = making_form.named(form.values)
        state = making_form.unpack(form.private_metadata)
        made = self._draft(state.draft)
        _, errors = editing.edited(made.before or {}, fields, ())
        if errors:
            return {ids.get(field, next(iter(ids.values()), field)): why for field, why in errors.items()}
        self._put_draft(form, state, fields)
        return None

    def _put_draft(self, form: Form, state: State, fields: Mapping[str, str]) -> None:
        channel = state.channel if _CHANNEL.fullmatch(state.channel) else ""
        body = {"fields": dict(fields), "user": form.user, "channel": channel, "draft": state.draft}
        self._put("alarm-draft", form.view_id, body, form.at)

    # --- the draft's buttons ----------------------------------------------------------------------------------------

    def press_write(self, press: Press) -> Message | None:
        """Write what the card shows, and only that."""
        if no := self.may_not(press.user):
            return no
        made = self._pressed(press)
        body = {
            "draft": made.id, "revision": made.revision, "user": press.user, "channel": press.channel,
            "response_url": press.response_url,
        }  # fmt: skip
        self._put("alarm-write", press.trigger_id, body, press.at)
        return None

    def press_change(self, press: Press) -> Message | None:
        """Open the form again with what the draft says."""
        if no := self.may_not(press.user):
            return no
        made = self._pressed(press)
        ask = Ask(press.user, made.channel, press.trigger_id, press.response_url, press.at)
        if made.before is None:
            self._open_create(ask, self._known.models(press.at), made)
        else:
            self._open(press.trigger_id, making_form.edit(made.name, made.fields, State(made.channel, made.id)))
        return None

    def press_cancel(self, press: Press) -> Message | None:
        """Drop the draft."""
        made = self._pressed(press)
        if press.user != made.user and (no := self.may_not(press.user)):
            return no
        if not self._cancel(made.id, press.at):
            raise BadInput("It is too late for that: the alarm is being written or the draft is over.")
        return None

    def _pressed(self, press: Press) -> Draft:
        draft_id, _, revision = press.value.partition(":")
        made = self._draft(draft_id)
        if str(made.revision) != revision:
            raise BadInput("That draft has changed meanwhile. Look at its card.")
        return made

    def _draft(self, draft_id: str) -> Draft:
        with self._db.read() as tx:
            made = drafts.get(tx, draft_id[:64])
        if made is None:
            raise NotFound(f"I do not know that draft any more. {self._command} alarm create makes another.")
        return made


def _typed(ask: Ask, models: Sequence[Choice]) -> dict[str, str]:
    """Fields by name from one line; bare words are a preset or words of a model; raises BadInput for unknown keys."""
    fields = {ALIASES.get(key, key): value for key, value in ask.args.options.items()}
    unknown = set(fields) - set(plan.FIELDS)
    if unknown:
        raise BadInput(f"I do not know “{min(unknown)[:40]}=”. An alarm has {', '.join(plan.FIELDS)}.")
    words = list(ask.args.words)
    if words and "preset" not in fields and words[0].casefold() in BY_KEY:
        fields["preset"] = words.pop(0).casefold()
    if words and "model" not in fields:
        fields["model"] = " ".join(words)
    return _known_model(fields, models)


def _known_model(fields: Mapping[str, str], models: Sequence[Choice]) -> dict[str, str]:
    """The fields with the model by its key where it is clear which is meant."""
    if not fields.get("model"):
        return dict(fields)
    try:
        found = plan.find(fields["model"], models)
    except BadInput:
        return dict(fields)
    return {**fields, "model": found.key if found else plan.ALL}
