"""The composition root: Settings -> clients -> features -> doors. The only room that knows everyone."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import structlog

from bot.alarms.service import Alarms
from bot.aws.clients import Clients
from bot.aws.cloudwatch import CloudWatch
from bot.aws.intake import QueueDoor, SnsDoor
from bot.aws.modelids import normalise, pretty
from bot.aws.s3 import S3
from bot.aws.sns import Verifier
from bot.aws.sns_certificates import fetch_certificate
from bot.aws.translate import aws_errors
from bot.db import Database, Tx, insert_ignore
from bot.durable import Durable
from bot.gauges import Gauges
from bot.inbox import Inbox, Item, inbox
from bot.jobs.bedrock import Bedrock
from bot.jobs.commands import JobCommands
from bot.jobs.service import Jobs, Where
from bot.jobs.submission import Rules
from bot.metrics.commands import MetricsCommands
from bot.metrics.service import Metrics, Schedule
from bot.requests import Handler, Requests
from bot.rights import Rights
from bot.settings import Catalogue, Settings
from bot.slack.ask import Press
from bot.slack.blocks import Message
from bot.slack.cards import Picture
from bot.slack.client import Slack
from bot.slack.delivery import Cards
from bot.slack.pictures import Pictures
from bot.slack.slash import Door
from bot.slack.whispers import Whispers, whisper
from bot.slot import Slot
from bot.worker import Clock, Worker

log = structlog.get_logger(__name__)

INBOX_LANES = {
    "submit": "aws",
    "stop": "aws",
    "metrics": "aws",
    "alarm": "alarms",
    "topic-confirm": "aws",
    "topic-gone": "alarms",
    "whisper": "alarms",
}
"""Which queue works on which kind of request: whatever may wait for Amazon must not hold up an alarm."""

LANES = {"alarms": 8, "aws": 24, "cards": 24, "pictures": 2, "whispers": 16}
"""Attempts at once in each queue of one worker."""

RETENTION = timedelta(days=7)


def utc_now() -> datetime:
    """The wall clock."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Features:
    """The three capabilities and what they share."""

    jobs: Jobs
    alarms: Alarms
    metrics: Metrics
    job_commands: JobCommands
    metrics_commands: MetricsCommands


