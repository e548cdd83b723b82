"""What happens to whatever arrives on an alarm topic: understood, stored with its card, and told where it belongs."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from fnmatch import fnmatchcase
from typing import Any

import structlog

from bot.alarms import store, views
from bot.alarms.alarm import Alarm, JobEvent, Notice
from bot.alarms.episode import Change, observe
from bot.alarms.kinds import understand
from bot.db import Database
from bot.errors import AwsError, AwsUnavailable
from bot.slack import blocks, cards
from bot.slack.blocks import Message
from bot.slack.cards import Picture

log = structlog.get_logger(__name__)

FIRING, OTHER = 2, 5
"""Priorities of cards: what fires goes before everything else."""

SILENT = frozenset({Change.REPEAT, Change.STALE})


class Alarms:
    """The feature's one service."""

    def __init__(
        self,
        db: Database,
        routes: Sequence[tuple[str, str]],
        channels: Sequence[str],
        *,
        names: Callable[[str], str],
        nudge: Callable[[datetime], None],
        confirm: Callable[[str, str], None],
    ) -> None:
        """``routes`` are pairs of name pattern and channel; ``channels`` are tried in turn where none matches.

        ``nudge`` hears of job events; ``confirm`` takes a topic and its token.
        """
        self._db = db
        self._routes = list(routes)
        self._channels = [c for c in channels if c]
        self._names = names
        self._nudge = nudge
        self._confirm = confirm

    def receive(self, inbox_id: str, body: Mapping[str, Any], at: datetime, now: datetime) -> None:
        """Take one verified notification in; may be repeated."""
        sent = datetime.fromisoformat(str(body["timestamp"])) if body.get("timestamp") else at
        arrived = understand(str(body["message"]), body.get("subject"), sent)
        match arrived:
            case JobEvent():
                self._nudge(now)
            case Alarm():
                self._alarm(arrived, now)
            case Notice():
                self._notice(inbox_id, views.notice(arrived, topic=str(body["topic"])), now)

    def confirmed(self, inbox_id: str, body: Mapping[str, Any], now: datetime) -> None:
        """Confirm a subscription to an allowed topic by the signed API call, and say so."""
        topic = str(body["topic"])
        try:
            self._confirm(topic, str(body["token"]))
        except AwsUnavailable:
            raise
        except AwsError as error:
            log.error("topic.not_confirmed", topic=topic, reason=error.sentence)
            self._notice(inbox_id, views.not_confirmed(topic, error.sentence), now)
        else:
            self._notice(inbox_id, views.topic_notice("SubscriptionConfirmation", topic), now)

    def unsubscribed(self, inbox_id: str, body: Mapping[str, Any], now: datetime) -> None:
        """Warn that a topic does not deliver here any more; it is never subscribed to again by itself."""
        self._notice(inbox_id, views.topic_notice("UnsubscribeConfirmation", str(body["topic"])), now)

    def _alarm(self, alarm: Alarm, now: datetime) -> None:
        with self._db.write() as tx:
            episode, change = observe(store.lock_latest(tx, alarm.key), alarm)
            log.info("alarm.received", alarm=alarm.name[:100], state=alarm.state[:40], change=str(change))
            if change in SILENT:
                return
            store.save(tx, episode)
            key = f"alarm:{episode.id}"
            priority = FIRING if alarm.rings else OTHER
            cards.want(tx, key, self._targets(alarm.name), now, urgent=True, priority=priority)
            if change is Change.CLOSED:
                cards.reply(tx, key, f"closed-{alarm.at.timestamp():.3f}", views.recovery_reply(episode), now)

    def _notice(self, inbox_id: str, message: Message, now: datetime) -> None:
        digest = hashlib.sha256(inbox_id.encode()).hexdigest()[:24]
        with self._db.write() as tx:
            store.add_notice(tx, digest, message, now)
            cards.want(tx, f"notice:{digest}", self._targets(""), now, urgent=True, priority=OTHER)

    def _targets(self, alarm_name: str) -> list[str]:
        routed = [channel for pattern, channel in self._routes if alarm_name and fnmatchcase(alarm_name, pattern)][:1]
        targets = [*routed, *self._channels]
        if not targets:
            log.error("alarm.no_channel", next_step="set BATCHBOT_ALARMS_CHANNEL")
        return targets

    def render(self, key: str, picture: Picture, now: datetime) -> Message | None:
        """The card of ``alarm:<episode>``."""
        with self._db.read() as tx:
            episode = store.get(tx, key.split(":", 1)[1])
        image = blocks.image(picture.file_id, picture.alt_text) if picture.file_id else None
        return views.card(episode, now=now, model_name=self._names, picture=image) if episode else None

    def render_notice(self, key: str, _picture: Picture, _now: datetime) -> Message | None:
        """The card of ``notice:<id>``."""
        with self._db.read() as tx:
            return store.get_notice(tx, key.split(":", 1)[1])
