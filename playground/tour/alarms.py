"""Chapters on alarms: the subscription, an alarm from its first ring to its recovery, and what else a topic carries."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from playground.aws.cloudwatch.service import CloudWatch
from playground.slack import Message
from playground.tour.metrics import picture_of
from playground.tour.scene import Scene
from playground.tour.world import MODELS

ALARM = "bedrock-batch-backlog"
MODEL = MODELS["Claude Haiku 4.5"].removeprefix("us.")
WAITING = "NumberOfRecordsPendingProcessing"
PEAK, CALM = 20_100, 6_200
SWELL = (1.0, 0.95, 0.85, 0.5, 0.3)
"""The shares of the peak in the last periods of five minutes, the present one first."""


def subscribes(s: Scene) -> None:
    """Subscribe the bot to the topic: by HTTP it confirms by itself, a queue needs no confirmation."""
    aws = s.world.aws
    if s.world.options.socket_mode:
        s.screen.act("an SQS queue is subscribed to the SNS topic, since nothing outside can reach the bot")
        aws.sns.subscribe(s.world.topic, "sqs", s.world.queue_arn)
        s.board.check("the queue is subscribed", any(one.confirmed for one in aws.sns.subscriptions.values()))
        return
    s.screen.act("the bot's /sns is subscribed to the SNS topic, which sends it a signed confirmation")
    arn = aws.sns.subscribe_http(s.world.topic, f"{s.world.bot.url}/sns")
    s.board.expect("the bot confirms the subscription", lambda: aws.sns.subscriptions[arn].confirmed)
    s.board.expect("#ml-alarms is told", lambda: s.card(s.world.alarms, "now delivers here"))


def rings(s: Scene) -> None:
    """An alarm rings, is taken in hand, is quiet for a while, and recovers; one card tells it all."""
    cloudwatch, ben = s.world.aws.cloudwatch, s.world.ben
    s.world.aws.client("cloudwatch").put_metric_alarm(**backlog(s.world.topic))
    s.screen.act(f"the CloudWatch alarm {ALARM} goes off: SNS posts it, signed, to the bot")
    ring(cloudwatch, 19_050)
    card = s.board.expect("a card appears in #ml-alarms", lambda: s.card(s.world.alarms, ALARM, "19,050"))
    s.board.check(
        "it says the limit and how far above it is", "limit 15,000" in card.words and "27 %" in card.words, card.text
    )
    s.board.expect("the picture of its metric follows, in the same message", lambda: picture_of(card))
    s.presses(ben, card, "alarm_ack")
    s.board.expect("the card says who has it in hand", lambda: "Acknowledged by" in card.words and "🟠" in card.words)
    s.board.expect("and the thread too", lambda: s.reply(card, ben.id, "acknowledged"))
    _quiet(s, card)
    s.screen.act("the backlog is worked off and the alarm recovers")
    recover(cloudwatch, 6_200)
    s.board.expect("the same card is edited to OK", lambda: card.edited and "🟢" in card.words)
    s.board.expect("a reply says how long it rang and how bad it was", lambda: s.reply(card, "Recovered", "19,050"))
    s.board.check("there is no second card", len([m for m in s.world.alarms.messages if ALARM in m.words]) == 1)


def _quiet(s: Scene, card: Message) -> None:
    """Snooze the alarm by a mute rule of CloudWatch, see when that ends, and take it back."""
    mutes = s.world.aws.cloudwatch.mutes
    s.chooses(s.world.ben, card, "alarm_snooze", "30 minutes")
    s.board.expect("the card says until when it is snoozed", lambda: "Snoozed until" in card.words)
    s.board.expect("CloudWatch has a mute rule for it", lambda: mutes)
    s.presses(s.world.ben, card, "alarm_unsnooze")
    s.board.expect("the snooze is gone from the card", lambda: "Snoozed until" not in card.words)
    s.board.expect("and the mute rule from CloudWatch", lambda: not mutes)


def others(s: Scene) -> None:
    """A composite alarm, a budget and a custom notification come by the same topic."""
    aws, channel = s.world.aws, s.world.alarms
    s.screen.act("a composite alarm goes off")
    aws.send_kind("composite")
    card = s.board.expect("the composite alarm is a card", lambda: s.card(channel, "bedrock-batch-attention"))
    s.board.check("it says its rule in words, and which alarm below it rings", "Rings when" in card.words, card.words)
    aws.recover_kind("composite")
    s.board.expect("it recovers on the same card", lambda: "🟢" in card.words)
    s.screen.act("AWS Budgets sends its plain text")
    aws.send_kind("budget")
    s.board.expect("the budget is readable", lambda: s.card(channel, "bedrock-batch", "$462.80"))
    s.screen.act("a program of the team sends a custom notification of Amazon Q Developer")
    aws.send_kind("custom")
    told = s.board.expect("it is shown as that schema means", lambda: s.card(channel, "Batch prep is down"))
    aws.recover_kind("custom")
    s.board.expect("the next one of its thread is a reply", lambda: s.reply(told, "Batch prep is back"))


def ring(cloudwatch: CloudWatch, value: float = PEAK) -> None:
    """Let the records that wait pile up to this number after quiet hours, in the data, and the alarm go off."""
    now = datetime.now(UTC)
    quiet = [0.14 + 0.02 * (period % 4) for period in range(40)]
    for periods, share in enumerate([*SWELL, *quiet]):
        minutes = [now - timedelta(minutes=5 * periods + minute) for minute in range(5)]
        cloudwatch.put(MODEL, WAITING, [(at, round(value * share)) for at in minutes])
    cloudwatch.ring(ALARM, value)


def recover(cloudwatch: CloudWatch, value: float = CALM) -> None:
    """Let them become few, and the alarm be over."""
    cloudwatch.put(MODEL, WAITING, [(datetime.now(UTC), value)])
    cloudwatch.recover(ALARM, value)


def backlog(topic: str) -> dict[str, Any]:
    """An alarm on the records that wait for one model."""
    return {
        "AlarmName": ALARM,
        "AlarmDescription": "More records are waiting than a night can work off.",
        "Namespace": "AWS/Bedrock/Batch",
        "MetricName": WAITING,
        "Dimensions": [{"Name": "ModelId", "Value": MODEL}],
        "Statistic": "Maximum",
        "Period": 300,
        "EvaluationPeriods": 3,
        "DatapointsToAlarm": 2,
        "Threshold": 15_000.0,
        "ComparisonOperator": "GreaterThanThreshold",
        "TreatMissingData": "notBreaching",
        "AlarmActions": [topic],
        "OKActions": [topic],
    }
