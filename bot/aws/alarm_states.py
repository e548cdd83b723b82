"""How alarms stand in CloudWatch now: those that tell a topic, those of a name, who rings in them, who is muted.

Only reads. DescribeAlarms takes a hundred names and gives a hundred alarms a page, of all types where all are named.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from bot.aws.alarms import TYPES, Described
from bot.aws.translate import aws_errors
from bot.errors import AwsGone

PAGE = 100
PAGES = 50
"""Pages of contributors that are read of one alarm; an alarm looks at 500 series at most."""


class AlarmStates:
    """One account and region. Errors are ``AwsError`` and its kinds."""

    def __init__(self, cloudwatch: Callable[[], Any], sts: Callable[[], Any]) -> None:
        """Give the two boto3 clients when they are needed."""
        self._cloudwatch = cloudwatch
        self._sts = sts
        self._account = ""

    def place(self) -> tuple[str, str]:
        """Whose alarms these are: account and region; asked once (GetCallerIdentity needs no permission)."""
        if not self._account:
            with aws_errors("ask which account I am in"):
                self._account = str(self._sts().get_caller_identity()["Account"])
        return self._account, str(self._cloudwatch().meta.region_name)

    def telling(self, topics: Sequence[str]) -> dict[str, Described]:
        """The alarms of which any action is one of these topics, by ARN."""
        found: dict[str, Described] = {}
        for topic in topics:
            found |= {str(one["AlarmArn"]): one for one in self._described(ActionPrefix=topic)}
        return found

    def named(self, names: Sequence[str]) -> dict[str, Described]:
        """The alarms with these exact names, by ARN; one that was deleted is missing."""
        found: dict[str, Described] = {}
        for start in range(0, len(names), PAGE):
            asked = list(names[start : start + PAGE])
            found |= {str(one["AlarmArn"]): one for one in self._described(AlarmNames=asked)}
        return found

    def _described(self, **asked: Any) -> Iterator[Described]:
        with aws_errors("look at the alarms in CloudWatch"):
            pages = self._cloudwatch().get_paginator("describe_alarms")
            for page in pages.paginate(AlarmTypes=list(TYPES), MaxRecords=PAGE, **asked):
                for member in TYPES.values():
                    yield from page.get(member) or ()

    def contributors(self, name: str) -> list[Mapping[str, Any]]:
        """Who is in ALARM in an alarm over several series; boto3 has no paginator for it."""
        found: list[Mapping[str, Any]] = []
        more: dict[str, str] = {}
        with aws_errors("look at the alarm's contributors"):
            for _ in range(PAGES):
                page = self._cloudwatch().describe_alarm_contributors(AlarmName=name, **more)
                found += page.get("AlarmContributors") or ()
                if not page.get("NextToken"):
                    break
                more = {"NextToken": page["NextToken"]}
        return found

    def muted(self, name: str) -> bool:
        """Whether a mute rule keeps the alarm quiet now."""
        try:
            with aws_errors("look at the alarm's mute rules"):
                answer = self._cloudwatch().list_alarm_mute_rules(AlarmName=name, Statuses=["ACTIVE"])
        except AwsGone:
            return False
        return bool(answer.get("AlarmMuteRuleSummaries"))