class App:
    """Everything, built once per process; nothing is opened until it is asked for."""

    def __init__(self, settings: Settings, catalogue: Catalogue, now: Callable[[], datetime] = utc_now) -> None:
        """Wire the rooms together."""
        self.settings = settings
        self.catalogue = catalogue
        self.now = now
        self.gauges = Gauges()
        self.db = Database(settings.database_url.get_secret_value())
        self.slack = Slack(settings.slack_bot_token.get_secret_value(), settings.slack_api_url)
        self.clients = Clients()
        self.rights = Rights(self.db, settings.submitters, settings.admins)
        self.inbox = Inbox(self.db, lanes=INBOX_LANES)
        self.features = self._features()
        self.door = self._door()

    # --- names and rules ------------------------------------------------------------------------------------------

    def model_name(self, model_id: str) -> str:
        """What people call a model: the name in the settings, else one made from its id."""
        bare = normalise(model_id)
        return next((m.name for m in self.catalogue.models if normalise(m.id) == bare), pretty(model_id))

    def rules(self) -> Rules:
        """What a submission may contain."""
        return Rules(
            models={m.id: m.name for m in self.catalogue.models},
            buckets=self.settings.allowed_buckets,
            output_uri=self.settings.output_uri,
            has_role=bool(self.settings.role_arn),
        )

    # --- features -------------------------------------------------------------------------------------------------

    def _features(self) -> Features:
        s = self.settings
        jobs = Jobs(
            self.db,
            lambda: Bedrock(self.clients.get("bedrock"), s.role_arn),
            lambda: S3(self.clients.get("s3")),
            Where(s.jobs_channel, s.adopt),
            names=self.model_name,
            min_records=s.min_records,
            poll=timedelta(seconds=s.poll_seconds),
        )
        alarms = Alarms(
            self.db,
            [(route.alarm, route.channel) for route in self.catalogue.routes],
            [s.alarms_channel, s.jobs_channel, s.summary_channel],
            names=self.model_name,
            nudge=jobs.nudge,
            confirm=self._confirm_subscription,
        )
        metrics = Metrics(
            self.db,
            lambda: CloudWatch(self.clients.get("cloudwatch")),
            self._schedules(),
            names=self.model_name,
            running=jobs.running,
            ask=ask_within,
        )
        commands = JobCommands(
            self.db,
            self.inbox.put,
            self.slack.open_view,
            self.rules(),
            self.rights,
            names=self.model_name,
            jobs_channel=s.jobs_channel,
            command=s.command,
        )
        return Features(jobs, alarms, metrics, commands, MetricsCommands(self.inbox.put, s.timezone))

    def _schedules(self) -> list[Schedule]:
        s = self.settings
        own = [Schedule(x.channel, x.cron, x.timezone or s.timezone, x.range) for x in self.catalogue.summaries]
        if s.summary_channel and s.summary_cron:
            own.append(Schedule(s.summary_channel, s.summary_cron, s.timezone, "24h"))
        return own

    def _confirm_subscription(self, topic: str, token: str) -> None:
        with aws_errors("confirm the subscription to the topic"):
            self.clients.get("sns").confirm_subscription(TopicArn=topic, Token=token, AuthenticateOnUnsubscribe="true")

    # --- doors ----------------------------------------------------------------------------------------------------

    def _door(self) -> Door:
        f = self.features
        return Door(
            self.settings.command,
            [*f.job_commands.verbs(), *f.metrics_commands.verbs()],
            [*f.job_commands.buttons(), *f.metrics_commands.buttons()],
            f.job_commands.modals(),
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
        cards, pictures, whispers = self._cards(), self._pictures(), Whispers(self.db, self.slack)
        requests = Requests(self.db, self.inbox, self._handlers())
        worker = Worker(
            Slot(self.db),
            [self.inbox.lane("alarms"), self.inbox.lane("aws"), cards, pictures, whispers],
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
        f = self.features
        return Cards(
            self.db,
            self.slack,
            {
                "job": self._at_now(f.jobs.render),
                "alarm": self._at_now(f.alarms.render),
                "notice": self._at_now(f.alarms.render_notice),
                "summary": self._at_now(f.metrics.render),
            },
            edit_seconds=self.settings.card_seconds,
            post_seconds=self.settings.post_seconds,
        )

    def _at_now(
        self, render: Callable[[str, Picture, datetime], Message | None]
    ) -> Callable[[str, Picture], Message | None]:
        return lambda key, picture: render(key, picture, self.now())

    def _pictures(self) -> Pictures:
        return Pictures(self.db, self.slack, {"summary": self.features.metrics.draw})

    def _handlers(self) -> Mapping[str, Handler]:
        f = self.features
        return {
            "submit": lambda item, now: f.jobs.submit(item.id, item.body, item.at, now),
            "stop": lambda item, now: f.jobs.stop(item.body, now),
            "metrics": lambda item, now: f.metrics.answer(item.id, item.body, item.at, now),
            "alarm": lambda item, now: f.alarms.receive(item.id, item.body, item.at, now),
            "topic-confirm": lambda item, now: f.alarms.confirmed(item.id, item.body, now),
            "topic-gone": lambda item, now: f.alarms.unsubscribed(item.id, item.body, now),
            "whisper": self._say,
        }

    def _say(self, item: Item, now: datetime) -> None:
        body = item.body
        message = Message(str(body["text"]), list(body["blocks"]))
        with self.db.write() as tx:
            url = str(body.get("response_url") or "")
            whisper(tx, item.id, message, now, user=str(body["user"]), channel=str(body["channel"]), response_url=url)

    def _clocks(self, whispers: Whispers) -> list[Clock]:
        f = self.features
        clocks = [
            Clock("jobs", f.jobs.tick),
            Clock("jobs-refresh", f.jobs.refresh),
            Clock("metrics", f.metrics.tick),
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
        gone = self.inbox.purge(now - RETENTION) + whispers.purge(now - RETENTION)
        if gone:
            log.info("retention.forgot", rows=gone)
        return 60.0

    def close(self) -> None:
        """Give the database's connections back."""
        self.db.close()


def ask_within(tx: Tx, key: str, body: Mapping[str, Any], now: datetime) -> None:
    """Put a request for a summary into the inbox, in the transaction that decided on it."""
    row = {"id": key[:255], "kind": "metrics", "body": json.dumps(body), "at": now, "not_before": now}
    insert_ignore(tx, inbox, row)
