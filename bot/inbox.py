"""The one table that the doors write: what came from outside, durable before it is answered.

``id`` is the sender's own (SNS MessageId, ``trigger_id``, ``view.id``), so a repeated delivery is stored once.
One thread commits for all waiting requests together: a burst of a hundred costs a few commits and not a hundred.
"""

from __future__ import annotations

import json
import queue
import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from concurrent.futures import TimeoutError as FutureTimeout
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
import structlog

from bot.claims import Claims, Columns
from bot.db import Database, UtcDateTime, insert_ignore, metadata
from bot.errors import Busy
from bot.work import Work, backoff

log = structlog.get_logger(__name__)

GROUP = 256
WAIT_SECONDS = 2.4

inbox = sa.Table(
    "inbox",
    metadata,
    sa.Column("id", sa.String(255), primary_key=True),
    sa.Column("kind", sa.String(40), nullable=False),
    sa.Column("body", sa.Text, nullable=False),
    sa.Column("at", UtcDateTime, nullable=False),
    sa.Column("done", UtcDateTime),
    sa.Column("tries", sa.Integer, nullable=False, server_default="0"),
    sa.Column("not_before", UtcDateTime, nullable=False),
    sa.Column("queued_at", UtcDateTime),
    sa.Column("queued_by", sa.String(40), nullable=False, server_default=""),
    sa.Column("error", sa.Text, nullable=False, server_default=""),
)
sa.Index(
    "ix_inbox_open", inbox.c.not_before, sqlite_where=inbox.c.done.is_(None), postgresql_where=inbox.c.done.is_(None)
)

CLAIMED = Columns(inbox.c.id, inbox.c.tries, inbox.c.queued_at, inbox.c.queued_by)


@dataclass(frozen=True, slots=True)
class Item:
    """One stored request."""

    id: str
    kind: str
    body: dict[str, Any]
    at: datetime
    tries: int
    done: bool


