"""Topic, queues, subscription and event rule: what each should be, and the calls that make it so."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from bot.aws import policies
from bot.aws.event_rules import PATTERN, EventRules, matches_jobs
from bot.aws.policies import CLOUDWATCH, EVENTS, SNS, Actor
from bot.aws.queues import Queues, redrive
from bot.aws.retries import PATIENT, patience
from bot.aws.topics import Arn, Subscription, Topics
from bot.errors import AwsError, AwsGone
from bot.provisioning.writer import ASK, CHANGE, CREATE, Writer

RULE = "batchbot-job-changes"
TWO_WEEKS = "1209600"
RECEIVES = 5
"""How often a message that the bot refuses comes back before the queue puts it aside."""
ENOUGH = 600.0
"""Seconds of retrying that are left as they are."""


def topic(writer: Writer, topics: Topics, arn: str, *, require_v2: bool) -> None:
    """The topic, signing with version 2, open to the account's alarms and event rules."""
    name, own = f"topic {Arn.of(arn).name}", policies.publishers(arn, Arn.of(arn).account)
    try:
        found = topics.attributes(arn)
    except AwsGone:
        attributes = {"Policy": policies.merged(None, own), "SignatureVersion": "2"}
        writer.write(CREATE, name, "sns.create_topic", {"Name": Arn.of(arn).name, "Attributes": attributes})
        return
    writer.exists(name)
    actors = [Actor(service, Arn.of(arn).account) for service in (CLOUDWATCH, EVENTS)]
    if not all(policies.allows(found.get("Policy"), actor, "sns:Publish") for actor in actors):
        what = f"policy of {name}, so that alarms and event rules may publish"
        _set_topic(writer, arn, what, "Policy", policies.merged(found.get("Policy"), own))
    if require_v2 and found.get("SignatureVersion") != "2":
        _set_topic(writer, arn, f"signature version of {name} to 2", "SignatureVersion", "2")


def _set_topic(writer: Writer, arn: str, what: str, name: str, value: str) -> None:
    params = {"TopicArn": arn, "AttributeName": name, "AttributeValue": value}
    writer.write(CHANGE, what, "sns.set_topic_attributes", params)


def dead_letters(writer: Writer, queues: Queues, arn: str, topics: Sequence[str]) -> None:
    """The queue that keeps for two weeks what could not be delivered."""
    _queue(writer, queues, arn, topics, {"MessageRetentionPeriod": TWO_WEEKS})


def alarm_queue(writer: Writer, queues: Queues, arn: str, topics: Sequence[str], aside: str) -> str:
    """The queue that the bot reads, with ``aside`` for what it refuses; its URL, empty in a dry run of a new one."""
    return _queue(writer, queues, arn, topics, {"RedrivePolicy": redrive(aside, RECEIVES)})


def _queue(writer: Writer, queues: Queues, arn: str, topics: Sequence[str], wanted: Mapping[str, str]) -> str:
    name = f"queue {Arn.of(arn).name}"
    try:
        url = queues.url(arn)
        found = queues.attributes(url)
    except AwsGone:
        attributes = {**wanted, "Policy": policies.merged(None, policies.senders(arn, topics))}
        answer = writer.write(
            CREATE, name, "sqs.create_queue", {"QueueName": Arn.of(arn).name, "Attributes": attributes}
        )
        return str(answer.get("QueueUrl") or "")
    writer.exists(name)
    changes = {key: value for key, value in wanted.items() if key == "RedrivePolicy" and not found.get(key)}
    if not all(policies.allows(found.get("Policy"), _sender(one), "sqs:SendMessage") for one in topics):
        changes["Policy"] = policies.merged(found.get("Policy"), policies.senders(arn, _all_topics(found, topics)))
    if changes:
        what = f"{' and '.join(sorted(changes))} of {name}"
        writer.write(CHANGE, what, "sqs.set_queue_attributes", {"QueueUrl": url, "Attributes": changes})
    return url


