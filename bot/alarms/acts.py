"""What people do about alarms and needs no Amazon: acknowledge, take that back, ask for a card; handled in the worker."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

import structlog

from bot.alarms import control_views, digest_views, store
from bot.alarms.board import Board, card_of, told
from bot.alarms.episode import Acknowledged
from bot.db import Database, Tx
from bot.slack import cards

log = structlog.get_logger(__name__)


class Acts:
    """Handles ``alarm-ack``, ``alarm-ack-all`` and ``alarm-show``; each may be repeated."""

    def __init__(self, db: Database, board: Board) -> None:
        """Keep both for later."""
        self._db = db
        self._board = board

    def acknowledge(self, inbox_id: str, body: Mapping[str, Any], at: datetime, now: datetime) -> None:
        """Write down who has an alarm in hand, or, with ``undo``, that nobody has."""
        user, undo, name = str(body["user"]), bool(body.get("undo")), _name(inbox_id)
        with self._db.write() as tx:
            episode = store.lock(tx, str(body["episode"]))
            if episode is None or not episode.open or told(tx, card_of(episode), name):
                return
            if bool(episode.acknowledged) is not undo:
                return
            later = replace(episode, acknowledged=None if undo else Acknowledged(user, at))
            store.save(tx, later)
            message = control_views.unacknowledged_reply(user) if undo else control_views.acknowledged_reply(user)
            self._board.reply(tx, later, name, message, now)
            self._board.show(tx, later, now, at_once=True)
        log.info("alarm.acknowledged", alarm=episode.alarm.name[:100], by=user, undo=undo)

    def acknowledge_all(self, inbox_id: str, body: Mapping[str, Any], at: datetime, now: datetime) -> None:
        """Somebody has all open alarms of a digest in hand."""
        key, user, name = str(body["digest"]), str(body["user"]), _name(inbox_id)
        with self._db.write() as tx:
            if told(tx, key, name):
                return
            names = self._acknowledge_each(tx, key, Acknowledged(user, at), now)
            if names:
                cards.reply(tx, key, name, digest_views.acknowledged_reply(user, names), now)
                self._board.show_digest(tx, key, now, at_once=True)
        log.info("alarm.acknowledged_all", digest=key, by=user, alarms=len(names))

    def _acknowledge_each(self, tx: Tx, key: str, acknowledged: Acknowledged, now: datetime) -> list[str]:
        """Locks by the alarms' keys and only then touches cards, by theirs: nobody waits in a circle."""
        locked = [store.lock(tx, episode.id) for episode, _ in store.gathered(tx, key)]
        unheeded = [episode for episode in locked if episode and episode.open and not episode.acknowledged]
        for episode in sorted(unheeded, key=lambda e: e.id):
            later = replace(episode, acknowledged=acknowledged)
            store.save(tx, later)
            if store.place(tx, episode.id).card_at:
                self._board.show_card(tx, later, now)
        return [episode.alarm.name for episode in unheeded]

    def show(self, body: Mapping[str, Any], now: datetime) -> None:
        """Draw an alarm's card anew; one of a digest that has none gets one."""
        with self._db.write() as tx:
            episode = store.lock(tx, str(body["episode"]))
            if episode:
                self._board.take_out(tx, episode, now)
                self._board.show(tx, episode, now, at_once=True)


def _name(inbox_id: str) -> str:
    """The act's own name, under which its reply stands in the thread."""
    return f"act-{hashlib.sha256(inbox_id.encode()).hexdigest()[:24]}"
