"""Rows of alarms: the latest episode of every alarm, where it is shown, and notices as they were shown."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from bot.alarms.alarm import Alarm, pack, unpack
from bot.alarms.episode import Acknowledged, Episode, Snooze
from bot.aws.modelids import normalise
from bot.db import Tx, UtcDateTime, insert_ignore, locked, metadata
from bot.slack.blocks import Message

alarms = sa.Table(
    "alarms",
    metadata,
    sa.Column("key", sa.String(450), primary_key=True),
    sa.Column("episode", sa.String(80), nullable=False, server_default=""),
)

episodes = sa.Table(
    "episodes",
    metadata,
    sa.Column("id", sa.String(80), primary_key=True),
    sa.Column("alarm_key", sa.String(450), nullable=False, index=True),
    sa.Column("alarm", sa.Text, nullable=False),
    sa.Column("opened_at", UtcDateTime, nullable=False, index=True),
    sa.Column("closed_at", UtcDateTime),
    sa.Column("peak", sa.Float),
    sa.Column("rings", sa.Integer, nullable=False),
    sa.Column("flaps", sa.Integer, nullable=False, server_default="0"),
    sa.Column("settles_at", UtcDateTime),
    sa.Column("received_at", UtcDateTime),
    sa.Column("acknowledged_by", sa.String(40), nullable=False, server_default=""),
    sa.Column("acknowledged_at", UtcDateTime),
    sa.Column("snoozed_by", sa.String(40), nullable=False, server_default=""),
    sa.Column("snoozed_until", UtcDateTime),
    sa.Column("snooze_rule", sa.String(255), nullable=False, server_default=""),
    sa.Column("model", sa.String(300), nullable=False, server_default=""),
    sa.Column("channel", sa.String(40), nullable=False, server_default=""),
    sa.Column("card_at", UtcDateTime),
    sa.Column("digest", sa.String(120), nullable=False, server_default=""),
)
sa.Index("ix_episodes_settles_at", episodes.c.settles_at, sqlite_where=episodes.c.settles_at.is_not(None),
         postgresql_where=episodes.c.settles_at.is_not(None))  # fmt: skip
sa.Index("ix_episodes_snoozed_until", episodes.c.snoozed_until, sqlite_where=episodes.c.snoozed_until.is_not(None),
         postgresql_where=episodes.c.snoozed_until.is_not(None))  # fmt: skip
sa.Index("ix_episodes_model", episodes.c.model, sqlite_where=episodes.c.closed_at.is_(None),
         postgresql_where=episodes.c.closed_at.is_(None))  # fmt: skip
sa.Index("ix_episodes_channel", episodes.c.channel, episodes.c.card_at)
sa.Index("ix_episodes_digest", episodes.c.digest, sqlite_where=episodes.c.digest != "",
         postgresql_where=episodes.c.digest != "")  # fmt: skip

notices = sa.Table(
    "notices",
    metadata,
    sa.Column("id", sa.String(255), primary_key=True),
    sa.Column("message", sa.Text, nullable=False),
    sa.Column("at", UtcDateTime, nullable=False),
)

threads = sa.Table(
    "notice_threads",
    metadata,
    sa.Column("id", sa.String(80), primary_key=True),
    sa.Column("notice", sa.String(255), nullable=False),
)


@dataclass(frozen=True, slots=True)
class Place:
    """Where an episode is shown: in the digest ``digest``, and on a card of its own since ``card_at``.

    ``channel`` is the one that its card was meant for.
    """

    channel: str = ""
    card_at: datetime | None = None
    digest: str = ""

    @property
    def own_card(self) -> bool:
        """Whether it has a card of its own; without a digest it always has."""
        return self.card_at is not None or not self.digest


def lock_latest(tx: Tx, alarm_key: str) -> Episode | None:
    """The latest episode of an alarm; nobody else gets at this alarm until the transaction ends."""
    if insert_ignore(tx, alarms, {"key": alarm_key}) == 1:
        return None
    latest = tx.execute(locked(sa.select(alarms.c.episode).where(alarms.c.key == alarm_key))).scalar_one()
    return get(tx, latest) if latest else None


def lock(tx: Tx, episode_id: str) -> Episode | None:
    """One episode by its id, its alarm locked as by ``lock_latest``."""
    key = tx.execute(sa.select(episodes.c.alarm_key).where(episodes.c.id == episode_id)).scalar_one_or_none()
    if key is None:
        return None
    lock_latest(tx, key)
    return get(tx, episode_id)


def get(tx: Tx, episode_id: str) -> Episode | None:
    """One episode by its id."""
    row = tx.execute(sa.select(episodes).where(episodes.c.id == episode_id)).one_or_none()
    return _episode(row) if row else None


def add(tx: Tx, episode: Episode, where: Place) -> None:
    """Write a new episode, shown there, and have its alarm go on from it; its alarm must be locked."""
    placed = {"channel": where.channel, "card_at": where.card_at, "digest": where.digest}
    insert_ignore(tx, episodes, _row(episode) | placed)
    tx.execute(sa.update(alarms).where(alarms.c.key == episode.alarm.key).values(episode=episode.id))


def save(tx: Tx, episode: Episode) -> None:
    """Write an episode as it has become; where it is shown stays as it is."""
    tx.execute(sa.update(episodes).where(episodes.c.id == episode.id).values(_row(episode)))


def _row(episode: Episode) -> dict[str, Any]:
    snooze, acknowledged, alarm = episode.snooze, episode.acknowledged, episode.alarm
    return {
        "id": episode.id,
        "alarm_key": alarm.key,
        "alarm": json.dumps(pack(alarm)),
        "opened_at": episode.opened_at,
        "closed_at": episode.closed_at,
        "peak": episode.peak,
        "rings": episode.rings,
        "flaps": episode.flaps,
        "settles_at": episode.settles_at,
        "received_at": episode.received_at,
        "acknowledged_by": acknowledged.by if acknowledged else "",
        "acknowledged_at": acknowledged.at if acknowledged else None,
        "snoozed_by": snooze.by if snooze else "",
        "snoozed_until": snooze.until if snooze else None,
        "snooze_rule": snooze.rule if snooze else "",
        "model": normalise(alarm.model_id)[:300] if alarm.model_id else "",
    }


def place(tx: Tx, episode_id: str) -> Place:
    """Where it is shown."""
    columns = (episodes.c.channel, episodes.c.card_at, episodes.c.digest)
    row = tx.execute(sa.select(*columns).where(episodes.c.id == episode_id)).one_or_none()
    return Place(*row) if row else Place()


def put(tx: Tx, episode_id: str, where: Place) -> None:
    """Show it there from now on."""
    values = {"channel": where.channel, "card_at": where.card_at, "digest": where.digest}
    tx.execute(sa.update(episodes).where(episodes.c.id == episode_id).values(values))


def cards_since(tx: Tx, channel: str, since: datetime, *, rang: bool) -> int:
    """How many alarms got a card of their own there; ``rang`` counts those alone that were in alarm."""
    query = sa.select(sa.func.count()).where(episodes.c.channel == channel, episodes.c.card_at > since)
    return int(tx.execute(query.where(episodes.c.rings > 0) if rang else query).scalar_one())


def gathered(tx: Tx, digest: str) -> Sequence[tuple[Episode, Place]]:
    """The episodes in a digest, in the order of their alarms' keys."""
    query = sa.select(episodes).where(episodes.c.digest == digest).order_by(episodes.c.alarm_key, episodes.c.opened_at)
    return [(_episode(row), Place(row.channel, row.card_at, row.digest)) for row in tx.execute(query)]


