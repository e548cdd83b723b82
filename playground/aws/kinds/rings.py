"""Ringing the alarms behind the kinds: make the alarm, show its trouble in the data, change its state."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from playground.aws.cloudwatch.alarm_events import contributor_event, state_event
from playground.aws.cloudwatch.contributors import contributor_of
from playground.aws.cloudwatch.notice import notice_of, subject_of
from playground.aws.cloudwatch.put_operations import OPERATIONS as PUT
from playground.aws.cloudwatch.store import Metric
from playground.aws.kinds import alarms
from playground.aws.kinds.alarms import HAIKU, INPUT, NOVA, OSS, OUTPUT, PENDING, SONNET, SPACE

if TYPE_CHECKING:
    from playground.aws.account import AwsServer

Act = Callable[["AwsServer"], None]
Calm = tuple[str, str, float] | None
_NEW = ("OKActions", "AlarmActions", "InsufficientDataActions", "AlarmConfigurationUpdatedTimestamp")
CHILDREN = ("bedrock-batch-queue-long", "bedrock-batch-throughput-low")


def metric(aws: AwsServer) -> None:
    """An alarm on the records of one model that wait."""
    about = "More records wait than a night can work off."
    config = alarms.metric("bedrock-batch-backlog-high", about, PENDING, HAIKU, 15_000.0)
    _make(aws, "PutMetricAlarm", alarms.told(config, aws.sns.default_topic))
    _shows(aws, PENDING, HAIKU, [(40, 9_000), (12, 20_400), (6, 21_900), (1, 22_350)])
    _ring(aws, "bedrock-batch-backlog-high")


def old(aws: AwsServer) -> None:
    """The same in the shape that alarms had years ago."""
    config = alarms.metric("bedrock-batch-tokens-high", "", INPUT, OSS, 1_000_000.0)
    _make(aws, "PutMetricAlarm", config)
    _shows(aws, INPUT, OSS, [(40, 610_000), (12, 1_180_000), (6, 1_290_000), (1, 1_342_101)])
    _ring(aws, "bedrock-batch-tokens-high")
    _publish_old(aws, "bedrock-batch-tokens-high")


def math(aws: AwsServer) -> None:
    """Records wait and nothing is read."""
    _make(aws, "PutMetricAlarm", alarms.told(alarms.math("bedrock-batch-stalled"), aws.sns.default_topic))
    _shows(aws, PENDING, SONNET, [(minutes, 8_200) for minutes in (31, 26, 21, 16, 11, 6, 1)])
    _shows(aws, INPUT, SONNET, [(minutes, 0) for minutes in (31, 26, 21, 16, 11, 6, 1)])
    _ring(aws, "bedrock-batch-stalled")


def anomaly(aws: AwsServer) -> None:
    """Throughput above its band."""
    name = "bedrock-batch-throughput-unusual"
    _usual_days(aws)
    _make(aws, "PutMetricAlarm", alarms.told(alarms.anomaly(name), aws.sns.default_topic))
    _shows(aws, INPUT, NOVA, [(40, 210_000), (11, 640_000), (6, 655_000), (1, 671_000)])
    _ring(aws, name)


def insights(aws: AwsServer) -> None:
    """Two models of one alarm, each for itself."""
    name = "bedrock-batch-backlog-by-model"
    _make(aws, "PutMetricAlarm", alarms.told(alarms.insights(name), aws.sns.default_topic))
    for model, value in ((SONNET, 61_220), (NOVA, 54_010)):
        _shows(aws, PENDING, model, [(12, value - 900), (6, value - 300), (1, value)])
        _ring(aws, name, value, {"ModelId": model})


def promql(aws: AwsServer) -> None:
    """One contributor of a PromQL alarm."""
    _make(aws, "PutMetricAlarm", alarms.told(alarms.promql("batch-prep-failures"), aws.sns.default_topic))
    _ring(aws, "batch-prep-failures", None, {"team": "data-platform"})


def composite(aws: AwsServer) -> None:
    """An alarm over two others; one of them rings, and tells nobody itself."""
    about = "One of the reasons for bedrock-batch-attention."
    for child, model, limit in zip(CHILDREN, (OSS, HAIKU), (10_000.0, 900_000.0), strict=True):
        _make(aws, "PutMetricAlarm", alarms.metric(child, about, PENDING, model, limit))
    config = alarms.composite("bedrock-batch-attention", CHILDREN)
    _make(aws, "PutCompositeAlarm", alarms.told(config, aws.sns.default_topic))
    _shows(aws, PENDING, OSS, [(12, 11_800), (6, 12_700), (1, 13_400)])
    _ring(aws, CHILDREN[0])


def log(aws: AwsServer) -> None:
    """Errors in a log."""
    config = alarms.log("batch-prep-errors", aws.account, aws.region)
    _make(aws, "PutLogAlarm", alarms.told(config, aws.sns.default_topic))
    _ring(aws, "batch-prep-errors", 142)


def event(aws: AwsServer) -> None:
    """The event of an alarm, as a rule of EventBridge hands it to a topic."""
    config = alarms.metric("bedrock-batch-output-high", "More output than usual.", OUTPUT, OSS, 800_000.0)
    _make(aws, "PutMetricAlarm", config)
    _shows(aws, OUTPUT, OSS, [(12, 850_000), (6, 910_000), (1, 955_000)])
    _ring(aws, "bedrock-batch-output-high")
    _publish_event(aws, "bedrock-batch-output-high")


def contributor(aws: AwsServer) -> None:
    """The event of one model of an alarm for all."""
    _make(aws, "PutMetricAlarm", alarms.insights("bedrock-batch-waiting-by-model"))
    _ring(aws, "bedrock-batch-waiting-by-model", 58_300, {"ModelId": SONNET})
    _publish_contributor(aws)


def recover_old(aws: AwsServer) -> None:
    """The end of `old`."""
    _shows(aws, INPUT, OSS, [(0, 420_000)])
    aws.cloudwatch.recover("bedrock-batch-tokens-high")
    _publish_old(aws, "bedrock-batch-tokens-high")


def recover_event(aws: AwsServer) -> None:
    """The end of `event`."""
    _shows(aws, OUTPUT, OSS, [(0, 420_000)])
    aws.cloudwatch.recover("bedrock-batch-output-high")
    _publish_event(aws, "bedrock-batch-output-high")


def recover_contributor(aws: AwsServer) -> None:
    """The end of `contributor`."""
    aws.cloudwatch.recover("bedrock-batch-waiting-by-model", contributor={"ModelId": SONNET})
    _publish_contributor(aws)


def recovers(name: str, *contributors: dict[str, str], shows: Calm = None) -> Act:
    """Make the end of an alarm that rang, or of some of its contributors; `shows` is the calm in the data."""

    def run(aws: AwsServer) -> None:
        if shows:
            _shows(aws, *shows[:2], [(0, shows[2])])
        for one in contributors or (None,):
            aws.cloudwatch.recover(name, contributor=one)

    return run


def _make(aws: AwsServer, operation: str, config: dict[str, Any]) -> None:
    """Make an alarm unless it is there; it is OK before it has actions, so that its first word is of trouble."""
    name = config["AlarmName"]
    if name in aws.cloudwatch.alarms:
        return
    config = {key: value for key, value in config.items() if value != ""}
    with aws.cloudwatch.lock:
        PUT[operation](aws.cloudwatch, {key: value for key, value in config.items() if not key.endswith("Actions")})
        alarm = aws.cloudwatch.find(name)
        if alarm.state == "INSUFFICIENT_DATA" and not alarm.grouped and not alarm.promql:
            aws.cloudwatch.recover(name)
        PUT[operation](aws.cloudwatch, config)


def _ring(aws: AwsServer, name: str, value: float | None = None, attributes: dict[str, str] | None = None) -> None:
    alarm = aws.cloudwatch.find(name)
    if (contributor_of(alarm, attributes).state if attributes else alarm.state) == "ALARM":
        aws.cloudwatch.recover(name, contributor=attributes)
    aws.cloudwatch.ring(name, value, attributes)


def _shows(aws: AwsServer, name: str, model: str, points: list[tuple[int, float]]) -> None:
    """Put the trouble into the data, in the place of what was there: (minutes ago, value)."""
    now = aws.clock()
    since = now - timedelta(minutes=max(minutes for minutes, _ in points))
    aws.cloudwatch.store.forget(Metric(SPACE, name, (("ModelId", model),)), since.timestamp())
    aws.cloudwatch.put(model, name, [(now - timedelta(minutes=minutes), float(value)) for minutes, value in points])


def _usual_days(aws: AwsServer) -> None:
    """Give the anomaly band a past where the account has none."""
    if aws.cloudwatch.store.newest(Metric(SPACE, INPUT, (("ModelId", NOVA),))):
        return
    now = aws.clock()
    steps = range(60, 7 * 24 * 60, 30)
    points = [(now - timedelta(minutes=one), 200_000.0 + 9_000 * (one % 7)) for one in steps]
    aws.cloudwatch.put(NOVA, INPUT, points)


def _publish_old(aws: AwsServer, name: str) -> None:
    alarm = aws.cloudwatch.find(name)
    notice = notice_of(alarm, alarm.before.state if alarm.before else "OK")
    shown: dict[str, Any] = {key: value for key, value in notice.items() if key not in _NEW}
    shown["Trigger"] = {key: value for key, value in shown["Trigger"].items() if key != "DatapointsToAlarm"}
    shown["Trigger"]["TreatMissingData"] = f"- TreatMissingData:                    {alarm.missing}"
    aws.sns.publish(aws.sns.default_topic, json.dumps(shown), subject_of(alarm, alarm.state))


def _publish_event(aws: AwsServer, name: str) -> None:
    found = state_event(aws.cloudwatch.find(name), None, aws.clock())
    aws.sns.publish(aws.sns.default_topic, json.dumps(found))


def _publish_contributor(aws: AwsServer) -> None:
    alarm = aws.cloudwatch.find("bedrock-batch-waiting-by-model")
    found = contributor_event(alarm, contributor_of(alarm, {"ModelId": SONNET}), None, aws.clock())
    aws.sns.publish(aws.sns.default_topic, json.dumps(found))