class Inbox:
    """Takes requests in (any thread) and gives them out as work; as a source, of all lanes at once."""

    queue = ""
    task = "inbox"

    def __init__(self, db: Database, *, lanes: Mapping[str, str]) -> None:
        """``lanes`` says for each kind which queue works on it."""
        self._db = db
        self._lanes = dict(lanes)
        self.claims = Claims(db, CLAIMED)
        self._poke: Callable[[], None] | None = None
        self._waiting: queue.SimpleQueue[tuple[dict[str, Any], Future[None]] | None] = queue.SimpleQueue()
        self._writer: threading.Thread | None = None

    def on_saved(self, poke: Callable[[], None]) -> None:
        """Have the worker of the same process woken after each request."""
        self._poke = poke

    def open(self) -> None:
        """Start the writer; ``put`` waits for it."""
        self._writer = threading.Thread(target=self._write_groups, name="inbox-writer", daemon=True)
        self._writer.start()

    def close(self) -> None:
        """Commit what waits and end the writer."""
        if self._writer:
            self._waiting.put(None)
            self._writer.join(timeout=10)
            self._writer = None

    def put(self, kind: str, key: str, body: Mapping[str, Any], now: datetime) -> None:
        """Store one request and return when it is committed; raises Busy if that takes too long."""
        if kind not in self._lanes:
            raise KeyError(kind)
        row = {"id": key[:255], "kind": kind, "body": json.dumps(body), "at": now, "not_before": now}
        saved: Future[None] = Future()
        self._waiting.put((row, saved))
        try:
            saved.result(WAIT_SECONDS)
        except FutureTimeout:
            self._too_late(kind, saved)
        except sa.exc.SQLAlchemyError as error:
            log.error("inbox.not_saved", kind=kind, reason=type(error).__name__)
            raise Busy from error
        if self._poke:
            self._poke()

    def _too_late(self, kind: str, saved: Future[None]) -> None:
        """Take the request back, so that "nothing was started" is true; if its commit is under way, say so."""
        log.error("inbox.too_late", kind=kind, waiting=self._waiting.qsize())
        if saved.cancel():
            raise Busy
        raise Busy("I was too slow to save your request and cannot say yet whether it counts. Look again in a minute.")

    def _write_groups(self) -> None:
        while (first := self._waiting.get()) is not None:
            group = [first]
            while len(group) < GROUP and not self._waiting.empty():
                item = self._waiting.get()
                if item is None:
                    self._waiting.put(None)
                    break
                group.append(item)
            self._commit(group)

    def _commit(self, asked: Sequence[tuple[dict[str, Any], Future[None]]]) -> None:
        group = [(row, saved) for row, saved in asked if saved.set_running_or_notify_cancel()]
        if not group:
            return
        try:
            with self._db.write(first=True) as tx:
                insert_ignore(tx, inbox, *(row for row, _ in group))
        except Exception as error:  # noqa: BLE001  (whatever it is, each waiting request must hear of it)
            for _, saved in group:
                saved.set_exception(error)
        else:
            for _, saved in group:
                saved.set_result(None)

    def lane(self, queue: str) -> InboxLane:
        """The kinds that one queue works on, as a source of their own: a full queue holds up no other."""
        return InboxLane(self, queue)

    def due(self, now: datetime, limit: int = 200, *, lane: str | None = None) -> Sequence[Work]:
        """Claim open rows (of one lane only) and return them as work, oldest first."""
        query = (
            sa.select(inbox.c.id, inbox.c.kind, inbox.c.tries, inbox.c.queued_at)
            .where(inbox.c.done.is_(None), inbox.c.not_before <= now, CLAIMED.free(now))
            .order_by(inbox.c.at)
            .limit(limit)
        )
        if lane is not None:
            query = query.where(inbox.c.kind.in_([kind for kind, queue in self._lanes.items() if queue == lane]))
        claims = self.claims.take(query, now)
        return [Work(self._lanes.get(c.row.kind, "aws"), "inbox", c.row.id, str(c.attempt)) for c in claims]

    def item(self, key: str) -> Item | None:
        """One request by its id."""
        with self._db.read() as tx:
            row = tx.execute(sa.select(inbox).where(inbox.c.id == key)).one_or_none()
        if row is None:
            return None
        return Item(row.id, row.kind, json.loads(row.body), row.at, row.tries, row.done is not None)

    def finish(self, key: str, now: datetime) -> None:
        """Mark a request as done; its body, which may hold a response_url or a token, is emptied."""
        with self._db.write() as tx:
            tx.execute(sa.update(inbox).where(inbox.c.id == key).values(done=now, body="{}", queued_at=None))

    def postpone(self, key: str, now: datetime, reason: str) -> None:
        """Try again later."""
        with self._db.write() as tx:
            tries = tx.execute(sa.select(inbox.c.tries).where(inbox.c.id == key)).scalar_one()
            later = now + backoff(tries)
            values = {"tries": tries + 1, "not_before": later, "queued_at": None, "error": reason[:500]}
            tx.execute(sa.update(inbox).where(inbox.c.id == key).values(values))

    def purge(self, before: datetime) -> int:
        """Delete what was done long ago; returns how many rows."""
        with self._db.write() as tx:
            return tx.execute(sa.delete(inbox).where(inbox.c.done < before)).rowcount

    def oldest_open(self, now: datetime) -> timedelta:
        """How long the oldest unfinished request has been waiting."""
        with self._db.read() as tx:
            at = tx.execute(sa.select(sa.func.min(inbox.c.at)).where(inbox.c.done.is_(None))).scalar_one_or_none()
        return now - at if at else timedelta(0)


@dataclass(frozen=True, slots=True)
class InboxLane:
    """The requests of one queue; a source of ``inbox`` work."""

    inbox: Inbox
    queue: str
    task: str = "inbox"

    def due(self, now: datetime, limit: int = 200) -> Sequence[Work]:
        """Claim open rows of this lane."""
        return self.inbox.due(now, limit, lane=self.queue)

    @property
    def claims(self) -> Claims:
        """The inbox's own."""
        return self.inbox.claims
