"""Whether an alarm gets from CloudWatch to here: the topic and its policy, my subscription, its patience, its dead letters."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from bot.aws import policies
from bot.aws.policies import CLOUDWATCH, EVENTS, Actor
from bot.aws.retries import patience
from bot.aws.topics import Arn, Subscription, Topics
from bot.aws.translate import aws_errors
from bot.checks.finding import Finding, broken, good, unchecked, warning
from bot.checks.grants import Where, grant_of, statement
from bot.checks.queues import dead_letters
from bot.errors import AwsDenied, AwsGone

SETUP = "Run: batchbot setup"
LOSES = 120.0
"""Seconds of retrying under which an outage of a deployment's length loses alarms."""
SHORT = 600.0

Client = Callable[[str], Any]


@dataclass(frozen=True, slots=True)
class Link:
    """How alarms are to reach the bot: an address for SNS, a queue (its ARN), or both; ``require_v2`` as in the settings."""

    endpoint: str = ""
    queue: str = ""
    require_v2: bool = False


class Delivery:
    """The checks of one topic."""

    def __init__(self, client: Client, topic: str, link: Link, where: Where) -> None:
        """``client`` gives boto3's clients by name."""
        self._client = client
        self._topic = topic
        self._link = link
        self._where = where
        self._arn = Arn.of(topic)
        self.area = f"Topic {self._arn.name}"

    def look(self) -> list[Finding]:
        """All findings of the topic, in the order in which a message travels."""
        found = self._elsewhere()
        with aws_errors("reach SNS"):
            topics = Topics(self._client("sns"))
        try:
            attributes = topics.attributes(self._topic)
        except AwsGone:
            return [*found, broken(self.area, "There is no such topic.", f"{SETUP}, or correct BATCHBOT_TOPIC_ARNS.")]
        except AwsDenied:
            return [*found, self._unseen("sns:GetTopicAttributes", "the topic")]
        found += self._publishers(attributes)
        found += self._encryption(attributes)
        found += self._signature(attributes)
        return found + self._subscriptions(topics, attributes)

    def _elsewhere(self) -> list[Finding]:
        here = self._where
        if here.region not in {"*", "", self._arn.region}:
            sentence = (
                f"It is in {self._arn.region}, and I work in {here.region}: I cannot confirm my subscription there."
            )
            return [warning(self.area, sentence, "Use a topic of my region, or confirm the subscription by hand.")]
        return []

    # --- into the topic -------------------------------------------------------------------------------------------

    def _publishers(self, attributes: Mapping[str, str]) -> list[Finding]:
        policy, found = attributes.get("Policy"), []
        who = {CLOUDWATCH: "CloudWatch alarms", EVENTS: "EventBridge rules"}
        for service, name in who.items():
            if policies.allows(policy, Actor(service, self._arn.account), "sns:Publish"):
                found.append(good(self.area, f"{name} may publish to it."))
                continue
            own = policies.publishers(self._topic, self._arn.account)
            missing = next(s for s in own if s["Principal"]["Service"] == service)
            fix = f"{SETUP}, or add this statement to the topic's policy:"
            sentence = f"Its policy does not let {name} publish, so {LOST[service]}."
            say = broken if service == CLOUDWATCH else warning
            found.append(say(self.area, sentence, fix, missing))
        return found

    def _encryption(self, attributes: Mapping[str, str]) -> list[Finding]:
        key = attributes.get("KmsMasterKeyId") or ""
        if key.endswith("alias/aws/sns"):
            sentence = "It is encrypted with the key alias/aws/sns, which CloudWatch may not use: no alarm gets in."
            return [
                broken(self.area, sentence, "Use a key of your own that lets cloudwatch.amazonaws.com use it, or none.")
            ]
        return []

    def _signature(self, attributes: Mapping[str, str]) -> list[Finding]:
        if self._link.require_v2 and attributes.get("SignatureVersion") != "2":
            sentence = "It signs with version 1, and BATCHBOT_SNS_REQUIRE_V2 lets me believe version 2 only."
            return [broken(self.area, sentence, f"{SETUP}: it sets SignatureVersion to 2.")]
        return []

    # --- out of the topic -----------------------------------------------------------------------------------------

    def _subscriptions(self, topics: Topics, attributes: Mapping[str, str]) -> list[Finding]:
        if not (self._link.endpoint or self._link.queue):
            fix = "Set BATCHBOT_PUBLIC_URL (SNS reaches me) or BATCHBOT_ALARM_QUEUE_URL (I read a queue)."
            return [unchecked(self.area, "I do not know by which way alarms are to reach me.", fix)]
        try:
            listed = topics.subscriptions(self._topic)
            found: list[Finding] = []
            for protocol, endpoint in self._wanted():
                mine = _best(one for one in listed if (one.protocol, one.endpoint) == (protocol, endpoint))
                found += self._one(topics.details(mine) if mine else None, endpoint, attributes)
        except AwsDenied as error:
            action = "sns:GetSubscriptionAttributes" if "look at" in error.sentence else "sns:ListSubscriptionsByTopic"
            return [self._unseen(action, "my subscription")]
        return found

    def _wanted(self) -> list[tuple[str, str]]:
        link = self._link
        ways = [(link.endpoint.partition(":")[0], link.endpoint), ("sqs", link.queue)]
        return [(protocol, endpoint) for protocol, endpoint in ways if endpoint]

    def _one(self, mine: Subscription | None, endpoint: str, topic: Mapping[str, str]) -> list[Finding]:
        if mine is None:
            return [broken(self.area, f"{endpoint} is not subscribed, or not any more: no alarm arrives.", SETUP)]
        if mine.pending:
            sentence = f"The subscription of {endpoint} waits for its confirmation: no alarm arrives yet."
            fix = (
                "Start batchbot where SNS can reach it, then run batchbot setup, which has the confirmation sent again."
            )
            return [broken(self.area, sentence, fix)]
        found = [good(self.area, f"{endpoint} is subscribed and confirmed.")]
        if mine.raw:
            sentence = "Raw message delivery is on, so messages come without a signature and I refuse them."
            found.append(broken(self.area, sentence, f"{SETUP}: it turns raw delivery off."))
        if mine.attributes.get("FilterPolicy"):
            sentence = "The subscription has a filter policy: only what fits it arrives."
            found.append(warning(self.area, sentence, "Remove it, unless it is meant."))
        if mine.protocol != "sqs":
            found += self._patience(mine, topic)
        return found + self._dead_letters(mine)

    def _patience(self, mine: Subscription, topic: Mapping[str, str]) -> list[Finding]:
        length = patience(mine.attributes, topic)
        if length >= SHORT:
            return [good(self.area, f"SNS keeps trying for {_minutes(length)} when I am away.")]
        sentence = f"SNS gives up after {_minutes(length)}: alarms that ring while I am away longer are lost."
        say = broken if length <= LOSES else warning
        return [say(self.area, sentence, f"{SETUP}: it sets a delivery policy that tries for most of an hour.")]

    def _dead_letters(self, mine: Subscription) -> list[Finding]:
        if not mine.dead_letters:
            if mine.protocol == "sqs":
                return []
            sentence = "The subscription has no dead-letter queue: what SNS gives up is gone."
            return [warning(self.area, sentence, f"{SETUP}: it makes one.")]
        return dead_letters(self._client, self._where, mine.dead_letters, self._topic)

    def _unseen(self, action: str, what: str) -> Finding:
        sentence = f"I may not look at {what} ({action}), so I cannot say whether alarms can arrive."
        fix = "Add this statement to my policy:"
        return warning(self.area, sentence, fix, statement(grant_of(action), self._where))


LOST = {CLOUDWATCH: "no alarm gets into it", EVENTS: "job changes come by polling alone"}


def _best(found: Any) -> Subscription | None:
    """The confirmed one where there are several."""
    return min(found, key=lambda one: one.pending, default=None)


def _minutes(seconds: float) -> str:
    return f"{seconds:.0f} seconds" if seconds < 120 else f"{seconds / 60:.0f} minutes"
