"""What Slack and AWS do wrong to the bot until it is switched off again; one thing at a time on each side."""

from __future__ import annotations

from dataclasses import dataclass

from playground.aws.faults import Faults as AwsFaults
from playground.slack.faults import EVERY
from playground.slack.faults import Faults as SlackFaults

ALWAYS = 1_000_000
PAUSE = 5


@dataclass
class Mischief:
    """`slack` and `aws` name what goes wrong now, empty while all is well."""

    _slack: SlackFaults
    _aws: AwsFaults
    slack: str = ""
    aws: str = ""

    def on_slack(self, what: str) -> None:
        """Start it, or end it if it was on."""
        self._slack.clear()
        self.slack = "" if self.slack == what else what
        if self.slack == "limit":
            for method in ("chat.postMessage", "chat.update"):
                self._slack.rate_limit(method, ALWAYS, PAUSE)
        elif self.slack == "hang":
            self._slack.hang(EVERY, PAUSE, ALWAYS)
        elif self.slack == "down":
            self._slack.outage(EVERY, 503, ALWAYS)

    def on_aws(self, what: str) -> None:
        """Start it, or end it if it was on."""
        self._aws.clear()
        self.aws = "" if self.aws == what else what
        if self.aws == "hang":
            self._aws.hang("*", 60.0)
        elif self.aws == "deny":
            self._aws.deny("*")
        elif self.aws == "throttle":
            self._aws.throttle("*")
