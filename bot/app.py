"""The composition root: Settings -> clients -> parts -> doors. The only room that knows everyone."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta

import structlog

from bot.aws.clients import Clients
from bot.aws.intake import QueueDoor, SnsDoor
from bot.aws.sns import Verifier
from bot.aws.sns_certificates import fetch_certificate
from bot.db import Database
from bot.durable import Durable
from bot.gauges import Gauges
from bot.inbox import Inbox, Item
from bot.parts import alarms, follow, jobs, metrics, workshop
from bot.parts.part import Part, Render, Shared
from bot.requests import Requests
from bot.rights import Rights
from bot.settings import Catalogue, Settings
from bot.slack.ask import Press
from bot.slack.blocks import Message
from bot.slack.cards import Renderer
from bot.slack.client import Slack
from bot.slack.delivery import Cards
from bot.slack.pictures import Pictures
from bot.slack.slash import Door
from bot.slack.whispers import Whispers, whisper
from bot.slot import Slot
from bot.worker import Clock, Worker

log = structlog.get_logger(__name__)

INBOX_LANES = {**jobs.LANES, **alarms.LANES, **workshop.LANES, **follow.LANES, **metrics.LANES, "whisper": "alarms"}
"""Which queue works on which kind of request: whatever may wait for Amazon must not hold up an alarm."""

LANES = {"acts": 4, "alarms": 16, "aws": 24, "cards": 48, "pictures": 2, "whispers": 16}
"""Attempts at once in each queue of one worker."""

RETENTION = timedelta(days=7)


def utc_now() -> datetime:
    """The wall clock."""
    return datetime.now(UTC)


class App:
    """Everything, built once per process; nothing is opened until it is asked for."""

    def __init__(self, settings: Settings, catalogue: Catalogue, now: Callable[[], datetime] = utc_now) -> None:
        """Wire the rooms together."""
        self.settings = settings
        self.now = now
        self.gauges = Gauges()
        self.db = Database(settings.database_url.get_secret_value())
        self.slack = Slack(settings.slack_bot_token.get_secret_value(), settings.slack_api_url)
        self.clients = Clients()
        self.rights = Rights(self.db, settings.submitters, settings.admins, settings.operators)
        self.inbox = Inbox(self.db, lanes=INBOX_LANES)
        shared = Shared(
            settings=settings,
            catalogue=catalogue,
            db=self.db,
            slack=self.slack,
            clients=self.clients,
            rights=self.rights,
            gauges=self.gauges,
            put=self.inbox.put,
            now=now,
        )
        self.parts = self._parts(shared)
        self.door = self._door()

    @staticmethod
    def _parts(shared: Shared) -> list[Part]:
        """Jobs and alarms know of each other through what stands here, and in no other way."""
        followed = follow.FollowPart(shared)

        def alarms_on(model_id: str) -> Sequence[tuple[str, str]]:
            return heard.alarms.open_on(model_id)

        def edit(press: Press, name: str) -> Message | None:
            return made.commands.edit_named(press, name)

        worked = jobs.JobsPart(shared, ended=followed.job_ended, alarms_on=alarms_on)
        board = worked.jobs.board
        heard = alarms.AlarmsPart(
            shared,
            nudge=worked.jobs.nudge,
            changed=board.changed,
            jobs_on=worked.waiting_on,
            edit=edit,
        )
        targets = heard.alarms.board.targets
        made = workshop.Workshop(
            shared, channel_of=lambda name: next(iter(targets(name)), ""), more={"test": heard.probe.test}
        )
        measured = metrics.metrics_part(shared, board.running)
        return [worked.part(), measured, heard.part(), made.part(), followed.part(board.running)]

    # --- doors ----------------------------------------------------------------------------------------------------

    def _door(self) -> Door:
        parts = self.parts
        return Door(
            self.settings.command,
            [verb for part in parts for verb in part.verbs],
            [button for part in parts for button in part.buttons],
            [modal for part in parts for modal in part.modals],
            whisper=self._whisper_later,
            now=self.now,
        )

    def _whisper_later(self, key: str, message: Message, press: Press) -> None:
        body = {"text": message.text, "blocks": message.blocks, "user": press.user, "channel": press.channel}
        self.inbox.put("whisper", key, body | {"response_url": press.response_url}, press.at)

    def sns_door(self) -> SnsDoor:
        """What answers ``POST /sns``."""
        return SnsDoor(self._verifier(timedelta(seconds=self.settings.sns_max_age_seconds)), self.inbox.put, self.now)

    def _verifier(self, max_age: timedelta) -> Verifier:
        s = self.settings
        return Verifier(
            s.topic_arns,
            fetch_certificate,
            cert_origin=s.sns_cert_origin or None,
            max_age=max_age,
            require_v2=s.sns_require_v2,
        )

    # --- work -----------------------------------------------------------------------------------------------------

    def worker(self) -> Worker:
        """The work and clock door."""
        cards, whispers = self._cards(), Whispers(self.db, self.slack)
        makers = {word: maker for part in self.parts for word, maker in part.makers.items()}
        pictures = Pictures(self.db, self.slack, makers)
        handlers = {kind: handler for part in self.parts for kind, handler in part.handlers.items()}
        requests = Requests(self.db, self.inbox, handlers | {"whisper": self._say})
        worker = Worker(
            Slot(self.db),
            [self.inbox.lane("acts"), self.inbox.lane("alarms"), self.inbox.lane("aws"), cards, pictures, whispers],
            {"inbox": requests.run, "card": cards.deliver, "picture": pictures.make, "whisper": whispers.say},
            self._clocks(whispers),
            now=self.now,
            gauges=self.gauges,
        )
        self.inbox.on_saved(worker.poke)
        return worker

    def durable(self, worker: Worker) -> Durable:
        """The durable queue behind the worker."""
        return Durable(self.db, lanes=LANES, paced="cards", task=worker.run_task)

    def _cards(self) -> Cards:
        return Cards(
            self.db,
            self.slack,
            {word: self._at_now(render) for part in self.parts for word, render in part.renderers.items()},
            edit_seconds=self.settings.card_seconds,
            post_seconds=self.settings.post_seconds,
            tell=self._who_hears_of_refusals(),
        )

    def _who_hears_of_refusals(self) -> list[str]:
        s = self.settings
        people = [admin for admin in s.admins if admin[:1] in {"U", "W"}]
        return [s.alarms_channel, s.jobs_channel, s.summary_channel, *people]

    def _at_now(self, render: Render) -> Renderer:
        return lambda key, picture: render(key, picture, self.now())

    def _say(self, item: Item, now: datetime) -> None:
        body = item.body
        message = Message(str(body["text"]), list(body["blocks"]))
        with self.db.write() as tx:
            url = str(body.get("response_url") or "")
            whisper(tx, item.id, message, now, user=str(body["user"]), channel=str(body["channel"]), response_url=url)

    def _clocks(self, whispers: Whispers) -> list[Clock]:
        clocks = [
            *(clock for part in self.parts for clock in part.clocks),
            Clock("rights", lambda now: self.rights.refresh(self.slack.group_members, now)),
            Clock("retention", lambda now: self._forget_old(whispers, now)),
        ]
        if self.settings.alarm_queue_url:
            queue = QueueDoor(
                lambda: self.clients.get("sqs"),
                self.settings.alarm_queue_url,
                self._verifier(timedelta(0)),
                self.inbox.put,
            )
            clocks.append(Clock("alarm-queue", queue.tick))
        return clocks

    def _forget_old(self, whispers: Whispers, now: datetime) -> float:
        self.gauges.oldest.set(self.inbox.oldest_open(now).total_seconds())
        before = now - RETENTION
        gone = self.inbox.purge(before) + whispers.purge(before) + sum(part.purge(before) for part in self.parts)
        if gone:
            log.info("retention.forgot", rows=gone)
        return 60.0

    def close(self) -> None:
        """Give the database's connections back."""
        self.db.close()
