"""The alarms of the account told to one person, and their actions switched or the alarm deleted on a person's word."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import structlog

from bot.alarms.making import definition_views as views
from bot.alarms.making import definition_words as words
from bot.alarms.making import store as drafts
from bot.aws.alarms import AlarmApi
from bot.db import Database
from bot.errors import AwsError, AwsGone, AwsUnavailable, NotFound
from bot.slack.blocks import Message
from bot.slack.whispers import whisper

log = structlog.get_logger(__name__)

KEEP_TRYING = timedelta(minutes=2)
ORDER = {"ALARM": 0, "INSUFFICIENT_DATA": 1}

Described = Mapping[str, Any]


class AlarmList:
    """Works in the worker and answers by whisper."""

    def __init__(self, db: Database, api: Callable[[], AlarmApi], *, names: Callable[[str], str], command: str) -> None:
        """``names`` gives what people call a model; ``command`` is the slash command."""
        self._db = db
        self._api = api
        self._names = names
        self._command = command

    def tell(self, inbox_id: str, body: Mapping[str, Any], at: datetime, now: datetime) -> None:
        """List what was asked for; raises AwsUnavailable to be tried again."""
        self._answer(inbox_id, body, at, now, lambda: self._listed(body, now))

    def switch(self, inbox_id: str, body: Mapping[str, Any], at: datetime, now: datetime) -> None:
        """Enable or disable an alarm's actions, or delete it (``do``: on, off, delete); said so to who asked."""
        self._answer(
            inbox_id, body, at, now, lambda: self._switched(str(body["do"]), str(body["name"]), str(body["user"]))
        )

    def _answer(
        self, inbox_id: str, body: Mapping[str, Any], at: datetime, now: datetime, work: Callable[[], Message]
    ) -> None:
        try:
            message = work()
        except AwsUnavailable as error:
            if now - at < KEEP_TRYING:
                raise
            message = views.said("⚠️", error.sentence)
        except (AwsError, NotFound) as error:
            message = views.said("⚠️", error.sentence)
        url, channel = str(body.get("response_url") or ""), str(body.get("channel") or "")
        with self._db.write() as tx:
            whisper(tx, f"alarms:{inbox_id}", message, now, user=str(body["user"]), channel=channel, response_url=url)

    def _listed(self, body: Mapping[str, Any], now: datetime) -> Message:
        api = self._api()
        found = [one for one in api.all() if self._wanted(one, body)]
        found.sort(key=lambda one: (ORDER.get(str(one.get("StateValue")), 2), str(one.get("AlarmName"))))
        shown = found[: views.SHOWN]
        muted, note = _muted(api)
        with self._db.write() as tx:
            drafts.handle(tx, [str(one["AlarmName"]) for one in shown], now)
        return views.listed(
            shown,
            muted=muted,
            note=note,
            key=drafts.key_of,
            model_name=self._names,
            command=self._command,
            more=len(found) - len(shown),
            may_change=bool(body.get("may_change")),
        )

    def _wanted(self, one: Described, body: Mapping[str, Any]) -> bool:
        if body.get("state") and one.get("StateValue") != body["state"]:
            return False
        text = f"{one.get('AlarmName')} {words.condition(one, self._names)}".casefold()
        models = " ".join(f"{model} {self._names(model)}" for model in words.models_of(one)).casefold()
        asked_model = all(word in models for word in str(body.get("model") or "").casefold().split())
        return asked_model and all(word in text for word in str(body.get("words") or "").casefold().split())

    def _switched(self, do: str, name: str, user: str) -> Message:
        api = self._api()
        if api.find(name) is None:
            if do == "delete":
                return views.said("⚪", f"The alarm {name} does not exist (any more).")
            raise NotFound(f"I know no alarm “{name[:100]}”.{near(name, api.all())}")
        log.info("alarm.switched", do=do, alarm=name[:100], user=user)
        if do == "delete":
            try:
                api.delete(name)
            except AwsGone:
                log.info("alarm.gone_already", alarm=name[:100])
            return views.said("🗑️", f"The alarm {name} is deleted.")
        api.switch(name, on=do == "on")
        if do == "on":
            return views.said("🔔", f"The actions of {name} are on: it tells its topics again.")
        return views.said("⏸️", f"The actions of {name} are off: it watches and tells nobody until somebody enables it.")

    def batch_arns(self) -> list[str]:
        """The ARNs of all alarms that watch batch inference, for a dashboard."""
        return [str(one["AlarmArn"]) for one in self._api().all() if words.on_batch(one) and one.get("AlarmArn")]


def near(name: str, alarms: Sequence[Described]) -> str:
    """`` Did you mean …?`` with up to three names that are alike."""
    names = [str(one.get("AlarmName")) for one in alarms]
    found = [one for one in names if name.casefold() in one.casefold()][:3] or difflib.get_close_matches(
        name, names, n=3
    )
    return f" Did you mean {' or '.join(found)}?" if found else ""


def _muted(api: AlarmApi) -> tuple[frozenset[str], str]:
    """Which alarms are muted; a list that may not be read is no reason to show none."""
    try:
        return api.muted(), ""
    except AwsUnavailable:
        return frozenset(), "Amazon did not say which alarms are muted."
    except AwsError as error:
        return frozenset(), f"Which of them are muted I cannot see. {error.sentence}"
