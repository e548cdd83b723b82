"""The part of alarms: what arrives, how it is looked after, its pictures, and what a regular check finds."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial

from bot.alarms.acts import Acts
from bot.alarms.controls import Controls
from bot.alarms.joined import Waiting
from bot.alarms.pictures import AlarmPictures
from bot.alarms.probe import Probe
from bot.alarms.reconcile import Reconciliation
from bot.alarms.service import Alarms
from bot.alarms.silence import Silence
from bot.alarms.upkeep import Upkeep
from bot.aws.alarm_data import AlarmData
from bot.aws.alarm_states import AlarmStates
from bot.aws.mutes import Mutes
from bot.aws.translate import aws_errors
from bot.db import Tx
from bot.inbox import Item
from bot.parts.part import Part, Shared, ask_within
from bot.requests import Handler
from bot.slack.ask import Press
from bot.slack.blocks import Message
from bot.worker import Clock

LANES = {
    "alarm": "alarms",
    "alarm-test": "aws",
    "alarm-ack": "acts",
    "alarm-ack-all": "acts",
    "alarm-show": "acts",
    "alarm-snooze": "aws",
    "alarm-unsnooze": "aws",
    "alarm-unmute": "aws",
    "topic-confirm": "aws",
    "topic-gone": "alarms",
}


class AlarmsPart:
    """Also answers for what others want to know of alarms."""

    def __init__(
        self,
        shared: Shared,
        *,
        nudge: Callable[[datetime], None],
        changed: Callable[[Tx, str, datetime], None],
        jobs_on: Callable[[str], Sequence[Waiting]],
        edit: Callable[[Press, str], Message | None],
    ) -> None:
        """``nudge`` hears of job events, ``changed`` of models whose alarms begin or end; ``edit`` opens the form."""
        s = shared.settings
        self._shared, self._jobs_on, self._edit = shared, jobs_on, edit
        self.alarms = Alarms(
            shared.db,
            [(route.alarm, route.channel) for route in shared.catalogue.routes],
            [s.alarms_channel, s.jobs_channel, s.summary_channel],
            names=shared.model_name,
            nudge=nudge,
            confirm=self._confirm_subscription,
            zone=s.timezone,
            jobs_on=jobs_on,
            changed=changed,
            link=shared.slack.link,
        )
        self.probe = Probe(
            shared.db, s.topic_arns, put=shared.put, publish=self._publish, may_operate=shared.rights.may_operate
        )
        unmute = partial(ask_within, kind="alarm-unmute")
        board = self.alarms.board
        self._silence = Silence(shared.db, board, lambda: Mutes(shared.clients.get("cloudwatch")), unmute)
        self._acts = Acts(shared.db, board)

    def part(self) -> Part:
        """What it brings."""
        controls = self._controls()
        return Part(
            buttons=controls.buttons(),
            modals=controls.modals(),
            handlers={**self._arrivals(), **self._presses()},
            renderers={
                "alarm": self.alarms.render,
                "notice": self.alarms.render_notice,
                "digest": self.alarms.render_digest,
            },
            makers={"alarm": self._pictures().draw},
            clocks=self._clocks(),
        )

    def _controls(self) -> Controls:
        shared = self._shared
        return Controls(
            shared.db,
            shared.put,
            shared.slack.open_view,
            shared.rights,
            zone=shared.settings.timezone,
            names=shared.model_name,
            jobs_on=self._jobs_on,
            edit=self._edit,
        )

    def _arrivals(self) -> Mapping[str, Handler]:
        return {
            "alarm": self._alarm_or_test,
            "alarm-test": lambda item, now: self.probe.send(item.body, item.at, now),
            "topic-confirm": lambda item, now: self.alarms.confirmed(item.id, item.body, now),
            "topic-gone": lambda item, now: self.alarms.unsubscribed(item.id, item.body, now),
        }

    def _presses(self) -> Mapping[str, Handler]:
        acts, silence = self._acts, self._silence
        return {
            "alarm-ack": lambda item, now: acts.acknowledge(item.id, item.body, item.at, now),
            "alarm-ack-all": lambda item, now: acts.acknowledge_all(item.id, item.body, item.at, now),
            "alarm-show": lambda item, now: acts.show(item.body, now),
            "alarm-snooze": lambda item, now: silence.snooze(item.id, item.body, now),
            "alarm-unsnooze": lambda item, now: silence.unsnooze(item.id, item.body, now),
            "alarm-unmute": lambda item, now: silence.unmute(item.body, now),
        }

    def _alarm_or_test(self, item: Item, now: datetime) -> None:
        if not self.probe.arrived(item.body, item.at, now):
            self.alarms.receive(item.id, item.body, item.at, now)

    def _pictures(self) -> AlarmPictures:
        shared = self._shared
        data = AlarmData(shared.clients.get)
        return AlarmPictures(shared.db, data, names=shared.model_name, zone=shared.settings.timezone)

    def _clocks(self) -> Sequence[Clock]:
        upkeep = Upkeep(self._shared.db, self.alarms.board, self._silence)
        return (Clock("alarm-test", self.probe.tick), Clock("alarms", upkeep.tick), *self._reconciliation())

    def _reconciliation(self) -> Sequence[Clock]:
        """The comparison with CloudWatch's own alarms, where there are topics to hear of them."""
        shared, s = self._shared, self._shared.settings
        if not (s.topic_arns and s.reconcile_seconds):
            return ()
        reconciliation = Reconciliation(
            shared.db,
            AlarmStates(lambda: shared.clients.get("cloudwatch"), lambda: shared.clients.get("sts")),
            s.topic_arns,
            self.alarms.observe,
            every=timedelta(seconds=s.reconcile_seconds),
            worked=shared.gauges.alarm_check.set,
        )
        return (Clock("alarms-reconcile", reconciliation.tick),)

    def _publish(self, topic: str, subject: str, message: str) -> None:
        with aws_errors("publish to the topic"):
            self._shared.clients.get("sns").publish(TopicArn=topic, Subject=subject, Message=message)

    def _confirm_subscription(self, topic: str, token: str) -> None:
        with aws_errors("confirm the subscription to the topic"):
            self._shared.clients.get("sns").confirm_subscription(
                TopicArn=topic, Token=token, AuthenticateOnUnsubscribe="true"
            )
