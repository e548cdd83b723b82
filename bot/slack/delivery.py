"""Brings the cards in Slack into line with their rows: posts, edits, posts the thread's events, tries again.

Delivery renders the present state, so edits that were overtaken are never sent. Against a second card after a crash
between a post and its commit there are an intent in the row, the card's key in the message's metadata, and a look into
the channel's history before a post is repeated.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
import structlog

from bot.claims import Claims, Columns
from bot.db import Database
from bot.errors import ChannelRefused, MessageGone, SlackError, SlackUnavailable
from bot.slack import refusals
from bot.slack.blocks import Message
from bot.slack.cards import (
    PICTURE_FAILED,
    Picture,
    Renderer,
    cards,
    replies,
    want,
)
from bot.slack.client import Place, Slack
from bot.work import Work, backoff

log = structlog.get_logger(__name__)

FILE_TRIES = 8
"""So often a post is repeated while Slack still looks the uploaded picture over (about half a minute)."""
TRIES_IN_PLACE = 4
LONGEST_REST = 60.0
QUEUED_AGAIN = 1.0
"""The channel rests so much longer than the card waits: by then the card is queued again, and first."""
CONTENT = frozenset(
    {"invalid_blocks", "invalid_attachments", "invalid_arguments", "msg_too_long", "msg_blocks_too_long", "no_text"}
)
"""What Slack says of the message itself; any other refusal (a revoked token, a missing scope) is no fault of the blocks."""
PLAIN = "refused:"
"""Begins the row's error when Slack dislikes the blocks: the next attempt sends the sentence alone."""

CLAIMED = Columns(cards.c.key, cards.c.tries, cards.c.queued_at, cards.c.queued_by)


