"""Pictures of cards: made and uploaded beside the text, never before it; the source of ``picture`` work.

The upload belongs to no channel; the card then shows it by its file id. A picture that cannot be had leaves a line that
says why, and the card stays.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
import structlog

from bot.claims import Claims, Columns
from bot.db import Database
from bot.errors import AwsDenied, BotError, NoPicture, SlackUnavailable
from bot.slack.cards import PICTURE_FAILED, PICTURE_READY, PICTURE_WANTED, cards
from bot.slack.client import Slack
from bot.work import Work, backoff

log = structlog.get_logger(__name__)

TRIES = 5
HOPELESS = (NoPicture, AwsDenied)
"""What another try would not change: a permission is added in its own time, and a new picture is asked for then."""
CLAIMED = Columns(cards.c.key, cards.c.picture_tries, cards.c.picture_queued_at, cards.c.picture_queued_by)


@dataclass(frozen=True, slots=True)
class Drawing:
    """A picture before it is uploaded: PNG bytes and the sentence that gives its point."""

    png: bytes
    alt_text: str
    filename: str


Maker = Callable[[str, datetime], Drawing | None]
"""Draws the picture of the card with this key; None where there is nothing to draw; raises BotError where it fails."""


class Pictures:
    """Makes what ``want_picture`` asked for."""

    queue = "pictures"
    task = "picture"

    def __init__(self, db: Database, slack: Slack, makers: Mapping[str, Maker]) -> None:
        """``makers`` by the first word of the card's key."""
        self._db = db
        self._slack = slack
        self.claims = Claims(db, CLAIMED)
        self._makers = dict(makers)

    def due(self, now: datetime, limit: int = 50) -> Sequence[Work]:
        """Claim wanted pictures and return them as work; only for cards that stand already."""
        wanted = (cards.c.picture == PICTURE_WANTED, cards.c.ts.is_not(None), cards.c.picture_not_before <= now)
        query = sa.select(cards).where(*wanted, CLAIMED.free(now)).order_by(cards.c.made_at).limit(limit)
        claims = self.claims.take(query, now)
        # The time of asking is part of the name: a card may want a picture more than once.
        return [
            Work("pictures", "picture", c.row.key, f"{c.row.picture_not_before:%H%M%S.%f}.{c.attempt}") for c in claims
        ]

    def make(self, key: str, now: datetime) -> float:
        """Draw, upload, and say that the card is behind; returns no rest (uploads hold no channel)."""
        with self._db.read() as tx:
            row = tx.execute(sa.select(cards).where(cards.c.key == key)).one_or_none()
        if row is None or row.picture != PICTURE_WANTED:
            return 0.0
        try:
            drawing = self._makers[key.split(":", 1)[0]](key, now)
            file_id = self._slack.upload(drawing.png, drawing.filename, drawing.alt_text) if drawing else None
        except BotError as error:
            self._failed(row, now, error)
            return 0.0
        alt = drawing.alt_text if drawing else ""
        self._save(row, now, picture=PICTURE_READY, picture_file=file_id, picture_alt=alt, picture_note="")
        return 0.0

    def _failed(self, row: Any, now: datetime, error: BotError) -> None:
        tries = row.picture_tries + 1
        log.warning("picture.failed", key=row.key, tries=tries, reason=error.sentence)
        if tries < TRIES and not isinstance(error, HOPELESS):
            wait = error.retry_after if isinstance(error, SlackUnavailable) and error.retry_after else 0.0
            later = now + max(backoff(tries), backoff(0, first=wait) if wait else backoff(0))
            values = {"picture_tries": tries, "picture_not_before": later, "picture_queued_at": None}
            with self._db.write() as tx:
                tx.execute(sa.update(cards).where(_same_wish(row)).values(values))
        else:
            self._save(row, now, picture=PICTURE_FAILED, picture_note=f"No picture: {error.sentence}")

    def _save(self, row: Any, now: datetime, **values: Any) -> None:
        values |= {"wanted": cards.c.wanted + 1, "not_before": now, "picture_queued_at": None}
        with self._db.write() as tx:
            tx.execute(sa.update(cards).where(_same_wish(row)).values(values))


def _same_wish(row: Any) -> sa.ColumnElement[bool]:
    """Nobody has asked for another picture meanwhile: what was overtaken is dropped, and the new wish stays."""
    return sa.and_(
        cards.c.key == row.key,
        cards.c.picture == PICTURE_WANTED,
        cards.c.picture_not_before == row.picture_not_before,
    )
