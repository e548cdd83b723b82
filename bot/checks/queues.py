"""The queues behind the topics: the one that the bot reads, and the one that keeps what could not be delivered."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from bot.aws import policies
from bot.aws.policies import SNS, Actor
from bot.aws.queues import Queues
from bot.aws.topics import Arn
from bot.aws.translate import aws_errors
from bot.checks.finding import Finding, broken, good, unchecked, warning
from bot.checks.grants import Where, grant_of, statement
from bot.errors import AwsDenied, AwsGone

SETUP = "Run: batchbot setup"

Client = Callable[[str], Any]


def dead_letters(client: Client, where: Where, queue: str, topic: str) -> list[Finding]:
    """A dead-letter queue: that it is there, that SNS may put things into it, and that it is empty."""
    area, name = f"Topic {Arn.of(topic).name}", Arn.of(queue).name
    try:
        with aws_errors("reach SQS"):
            queues = Queues(client("sqs"))
        attributes = queues.attributes(queues.url(queue))
    except AwsGone:
        return [broken(area, f"The dead-letter queue {name} does not exist.", SETUP)]
    except AwsDenied:
        fix = "Add this statement to my policy:"
        missing = statement(grant_of("sqs:GetQueueAttributes"), where)
        return [unchecked(area, f"I may not look at the dead-letter queue {name}.", fix, missing)]
    actor = Actor(SNS, Arn.of(topic).account, topic)
    if not policies.allows(attributes.get("Policy"), actor, "sqs:SendMessage"):
        [needed] = policies.senders(queue, [topic])
        sentence = f"SNS may not put messages into the dead-letter queue {name}: they would be gone."
        return [broken(area, sentence, f"{SETUP}, or add this statement to the queue's policy:", needed)]
    waiting = int(attributes.get("ApproximateNumberOfMessages") or 0)
    if waiting:
        fix = "Redrive it (SQS console, Start DLQ redrive); older than 90 minutes needs BATCHBOT_SNS_MAX_AGE_SECONDS=0."
        return [warning(area, f"{waiting} messages that could not be delivered lie in {name}.", fix)]
    return [good(area, f"What cannot be delivered is kept in {name}, which is empty.")]


def alarm_queue(client: Client, where: Where, url: str, topics: tuple[str, ...]) -> list[Finding]:
    """The queue that the bot reads: that it is there and takes what the topics send."""
    area = "Alarm queue"
    try:
        with aws_errors("reach SQS"):
            attributes = Queues(client("sqs")).attributes(url)
    except AwsGone:
        return [broken(area, "The queue of BATCHBOT_ALARM_QUEUE_URL does not exist.", "Run: batchbot setup --queue")]
    except AwsDenied:
        missing = statement(grant_of("sqs:GetQueueAttributes"), where)
        return [warning(area, "I may not look at the alarm queue.", "Add this statement to my policy:", missing)]
    deaf = [t for t in topics if not _sends(attributes.get("Policy"), t)]
    if deaf:
        [needed] = policies.senders(attributes["QueueArn"], topics)
        names = ", ".join(Arn.of(t).name for t in deaf)
        fix = "Run batchbot setup, or add this statement to the queue's policy:"
        return [broken(area, f"The topics {names} may not put messages into it.", fix, needed)]
    return [good(area, f"It is there and holds {attributes.get('ApproximateNumberOfMessages', '0')} messages.")]


def _sends(policy: object, topic: str) -> bool:
    return policies.allows(policy, Actor(SNS, Arn.of(topic).account, topic), "sqs:SendMessage")
