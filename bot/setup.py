"""`batchbot setup`: makes what alarms travel by (topic, subscription, dead-letter queue, event rule); may be run again.

Exit code 0: all is as it should be. 1: Amazon refused something. 2: the settings cannot be used.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from dotenv import load_dotenv

from bot import logs, settings
from bot.aws.clients import Clients
from bot.aws.event_rules import EventRules
from bot.aws.permissions import Caller, caller
from bot.aws.queues import Queues, arn_of_url
from bot.aws.topics import Arn, Topics
from bot.aws.translate import aws_errors
from bot.errors import AwsDenied, AwsError, Misconfigured
from bot.provisioning import steps
from bot.provisioning.writer import Writer
from bot.settings import Settings

NAME = "batchbot-alarms"
NO_WAY = (
    "I do not know how alarms are to reach me. Set BATCHBOT_PUBLIC_URL to the https address of batchbot web, "
    "or run batchbot setup --queue to have them wait in an SQS queue that I read."
)


def main(argv: Sequence[str], say: Callable[[str], None]) -> int:
    """Make it so, say each thing, and return the exit code; raises Misconfigured."""
    parser = argparse.ArgumentParser(prog="batchbot setup", description="Makes what alarms travel by. Deletes nothing.")
    parser.add_argument("--dry-run", action="store_true", help="only read, and print the calls that would be made")
    parser.add_argument("--queue", action="store_true", help="use an SQS queue, for a bot that SNS cannot reach")
    options = parser.parse_args(argv)
    load_dotenv(Path(".env"))
    read = settings.load()
    logs.configure(read.log_format, "CRITICAL")
    try:
        Setup(read, say, queue=options.queue, dry=options.dry_run).run()
    except AwsError as error:
        say(f"refused    {error.sentence}")
        if isinstance(error, AwsDenied):
            say("           deploy/policy-setup.json has all that this command needs.")
        say("What was made stays. Run the command again when that is mended.")
        return 1
    return 0


@dataclass(frozen=True, slots=True)
class Place:
    """Where things are made."""

    who: Caller
    region: str

    def arn(self, service: str, name: str) -> str:
        """The ARN that something of this name has here."""
        return f"arn:{self.who.partition}:{service}:{self.region}:{self.who.account}:{name}"

    def has(self, arn: str) -> bool:
        """Whether it is (to be) in this account and region."""
        parts = Arn.of(arn)
        return (parts.account, parts.region) == (self.who.account, self.region)


class Setup:
    """Puts the steps together; reads settings and makes clients."""

    def __init__(self, read: Settings, say: Callable[[str], None], *, queue: bool, dry: bool) -> None:
        """Raises Misconfigured where there is no way by which alarms could arrive."""
        if not (read.public_url or read.alarm_queue_url or queue):
            raise Misconfigured(NO_WAY)
        self._s = read
        self._say = say
        self._wants_queue = queue or bool(read.alarm_queue_url)
        self._dry = dry
        self._clients = Clients()
        self._writer = Writer(self._clients.get, say, dry=dry)

    def run(self) -> None:
        """All steps in the order in which they rest on each other; raises AwsError and Misconfigured."""
        place = self._place()
        sns, sqs, events = (self._client(name) for name in ("sns", "sqs", "events"))
        topics, queues = Topics(sns), Queues(sqs)
        listed = self._s.topic_arns or (place.arn("sns", NAME),)
        mine = [arn for arn in listed if place.has(arn)]
        for arn in listed:
            if arn in mine:
                steps.topic(self._writer, topics, arn, require_v2=self._s.sns_require_v2)
            else:
                self._writer.skipped(f"topic {arn}: not in account {place.who.account}, {place.region}")
        url = self._queue(queues, place, mine) if self._wants_queue else ""
        for arn in mine:
            self._subscribe(topics, queues, place, arn)
        if mine:
            steps.event_rule(self._writer, EventRules(events), mine[0])
        self._epilogue(listed, url)

    def _client(self, name: str) -> object:
        with aws_errors(f"reach {name.upper()}"):
            return self._clients.get(name)

    def _place(self) -> Place:
        region = self._clients.region
        if not region:
            raise Misconfigured("No region is set. Set AWS_REGION.")
        return Place(caller(self._client("sts")), region)

    def _queue_arn(self, place: Place) -> str:
        if not self._s.alarm_queue_url:
            return place.arn("sqs", NAME)
        arn = arn_of_url(self._s.alarm_queue_url, place.who.partition, place.region)
        if not arn:
            raise Misconfigured(
                "BATCHBOT_ALARM_QUEUE_URL is not the URL of an SQS queue. Copy it from the SQS console."
            )
        return arn

    def _queue(self, queues: Queues, place: Place, topics: Sequence[str]) -> str:
        arn = self._queue_arn(place)
        if not place.has(arn):
            self._writer.skipped(f"queue {arn}: not in account {place.who.account}, {place.region}")
            return self._s.alarm_queue_url
        aside = place.arn("sqs", f"{Arn.of(arn).name}-dead-letters")
        steps.dead_letters(self._writer, queues, aside, topics)
        return steps.alarm_queue(self._writer, queues, arn, topics, aside)

    def _subscribe(self, topics: Topics, queues: Queues, place: Place, arn: str) -> None:
        aside = place.arn("sqs", f"{Arn.of(arn).name}-dead-letters")
        if not (self._wants_queue and Arn.of(self._queue_arn(place)).name == Arn.of(arn).name):
            steps.dead_letters(self._writer, queues, aside, [arn])
        if self._s.public_url:
            steps.subscription(self._writer, topics, arn, f"{self._s.public_url}/sns", aside)
        if self._wants_queue:
            steps.subscription(self._writer, topics, arn, self._queue_arn(place), aside)

    def _epilogue(self, topics: Sequence[str], url: str) -> None:
        if not self._writer.writes:
            self._say("\nNothing had to be changed.")
        self._say("\nThe environment of batchbot needs:")
        self._say(f"  BATCHBOT_TOPIC_ARNS={','.join(topics)}")
        if self._s.public_url:
            self._say(f"  BATCHBOT_PUBLIC_URL={self._s.public_url}")
        if self._wants_queue:
            self._say(f"  BATCHBOT_ALARM_QUEUE_URL={url or '(the URL that the queue gets)'}")
        self._say("\nNext: start batchbot; it confirms its subscription by itself. Then run: batchbot doctor")
        self._say(
            f"Alarms and the dashboard are made from Slack: {self._s.command} alarm create, {self._s.command} dashboard"
        )
