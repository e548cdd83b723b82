"""Whether Bedrock's job changes are sent to a topic, so that job cards move at once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from bot.aws.event_rules import EventRules, matches_jobs
from bot.aws.translate import aws_errors
from bot.checks.finding import Finding, good, unchecked, warning
from bot.checks.grants import Where, grant_of, statement
from bot.errors import AwsDenied, AwsError

SETUP = "Run: batchbot setup"


def job_events(client: Callable[[str], Any], where: Where, topics: Sequence[str]) -> list[Finding]:
    """An event rule that brings job changes to one of the topics; polling works without."""
    area = "Job events"
    try:
        with aws_errors("reach EventBridge"):
            rules = EventRules(client("events"))
        found = [rule for topic in topics for rule in rules.of_target(topic) if matches_jobs(rule.get("EventPattern"))]
    except AwsDenied:
        fix = "Add this statement to my policy:"
        missing = statement(grant_of("events:ListRuleNamesByTarget"), where)
        return [unchecked(area, "I may not look at the event rules.", fix, missing)]
    except AwsError as error:
        return [warning(area, error.sentence, "Job cards are kept true by polling meanwhile.")]
    enabled = [rule for rule in found if rule.get("State") == "ENABLED"]
    if enabled:
        return [good(area, f"The rule {enabled[0].get('Name')} sends job changes to the topic.")]
    if found:
        sentence = f"The rule {found[0].get('Name')} is disabled, so job cards move by polling alone."
        return [warning(area, sentence, SETUP)]
    return [warning(area, "No event rule sends job changes to the topic, so job cards move by polling alone.", SETUP)]
