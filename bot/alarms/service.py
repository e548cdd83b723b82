"""What happens to whatever arrives on an alarm topic: understood, stored with its card, and told where it belongs."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import structlog

from bot.alarms import digest_store, digest_views, store, views
from bot.alarms.alarm import Alarm, JobEvent, Notice
from bot.alarms.board import FIRING, OTHER, Board, card_of
from bot.alarms.digest_views import Gathered
from bot.alarms.episode import Change, Episode, observe
from bot.alarms.joined import Waiting
from bot.alarms.kinds import understand
from bot.alarms.views import Around
from bot.db import Database, Tx
from bot.errors import AwsError, AwsUnavailable
from bot.slack import blocks, cards
from bot.slack.blocks import Message
from bot.slack.cards import Picture

log = structlog.get_logger(__name__)

WEEK = timedelta(days=7)
SILENT = frozenset({Change.REPEAT, Change.STALE})
TURNS = frozenset({Change.OPENED, Change.REOPENED, Change.CLOSED})
"""Changes after which an alarm fires that did not, or the other way round."""


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
        zone: str = "UTC",
        jobs_on: Callable[[str], Sequence[Waiting]] = lambda _: (),
        changed: Callable[[Tx, str, datetime], None] = lambda _tx, _model, _now: None,
        link: Callable[[str, str], str] = lambda _channel, _ts: "",
    ) -> None:
        """``routes`` are pairs of name pattern and channel; ``channels`` are tried in turn where none matches.

        ``nudge`` hears of job events; ``confirm`` takes a topic and its token; ``zone`` is that of "tomorrow 9:00".
        ``jobs_on`` gives the unfinished jobs of a model; ``changed`` hears, in the transaction, of each model id of which
        an alarm begins or ends; ``link`` makes the address of a message out of channel and ``ts``.
        """
        self._db = db
        self.board = Board(routes, channels)
        self._names = names
        self._nudge = nudge
        self._confirm = confirm
        self._zone = zone
        self._jobs_on = jobs_on
        self._changed = changed
        self._link = link

    # --- what arrives ---------------------------------------------------------------------------------------------

    def receive(self, inbox_id: str, body: Mapping[str, Any], at: datetime, now: datetime) -> None:
        """Take one verified notification in; may be repeated."""
        sent = datetime.fromisoformat(str(body["timestamp"])) if body.get("timestamp") else at
        arrived = understand(str(body["message"]), body.get("subject"), sent)
        match arrived:
            case JobEvent():
                self._nudge(now)
            case Alarm():
                self.observe(arrived, now, received=at)
            case Notice():
                topic = str(body["topic"])
                thread = f"{topic}\n{arrived.thread}" if arrived.thread else ""
                self._notice(inbox_id, views.notice(arrived, topic=topic), now, thread=thread)

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

    def observe(self, alarm: Alarm, now: datetime, *, received: datetime | None = None) -> Change:
        """Take one state of an alarm in, whoever saw it; may be repeated, in any order."""
        with self._db.write() as tx:
            before = store.lock_latest(tx, alarm.key)
            episode, change = observe(before, alarm)
            log.info("alarm.received", alarm=alarm.name[:100], state=alarm.state[:40], change=str(change))
            if change in SILENT:
                return change
            new = before is None or before.id != episode.id
            episode = replace(episode, received_at=received or now) if new else episode
            if new:
                self.board.add(tx, episode, now)
            else:
                store.save(tx, episode)
                self.board.show(tx, episode, now)
            self._tell(tx, episode, change, now)
        return change

    def _tell(self, tx: Tx, episode: Episode, change: Change, now: datetime) -> None:
        """The thread hears of the end, and once of an alarm that does not settle; the picture and the jobs follow."""
        name = f"{change}-{episode.alarm.at.timestamp():.3f}"
        if change is Change.CLOSED and not episode.flaps:
            self.board.reply(tx, episode, name, views.recovery_reply(episode), now)
        if change is Change.REOPENED and episode.flaps == 1 and not episode.quiet(now):
            self.board.reply(tx, episode, name, views.again_reply(episode), now)
        if change in TURNS:
            self.board.picture(tx, episode, now)
            if episode.alarm.model_id:
                self._changed(tx, episode.alarm.model_id, now)

    def _notice(self, inbox_id: str, message: Message, now: datetime, *, thread: str = "") -> None:
        """A card of its own, or a reply to the notice that began its thread."""
        digest = _digest(inbox_id)
        with self._db.write() as tx:
            first = store.first_of(tx, _digest(thread), digest) if thread else digest
            key = f"notice:{first}"
            if first == digest:
                store.add_notice(tx, digest, message, now)
            else:
                cards.reply(tx, key, digest, message, now)
            cards.want(tx, key, self.board.targets(""), now, urgent=True, priority=OTHER)

    # --- what others ask ------------------------------------------------------------------------------------------

    def open_on(self, model_id: str) -> Sequence[tuple[str, str]]:
        """The open alarms of a model, newest first: name (foreign, not escaped) and the address of the card, if any."""
        with self._db.read() as tx:
            found = [(episode, cards.place(tx, card_of(episode))) for episode in store.open_on(tx, model_id)]
        return [(episode.alarm.name, self._link(*place) if place[1] else "") for episode, place in found]

    # --- cards ----------------------------------------------------------------------------------------------------

    def render(self, key: str, picture: Picture, now: datetime) -> Message | None:
        """The card of ``alarm:<episode>``."""
        with self._db.read() as tx:
            episode = store.get(tx, key.split(":", 1)[1])
            if episode is None:
                return None
            week = store.rings_since(tx, episode.alarm.key, now - WEEK)
            posted = cards.place(tx, key)
            gathered = bool(store.place(tx, episode.id).digest)
            others = store.siblings(tx, episode) if episode.open else ()
        model = episode.alarm.model_id
        around = Around(
            week=week,
            jobs=self._jobs_on(model) if model and episode.open else (),
            late=_late(episode, None if gathered else _shown_at(posted, now)),
            picture=blocks.image(picture.file_id, picture.alt_text) if picture.file_id else None,
            no_picture=picture.note,
            zone=self._zone,
            others=others,
        )
        return views.card(episode, now=now, model_name=self._names, around=around)

    def render_notice(self, key: str, _picture: Picture, _now: datetime) -> Message | None:
        """The card of ``notice:<id>``."""
        with self._db.read() as tx:
            return store.get_notice(tx, key.split(":", 1)[1])

    def render_digest(self, key: str, _picture: Picture, now: datetime) -> Message | None:
        """The card of ``digest:<channel>:<time>``."""
        found = gathered(self._db, key)
        return digest_views.card(found, now, self._zone) if found else None


def gathered(db: Database, key: str) -> Gathered | None:
    """A digest with all that is in it."""
    with db.read() as tx:
        digest = digest_store.get(tx, key)
        found = [(episode, where.own_card) for episode, where in store.gathered(tx, key)]
    if digest is None or not found:
        return None
    return Gathered(key, digest.began_at, digest.last_at, digest.over_at is not None, found)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:24]


def _shown_at(posted: tuple[str, str], now: datetime) -> datetime:
    """When the card was first shown; a message's ``ts`` is that moment, in seconds since 1970."""
    return datetime.fromtimestamp(float(posted[1]), UTC) if posted[1] else now


def _late(episode: Episode, shown: datetime | None) -> timedelta:
    """How old the first news was when it was shown, or, in a digest, when it was taken in."""
    seen = shown or episode.received_at or episode.opened_at
    return seen - episode.opened_at


__all__ = ["FIRING", "OTHER", "Alarms", "gathered"]
