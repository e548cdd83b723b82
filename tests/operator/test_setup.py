"""`batchbot setup`: what it makes, that it makes it once, and that a dry run makes nothing."""

from __future__ import annotations

import json
from typing import Any

import pytest

from playground.aws.events.bus import Rule
from tests.operator.worlds import TOPIC, OperatorWorld

NEW = "arn:aws:sns:us-east-1:111122223333:batchbot-alarms"
DEAD = "arn:aws:sqs:us-east-1:111122223333:bedrock-batch-alarms-dead-letters"
PATTERN = {"source": ["aws.bedrock"], "detail-type": ["Batch Inference Job State Change"]}


def rules_to(world: OperatorWorld, topic: str) -> list[Rule]:
    return [r for r in world.aws.events.rules.values() if any(t["Arn"] == topic for t in r.targets.values())]


def attributes(world: OperatorWorld, name: str) -> dict[str, str]:
    sqs = world.aws.client("sqs")
    url = sqs.get_queue_url(QueueName=name)["QueueUrl"]
    return dict(sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"])


def test_all_that_alarms_travel_by_is_made_from_nothing(world: OperatorWorld) -> None:
    """Topic, dead-letter queue, subscription, rule; it says each, and what to set."""
    world.aws.events.rules.clear()
    world.set(BATCHBOT_TOPIC_ARNS="")
    said = world.run("setup")
    assert said.code == 0
    assert said.line("created", "topic batchbot-alarms")
    assert said.line("created", "queue batchbot-alarms-dead-letters")
    assert said.line("created", f"subscription of {world.url}/sns to batchbot-alarms")
    assert said.line("created", "event rule batchbot-job-changes")
    assert said.line(f"BATCHBOT_TOPIC_ARNS={NEW}")
    assert "batchbot doctor" in said.line("Next:")
    assert world.aws.sns.topics[NEW].version == "2"
    [rule] = rules_to(world, NEW)
    assert rule.pattern == PATTERN


def test_what_was_made_carries_a_message_to_the_bots_door(world: OperatorWorld) -> None:
    """An alarm of CloudWatch and an event of EventBridge get into the topic and out to the address; no other service does."""
    world.set(BATCHBOT_TOPIC_ARNS="")
    assert world.run("setup").code == 0
    world.confirm()
    sns = world.aws.sns
    alarm = "arn:aws:cloudwatch:us-east-1:111122223333:alarm:x"
    sns.publish_for("cloudwatch.amazonaws.com", alarm, NEW, "an alarm")
    sns.publish_for("events.amazonaws.com", "arn:aws:events:us-east-1:111122223333:rule/x", NEW, "an event")
    world.aws.tick()
    bodies = [json.loads(d.body)["Message"] for d in sns.deliveries if d.kind == "Notification" and d.status == 200]
    assert bodies == ["an alarm", "an event"]
    with pytest.raises(Exception, match="not authorized"):
        sns.publish_for("cloudwatch.amazonaws.com", "arn:aws:cloudwatch:us-east-1:999999999999:alarm:x", NEW, "foreign")


def test_the_subscription_is_patient_and_loses_nothing(world: OperatorWorld) -> None:
    """SNS tries for most of an hour; what it then gives up lands in the dead-letter queue."""
    world.healthy()
    retries = json.loads(world.subscription.attributes["DeliveryPolicy"])["healthyRetryPolicy"]
    assert 2400 <= sum(world.subscription.delays()) <= 3600
    assert retries["numRetries"] <= 100
    assert json.loads(world.subscription.attributes["RedrivePolicy"]) == {"deadLetterTargetArn": DEAD}
    assert world.aws.storage.send("bedrock-batch-alarms-dead-letters", "given up") is True
    assert attributes(world, "bedrock-batch-alarms-dead-letters")["MessageRetentionPeriod"] == "1209600"


def test_the_second_time_changes_nothing(world: OperatorWorld) -> None:
    """It reads, says that all exists, and writes nothing."""
    world.healthy()
    world.aws.calls.clear()
    said = world.run("setup")
    assert said.code == 0
    assert "Nothing had to be changed." in said.out
    assert not [line for line in said.lines if line.startswith(("created", "changed", "asked"))]
    assert world.writes() == []


def test_a_dry_run_writes_nothing_and_shows_every_call(world: OperatorWorld) -> None:
    """The requests as they would be sent."""
    world.aws.events.rules.clear()
    world.set(BATCHBOT_TOPIC_ARNS="")
    said = world.run("setup", "--dry-run", "--queue")
    assert said.code == 0
    assert world.writes() == []
    calls = [line.split(maxsplit=1) for line in said.lines if line.startswith("           ")]
    assert [name for name, _ in calls] == [
        "sns.create_topic", "sqs.create_queue", "sqs.set_queue_attributes", "sns.subscribe", "sns.subscribe", "events.put_rule",
        "events.put_targets",
    ]  # fmt: skip
    asked: dict[str, Any] = json.loads(calls[3][1])
    assert (asked["TopicArn"], asked["Endpoint"]) == (NEW, f"{world.url}/sns")
    assert said.line("would create topic batchbot-alarms")


def test_what_a_dry_run_shows_is_what_is_then_done(world: OperatorWorld) -> None:
    """The same steps in the same order."""
    world.aws.events.rules.clear()
    world.set(BATCHBOT_TOPIC_ARNS="")
    dry = [
        line.removeprefix("would create ") for line in world.run("setup", "--dry-run").lines if line.startswith("would")
    ]
    wet = [line.removeprefix("created").strip() for line in world.run("setup").lines if line.startswith("created")]
    assert dry == wet


def test_with_a_queue_the_bot_needs_no_address(world: OperatorWorld) -> None:
    """The queue is subscribed, takes what the topic sends, and sets aside what the bot refuses."""
    world.set(BATCHBOT_PUBLIC_URL="", BATCHBOT_TOPIC_ARNS="")
    world.drop_queue()
    said = world.run("setup", "--queue")
    assert said.code == 0
    assert said.line("BATCHBOT_ALARM_QUEUE_URL=http", "/batchbot-alarms")
    world.aws.sns.publish(NEW, "into the queue")
    assert attributes(world, "batchbot-alarms")["ApproximateNumberOfMessages"] == "1"
    aside = json.loads(attributes(world, "batchbot-alarms")["RedrivePolicy"])
    assert aside["deadLetterTargetArn"].endswith(":batchbot-alarms-dead-letters")


def test_a_hand_made_subscription_is_mended(world: OperatorWorld) -> None:
    """Raw delivery goes off, patience and the dead-letter queue are added, each said."""
    world.aws.sns.subscribe(TOPIC, "http", f"{world.url}/sns", {"RawMessageDelivery": "true"})
    world.confirm()
    said = world.run("setup")
    for name in ("RawMessageDelivery", "DeliveryPolicy", "RedrivePolicy"):
        assert said.line("changed", name)
    assert world.subscription.raw is False
    assert sum(world.subscription.delays()) >= 2400
    assert len(world.aws.sns.subscriptions) == 1


def test_a_patient_policy_of_ones_own_stays(world: OperatorWorld) -> None:
    """Nothing that works is replaced."""
    own = json.dumps({"healthyRetryPolicy": {"minDelayTarget": 30, "maxDelayTarget": 30, "numRetries": 50}})
    world.aws.sns.subscribe(TOPIC, "http", f"{world.url}/sns", {"DeliveryPolicy": own})
    world.confirm()
    assert world.run("setup").code == 0
    assert world.subscription.attributes["DeliveryPolicy"] == own


def test_a_pending_subscription_is_sent_its_confirmation_again(world: OperatorWorld) -> None:
    """The bot may have been away when it came."""
    world.run("setup")
    world.aws.tick()
    world.aws.sns.deliveries.clear()
    said = world.run("setup")
    assert said.line("asked for", "confirmation")
    world.aws.tick()
    assert [d.kind for d in world.aws.sns.deliveries] == ["SubscriptionConfirmation"]


def test_statements_of_others_in_the_topics_policy_stay(world: OperatorWorld) -> None:
    """Ours are added to theirs."""
    theirs = {"Sid": "Budgets", "Effect": "Allow", "Principal": {"Service": "budgets.amazonaws.com"}, "Action": "SNS:Publish",
              "Resource": TOPIC}  # fmt: skip
    world.aws.client("sns").set_topic_attributes(
        TopicArn=TOPIC,
        AttributeName="Policy",
        AttributeValue=json.dumps({"Version": "2012-10-17", "Statement": [theirs]}),
    )
    said = world.run("setup")
    assert said.line("changed", "policy of topic")
    found = json.loads(world.aws.client("sns").get_topic_attributes(TopicArn=TOPIC)["Attributes"]["Policy"])[
        "Statement"
    ]
    assert found[0] == theirs
    assert {s["Sid"] for s in found[1:]} == {"BatchbotAlarmsMayPublish", "BatchbotEventsMayPublish"}


def test_a_second_topic_keeps_the_first_in_the_queues_policy(world: OperatorWorld) -> None:
    """What an earlier setup let in stays in."""
    world.set(BATCHBOT_PUBLIC_URL="", BATCHBOT_TOPIC_ARNS=NEW)
    world.drop_queue()
    assert world.run("setup", "--queue").code == 0
    world.set(BATCHBOT_TOPIC_ARNS=TOPIC)
    assert world.run("setup", "--queue").code == 0
    [statement] = json.loads(attributes(world, "batchbot-alarms")["Policy"])["Statement"]
    assert statement["Condition"]["ArnEquals"]["aws:SourceArn"] == [NEW, TOPIC]


def test_a_topic_of_another_account_is_left_alone(world: OperatorWorld) -> None:
    """Its owner does that."""
    foreign = "arn:aws:sns:us-east-1:999999999999:theirs"
    world.set(BATCHBOT_TOPIC_ARNS=f"{TOPIC},{foreign}")
    said = world.run("setup")
    assert (said.code, foreign in said.line("skipped")) == (0, True)
    assert foreign not in world.aws.sns.topics


def test_a_disabled_rule_of_ours_is_enabled_again(world: OperatorWorld) -> None:
    """And no second one is made."""
    world.aws.events.rules.clear()
    world.healthy()
    [rule] = rules_to(world, TOPIC)
    world.aws.client("events").disable_rule(Name=rule.name)
    assert world.run("setup").line("changed", "event rule batchbot-job-changes")
    assert [r.enabled for r in rules_to(world, TOPIC)] == [True]


def test_without_a_way_to_the_bot_it_says_what_to_set(world: OperatorWorld) -> None:
    """Exit code 2, and nothing was tried."""
    world.set(BATCHBOT_PUBLIC_URL="")
    assert world.run("setup").code == 2
    assert world.aws.calls == []


def test_a_refusal_names_the_permission_and_keeps_what_was_made(world: OperatorWorld) -> None:
    """Exit code 1; the next run goes on from there."""
    world.aws.faults.deny("sns.Subscribe")
    said = world.run("setup")
    assert said.code == 1
    assert "SNS:Subscribe" in said.line("refused") or "subscri" in said.line("refused")
    assert "deploy/policy-setup.json" in said.out
    world.aws.faults.clear()
    said = world.run("setup")
    assert said.code == 0
    assert said.line("exists", "queue bedrock-batch-alarms-dead-letters")
    assert said.line("created", "subscription")
