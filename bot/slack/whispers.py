"""Words for one person only, kept in rows until they have been said: errors, and answers that need Amazon first.

First by the command's own ``response_url``, which works where the bot is no member; when that is used up or expired, as
an ephemeral message in the channel; where the bot may not do that, as a direct message.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
import structlog

from bot.claims import Claims, Columns
from bot.db import Database, Tx, UtcDateTime, insert_ignore, metadata
from bot.errors import SlackError, SlackUnavailable
from bot.slack.blocks import Message
from bot.slack.client import Slack
from bot.work import Work, backoff

log = structlog.get_logger(__name__)

RESPONSE_URL_LIFE = timedelta(minutes=29)
GIVE_UP = timedelta(hours=24)

whispers = sa.Table(
    "whispers",
    metadata,
    sa.Column("id", sa.String(300), primary_key=True),
    sa.Column("user", sa.String(40), nullable=False),
    sa.Column("channel", sa.String(40), nullable=False),
    sa.Column("response_url", sa.Text, nullable=False),
    sa.Column("message", sa.Text, nullable=False),
    sa.Column("at", UtcDateTime, nullable=False),
    sa.Column("done", UtcDateTime),
    sa.Column("tries", sa.Integer, nullable=False, server_default="0"),
    sa.Column("not_before", UtcDateTime, nullable=False),
    sa.Column("queued_at", UtcDateTime),
    sa.Column("queued_by", sa.String(40), nullable=False, server_default=""),
)
sa.Index("ix_whispers_open", whispers.c.not_before, sqlite_where=whispers.c.done.is_(None),
         postgresql_where=whispers.c.done.is_(None))  # fmt: skip

CLAIMED = Columns(whispers.c.id, whispers.c.tries, whispers.c.queued_at, whispers.c.queued_by)


def whisper(
    tx: Tx, key: str, message: Message, now: datetime, *, user: str, channel: str = "", response_url: str = ""
) -> None:
    """Say something to one person, once per ``key``; nothing happens where there is nobody to say it to."""
    if not user:
        return
    text = json.dumps({"text": message.text, "blocks": message.blocks})
    row = {"id": key[:300], "user": user, "channel": channel, "response_url": response_url, "message": text}
    insert_ignore(tx, whispers, row | {"at": now, "not_before": now})


class Whispers:
    """Delivers them; the source of ``whisper`` work."""

    queue = "whispers"
    task = "whisper"

    def __init__(self, db: Database, slack: Slack) -> None:
        """Keep both for later."""
        self._db = db
        self._slack = slack
        self.claims = Claims(db, CLAIMED)

    def due(self, now: datetime, limit: int = 200) -> Sequence[Work]:
        """Claim unsaid whispers and return them as work."""
        query = (
            sa.select(whispers.c.id, whispers.c.tries, whispers.c.queued_at)
            .where(whispers.c.done.is_(None), whispers.c.not_before <= now, CLAIMED.free(now))
            .order_by(whispers.c.at)
            .limit(limit)
        )
        return [Work("whispers", "whisper", c.row.id, str(c.attempt)) for c in self.claims.take(query, now)]

    def say(self, key: str, now: datetime) -> float:
        """Deliver one; returns no rest."""
        with self._db.read() as tx:
            row = tx.execute(sa.select(whispers).where(whispers.c.id == key)).one_or_none()
        if row is None or row.done:
            return 0.0
        try:
            self._by_the_first_way_that_works(row, now)
        except SlackUnavailable as error:
            if now - row.at < GIVE_UP:
                wait = max(backoff(row.tries), timedelta(seconds=error.retry_after or 0))
                self._set(key, tries=row.tries + 1, not_before=now + wait, queued_at=None)
                return 0.0
            log.error("whisper.lost", key=key, reason=error.sentence)
        except SlackError as error:
            log.error("whisper.refused", key=key, code=error.code, user=row.user)
        self._set(key, done=now, response_url="", message="{}")
        return 0.0

    def _by_the_first_way_that_works(self, row: Any, now: datetime) -> None:
        message = Message(**json.loads(row.message))
        if row.response_url and now - row.at < RESPONSE_URL_LIFE:
            try:
                self._slack.answer(row.response_url, message)
            except SlackUnavailable:
                raise
            except SlackError as error:
                log.info("whisper.response_url_refused", code=error.code)
            else:
                return
        if row.channel[:1] in {"C", "G"}:
            try:
                self._slack.whisper(row.channel, row.user, message)
            except SlackUnavailable:
                raise
            except SlackError as error:
                log.info("whisper.ephemeral_refused", code=error.code)
            else:
                return
        self._slack.post(row.user, message, key=row.id)

    def _set(self, key: str, **values: Any) -> None:
        with self._db.write() as tx:
            tx.execute(sa.update(whispers).where(whispers.c.id == key).values(values))

    def purge(self, before: datetime) -> int:
        """Forget what was said long ago; returns how many rows."""
        with self._db.write() as tx:
            return tx.execute(sa.delete(whispers).where(whispers.c.done < before)).rowcount
