"""Chapters on alarms: the subscription, an alarm that rings and recovers, and whatever else a topic carries."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime
from typing import Any

from playground.tour.scene import Scene
from playground.tour.world import MODELS

ALARM = "bedrock-batch-backlog"


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
    """An alarm rings and recovers; the same card tells both."""
    cloudwatch = s.world.aws.cloudwatch
    s.world.aws.client("cloudwatch").put_metric_alarm(**backlog(s.world.topic))
    s.screen.act(f"the CloudWatch alarm {ALARM} goes off: SNS posts it, signed, to the bot")
    cloudwatch.ring(ALARM, 19_050)
    card = s.board.expect("a card appears in #ml-alarms", lambda: s.card(s.world.alarms, ALARM, "19,050"))
    s.board.check(
        "it says the limit and how far above it is", "limit 15,000" in card.words and "27 %" in card.words, card.text
    )
    time.sleep(2)  # so that there is something to say about how long it rang
    s.screen.act("the backlog is worked off and the alarm recovers")
    cloudwatch.recover(ALARM, 6_200)
    s.board.expect("the same card is edited to OK", lambda: card.edited and "🟢" in card.words)
    s.board.expect("a reply says how long it rang and how bad it was", lambda: s.reply(card, "Recovered", "19,050"))
    s.board.check("there is no second card", len([m for m in s.world.alarms.messages if ALARM in m.words]) == 1)


def others(s: Scene) -> None:
    """A budget's plain text and a composite alarm come by the same topic."""
    sns = s.world.aws.sns
    s.screen.act("AWS Budgets sends its plain text")
    sns.publish(s.world.topic, budget(), "AWS Budgets: bedrock-batch has exceeded your alert threshold")
    s.board.expect("the budget is readable", lambda: s.card(s.world.alarms, "bedrock-batch", "$91.12"))
    s.screen.act("a composite alarm goes off")
    sns.publish(s.world.topic, json.dumps(_composite(s)), 'ALARM: "bedrock-batch-attention" in US East (N. Virginia)')
    s.board.expect("the composite alarm is a card", lambda: s.card(s.world.alarms, "bedrock-batch-attention"))


def backlog(topic: str) -> dict[str, Any]:
    """An alarm on the records that wait for one model."""
    return {
        "AlarmName": ALARM,
        "AlarmDescription": "More records are waiting than a night can work off.",
        "Namespace": "AWS/Bedrock/Batch",
        "MetricName": "NumberOfRecordsPendingProcessing",
        "Dimensions": [{"Name": "ModelId", "Value": MODELS["Claude Haiku 4.5"].removeprefix("us.")}],
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


def budget() -> str:
    """The plain text that AWS Budgets sends."""
    return (
        f"AWS Budget Notification {datetime.now(UTC):%B %d, %Y}\nAWS Account 111122223333\n\nDear AWS Customer,\n\n"
        "You requested that we alert you when the ACTUAL Cost associated with your bedrock-batch budget is greater than "
        "$80.00 for the current month. The ACTUAL Cost associated with this budget is $91.12. You can find additional "
        "details below and by accessing the AWS Budgets dashboard [1].\n\nBudget Name: bedrock-batch\nBudget Type: Cost\n"
        "Budgeted Amount: $100.00\nAlert Type: ACTUAL\nAlert Threshold: > $80.00\nACTUAL Amount: $91.12\n\n"
        "[1] https://console.aws.amazon.com/billing/home#/budgets\n"
    )


def _composite(s: Scene) -> dict[str, Any]:
    arn = f"arn:aws:cloudwatch:{s.world.aws.region}:{s.world.aws.account}:alarm:"
    now = datetime.now(UTC)
    at = f"{now:%Y-%m-%dT%H:%M:%S}.000+0000"
    child = f"{arn}bedrock-batch-stalled"
    return {
        "AlarmName": "bedrock-batch-attention",
        "AlarmDescription": "Anything that needs a person",
        "AWSAccountId": s.world.aws.account,
        "NewStateValue": "ALARM",
        "NewStateReason": f"{child} transitioned to ALARM at {now:%A %d %B, %Y %H:%M:%S} UTC",
        "StateChangeTime": at,
        "Region": "US East (N. Virginia)",
        "AlarmArn": f"{arn}bedrock-batch-attention",
        "OldStateValue": "OK",
        "OKActions": [],
        "AlarmActions": [s.world.topic],
        "InsufficientDataActions": [],
        "AlarmRule": 'ALARM("bedrock-batch-stalled") OR ALARM("bedrock-batch-backlog")',
        "TriggeringChildren": [{"Arn": child, "State": {"Value": "ALARM", "Timestamp": at}}],
    }