def open_on(tx: Tx, model_id: str, limit: int = 10) -> Sequence[Episode]:
    """The open episodes of this model's alarms, newest first."""
    query = sa.select(episodes).where(episodes.c.model == normalise(model_id)[:300], episodes.c.closed_at.is_(None))
    return [_episode(row) for row in tx.execute(query.order_by(episodes.c.opened_at.desc()).limit(limit))]


def open_newest(tx: Tx, limit: int) -> Sequence[Episode]:
    """The open episodes, newest first."""
    query = sa.select(episodes).where(episodes.c.closed_at.is_(None)).order_by(episodes.c.opened_at.desc())
    return [_episode(row) for row in tx.execute(query.limit(limit))]


def siblings(tx: Tx, episode: Episode, limit: int = 20) -> Sequence[Alarm]:
    """The other contributors of the same alarm that ring at present, the first to ring first."""
    alarm, contributor, _ = episode.alarm.key.rpartition("#")
    if not contributor:
        return []
    same = sa.and_(episodes.c.alarm_key.startswith(f"{alarm}#", autoescape=True), episodes.c.id != episode.id)
    query = sa.select(episodes).where(same, episodes.c.closed_at.is_(None)).order_by(episodes.c.opened_at).limit(limit)
    return [_episode(row).alarm for row in tx.execute(query)]


def of_alarm(tx: Tx, alarm_key: str, limit: int) -> Sequence[Episode]:
    """The alarm's last episodes in which it rang, newest first."""
    query = sa.select(episodes).where(episodes.c.alarm_key == alarm_key, episodes.c.rings > 0)
    return [_episode(row) for row in tx.execute(query.order_by(episodes.c.opened_at.desc()).limit(limit))]


def rings_since(tx: Tx, alarm_key: str, since: datetime) -> int:
    """How often an alarm rang in the episodes that began since then."""
    query = sa.select(sa.func.sum(episodes.c.rings))
    mine = query.where(episodes.c.alarm_key == alarm_key, episodes.c.opened_at >= since)
    return int(tx.execute(mine).scalar_one() or 0)


def due(tx: Tx, column: sa.Column[Any], now: datetime, limit: int = 100) -> Sequence[str]:
    """The ids of the episodes whose time in ``column`` has come."""
    query = sa.select(episodes.c.id).where(column.is_not(None), column <= now).order_by(column).limit(limit)
    return list(tx.execute(query).scalars())


def _episode(row: Any) -> Episode:
    return Episode(
        row.id,
        unpack(json.loads(row.alarm)),
        row.opened_at,
        row.closed_at,
        row.peak,
        row.rings,
        flaps=row.flaps,
        settles_at=row.settles_at,
        received_at=row.received_at,
        acknowledged=Acknowledged(row.acknowledged_by, row.acknowledged_at) if row.acknowledged_at else None,
        snooze=Snooze(row.snoozed_until, row.snoozed_by, row.snooze_rule) if row.snoozed_until else None,
    )


def add_notice(tx: Tx, notice_id: str, message: Message, at: Any) -> None:
    """Keep a notice as it will be shown."""
    text = json.dumps({"text": message.text, "blocks": message.blocks})
    insert_ignore(tx, notices, {"id": notice_id, "message": text, "at": at})


def get_notice(tx: Tx, notice_id: str) -> Message | None:
    """A notice as it is shown."""
    text = tx.execute(sa.select(notices.c.message).where(notices.c.id == notice_id)).scalar_one_or_none()
    return Message(**json.loads(text)) if text else None


def first_of(tx: Tx, thread: str, notice_id: str) -> str:
    """The notice that began the thread: this one, if nobody did before."""
    insert_ignore(tx, threads, {"id": thread, "notice": notice_id})
    return str(tx.execute(sa.select(threads.c.notice).where(threads.c.id == thread)).scalar_one())
