"""The part of jobs: submitted, stopped, followed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import astuple
from datetime import datetime, timedelta

from bot.alarms.joined import Waiting
from bot.aws.s3 import S3
from bot.db import Tx
from bot.jobs.bedrock import Bedrock
from bot.jobs.board import Where
from bot.jobs.commands import JobCommands
from bot.jobs.job import Job
from bot.jobs.service import Jobs
from bot.jobs.submission import Rules
from bot.parts.part import Part, Shared
from bot.worker import Clock

LANES = {"submit": "aws", "stop": "aws"}


class JobsPart:
    """Also answers for what others want to know of jobs."""

    def __init__(
        self,
        shared: Shared,
        *,
        ended: Callable[[Tx, Job, datetime], None],
        alarms_on: Callable[[str], Sequence[tuple[str, str]]],
    ) -> None:
        """``ended`` hears of each end in its transaction; ``alarms_on`` gives the open alarms of a model."""
        s = shared.settings
        self._shared = shared
        self.jobs = Jobs(
            shared.db,
            lambda: Bedrock(shared.clients.get("bedrock"), s.role_arn),
            lambda: S3(shared.clients.get("s3")),
            Where(s.jobs_channel, s.adopt),
            names=shared.model_name,
            min_records=s.min_records,
            poll=timedelta(seconds=s.poll_seconds),
            ended=ended,
            alarms_on=alarms_on,
            link=shared.slack.link,
        )
        self._commands = JobCommands(
            shared.db,
            shared.put,
            shared.slack.open_view,
            self._rules(),
            shared.rights,
            names=shared.model_name,
            jobs_channel=s.jobs_channel,
            command=s.command,
        )

    def _rules(self) -> Rules:
        """What a submission may contain."""
        s = self._shared.settings
        return Rules(
            models={m.id: m.name for m in self._shared.catalogue.models},
            buckets=s.allowed_buckets,
            output_uri=s.output_uri,
            has_role=bool(s.role_arn),
        )

    def waiting_on(self, model_id: str) -> Sequence[Waiting]:
        """The unfinished jobs of a model, as alarms show them."""
        return [Waiting(*astuple(job)) for job in self.jobs.board.on_model(model_id, self._shared.now())]

    def part(self) -> Part:
        """What it brings."""
        jobs, commands = self.jobs, self._commands
        return Part(
            verbs=commands.verbs(),
            buttons=commands.buttons(),
            modals=commands.modals(),
            handlers={
                "submit": lambda item, now: jobs.submit(item.id, item.body, item.at, now),
                "stop": lambda item, now: jobs.stop(item.body, now),
            },
            renderers={"job": jobs.render},
            clocks=(Clock("jobs", jobs.tick), Clock("jobs-refresh", jobs.refresh)),
        )
