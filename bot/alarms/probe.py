"""`/batch alarm test`: a real message through SNS and back, kept in rows so that a restart forgets nobody who waits."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
import structlog

from bot.alarms import probe_views
from bot.db import Database, Tx, UtcDateTime, insert_ignore, locked, metadata
from bot.errors import AwsError, AwsUnavailable, Misconfigured, NotAllowed
from bot.slack.ask import Ask
from bot.slack.blocks import Message, span
from bot.slack.whispers import whisper

log = structlog.get_logger(__name__)

PATIENCE = timedelta(seconds=60)
TICK_SECONDS = 2.0
KEPT = timedelta(days=7)

probes = sa.Table(
    "probes",
    metadata,
    sa.Column("nonce", sa.String(40), primary_key=True),
    sa.Column("user", sa.String(40), nullable=False),
    sa.Column("channel", sa.String(40), nullable=False),
    sa.Column("response_url", sa.Text, nullable=False),
    sa.Column("topic", sa.Text, nullable=False),
    sa.Column("asked_at", UtcDateTime, nullable=False),
    sa.Column("sent_at", UtcDateTime),
    sa.Column("taken_at", UtcDateTime),
    sa.Column("arrived_at", UtcDateTime),
    sa.Column("given_up", UtcDateTime),
)
"""``sent_at`` is the moment before the last call to SNS, ``taken_at`` that of its yes."""

Put = Callable[[str, str, Mapping[str, Any], datetime], None]
Publish = Callable[[str, str, str], None]
"""Topic ARN, subject and message to SNS; raises AwsError."""


class Probe:
    """Sends test messages and recognises them when they come back."""

    def __init__(
        self,
        db: Database,
        topics: Sequence[str],
        *,
        put: Put,
        publish: Publish,
        may_operate: Callable[[str], bool],
    ) -> None:
        """``put`` stores a request; ``topics`` are those believed, the first one is tested."""
        self._db = db
        self._topics = list(topics)
        self._put = put
        self._publish = publish
        self._may_operate = may_operate

    def test(self, ask: Ask) -> Message:
        """Take the command in; raises NotAllowed, or Misconfigured where there is no topic."""
        if not self._may_operate(ask.user):
            raise NotAllowed("You may not send test alarms. Ask one of the people in BATCHBOT_OPERATORS or an admin.")
        if not self._topics:
            raise Misconfigured(
                "I listen to no topic yet, so no alarm can reach me. Whoever runs me: run batchbot setup, "
                "then set BATCHBOT_TOPIC_ARNS."
            )
        body = {"user": ask.user, "channel": ask.channel, "response_url": ask.response_url, "topic": self._topics[0]}
        key = f"alarm-test:{ask.trigger_id or secrets.token_hex(8)}"
        self._put("alarm-test", key, body | {"nonce": secrets.token_hex(12)}, ask.at)
        return probe_views.on_its_way(self._topics[0], PATIENCE)

    def send(self, body: Mapping[str, Any], asked_at: datetime, now: datetime) -> None:
        """Publish it; repeated with the same nonce until SNS took it, refused it, or the person was told."""
        nonce, topic = str(body["nonce"]), str(body["topic"])
        values = {name: str(body.get(name) or "") for name in ("nonce", "user", "channel", "response_url", "topic")}
        with self._db.write() as tx:
            tx.execute(sa.delete(probes).where(probes.c.asked_at < now - KEPT))
            insert_ignore(tx, probes, values | {"asked_at": asked_at})
            if self._row(tx, nonce).given_up:
                return
            self._set(tx, nonce, sent_at=now)
        try:
            self._publish(topic, probe_views.SUBJECT, probe_views.notification(nonce, now))
        except AwsUnavailable:
            raise
        except AwsError as error:
            self._refused(nonce, error.sentence, now)
        else:
            with self._db.write() as tx:
                self._set(tx, nonce, taken_at=now)

    def arrived(self, body: Mapping[str, Any], at: datetime, now: datetime) -> bool:
        """Whether a verified notification, received ``at``, is a test of mine; if so, tell who asked."""
        nonce = probe_views.nonce_of(str(body.get("message") or ""))
        if not nonce:
            return False
        with self._db.write() as tx:
            row = self._row(tx, nonce)
            if row is None or row.topic != body.get("topic"):
                return False
            if row.arrived_at is None:
                took = at - (row.sent_at or row.asked_at)
                log.info("probe.arrived", topic=row.topic, seconds=took.total_seconds())
                self._set(tx, nonce, arrived_at=at)
                message = probe_views.came_back(row.topic, took, late=row.given_up is not None)
                _tell(tx, row, "back", message, now)
        return True

    def tick(self, now: datetime) -> float:
        """Tell those whose message did not come back in time; returns the seconds to the next look."""
        since = sa.func.coalesce(probes.c.taken_at, probes.c.asked_at)
        waiting = sa.select(probes.c.nonce).where(probes.c.arrived_at.is_(None), probes.c.given_up.is_(None))
        with self._db.read() as tx:
            late = tx.execute(waiting.where(since <= now - PATIENCE)).scalars().all()
        for nonce in late:
            self._give_up(nonce, now)
        return TICK_SECONDS

    def _give_up(self, nonce: str, now: datetime) -> None:
        with self._db.write() as tx:
            row = self._row(tx, nonce)
            if row is None or row.arrived_at or row.given_up:
                return
            log.warning("probe.lost", topic=row.topic, taken=row.taken_at is not None)
            self._set(tx, nonce, given_up=now)
            silent = probe_views.not_sent(row.topic, f"Amazon SNS did not take it within {span(PATIENCE)}.")
            _tell(tx, row, "lost", probe_views.lost(row.topic, PATIENCE) if row.taken_at else silent, now)

    def _refused(self, nonce: str, reason: str, now: datetime) -> None:
        with self._db.write() as tx:
            self._set(tx, nonce, given_up=now)
            row = self._row(tx, nonce)
            _tell(tx, row, "refused", probe_views.not_sent(row.topic, reason), now)

    def _row(self, tx: Tx, nonce: str) -> Any:
        return tx.execute(locked(sa.select(probes).where(probes.c.nonce == nonce))).one_or_none()

    def _set(self, tx: Tx, nonce: str, **values: Any) -> None:
        tx.execute(sa.update(probes).where(probes.c.nonce == nonce).values(values))


def _tell(tx: Tx, row: Any, what: str, message: Message, now: datetime) -> None:
    where = {"user": row.user, "channel": row.channel, "response_url": row.response_url}
    whisper(tx, f"probe:{row.nonce}:{what}", message, now, **where)
