"""What time alone changes about alarms: a snooze that ends, flapping that has settled, a storm that is over."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import structlog

from bot import clocks
from bot.alarms import digest_store, digest_views, store, views
from bot.alarms.board import QUIET, Board, card_of
from bot.alarms.service import gathered
from bot.alarms.silence import Silence
from bot.alarms.store import episodes
from bot.db import Database
from bot.slack import cards

log = structlog.get_logger(__name__)

TICK_SECONDS = 2.0
REFRESH_CLOCK = "alarms.refresh"
REFRESH = timedelta(minutes=5)
"""How old the times and the jobs on the card of an open alarm may grow."""
REFRESHED = 50


class Upkeep:
    """A clock that looks at rows: whatever it missed it does at its next look."""

    def __init__(self, db: Database, board: Board, silence: Silence) -> None:
        """Keep all three for later."""
        self._db = db
        self._board = board
        self._silence = silence

    def tick(self, now: datetime) -> float:
        """Do what is due; returns the seconds to the next look."""
        with self._db.read() as tx:
            ended = store.due(tx, episodes.c.snoozed_until, now)
            settled = store.due(tx, episodes.c.settles_at, now)
            idle = digest_store.idle(tx, now - QUIET)
        for episode_id in ended:
            self._silence.over(episode_id, now)
        for episode_id in settled:
            self._settled(episode_id, now)
        for digest in idle:
            self._storm_over(digest.key, now)
        self._refresh(now)
        return TICK_SECONDS

    def _refresh(self, now: datetime) -> None:
        with self._db.read() as tx:
            if not clocks.due(tx, REFRESH_CLOCK, now):
                return
        with self._db.write() as tx:
            mine = clocks.claim(tx, REFRESH_CLOCK, now, REFRESH)
            found = store.open_newest(tx, REFRESHED) if mine else ()
            for episode in sorted(found, key=card_of):  # by key, as others lock cards too
                if store.place(tx, episode.id).own_card:
                    self._board.show_card(tx, episode, now, soon=False)

    def _settled(self, episode_id: str, now: datetime) -> None:
        with self._db.write() as tx:
            episode = store.lock(tx, episode_id)
            if episode is None or episode.settles_at is None or episode.settles_at > now:
                return
            later = replace(episode, settles_at=None)
            store.save(tx, later)
            if not later.open:
                name = f"settled-{episode.settles_at.timestamp():.3f}"
                self._board.reply(tx, later, name, views.settled_reply(later), now)
                self._board.show(tx, later, now)

    def _storm_over(self, key: str, now: datetime) -> None:
        found = gathered(self._db, key)
        with self._db.write() as tx:
            digest = digest_store.get(tx, key)
            if digest is None:
                return
            digest_store.lock(tx, digest.channel)
            digest = digest_store.get(tx, key)
            if digest is None or digest.over_at or digest.last_at > now - QUIET:
                return
            digest_store.end(tx, key, now)
            if found:
                cards.reply(tx, key, "over", digest_views.over_reply(found), now)
            self._board.show_digest(tx, key, now, at_once=True)
        log.info("storm.over", digest=key)
