"""The controls on alarm cards: who may, what the rows say, and then a request in the inbox or an answer out of the rows."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

from bot.alarms import control_views as cv
from bot.alarms import digest_store, digest_views, snooze, store, views
from bot.alarms.episode import Episode
from bot.alarms.joined import Waiting
from bot.db import Database
from bot.errors import BadInput, NotAllowed, NotFound, SlackError
from bot.slack.ask import Button, Errors, Form, Modal, Press
from bot.slack.blocks import Message

Put = Callable[[str, str, Mapping[str, Any], datetime], None]
"""The inbox: kind, id, body, now."""

PAST = 10
"""Episodes in a history."""
JOBS = 20


class Rights(Protocol):
    """Who may do what; by Slack user id."""

    def may_operate(self, user: str) -> bool:
        """True for those who may silence alarms."""
        ...

    def operators(self) -> Sequence[str]:
        """The people and groups to ask."""
        ...


def nothing_to_edit(_press: Press, _name: str) -> Message | None:
    """Where alarms cannot be edited from here."""
    return cv.told("Alarms cannot be edited from here.")


class Controls:
    """Answers within the acknowledgement; a press counts once, and what it names is looked up in the rows."""

    def __init__(
        self,
        db: Database,
        put: Put,
        open_view: Callable[[str, Mapping[str, Any]], None],
        rights: Rights,
        *,
        zone: str,
        names: Callable[[str], str] = str,
        jobs_on: Callable[[str], Sequence[Waiting]] = lambda _: (),
        edit: Callable[[Press, str], Message | None] = nothing_to_edit,
    ) -> None:
        """``open_view`` takes a trigger id and a view; ``edit`` a press and the alarm's name."""
        self._db = db
        self._put = put
        self._open_view = open_view
        self._rights = rights
        self._zone = zone
        self._names = names
        self._jobs_on = jobs_on
        self._edit = edit

    def buttons(self) -> Sequence[Button]:
        """The controls on cards, on digests and in whispers."""
        return (
            Button(cv.ACKNOWLEDGE, self.acknowledge),
            Button(cv.UNACKNOWLEDGE, self.unacknowledge),
            Button(cv.SNOOZE, self.snooze),
            Button(cv.UNSNOOZE, self.unsnooze),
            Button(cv.SILENCE, self.keep_quiet),
            Button(cv.MORE, self.more),
            Button(digest_views.ACKNOWLEDGE_ALL, self.acknowledge_all),
            Button(digest_views.SHOW, self.show),
        )

    def modals(self) -> Sequence[Modal]:
        """The forms."""
        return (Modal(cv.CALLBACK, self.submitted),)

    # --- in hand --------------------------------------------------------------------------------------------------

    def acknowledge(self, press: Press) -> Message | None:
        """Take an alarm in hand; open to everyone who sees it."""
        episode = self._open(press.value)
        if episode.acknowledged:
            return cv.acknowledged_before(episode)
        self._put("alarm-ack", press.trigger_id, {"episode": episode.id, **_asker(press)}, press.at)
        return None

    def unacknowledge(self, press: Press) -> Message | None:
        """Give it back."""
        episode = self._open(press.value)
        if not episode.acknowledged:
            return cv.told("Nobody has it in hand any more.")
        self._put("alarm-ack", press.trigger_id, {"episode": episode.id, "undo": True, **_asker(press)}, press.at)
        return None

    def acknowledge_all(self, press: Press) -> Message | None:
        """Take all open alarms of a digest in hand."""
        with self._db.read() as tx:
            digest = digest_store.get(tx, press.value)
            open_ = [episode for episode, _ in store.gathered(tx, press.value) if episode.open] if digest else []
        if digest is None or not open_:
            return cv.told("Nothing in that list is in alarm any more.")
        self._put("alarm-ack-all", press.trigger_id, {"digest": digest.key, **_asker(press)}, press.at)
        return None

    def show(self, press: Press) -> Message | None:
        """Ask for the card of an alarm that was gathered."""
        episode = self._open(press.value)
        self._put("alarm-show", press.trigger_id, {"episode": episode.id, **_asker(press)}, press.at)
        return None

    # --- quiet ----------------------------------------------------------------------------------------------------

    def snooze(self, press: Press) -> Message | None:
        """Make an alarm quiet for the chosen time, or open the form for another."""
        if not self._rights.may_operate(press.user):
            return cv.may_not(self._rights.operators())
        name, _, choice = press.value.rpartition(":")
        episode = self._open(name)
        if choice == snooze.CUSTOM:
            self._open_form(press, episode)
            return None
        until = snooze.chosen(choice, press.at, self._zone)
        self._put("alarm-snooze", press.trigger_id, _snooze(episode, until) | _asker(press), press.at)
        return None

    def _open_form(self, press: Press, episode: Episode) -> None:
        try:
            self._open_view(press.trigger_id, cv.snooze_form(episode, press.channel))
        except SlackError as error:
            raise SlackError("Slack did not open the form in time. Please try again.") from error
        # Slack keeps "Custom…" chosen and would not send it a second time: drawn anew, the list is as it was.
        self._put("alarm-show", press.trigger_id, {"episode": episode.id, **_asker(press)}, press.at)

    def submitted(self, form: Form) -> Errors | None:
        """Check the form; what is wrong stands at its field."""
        if not self._rights.may_operate(form.user):
            raise NotAllowed("You may not snooze alarms. Whoever runs me can add you to BATCHBOT_OPERATORS.")
        name, _, channel = form.private_metadata.partition(" ")
        values = form.values
        try:
            episode = self._open(name)
            until = snooze.typed(values.get("amount"), values.get("unit"), values.get("until"), form.at)
        except BadInput as error:
            return {error.field or "amount": error.sentence}
        asker = {"user": form.user, "channel": channel if re.fullmatch(r"[CGD][A-Z0-9]+", channel) else ""}
        self._put("alarm-snooze", form.view_id, _snooze(episode, until) | asker, form.at)
        return None

    def unsnooze(self, press: Press) -> Message | None:
        """End the quiet."""
        if not self._rights.may_operate(press.user):
            return cv.may_not(self._rights.operators())
        episode = self._known(press.value)
        if episode.snooze is None:
            return cv.told(f"{episode.alarm.name} is not snoozed any more.")
        self._put("alarm-unsnooze", press.trigger_id, {"episode": episode.id, **_asker(press)}, press.at)
        return None

    def keep_quiet(self, press: Press) -> Message | None:
        """Make the bot alone quiet, where CloudWatch would not be."""
        if not self._rights.may_operate(press.user):
            return cv.may_not(self._rights.operators())
        name, _, moment = press.value.rpartition(":")
        episode = self._open(name)
        until = snooze.typed(None, None, moment, press.at)
        body = _snooze(episode, until) | {"here_only": True} | _asker(press)
        self._put("alarm-snooze", press.trigger_id, body, press.at)
        return None

    # --- more -----------------------------------------------------------------------------------------------------

    def more(self, press: Press) -> Message | None:
        """History, the model's jobs, or the form that edits the alarm."""
        name, _, choice = press.value.rpartition(":")
        episode = self._known(name)
        if choice == cv.HISTORY:
            return self._history(episode, press.at)
        if choice == cv.JOBS and episode.alarm.model_id:
            return self._jobs(episode.alarm.model_id)
        if choice == cv.EDIT and episode.alarm.kind in cv.EDITABLE:
            return self._edit(press, episode.alarm.name)
        raise BadInput("I do not know that choice.")

    def _history(self, episode: Episode, now: datetime) -> Message:
        with self._db.read() as tx:
            past = store.of_alarm(tx, episode.alarm.key, PAST)
            week = store.rings_since(tx, episode.alarm.key, now - timedelta(days=7))
        return cv.history(episode.alarm, past, week, now)

    def _jobs(self, model_id: str) -> Message:
        found = self._jobs_on(model_id)
        lines = [views.waiting_line(job) for job in found[:JOBS]]
        return cv.jobs(self._names(model_id), lines, max(len(found) - JOBS, 0))

    # --- rows -----------------------------------------------------------------------------------------------------

    def _known(self, name: str) -> Episode:
        with self._db.read() as tx:
            episode = store.get(tx, name)
        if episode is None:
            raise NotFound("I do not know that alarm any more.")
        return episode

    def _open(self, name: str) -> Episode:
        episode = self._known(name)
        if not episode.open:
            raise BadInput(
                f"{episode.alarm.name[:120]} is over already: it recovered. There is nothing left to do about it."
            )
        return episode


def _asker(press: Press) -> dict[str, str]:
    return {"user": press.user, "channel": press.channel, "response_url": press.response_url}


def _snooze(episode: Episode, until: datetime) -> dict[str, str]:
    return {"episode": episode.id, "until": until.astimezone(UTC).isoformat()}
