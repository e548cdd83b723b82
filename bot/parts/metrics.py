"""The part of metrics: summaries, asked for and on schedule."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from bot.aws.cloudwatch import CloudWatch
from bot.metrics.commands import MetricsCommands
from bot.metrics.service import Metrics, Schedule
from bot.parts.part import Part, Shared, ask_within
from bot.settings import Catalogue, Settings
from bot.worker import Clock

LANES = {"metrics": "aws"}


def metrics_part(shared: Shared, running: Callable[[], Mapping[str, int]]) -> Part:
    """``running`` counts unfinished jobs by bare model id."""
    metrics = Metrics(
        shared.db,
        lambda: CloudWatch(shared.clients.get("cloudwatch")),
        _schedules(shared.settings, shared.catalogue),
        names=shared.model_name,
        running=running,
        ask=ask_within,
    )
    commands = MetricsCommands(shared.put, shared.settings.timezone)
    return Part(
        verbs=commands.verbs(),
        buttons=commands.buttons(),
        handlers={"metrics": lambda item, now: metrics.answer(item.id, item.body, item.at, now)},
        renderers={"summary": metrics.render},
        makers={"summary": metrics.draw},
        clocks=(Clock("metrics", metrics.tick),),
    )


def _schedules(settings: Settings, catalogue: Catalogue) -> list[Schedule]:
    s = settings
    own = [Schedule(x.channel, x.cron, x.timezone or s.timezone, x.range) for x in catalogue.summaries]
    if s.summary_channel and s.summary_cron:
        own.append(Schedule(s.summary_channel, s.summary_cron, s.timezone, "24h"))
    return own