class Cards:
    """Brings the messages in Slack into line with the rows; the source of ``card`` work."""

    queue = "cards"
    task = "card"

    def __init__(
        self,
        db: Database,
        slack: Slack,
        renderers: Mapping[str, Renderer],
        *,
        edit_seconds: float,
        post_seconds: float,
        tell: Sequence[str] = (),
    ) -> None:
        """``renderers`` by the key's first word (``job:…``); the seconds are between two edits and two posts.

        ``tell`` are the channels, and then the people, to tell of a channel in which the bot may not post.
        """
        self._db = db
        self._slack = slack
        self.claims = Claims(db, CLAIMED)
        self._renderers = {refusals.PREFIX: lambda key, _: refusals.message(key), **renderers}
        self._tell = list(tell)
        self._edit_wait = timedelta(seconds=edit_seconds)
        self._post_wait = post_seconds

    def due(self, now: datetime, limit: int = 200) -> Sequence[Work]:
        """Claim cards that are behind and return them as work, most urgent first."""
        query = (
            sa.select(cards)
            .where(cards.c.wanted > cards.c.shown, cards.c.not_before <= now, CLAIMED.free(now))
            .order_by(cards.c.priority, cards.c.made_at)
            .limit(limit)
        )
        return [self._work(c.row, c.attempt, now) for c in self.claims.take(query, now)]

    def _work(self, row: Any, attempt: int, now: datetime) -> Work:
        channel = row.channel or json.loads(row.channels)[0]
        # The time of the claim is part of the name: an attempt that ended must never stand in for a later one.
        # A card that had to wait goes before those that came after it.
        priority = max(row.priority - (1 if attempt else 0), 1)
        return Work(
            "cards", "card", row.key, f"{row.wanted}.{attempt}.{now:%H%M%S%f}", partition=channel, priority=priority
        )

    def deliver(self, key: str, now: datetime) -> float:
        """Make the message and its thread what the rows say; returns for how many seconds the channel should rest."""
        row = self._row(key)
        if row is None or row.wanted <= row.shown:
            self._set(key, queued_at=None)
            return 0.0
        try:
            posts = self._bring_into_line(row, now)
        except SlackUnavailable as error:
            return self._wait_in_place(row, now, error)
        except ChannelRefused as error:
            self._other_channel(row, now, error)
            return 0.0
        except MessageGone as error:
            self._set(key, ts=None, intent_at=None)
            self._later(row, now, 0.0, error)
            return 0.0
        except SlackError as error:
            self._refused(row, now, error)
            return 0.0
        self._settled(row, now)
        return self._post_wait * posts

    def _bring_into_line(self, row: Any, now: datetime) -> int:
        message = self._render(row)
        if message is None:
            return 0
        if row.error.startswith(PLAIN):
            message = Message(message.text)
        place, posts = self._show(row, message, now)
        for one in self._open_replies(row.key):
            self._post_reply(one, place, now)
            posts += 1
        return posts

    def _render(self, row: Any) -> Message | None:
        picture = Picture(
            row.picture_file if row.picture != PICTURE_FAILED else None,
            row.picture_alt,
            row.picture_note if row.picture == PICTURE_FAILED else "",
        )
        return self._renderers[row.key.split(":", 1)[0]](row.key, picture)

    def _show(self, row: Any, message: Message, now: datetime) -> tuple[Place, int]:
        if row.ts:
            place = Place(row.channel, row.ts)
            self._slack.update(place, message, key=row.key)
            return place, 0
        target = row.channel or json.loads(row.channels)[0]
        found = self._slack.find(target, row.key, row.intent_at) if row.intent_at else None
        if found:
            self._slack.update(found, message, key=row.key)
        else:
            self._set(row.key, intent_at=now)
            found = self._slack.post(target, message, key=row.key)
        self._set(row.key, channel=found.channel, ts=found.ts, intent_at=None)
        return found, 1

    def _open_replies(self, key: str) -> Sequence[Any]:
        query = sa.select(replies).where(replies.c.card == key, replies.c.ts.is_(None)).order_by(replies.c.id)
        with self._db.read() as tx:
            return tx.execute(query).all()

    def _post_reply(self, row: Any, place: Place, now: datetime) -> None:
        key = f"{row.card}/{row.name}"
        found = self._slack.find(place.channel, key, row.intent_at, thread=place.ts) if row.intent_at else None
        if found is None:
            self._set_reply(row.id, intent_at=now)
            found = self._slack.post(place.channel, Message(**json.loads(row.message)), key=key, thread=place.ts)
        self._set_reply(row.id, ts=found.ts)

    def _settled(self, row: Any, now: datetime) -> None:
        values = {"shown": row.wanted, "tries": 0, "error": "", "queued_at": None}
        with self._db.write() as tx:
            tx.execute(sa.update(cards).where(cards.c.key == row.key).values(values))
            calm = sa.and_(cards.c.key == row.key, cards.c.wanted == row.wanted)
            tx.execute(sa.update(cards).where(calm).values(not_before=now + self._edit_wait))

    def _wait_in_place(self, row: Any, now: datetime, error: SlackUnavailable) -> float:
        """The channel rests and this card is its next one, so that the order stays; after a few tries others go first.

        Where Slack says how long to wait it means the channel, or all of them: the card is at no fault and keeps its turn.
        """
        if error.code == "ratelimited" and error.retry_after:
            self._later(row, now, error.retry_after, error)
            return min(error.retry_after + QUEUED_AGAIN, LONGEST_REST)
        wait = max(error.retry_after or 0.0, backoff(row.tries).total_seconds())
        self._later(row, now, wait, error)
        if row.tries >= TRIES_IN_PLACE:
            return min(error.retry_after or 0.0, LONGEST_REST)
        return min(wait + QUEUED_AGAIN, LONGEST_REST)

    def _later(self, row: Any, now: datetime, wait: float, error: SlackError) -> None:
        log.warning("card.postponed", key=row.key, code=error.code, seconds=wait)
        later = now + timedelta(seconds=wait)
        self._set(
            row.key, tries=row.tries + 1, not_before=later, queued_at=None, error=f"{error.code}: {error.sentence}"
        )

    def _other_channel(self, row: Any, now: datetime, error: ChannelRefused) -> None:
        targets: list[str] = json.loads(row.channels)
        self._tell_elsewhere(row, targets, now, error)
        if len(targets) > 1:
            log.warning("card.other_channel", key=row.key, code=error.code, refused=targets[0])
            self._set(row.key, channels=json.dumps(targets[1:]), channel="", ts=None, intent_at=None)
            self._later(row, now, 0.0, error)
        else:
            log.error(
                "card.nowhere", key=row.key, code=error.code, channel=targets[0], next_step="invite the bot there"
            )
            self._later(row, now, 600.0, error)

    def _tell_elsewhere(self, row: Any, targets: Sequence[str], now: datetime, error: ChannelRefused) -> None:
        """Once a channel and day; a notice that is itself refused only goes on to the next place."""
        key = refusals.key(targets[0], error.code, now)
        if key is None or row.key.startswith(f"{refusals.PREFIX}:"):
            return
        others = [place for place in [*targets[1:], *self._tell] if place != targets[0]]
        others.sort(key=lambda place: place[:1] in {"U", "W"})  # channels first: more people can help there
        with self._db.write() as tx:
            known = tx.execute(sa.select(cards.c.key).where(cards.c.key == key)).first()
            if known is None:
                want(tx, key, others, now)

    def _refused(self, row: Any, now: datetime, error: SlackError) -> None:
        if "slack_file" in error.sentence and row.picture_file:
            self._file_not_ready(row, now, error)
            return
        log.error("card.refused", key=row.key, code=error.code, sentence=error.sentence)
        if error.code not in CONTENT:
            self._later(row, now, backoff(row.tries, first=5.0).total_seconds(), error)
            return
        again = not row.error.startswith(PLAIN)
        self._later(row, now, 0.0 if again else 600.0, error)
        self._set(row.key, error=f"{PLAIN} {error.sentence}")

    def _file_not_ready(self, row: Any, now: datetime, error: SlackError) -> None:
        if row.tries >= FILE_TRIES:
            note = "The picture could not be shown: Slack did not accept the file."
            self._set(row.key, picture=PICTURE_FAILED, picture_file=None, picture_note=note)
        self._later(row, now, min(0.5 * 2**row.tries, 8.0), error)

    def _row(self, key: str) -> Any:
        with self._db.read() as tx:
            return tx.execute(sa.select(cards).where(cards.c.key == key)).one_or_none()

    def _set(self, key: str, **values: Any) -> None:
        with self._db.write() as tx:
            tx.execute(sa.update(cards).where(cards.c.key == key).values(values))

    def _set_reply(self, reply_id: int, **values: Any) -> None:
        with self._db.write() as tx:
            tx.execute(sa.update(replies).where(replies.c.id == reply_id).values(values))
