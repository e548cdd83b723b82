"""What happens when a state has changed: the event goes out, and the actions unless a mute rule or a suppressor holds them."""

from __future__ import annotations

import json
from datetime import datetime
from typing import TYPE_CHECKING, Any

from playground.aws.cloudwatch.alarm import Alarm, Contributor, Held
from playground.aws.cloudwatch.alarm_events import contributor_event, state_event
from playground.aws.cloudwatch.composite import Composite
from playground.aws.cloudwatch.notice import notice_of, subject_of
from playground.aws.errors import AwsError

if TYPE_CHECKING:
    from playground.aws.cloudwatch.service import CloudWatch


class Sender:
    """Sends, holds back, and sends later."""

    def __init__(self, cloudwatch: CloudWatch) -> None:
        self._cloudwatch = cloudwatch

    def tell(self, alarm: Alarm, old: str, now: datetime, contributor: Contributor | None = None) -> None:
        """Tell a transition: always as an event, and to the actions now or when nothing holds them any more."""
        mute = self.mute(alarm, now)
        by = self._blocked(alarm, now)
        if contributor:
            self._cloudwatch.emit(contributor_event(alarm, contributor, mute, now))
        else:
            self._cloudwatch.emit(state_event(alarm, mute, now))
        # The state as a whole of an alarm with contributors has no actions: each contributor has.
        if (alarm.grouped or alarm.promql) and not contributor:
            return
        state = contributor.state if contributor else alarm.state
        self._act(alarm, Held(state, notice_of(alarm, old, contributor), contributor, by))

    def release(self, now: datetime) -> None:
        """Send what was held, where nothing holds it any more and the state is still the same."""
        for alarm in list(self._cloudwatch.alarms.values()):
            if not alarm.held or self._blocked(alarm, now):
                continue
            waiting, alarm.held = list(alarm.held.values()), {}
            for held in waiting:
                if held.state == (held.contributor.state if held.contributor else alarm.state):
                    self._act(alarm, Held(held.state, held.notice, held.contributor, ""))

    def mute(self, alarm: Alarm, now: datetime) -> dict[str, str] | None:
        """Tell the rule that mutes an alarm now, as events show it."""
        for rule in self._cloudwatch.mutes.values():
            window = rule.window(now) if alarm.name in rule.targets else None
            if window:
                return rule.detail(window)
        return None

    def _blocked(self, alarm: Alarm, now: datetime) -> str:
        mute = self.mute(alarm, now)
        if isinstance(alarm, Composite):
            alarm.suppressed_by = alarm.suppression(self._cloudwatch.alarms.get, now)
            if alarm.suppressed_by and not mute:
                return alarm.suppressed_reason
        return f"Actions muted by {mute['mutedByArn']}" if mute else ""

    def _act(self, alarm: Alarm, held: Held) -> None:
        actions = alarm.actions(held.state)
        if held.by:
            alarm.held[held.contributor.id if held.contributor else ""] = held
            if actions:
                data = {"actionState": "Suppressed", "notificationResource": actions[0]}
                self._cloudwatch.record(alarm, "Action", held.by, data, held.contributor)
            return
        for arn in actions:
            self._send(alarm, arn, held)

    def _send(self, alarm: Alarm, arn: str, held: Held) -> None:
        if ":sns:" not in arn:
            return
        body = json.dumps(held.notice)
        data: dict[str, Any] = {"actionState": "Succeeded", "notificationResource": arn, "publishedMessage": body}
        summary = f"Successfully executed action {arn}"
        try:
            self._cloudwatch.publish(arn, body, subject_of(alarm, held.state), alarm.arn)
        except AwsError as error:
            summary = f"Failed to execute action {arn}"
            data = {"actionState": "Failed", "notificationResource": arn, "error": error.message}
        self._cloudwatch.record(alarm, "Action", summary, data, held.contributor)
