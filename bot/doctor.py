"""`batchbot doctor`: looks at everything the bot needs, says in one line each how it stands and what to do; writes nothing.

Exit code 0: nothing is broken (there may be warnings). 1: something is. 2: the settings cannot be read.
"""

from __future__ import annotations

import argparse
import json
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from dotenv import load_dotenv
from sqlalchemy.exc import SQLAlchemyError

from bot import logs, settings
from bot.aws.clients import Clients
from bot.aws.permissions import Caller
from bot.aws.queues import arn_of_url
from bot.checks import account, ground, job_events, permissions, queues, slack_app
from bot.checks.delivery import Delivery, Link
from bot.checks.finding import Finding, broken, summary, unchecked, verdict
from bot.checks.grants import Where
from bot.checks.ground import Rule
from bot.checks.runner import Check, run
from bot.db import Database
from bot.errors import BotError
from bot.inbox import Inbox
from bot.settings import Catalogue, Settings
from bot.slack.client import Identity, Slack
from bot.slack.look import Look

WHO_SECONDS, LOOK_SECONDS = 9.0, 17.0
"""Time for finding out who we are, and then for all the rest together."""
CALL_SECONDS = 6

MANIFEST = Path("manifest.yaml")


def main(argv: Sequence[str], say: Callable[[str], None]) -> int:
    """Look, say what was found line by line, and return the exit code."""
    parser = argparse.ArgumentParser(prog="batchbot doctor", description="Looks at everything and says what to mend.")
    parser.add_argument("--json", action="store_true", help="for programs: one JSON object")
    options = parser.parse_args(argv)
    report = Report(say, as_json=options.json)
    try:
        load_dotenv(Path(".env"))
        read = settings.load()
        logs.configure(read.log_format, "CRITICAL")
        doctor = Doctor(read, settings.load_catalogue(read.config), datetime.now(UTC))
    except BotError as error:
        report.add(broken(ground.SETTINGS, error.sentence, "Each variable is described in .env.example."))
        return report.end(2)
    except SQLAlchemyError:
        report.add(
            broken(ground.SETTINGS, "BATCHBOT_DATABASE_URL is not an address of a database.", "See .env.example.")
        )
        return report.end(2)
    for finding in doctor.findings():
        report.add(finding)
    return report.end(verdict(report.findings))


class Report:
    """Says findings as they come, or all at the end as JSON."""

    def __init__(self, say: Callable[[str], None], *, as_json: bool) -> None:
        """Nothing was found yet."""
        self.findings: list[Finding] = []
        self._say = say
        self._as_json = as_json

    def add(self, finding: Finding) -> None:
        """Take one more."""
        self.findings.append(finding)
        if not self._as_json:
            self._say("\n".join(finding.lines()))

    def end(self, code: int) -> int:
        """Say the end; the code itself."""
        if self._as_json:
            self._say(json.dumps({"exit_code": code, "findings": [f.as_json() for f in self.findings]}, indent=1))
        else:
            self._say(f"\n{summary(self.findings)}")
        return code


@dataclass(slots=True)
class Known:
    """What the first stage found out."""

    slack: Identity | None = None
    caller: Caller | None = None


