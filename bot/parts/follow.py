"""The part of what follows: when a job ends or a backlog drains."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from functools import partial

from bot.aws.backlogs import Backlogs
from bot.aws.cloudwatch import CloudWatch
from bot.aws.targets import Targets
from bot.db import Tx
from bot.follow.commands import FollowCommands
from bot.follow.configured import rules_of
from bot.follow.drains import Drains
from bot.follow.hook import Hook
from bot.follow.rule import DRAINED, EndedJob
from bot.follow.service import Followups
from bot.jobs.job import Job
from bot.parts.part import Part, Shared, ask_within
from bot.worker import Clock

LANES = {"follow-run": "aws", "follow-retry": "alarms"}


class FollowPart:
    """Hears of jobs that end."""

    def __init__(self, shared: Shared) -> None:
        """The configured follow-ups; raises Misconfigured that names the field at fault."""
        s = shared.settings
        self._shared = shared
        targets, hook = Targets(shared.clients.get), Hook(s.hook_hosts, s.hook_secret.get_secret_value())
        self._follow = Followups(
            shared.db,
            rules_of(shared.catalogue.followups, s.hook_hosts, s.topic_arns),
            {
                "topic": targets.publish,
                "event_bus": targets.put_event,
                "state_machine": targets.start,
                "hook": hook.send,
            },
            [s.jobs_channel, s.alarms_channel, s.summary_channel],
            names=shared.model_name,
            ask=partial(ask_within, kind="follow-run"),
        )

    def job_ended(self, tx: Tx, job: Job, now: datetime) -> None:
        """A job is over, in this transaction."""
        self._follow.ended(tx, _ended(job), now)

    def part(self, running: Callable[[], Mapping[str, int]]) -> Part:
        """What it brings; ``running`` counts unfinished jobs by bare model id."""
        follow, shared = self._follow, self._shared
        return Part(
            buttons=FollowCommands(shared.db, shared.put, shared.rights.may_operate).buttons(),
            handlers={
                "follow-run": lambda item, now: follow.run(item.body, now),
                "follow-retry": lambda item, now: follow.retry(item.body, now),
            },
            renderers={"drain": follow.render},
            clocks=self._clocks(running),
        )

    def _clocks(self, running: Callable[[], Mapping[str, int]]) -> Sequence[Clock]:
        """The look at the backlogs, where something follows when one drains."""
        shared = self._shared
        if all(followup.when != DRAINED for followup in shared.catalogue.followups):
            return ()
        drains = Drains(
            shared.db,
            Backlogs(lambda: CloudWatch(shared.clients.get("cloudwatch"))).read,
            self._follow.waits_for,
            self._follow.drained,
            running=running,
            every=timedelta(seconds=shared.settings.drain_seconds),
        )
        return (Clock("follow-drains", drains.tick),)


def _ended(job: Job) -> EndedJob:
    """A job that is over, as what follows it takes it."""
    return EndedJob(
        id=job.id,
        name=job.name,
        arn=job.arn,
        model_id=job.model_id,
        status=job.status,
        at=job.ended_at or job.created_at,
        input_uri=job.input_uri,
        output_uri=job.results_uri,
        owner=job.owner,
        counts=asdict(job.counts),
    )