def _sender(topic_arn: str) -> Actor:
    return Actor(SNS, Arn.of(topic_arn).account, topic_arn)


def _all_topics(found: Mapping[str, str], topics: Sequence[str]) -> list[str]:
    """Those that an earlier setup let in stay."""
    return sorted({*topics, *policies.sources(found.get("Policy"))})


def subscription(writer: Writer, topics: Topics, topic_arn: str, endpoint: str, aside: str) -> None:
    """The endpoint (an address, or a queue's ARN) on the topic: patient, with a dead-letter queue, never raw."""
    mine = _mine(topics, topic_arn, endpoint)
    what = f"subscription of {endpoint} to {Arn.of(topic_arn).name}"
    protocol = "sqs" if endpoint.startswith("arn:") else endpoint.partition(":")[0]
    asked = {"TopicArn": topic_arn, "Protocol": protocol, "Endpoint": endpoint, "ReturnSubscriptionArn": True}
    if mine is None:
        writer.write(CREATE, what, "sns.subscribe", asked | {"Attributes": _wanted(protocol, aside)})
    elif mine.pending:
        writer.write(ASK, f"confirmation of the {what}, once more", "sns.subscribe", asked)
    else:
        _mend(writer, topics, topic_arn, topics.details(mine), aside)


def _mine(topics: Topics, topic_arn: str, endpoint: str) -> Subscription | None:
    try:
        listed = topics.subscriptions(topic_arn)
    except AwsGone:
        return None  # a dry run: the topic is yet to be made
    return min((one for one in listed if one.endpoint == endpoint), key=lambda one: one.pending, default=None)


def _wanted(protocol: str, aside: str) -> dict[str, str]:
    wanted = {"RedrivePolicy": redrive(aside)}
    return wanted if protocol == "sqs" else wanted | {"DeliveryPolicy": json.dumps(PATIENT)}


def _mend(writer: Writer, topics: Topics, topic_arn: str, mine: Subscription, aside: str) -> None:
    what = f"subscription of {mine.endpoint} to {Arn.of(topic_arn).name}"
    writer.exists(what)
    wanted = _wanted(mine.protocol, aside)
    if mine.dead_letters:
        wanted.pop("RedrivePolicy")
    if "DeliveryPolicy" in wanted and patience(mine.attributes, topics.attributes(topic_arn)) >= ENOUGH:
        wanted.pop("DeliveryPolicy")
    if mine.raw:
        wanted["RawMessageDelivery"] = "false"
    for name, value in sorted(wanted.items()):
        params = {"SubscriptionArn": mine.arn, "AttributeName": name, "AttributeValue": value}
        writer.write(CHANGE, f"{name} of the {what}", "sns.set_subscription_attributes", params)


def event_rule(writer: Writer, rules: EventRules, topic_arn: str) -> None:
    """A rule of any name that sends Bedrock's job changes to the topic, else one of our own."""
    for found in rules.of_target(topic_arn):
        if matches_jobs(found.get("EventPattern")) and found.get("State") == "ENABLED":
            writer.exists(f"event rule {found.get('Name')} to {Arn.of(topic_arn).name}")
            return
    try:
        mine: dict[str, Any] = rules.describe(RULE)
    except AwsGone:
        mine = {}
    if not (matches_jobs(mine.get("EventPattern")) and mine.get("State") == "ENABLED"):
        text = "Sends Bedrock's batch job changes to the alarm topic"
        params = {"Name": RULE, "EventPattern": json.dumps(PATTERN), "State": "ENABLED", "Description": text}
        writer.write(CHANGE if mine else CREATE, f"event rule {RULE}", "events.put_rule", params)
    target = {"Rule": RULE, "Targets": [{"Id": "batchbot", "Arn": topic_arn}]}
    answer = writer.write(CREATE, f"target of {RULE}: {Arn.of(topic_arn).name}", "events.put_targets", target)
    if answer.get("FailedEntryCount"):
        raise AwsError(f"EventBridge did not take the topic as a target of {RULE}. Run batchbot setup again.")
