"""CloudWatch itself: its series, its alarms, its mute rules and boards, and what happens when a state changes."""

import threading
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

from playground.aws.cloudwatch.alarm import Alarm, Contributor
from playground.aws.cloudwatch.backfill import Past, history
from playground.aws.cloudwatch.composite import Composite
from playground.aws.cloudwatch.dashboard import Dashboard
from playground.aws.cloudwatch.evaluation import evaluate, follow
from playground.aws.cloudwatch.mute import MuteRule
from playground.aws.cloudwatch.pins import pin
from playground.aws.cloudwatch.records import item, transition
from playground.aws.cloudwatch.sender import Sender
from playground.aws.cloudwatch.store import Metric, Store
from playground.aws.errors import AwsError

NAMESPACE = "AWS/Bedrock/Batch"
Publish = Callable[[str, str, str, str], object]
Emit = Callable[[dict[str, Any]], object]


class CloudWatch:
    """The metrics and alarms of the account; `publish` takes topic, message, subject and the ARN of the alarm."""

    evaluate_seconds = 1.0

    def __init__(
        self, clock: Callable[[], datetime], account: str, region: str, publish: Publish, emit: Emit = lambda _: None
    ) -> None:
        self.store = Store()
        self.alarms: dict[str, Alarm] = {}
        self.mutes: dict[str, MuteRule] = {}
        self.pasts: Callable[[], list[Past]] = list
        self.dashboards: dict[str, Dashboard] = {}
        self.history: list[dict[str, Any]] = []
        self.lock = threading.RLock()
        self.account, self.region = account, region
        self.publish, self.emit = publish, emit
        self.sender = Sender(self)
        self._clock = clock
        self._evaluated: datetime | None = None

    def now(self) -> datetime:
        """Tell the time of the account."""
        return self._clock()

    def put(
        self, model: str, metric: str, points: Iterable[tuple[datetime, float]], namespace: str = NAMESPACE
    ) -> None:
        """Set datapoints of a model's metric, replacing what the minute held."""
        for at, value in points:
            self.store.replace(Metric(namespace, metric, (("ModelId", model),)), at.timestamp(), value)

    def backfill(self, days: float = 7, models: Iterable[str] | None = None) -> None:
        """Fill in the days before now with a plausible history, the same for the same models and day."""
        wanted = None if models is None else set(models)
        pasts = [past for past in self.pasts() if wanted is None or past.model in wanted]
        for model, metric, at, value in history(days, pasts, self._clock()):
            self.store.replace(Metric(NAMESPACE, metric, (("ModelId", model),)), at, value)

    def ring(self, alarm_name: str, value: float | None = None, contributor: dict[str, str] | None = None) -> None:
        """Put an alarm, or one of its contributors, into ALARM; it stays until `recover` or `unpin`."""
        pin(self, alarm_name, "ALARM", value, contributor)

    def recover(self, alarm_name: str, value: float | None = None, contributor: dict[str, str] | None = None) -> None:
        """Put an alarm, or one of its contributors, back into OK."""
        pin(self, alarm_name, "OK", value, contributor)

    def unpin(self, alarm_name: str) -> None:
        """Let an alarm follow its data again."""
        self.find(alarm_name).pinned = False

    def find(self, name: str) -> Alarm:
        """Find an alarm by name."""
        if name not in self.alarms:
            raise AwsError("ResourceNotFound", f"Could not find alarm {name}")
        return self.alarms[name]

    def tick(self, now: datetime, *, always: bool) -> None:
        """Send what nothing holds any more; evaluate all alarms, in the background once a second."""
        with self.lock:
            self.sender.release(now)
            due = self._evaluated is None or now >= self._evaluated + timedelta(seconds=self.evaluate_seconds)
            if not (always or due):
                return
            self._evaluated = now
            for alarm in list(self.alarms.values()):
                if not alarm.pinned and not (alarm.quiet_until and now < alarm.quiet_until):
                    evaluate(self, alarm, now)

    def change(self, alarm: Alarm, state: str, why: str, data: str, now: datetime) -> None:
        """Set the state; a transition is recorded, sent, and seen by the composite alarms above."""
        if alarm.state == state:
            return
        old = alarm.step(state, why, data, now)
        self.record(alarm, "StateUpdate", f"Alarm updated from {old} to {state}", transition(alarm))
        self.sender.tell(alarm, old, now)
        for parent in self.parents(alarm.name):
            if not parent.pinned:
                follow(self, parent, now, alarm)

    def change_contributor(self, alarm: Alarm, contributor: Contributor, old: str, now: datetime) -> None:
        """Record and send the transition of a contributor that has just been made."""
        data = {"oldState": {"stateValue": old}, "newState": {"stateValue": contributor.state}}
        summary = f"Alarm contributor updated from {old} to {contributor.state}"
        self.record(alarm, "StateUpdate", summary, data, contributor)
        self.sender.tell(alarm, old, now, contributor)

    def parents(self, name: str) -> list[Composite]:
        """List the composite alarms whose rule names this alarm."""
        return [one for one in self.alarms.values() if isinstance(one, Composite) and name in one.rule.children]

    def record(
        self, alarm: Alarm, kind: str, summary: str, data: dict[str, Any], contributor: Contributor | None = None
    ) -> None:
        """Add to the history."""
        found = item(alarm, kind, summary, data, contributor)
        self.history.append({"Timestamp": self._clock().timestamp(), **found})


def moment(value: object) -> datetime:
    """Read a timestamp as the wire carries it."""
    if isinstance(value, int | float):
        return datetime.fromtimestamp(value, UTC)
    return datetime.fromisoformat(str(value))
