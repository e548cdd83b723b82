"""The alarms of one account and region: all of them, one of them, written, switched, deleted; and what is muted."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from bot.aws.translate import aws_errors
from bot.errors import AwsDenied
from bot.points import Point, clean

TYPES = {"CompositeAlarm": "CompositeAlarms", "MetricAlarm": "MetricAlarms", "LogAlarm": "LogAlarms"}
"""DescribeAlarms answers with metric alarms alone unless all types are named; each type has a list of its own."""
MUTES = 50
QUERIES = 500

Described = dict[str, Any]


class AlarmApi:
    """CloudWatch's calls on alarms behind one boto3 client. Errors are ``AwsError`` and its kinds."""

    def __init__(self, client: Any) -> None:
        """``client`` is boto3's of CloudWatch."""
        self._client = client

    @property
    def region(self) -> str:
        """Where these alarms are."""
        return str(self._client.meta.region_name)

    def all(self) -> list[Described]:
        """Every alarm of all types, by name; ``AlarmType`` is added to each."""
        found: list[Described] = []
        with aws_errors("list the alarms"):
            for page in self._client.get_paginator("describe_alarms").paginate(AlarmTypes=list(TYPES)):
                found += _typed(page)
        return sorted(found, key=lambda one: str(one.get("AlarmName")))

    def find(self, name: str) -> Described | None:
        """One alarm of any type by its exact name."""
        with aws_errors("look at the alarm"):
            page = self._client.describe_alarms(AlarmNames=[name], AlarmTypes=list(TYPES))
        return next((one for one in _typed(page) if one.get("AlarmName") == name), None)

    def put(self, definition: Mapping[str, Any]) -> None:
        """Write a whole metric alarm; the same one twice is the same as once."""
        with aws_errors("write the alarm"):
            self._client.put_metric_alarm(**definition)

    def switch(self, name: str, *, on: bool) -> None:
        """Let an alarm act on its changes, or not."""
        with aws_errors("enable the alarm's actions" if on else "disable the alarm's actions"):
            (self._client.enable_alarm_actions if on else self._client.disable_alarm_actions)(AlarmNames=[name])

    def delete(self, name: str) -> None:
        """Delete one alarm; one that is not there is an AwsGone."""
        with aws_errors("delete the alarm"):
            self._client.delete_alarms(AlarmNames=[name])

    def muted(self) -> frozenset[str]:
        """The names that mute rules hold quiet now, of at most 50 rules; raises AwsDenied where they may not be read."""
        names: set[str] = set()
        with aws_errors("look at the mute rules"):
            rules = self._client.list_alarm_mute_rules(Statuses=["ACTIVE"], MaxRecords=MUTES)
            for one in rules.get("AlarmMuteRuleSummaries") or ():
                rule = str(one.get("AlarmMuteRuleArn", "")).split(":", 6)[-1]
                found = self._client.get_alarm_mute_rule(AlarmMuteRuleName=rule)
                names |= {str(n) for n in (found.get("MuteTargets") or {}).get("AlarmNames") or ()}
        return frozenset(names)

    def read(
        self, queries: Sequence[Mapping[str, Any]], since: datetime, until: datetime
    ) -> dict[str, tuple[Point, ...]]:
        """The datapoints of every query that returns any, by its id (up to 500 queries, all pages).

        The series of an id that has several (a query over all models) are thrown together: ask for them one by one.
        """
        pairs: dict[str, list[tuple[datetime, float]]] = {}
        forbidden = 0
        with aws_errors("read the metrics of the last week"):
            pages = self._client.get_paginator("get_metric_data").paginate(
                MetricDataQueries=list(queries)[:QUERIES], StartTime=since, EndTime=until, ScanBy="TimestampAscending"
            )
            for result in (one for page in pages for one in page.get("MetricDataResults") or ()):
                forbidden += result.get("StatusCode") == "Forbidden"
                values = zip(result.get("Timestamps") or (), result.get("Values") or (), strict=False)
                pairs.setdefault(str(result.get("Id")), []).extend(values)
        if forbidden and not any(pairs.values()):
            raise AwsDenied(
                "Amazon does not allow me to read the metrics of the last week: the permission cloudwatch:GetMetricData "
                "is missing. Whoever runs me has to add it.",
                code="Forbidden",
            )
        return {key: clean(found) for key, found in pairs.items()}


def _typed(page: Mapping[str, Any]) -> Iterator[Described]:
    for kind, member in TYPES.items():
        for one in page.get(member) or ():
            yield dict(one) | {"AlarmType": kind}
