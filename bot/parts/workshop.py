"""The part where alarms and dashboards are made from chat."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from bot.alarms.making.commands import MakingCommands, More
from bot.alarms.making.drafting import Drafting
from bot.alarms.making.listing import AlarmList
from bot.alarms.making.service import Here, Making
from bot.alarms.making.writing import Writing
from bot.aws.alarms import AlarmApi
from bot.aws.cloudwatch import CloudWatch
from bot.aws.dashboards import Dashboards
from bot.metrics.dashboard_commands import DashboardCommands
from bot.metrics.dashboard_service import Boards
from bot.parts.part import Part, Shared
from bot.requests import Handler

LANES = dict.fromkeys(
    ("alarm-form", "alarm-draft", "alarm-write", "alarm-edit", "alarm-switch", "alarms-list", "dashboard"), "aws"
)
"""All its requests wait for Amazon."""


class Workshop:
    """Making, listing and changing alarms, and dashboards."""

    def __init__(self, shared: Shared, *, channel_of: Callable[[str], str], more: More) -> None:
        """``channel_of`` an alarm's name is where its card goes; ``more`` are further words behind ``alarm``."""
        db, put, s = shared.db, shared.put, shared.settings
        here = Here(s.topic_arns, [m.id for m in shared.catalogue.models], s.timezone, s.command)

        def api() -> AlarmApi:
            return AlarmApi(shared.clients.get("cloudwatch"))

        def metrics() -> CloudWatch:
            return CloudWatch(shared.clients.get("cloudwatch"))

        def measured() -> Sequence[str]:
            return [one.model_id for one in metrics().models()]

        names, update = shared.model_name, shared.slack.update_view
        self._making = Making(db, api, measured, here, names=names, channel_of=channel_of, update_view=update)
        self._writing = Writing(db, api)
        self._list = AlarmList(db, api, names=names, command=s.command)
        self._boards = Boards(
            db,
            lambda: Dashboards(shared.clients.get("cloudwatch")),
            metrics,
            alarm_arns=self._list.batch_arns,
            names=names,
            zone=s.timezone,
        )
        drafting = Drafting(
            db, put, shared.slack, shared.rights, self._making, cancel=self._writing.cancel, command=s.command
        )
        self.commands = MakingCommands(db, put, drafting, command=s.command, more=more)
        self._dashboards = DashboardCommands(put, shared.rights)

    def part(self) -> Part:
        """What it brings."""
        making, boards = self._making, self._boards
        return Part(
            verbs=(*self.commands.verbs(), *self._dashboards.verbs()),
            buttons=self.commands.buttons(),
            modals=self.commands.modals(),
            handlers=self._handlers(),
            renderers={"draft": making.render, "dashboard": boards.render},
            makers={"draft": making.draw, "dashboard": boards.draw},
            purge=making.purge,
        )

    def _handlers(self) -> Mapping[str, Handler]:
        making, listing = self._making, self._list
        return {
            "alarm-form": lambda item, now: making.fill_form(item.body, now),
            "alarm-draft": lambda item, now: making.draft(item.id, item.body, item.at, now),
            "alarm-write": lambda item, now: self._writing.write(item.id, item.body, item.at, now),
            "alarm-edit": lambda item, now: making.edit(item.body, now),
            "alarm-switch": lambda item, now: listing.switch(item.id, item.body, item.at, now),
            "alarms-list": lambda item, now: listing.tell(item.id, item.body, item.at, now),
            "dashboard": lambda item, now: self._boards.make(item.id, item.body, item.at, now),
        }
