"""The table of the kinds: how each is called, how it rings, and how it ends where it does; adding one is a row."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from playground.aws.kinds import bodies, rings
from playground.aws.kinds.alarms import HAIKU, INPUT, NOVA, OSS, PENDING, SONNET
from playground.aws.kinds.rings import recovers

if TYPE_CHECKING:
    from playground.aws.account import AwsServer

Act = Callable[["AwsServer"], None]


@dataclass(frozen=True)
class Kind:
    """One kind of message; `recover` is None for what has no end."""

    title: str
    ring: Act
    recover: Act | None = None


def _text(write: Callable[[AwsServer], str], subject: str | None = None) -> Act:
    return lambda aws: _publish(aws, write(aws), subject)


def _publish(aws: AwsServer, text: str, subject: str | None) -> None:
    aws.sns.publish(aws.sns.default_topic, text, subject)


_BUDGET = "AWS Budgets: bedrock-batch has exceeded your alert threshold"
_ANOMALY = "AWS Cost Management: Cost anomaly detected"

KINDS: Mapping[str, Kind] = {
    "metric": Kind("Metric alarm", rings.metric, recovers("bedrock-batch-backlog-high", shows=(PENDING, HAIKU, 4_100))),
    "old": Kind("Metric alarm, old shape", rings.old, rings.recover_old),
    "math": Kind("Metric math", rings.math, recovers("bedrock-batch-stalled", shows=(INPUT, SONNET, 380_000))),
    "anomaly": Kind(
        "Anomaly band", rings.anomaly, recovers("bedrock-batch-throughput-unusual", shows=(INPUT, NOVA, 205_000))
    ),
    "insights": Kind(
        "Insights, one per model",
        rings.insights,
        recovers("bedrock-batch-backlog-by-model", {"ModelId": SONNET}, {"ModelId": NOVA}),
    ),
    "promql": Kind("PromQL contributor", rings.promql, recovers("batch-prep-failures", {"team": "data-platform"})),
    "composite": Kind("Composite alarm", rings.composite, recovers(rings.CHILDREN[0], shows=(PENDING, OSS, 3_900))),
    "log": Kind("Log alarm", rings.log, recovers("batch-prep-errors")),
    "event": Kind("EventBridge: alarm", rings.event, rings.recover_event),
    "contributor": Kind("EventBridge: contributor", rings.contributor, rings.recover_contributor),
    "budget": Kind("AWS Budgets", _text(lambda aws: bodies.budget(aws.clock(), aws.account), _BUDGET)),
    "cost": Kind("Cost anomaly", _text(lambda aws: bodies.cost_anomaly(aws.clock(), aws.account), _ANOMALY)),
    "custom": Kind(
        "Amazon Q custom notification",
        _text(lambda _: bodies.custom(over=False)),
        _text(lambda _: bodies.custom(over=True)),
    ),
    "health": Kind(
        "AWS Health",
        _text(lambda aws: bodies.health(aws.clock(), aws.account, over=False)),
        _text(lambda aws: bodies.health(aws.clock(), aws.account, over=True)),
    ),
    "plain": Kind("Plain text", _text(lambda aws: bodies.plain(aws.clock()), "copy-results")),
}
