"""Writes the alarm that a draft describes, once, and reads it back.

The draft is a row before anything is written; PutMetricAlarm is idempotent by name, so an attempt may be repeated from
its beginning after a crash and ends the same.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

import structlog

from bot.alarms.making import definition, definition_views, editing
from bot.alarms.making import definition_words as words
from bot.alarms.making import store as drafts
from bot.alarms.making.store import CANCELLED, FAILED, OPEN, WRITING, WRITTEN, Draft
from bot.aws.alarms import AlarmApi
from bot.db import Database, Tx
from bot.errors import AwsError, AwsUnavailable
from bot.slack import cards
from bot.slack.whispers import whisper

log = structlog.get_logger(__name__)

KEEP_TRYING = timedelta(minutes=10)
PRIORITY = 7


def show(tx: Tx, made: Draft, now: datetime, *, picture: bool = False) -> None:
    """Say that the card of a draft is behind."""
    key = f"draft:{made.id}"
    cards.want(tx, key, [made.channel, made.user], now, urgent=True, priority=PRIORITY)
    if picture:
        cards.want_picture(tx, key, now)


class Writing:
    """The last step of a draft."""

    def __init__(self, db: Database, api: Callable[[], AlarmApi]) -> None:
        """Keep both for later."""
        self._db = db
        self._api = api

    def write(self, attempt: str, body: Mapping[str, Any], at: datetime, now: datetime) -> None:
        """Write it for the request ``attempt``; raises AwsUnavailable to be tried again."""
        made = self._claim(attempt, body, now)
        if made is None:
            return
        try:
            self._write(made)
        except AwsUnavailable as error:
            if now - at < KEEP_TRYING:
                raise
            made.state = FAILED
            made.error = (
                f"{error.sentence} I do not know whether the alarm was written; look at it before you try again."
            )
        except AwsError as error:
            made.state, made.error = FAILED, error.sentence
        log.info("alarm.written", alarm=made.name[:100], state=made.state, user=made.written_by)
        with self._db.write() as tx:
            drafts.save(tx, made, now)
            show(tx, made, now)

    def _claim(self, attempt: str, body: Mapping[str, Any], now: datetime) -> Draft | None:
        """The draft, marked as being written by this attempt; None if there is nothing (more) to do."""
        user = str(body["user"])
        with self._db.write() as tx:
            made = drafts.get(tx, str(body["draft"]), lock=True)
            if made is not None and made.attempt == attempt:
                return made if made.state == WRITING else None
            if made is None or made.revision != int(body["revision"]) or made.problem or made.state not in OPEN:
                late = definition_views.said("⚠️", "That draft has changed meanwhile. Look at its card.")
                url, channel = str(body.get("response_url") or ""), str(body.get("channel") or "")
                whisper(tx, f"draft-late:{attempt}", late, now, user=user, channel=channel, response_url=url)
                return None
            made.state, made.error, made.written_by, made.attempt = WRITING, "", user, attempt
            drafts.save(tx, made, now)
            show(tx, made, now)
            return made

    def _write(self, made: Draft) -> None:
        """Look first: what is there already as wanted was written by an attempt that broke down, anything else is kept."""
        api = self._api()
        there = api.find(made.name)
        if there is None or not definition.same(made.definition, there):
            made.error = _in_the_way(made, there)
            if made.error:
                made.state = FAILED
                return
            api.put(made.definition)
            there = api.find(made.name)
        made.state, made.differences = WRITTEN, _compared(made, there or {})

    def cancel(self, draft_id: str, now: datetime) -> bool:
        """Drop a draft that was not written; False if it is too late."""
        with self._db.write() as tx:
            made = drafts.get(tx, draft_id, lock=True)
            if made is None or made.state not in OPEN:
                return False
            made.state = CANCELLED
            drafts.save(tx, made, now)
            show(tx, made, now)
        return True


def _in_the_way(made: Draft, there: Mapping[str, Any] | None) -> str:
    """Why the alarm must not be written now, as a sentence; empty if it may."""
    if made.before is None:
        return "There is an alarm of that name already, and it is another one. I overwrite nothing." if there else ""
    if there is None:
        return "The alarm was deleted while you were changing it. Nothing was written."
    if editing.moved(made.before, there):
        return "Somebody else changed the alarm meanwhile. Nothing was written; ask for the form again."
    return ""


def _compared(made: Draft, there: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    found = definition.changes(made.definition, there)
    return [
        (words.LABELS.get(name, name), words.value(name, ours), words.value(name, is_)) for name, ours, is_ in found
    ]
