"""Rows of alarms in the making: drafts, the models that have metrics, and short keys for alarms that were listed."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import msgspec
import sqlalchemy as sa

from bot.alarms.making.preview import Week
from bot.db import Tx, UtcDateTime, insert_ignore, locked, metadata

READING, DRAFT, WRITING, WRITTEN, FAILED, CANCELLED = "reading", "draft", "writing", "written", "failed", "cancelled"
OPEN = frozenset({DRAFT, FAILED})
"""States in which a draft may still be written, changed or dropped."""

drafts = sa.Table(
    "alarm_drafts",
    metadata,
    sa.Column("id", sa.String(64), primary_key=True),
    sa.Column("data", sa.Text, nullable=False),
    sa.Column("made_at", UtcDateTime, nullable=False),
)

models = sa.Table(
    "alarm_models",
    metadata,
    sa.Column("model_id", sa.String(450), primary_key=True),
    sa.Column("seen_at", UtcDateTime, nullable=False),
)

handles = sa.Table(
    "alarm_handles",
    metadata,
    sa.Column("key", sa.String(32), primary_key=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("seen_at", UtcDateTime, nullable=False),
)


@dataclass(slots=True)
class Draft:
    """One alarm in the making, or one change of an alarm.

    ``definition`` is what PutMetricAlarm will be given, ``before`` the alarm as it was when it was read (None for a new
    one). ``why`` tells where the threshold comes from, ``problem`` why it cannot be written as it is, ``error`` why it was
    not; ``differences`` are what CloudWatch kept otherwise than it was given: member, ours, theirs.
    ``attempt`` is the request that writes or wrote it.
    """

    id: str
    user: str
    channel: str
    state: str = READING
    revision: int = 0
    fields: dict[str, str] = field(default_factory=dict)
    definition: dict[str, Any] = field(default_factory=dict)
    before: dict[str, Any] | None = None
    models: int = 0
    week: Week | None = None
    why: str = ""
    region: str = ""
    problem: str = ""
    error: str = ""
    differences: list[tuple[str, str, str]] = field(default_factory=list)
    written_by: str = ""
    attempt: str = ""

    @property
    def name(self) -> str:
        """The alarm's name."""
        return str((self.definition or self.before or {}).get("AlarmName") or "")


def key_of(text: str) -> str:
    """A short key that Slack's values have room for."""
    return hashlib.sha256(text.encode()).hexdigest()[:24]


def get(tx: Tx, draft_id: str, *, lock: bool = False) -> Draft | None:
    """One draft."""
    query = sa.select(drafts.c.data).where(drafts.c.id == draft_id)
    text = tx.execute(locked(query) if lock else query).scalar_one_or_none()
    return msgspec.json.decode(text, type=Draft) if text else None


def save(tx: Tx, draft: Draft, now: datetime) -> None:
    """Write a draft."""
    row = {"id": draft.id, "data": msgspec.json.encode(draft).decode(), "made_at": now}
    if insert_ignore(tx, drafts, row) != 1:
        tx.execute(sa.update(drafts).where(drafts.c.id == draft.id).values(data=row["data"]))


def seen(tx: Tx, model_ids: Iterable[str], now: datetime) -> None:
    """Remember which models have metrics."""
    for model_id in model_ids:
        if insert_ignore(tx, models, {"model_id": model_id[:450], "seen_at": now}) != 1:
            tx.execute(sa.update(models).where(models.c.model_id == model_id[:450]).values(seen_at=now))


def measured(tx: Tx, now: datetime) -> list[str]:
    """The models that had metrics in the last two weeks, by id."""
    query = sa.select(models.c.model_id).where(models.c.seen_at >= now - timedelta(days=14)).order_by(models.c.model_id)
    return [str(row.model_id) for row in tx.execute(query)]


def handle(tx: Tx, names: Iterable[str], now: datetime) -> None:
    """Remember the alarms that were shown with buttons."""
    for name in names:
        if insert_ignore(tx, handles, {"key": key_of(name), "name": name, "seen_at": now}) != 1:
            tx.execute(sa.update(handles).where(handles.c.key == key_of(name)).values(seen_at=now))


def name_of(tx: Tx, key: str) -> str | None:
    """The alarm that a button means."""
    return tx.execute(sa.select(handles.c.name).where(handles.c.key == key)).scalar_one_or_none()


def purge(tx: Tx, before: datetime) -> int:
    """Forget what was made or shown long ago; returns how many rows."""
    gone = tx.execute(sa.delete(drafts).where(drafts.c.made_at < before)).rowcount
    gone += tx.execute(sa.delete(models).where(models.c.seen_at < before)).rowcount
    return gone + tx.execute(sa.delete(handles).where(handles.c.seen_at < before)).rowcount
