"""Where each alarm is shown: on a card of its own, or, while too many come at once, in the channel's digest.

Decided in the transaction that stores the episode, with the channel locked: so each episode has exactly one place.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from fnmatch import fnmatchcase

import sqlalchemy as sa
import structlog

from bot.alarms import digest_store, store
from bot.alarms.episode import Episode
from bot.alarms.store import Place
from bot.db import Tx
from bot.slack import cards
from bot.slack.blocks import Message

log = structlog.get_logger(__name__)

FIRING, OTHER = 2, 5
"""Priorities of cards: what fires goes before everything else."""
MOST, WITHIN = 8, timedelta(minutes=3)
"""So many alarms get cards of their own in a channel in that time; further ones are gathered."""
QUIET = timedelta(minutes=3)
"""A storm is over when nothing was gathered for so long."""
DIGEST_PACE = timedelta(seconds=10)
"""Between two edits of a digest that grows: chat.update is limited for the whole workspace (about 50 a minute)."""


class Board:
    """Puts episodes in their places and keeps their messages wanted."""

    def __init__(self, routes: Sequence[tuple[str, str]], channels: Sequence[str]) -> None:
        """``routes`` are pairs of name pattern and channel; ``channels`` are tried in turn where none matches."""
        self._routes = list(routes)
        self._channels = [c for c in channels if c]

    def targets(self, alarm_name: str) -> list[str]:
        """The channels to try in turn."""
        routed = [channel for pattern, channel in self._routes if alarm_name and fnmatchcase(alarm_name, pattern)][:1]
        targets = [*routed, *self._channels]
        if not targets:
            log.error("alarm.no_channel", next_step="set BATCHBOT_ALARMS_CHANNEL")
        return targets

    def add(self, tx: Tx, episode: Episode, now: datetime) -> None:
        """Store a new episode with its place and show it there; its alarm must be locked."""
        channel = next(iter(self.targets(episode.alarm.name)), "")
        digest = self._gathering(tx, channel, episode, now) if channel else ""
        where = Place(channel, None if digest else now, digest)
        store.add(tx, episode, where)
        if digest:
            digest_store.joined(tx, digest, now)
        self._show_in(tx, episode, where, now)

    def _gathering(self, tx: Tx, channel: str, episode: Episode, now: datetime) -> str:
        """The digest that it has to join; empty where it gets a card. What fires is held against what fires alone."""
        gathering = digest_store.lock(tx, channel)
        if store.cards_since(tx, channel, now - WITHIN, rang=episode.rings > 0) < MOST:
            return ""
        if gathering:
            return gathering
        log.warning("storm.began", channel=channel)
        return digest_store.begin(tx, channel, now)

    def show(self, tx: Tx, episode: Episode, now: datetime, *, at_once: bool = False) -> None:
        """Say that whatever shows it is behind; what happens while it is snoozed has time, unless it is ``at_once``."""
        self._show_in(tx, episode, store.place(tx, episode.id), now, at_once=at_once)

    def _show_in(self, tx: Tx, episode: Episode, where: Place, now: datetime, *, at_once: bool = False) -> None:
        soon = at_once or not episode.quiet(now)
        if where.own_card:
            self.show_card(tx, episode, now, soon=soon)
        if where.digest:
            self.show_digest(tx, where.digest, now, soon=soon and episode.alarm.rings, at_once=at_once)

    def show_card(self, tx: Tx, episode: Episode, now: datetime, *, soon: bool = True) -> None:
        """Say that its own card is behind."""
        priority = FIRING if episode.alarm.rings and soon else OTHER
        cards.want(tx, card_of(episode), self.targets(episode.alarm.name), now, urgent=soon, priority=priority)

    def show_digest(self, tx: Tx, key: str, now: datetime, *, soon: bool = False, at_once: bool = False) -> None:
        """Say that a digest is behind; ``soon`` is at the pace of a digest that grows, ``at_once`` for what people did."""
        targets = [key.split(":")[1], *self._channels]
        cards.want(tx, key, targets, now, urgent=at_once, priority=FIRING)
        if soon and not at_once:
            card, within = cards.cards, now + DIGEST_PACE
            late = sa.and_(card.c.key == key, card.c.not_before > within)
            tx.execute(sa.update(card).where(late).values(not_before=within))

    def take_out(self, tx: Tx, episode: Episode, now: datetime) -> None:
        """Give an episode of a digest a card of its own, beside its line there; its alarm must be locked."""
        where = store.place(tx, episode.id)
        if not where.own_card:
            # Asked for, so it is not counted among those that came by themselves.
            store.put(tx, episode.id, Place("", now, where.digest))
            self.show(tx, episode, now)
            cards.want_picture(tx, card_of(episode), now)

    @staticmethod
    def reply(tx: Tx, episode: Episode, name: str, message: Message, now: datetime) -> None:
        """Add to the thread of its card, once per name; where there is none the digest's line is all that is said."""
        if store.place(tx, episode.id).own_card:
            cards.reply(tx, card_of(episode), name, message, now)

    @staticmethod
    def picture(tx: Tx, episode: Episode, now: datetime) -> None:
        """Ask for a new picture on its card."""
        if store.place(tx, episode.id).own_card:
            cards.want_picture(tx, card_of(episode), now)


def card_of(episode: Episode) -> str:
    """The key of an episode's own card."""
    return f"alarm:{episode.id}"


def told(tx: Tx, card: str, name: str) -> bool:
    """Whether the reply of this name was added to a card's thread before: then the act behind it was done."""
    reply = sa.and_(cards.replies.c.card == card, cards.replies.c.name == name)
    return tx.execute(sa.select(cards.replies.c.id).where(reply)).first() is not None