class Doctor:
    """Puts the checks together; the only one here that reads settings and makes clients."""

    def __init__(self, read: Settings, catalogue: Catalogue, now: datetime) -> None:
        """Open nothing yet."""
        self._s = read
        self._catalogue = catalogue
        self._now = now
        self._db = Database(read.database_url.get_secret_value())
        self._clients = Clients(read_timeout=CALL_SECONDS, attempts=1)
        self._slack = Slack(read.slack_bot_token.get_secret_value(), read.slack_api_url, timeout=CALL_SECONDS)
        self._look = Look(self._slack.web)
        self._region = self._clients.region
        self._known = Known()

    def findings(self) -> Iterator[Finding]:
        """First who we are, then everything else side by side."""
        yield from run(self._first(), WHO_SECONDS)
        yield from run(self._second(), LOOK_SECONDS)

    # --- the first stage ------------------------------------------------------------------------------------------

    def _first(self) -> list[Check]:
        oldest = Inbox(self._db, lanes={}).oldest_open
        return [
            Check(ground.SETTINGS, lambda: [*ground.settings(self._rules()), *self._command()]),
            Check(
                ground.DATABASE, lambda: ground.database(self._db, oldest, self._now), "Check BATCHBOT_DATABASE_URL."
            ),
            Check(slack_app.AREA, self._slack_identity),
            Check(account.AREA, self._aws_identity),
        ]

    def _rules(self) -> list[Rule]:
        s = self._s
        token = s.slack_bot_token.get_secret_value()
        doors = s.slack_signing_secret.get_secret_value() or s.slack_app_token.get_secret_value()
        queue = not s.alarm_queue_url or arn_of_url(s.alarm_queue_url, "aws", "")
        channels = s.alarms_channel or s.jobs_channel or s.summary_channel
        people, topics = s.submitters or s.admins, s.topic_arns
        reach = "Set SLACK_SIGNING_SECRET (HTTP) or SLACK_APP_TOKEN (Socket Mode)."
        return [
            Rule(token, "SLACK_BOT_TOKEN is not set.", "Copy it from the Slack app's page.", must=True),
            Rule(doors, "Slack cannot reach me.", reach, must=True),
            Rule(queue, "BATCHBOT_ALARM_QUEUE_URL is not the URL of an SQS queue.", "Copy it from there.", must=True),
            Rule(s.role_arn, "Nobody can submit jobs: there is no service role.", "Set BATCHBOT_ROLE_ARN."),
            Rule(s.output_uri, "Results have no usual place.", "Set BATCHBOT_OUTPUT_URI."),
            Rule(self._catalogue.models, "No model may be used.", f"List some in {s.config}, as [[models]]."),
            Rule(people, "Nobody may submit.", "Set BATCHBOT_SUBMITTERS."),
            Rule(channels, "Alarms have no channel.", "Set BATCHBOT_ALARMS_CHANNEL."),
            Rule(topics, "No alarm is believed: no topic is named.", "Run batchbot setup, set BATCHBOT_TOPIC_ARNS."),
        ]

    def _command(self) -> list[Finding]:
        """The slash command beside the manifest's, where the file is here."""
        if not MANIFEST.exists():
            return []
        named = re.findall(r"^\s*-?\s*command:\s*(/\S+)", MANIFEST.read_text(encoding="utf-8"), re.MULTILINE)
        if not named or self._s.command in named:
            return []
        sentence = f"BATCHBOT_COMMAND is {self._s.command}, and manifest.yaml has {', '.join(named)}."
        return [broken(ground.SETTINGS, sentence, "Make both the same, in the Slack app too.")]

    def _slack_identity(self) -> list[Finding]:
        if not self._s.slack_bot_token.get_secret_value():
            return []
        people = {*self._s.submitters, *self._s.admins, *self._s.operators}
        needed = {"usergroups:read"} if any(one.startswith("S") for one in people) else set()
        self._known.slack, found = slack_app.identity(self._slack, needed)
        return found

    def _aws_identity(self) -> list[Finding]:
        self._known.caller, found = account.identity(self._clients.get, self._region)
        if self._known.caller:
            found += account.fits(self._known.caller, self._s.role_arn, self._s.topic_arns)
        return found

    # --- the second stage -----------------------------------------------------------------------------------------

    def _second(self) -> list[Check]:
        checks: list[Check] = []
        if self._known.slack:
            checks += self._slack_checks(self._known.slack)
        if self._known.caller:
            checks += self._aws_checks(self._where(self._known.caller))
        else:
            blind = unchecked(permissions.AREA, "Permissions, topics and queues are not checked before AWS knows me.")
            checks.append(Check(permissions.AREA, lambda: [blind]))
        if self._s.public_url:
            checks.append(Check(ground.ADDRESS, lambda: ground.address(self._s.public_url)))
        return checks

    def _slack_checks(self, who: Identity) -> list[Check]:
        token = self._s.slack_app_token.get_secret_value()
        made = [Check("Socket Mode", lambda: slack_app.socket_mode(self._look, token))] if token else []
        return made + [
            Check(f"Channel {channel}", self._channel(channel, ", ".join(uses), who))
            for channel, uses in self._channels().items()
        ]

    def _channel(self, channel: str, uses: str, who: Identity) -> Callable[[], list[Finding]]:
        return lambda: slack_app.channel(self._look, channel, uses, who.scopes)

    def _channels(self) -> dict[str, list[str]]:
        """Each channel of the settings with the names of those that use it."""
        s, config = self._s, self._s.config
        named = [
            (s.jobs_channel, "BATCHBOT_JOBS_CHANNEL"),
            (s.alarms_channel, "BATCHBOT_ALARMS_CHANNEL"),
            (s.summary_channel, "BATCHBOT_SUMMARY_CHANNEL"),
            *((route.channel, f"[[routes]] in {config}") for route in self._catalogue.routes),
            *((one.channel, f"[[summaries]] in {config}") for one in self._catalogue.summaries),
        ]
        found: dict[str, list[str]] = {}
        for channel, use in named:
            if channel and use not in found.setdefault(channel, []):
                found[channel].append(use)
        return found

    def _where(self, who: Caller) -> Where:
        s = self._s
        return Where(
            account=who.account,
            region=self._region,
            partition=who.partition,
            buckets=s.allowed_buckets,
            role=s.role_arn,
            topics=s.topic_arns,
            queue=arn_of_url(s.alarm_queue_url, who.partition, self._region),
            own=who.principal,
            models=tuple(m.id for m in self._catalogue.models),
            follow_topics=tuple(f.topic for f in self._catalogue.followups if f.topic),
            follow_buses=tuple(f.event_bus for f in self._catalogue.followups if f.event_bus),
            follow_machines=tuple(f.state_machine for f in self._catalogue.followups if f.state_machine),
        )

    def _aws_checks(self, where: Where) -> list[Check]:
        s, get = self._s, self._clients.get
        link = Link(f"{s.public_url}/sns" if s.public_url else "", where.queue, s.sns_require_v2)
        made = permissions.checks(get, where, self._now)
        for topic in s.topic_arns:
            delivery = Delivery(get, topic, link, where)
            made.append(Check(delivery.area, delivery.look))
        if s.alarm_queue_url:
            url = s.alarm_queue_url
            made.append(Check("Alarm queue", lambda: queues.alarm_queue(get, where, url, s.topic_arns)))
        if s.topic_arns:
            made.append(Check("Job events", lambda: job_events.job_events(get, where, s.topic_arns)))
        return made
