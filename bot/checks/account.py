"""Who the bot is in AWS, and whether account and region fit what the settings name."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from bot.aws.permissions import Caller, caller
from bot.aws.topics import Arn
from bot.aws.translate import aws_errors
from bot.checks.finding import Finding, broken, good, warning
from bot.errors import AwsError, AwsUnavailable

AREA = "AWS"
NO_REGION = broken(AREA, "No region is set, so nothing at Amazon can be reached.", "Set AWS_REGION.")


def identity(client: Callable[[str], Any], region: str) -> tuple[Caller | None, list[Finding]]:
    """The caller, or None and why not."""
    if not region:
        return None, [NO_REGION]
    try:
        with aws_errors("reach STS"):
            sts = client("sts")
        who = caller(sts)
    except AwsUnavailable as error:
        return None, [broken(AREA, error.sentence, "Look at the network: HTTPS to Amazon, proxies, VPC endpoints.")]
    except AwsError as error:
        fix = "Give this process working AWS credentials: a role, a profile, or AWS_ACCESS_KEY_ID."
        return None, [broken(AREA, error.sentence, fix)]
    found = [good(AREA, f"I am {who.arn}, in {region}.")]
    if who.arn.endswith(":root"):
        found.append(
            warning(AREA, "These are the keys of the account's root user.", "Use a role with deploy/policy-bot.json.")
        )
    return who, found


def fits(who: Caller, role: str, topics: Sequence[str]) -> list[Finding]:
    """Role and topics belong to the same account."""
    found = []
    for name, arn in [("BATCHBOT_ROLE_ARN", role), *(("BATCHBOT_TOPIC_ARNS", topic) for topic in topics)]:
        if arn and Arn.of(arn).account != who.account:
            sentence = f"{name} is in account {Arn.of(arn).account}, and I am in {who.account}."
            say = broken if arn == role else warning
            found.append(say(AREA, sentence, f"Correct {name}, or run me with credentials of that account."))
    return found
