"""CloudWatch itself: its series, its alarms, and what happens when a state changes."""

import json
import threading
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

from playground.aws.cloudwatch.alarm import Alarm
from playground.aws.cloudwatch.backfill import Past, history
from playground.aws.cloudwatch.contributors import judge_groups
from playground.aws.cloudwatch.functions import Grid, MathError
from playground.aws.cloudwatch.notice import notice_of, stamp, subject_of
from playground.aws.cloudwatch.query import Questions
from playground.aws.cloudwatch.store import Metric, Store
from playground.aws.cloudwatch.verdict import judge, look_back, reason
from playground.aws.errors import AwsError

NAMESPACE = "AWS/Bedrock/Batch"
Publish = Callable[[str, str, str], object]


class CloudWatch:
    """The metrics and alarms of the account."""

    evaluate_seconds = 1.0

    def __init__(self, clock: Callable[[], datetime], account: str, region: str, publish: Publish) -> None:
        self.store = Store()
        self.alarms: dict[str, Alarm] = {}
        self.pasts: Callable[[], list[Past]] = list
        self.dashboards: dict[str, str] = {}
        self.history: list[dict[str, Any]] = []
        self.lock = threading.RLock()
        self.account, self.region = account, region
        self._clock, self._publish = clock, publish
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

    def ring(self, alarm_name: str, value: float | None = None) -> None:
        """Put an alarm into ALARM as if the data had said so; it stays until `recover` or `unpin`."""
        alarm = self.find(alarm_name)
        above = "Greater" in alarm.config["ComparisonOperator"]
        threshold = float(alarm.config["Threshold"])
        usual = (threshold * 1.34 or 1.0) if above else threshold * 0.5 - (threshold == 0)
        self._pin(alarm, "ALARM", usual if value is None else value)

    def recover(self, alarm_name: str, value: float | None = None) -> None:
        """Put an alarm back into OK."""
        alarm = self.find(alarm_name)
        above = "Greater" in alarm.config["ComparisonOperator"]
        threshold = float(alarm.config["Threshold"])
        usual = threshold * 0.4 if above else threshold * 1.5 + (threshold == 0)
        self._pin(alarm, "OK", usual if value is None else value)

    def unpin(self, alarm_name: str) -> None:
        """Let an alarm follow its data again."""
        self.find(alarm_name).pinned = False

    def find(self, name: str) -> Alarm:
        """Find an alarm by name."""
        if name not in self.alarms:
            raise AwsError("ResourceNotFound", f"Could not find alarm {name}")
        return self.alarms[name]

    def tick(self, now: datetime, *, always: bool) -> None:
        """Evaluate all alarms, in the background once a second."""
        due = self._evaluated is None or now >= self._evaluated + timedelta(seconds=self.evaluate_seconds)
        if not (always or due):
            return
        self._evaluated = now
        with self.lock:
            for alarm in list(self.alarms.values()):
                if not alarm.pinned and not (alarm.quiet_until and now < alarm.quiet_until):
                    self._evaluate(alarm, now)

    def change(self, alarm: Alarm, state: str, why: str, data: str, now: datetime) -> None:
        """Set the state; a transition is recorded and sent."""
        old = alarm.state
        if old == state:
            return
        alarm.state, alarm.reason, alarm.reason_data = state, why, data
        alarm.updated = alarm.changed = now
        summary = f"Alarm updated from {old} to {state}"
        self.record(alarm, "StateUpdate", summary, {"oldState": old, "newState": state, "reason": why})
        if not alarm.grouped:
            self._send(alarm, state, notice_of(alarm, old, self.account, self.region))

    def record(self, alarm: Alarm, kind: str, summary: str, data: dict[str, Any]) -> None:
        """Add to the history."""
        self.history.append(
            {
                "AlarmName": alarm.name,
                "AlarmType": "MetricAlarm",
                "Timestamp": self._clock().timestamp(),
                "HistoryItemType": kind,
                "HistorySummary": summary,
                "HistoryData": json.dumps(data),
            }
        )

    def _evaluate(self, alarm: Alarm, now: datetime) -> None:
        questions = Questions(self.store, alarm.queries())
        name = alarm.asked.get("Id", "m1")
        period = questions.period(name)
        # Windows slide with the minute and are not aligned to the period, so that a change shows at once.
        end = int(now.timestamp()) // 60 * 60 + 60
        starts = [end - period * (i + 1) for i in range(int(alarm.config["EvaluationPeriods"]) + look_back(period))]
        try:
            groups = questions.groups(name, Grid(starts[::-1], period))
        except MathError:
            return
        if alarm.grouped:
            for contributor, old in judge_groups(alarm, groups, starts, now):
                self._send(alarm, contributor.state, notice_of(alarm, old, self.account, self.region, contributor))
            ringing = any(one.state == "ALARM" for one in alarm.contributors.values())
            count = sum(one.state == "ALARM" for one in alarm.contributors.values())
            self.change(alarm, "ALARM" if ringing else "OK", f"{count} contributors are in ALARM.", "{}", now)
            return
        points = groups[0].points if groups else {}
        verdict = judge(alarm, points, starts, alarm.state, now)
        if verdict.state:
            self.change(alarm, verdict.state, verdict.reason, verdict.data, now)

    def _pin(self, alarm: Alarm, state: str, value: float) -> None:
        now = self._clock()
        with self.lock:
            alarm.pinned = True
            start = int(now.timestamp()) // 60 * 60
            count = alarm.needed if state == "ALARM" else int(alarm.config["EvaluationPeriods"]) - alarm.needed + 1
            points = [(start - 60 * i, float(value)) for i in range(count)]
            why = reason(alarm, state, alarm.state, points)
            data = {"version": "1.0", "queryDate": stamp(now), "recentDatapoints": [value]}
            self.change(alarm, state, why, json.dumps(data), now)

    def _send(self, alarm: Alarm, state: str, notice: dict[str, Any]) -> None:
        subject = subject_of(alarm, state, self.region)
        for arn in alarm.actions(state):
            if ":sns:" not in arn:
                continue
            try:
                self._publish(arn, json.dumps(notice), subject)
                self.record(alarm, "Action", f"Successfully executed action {arn}", {"actionState": "Succeeded"})
            except AwsError as error:
                self.record(alarm, "Action", f"Failed to execute action {arn}", {"error": error.message})


def moment(value: object) -> datetime:
    """Read a timestamp as the wire carries it."""
    if isinstance(value, int | float):
        return datetime.fromtimestamp(value, UTC)
    return datetime.fromisoformat(str(value))
