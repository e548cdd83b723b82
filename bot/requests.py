"""Runs what stands in the inbox: one handler for each kind, repeated until it has succeeded."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

import structlog

from bot.db import Database
from bot.errors import AwsUnavailable, BotError, SlackUnavailable
from bot.inbox import Inbox, Item
from bot.slack.slash import sorry
from bot.slack.whispers import whisper

log = structlog.get_logger(__name__)

CRASHES = 8
"""After so many unforeseen failures a person's request is given up and said so; alarms are tried for ever."""

REFUSED = timedelta(hours=1)

Handler = Callable[[Item, datetime], None]


class Requests:
    """The task behind ``inbox`` work."""

    def __init__(self, db: Database, inbox: Inbox, handlers: Mapping[str, Handler]) -> None:
        """``handlers`` by kind; each may be repeated from its beginning."""
        self._db = db
        self._inbox = inbox
        self._handlers = dict(handlers)

    def run(self, key: str, now: datetime) -> float:
        """Handle one request; returns no rest."""
        item = self._inbox.item(key)
        if item is None or item.done:
            return 0.0
        try:
            self._handlers[item.kind](item, now)
        except BotError as error:
            self._postpone_or_drop(item, now, error)
        except Exception as error:
            log.exception("request.crashed", kind=item.kind, key=key, tries=item.tries)
            self._give_up_or_postpone(item, now, error)
        else:
            self._inbox.finish(key, now)
        return 0.0

    def _postpone_or_drop(self, item: Item, now: datetime, error: BotError) -> None:
        """What only needs time is tried for ever; what was refused, for an hour."""
        if isinstance(error, (AwsUnavailable, SlackUnavailable)) or now - item.at < REFUSED:
            log.info("request.postponed", kind=item.kind, key=item.id, tries=item.tries, reason=error.sentence)
            self._inbox.postpone(item.id, now, error.sentence)
        else:
            log.error("request.dropped", kind=item.kind, key=item.id, tries=item.tries, reason=error.sentence)
            self._inbox.finish(item.id, now)

    def _give_up_or_postpone(self, item: Item, now: datetime, error: Exception) -> None:
        user = str(item.body.get("user") or "")
        if item.tries < CRASHES or not user:
            self._inbox.postpone(item.id, now, type(error).__name__)
            return
        with self._db.write() as tx:
            url, channel = str(item.body.get("response_url") or ""), str(item.body.get("channel") or "")
            whisper(tx, f"gave-up:{item.id}", sorry(BotError()), now, user=user, channel=channel, response_url=url)
        self._inbox.finish(item.id, now)
