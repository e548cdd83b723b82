"""CloudWatch's mute rules: an alarm goes on watching and does nothing until a time; made and taken back here."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from bot.aws.translate import aws_errors
from bot.errors import AwsGone

KINDS = ["CompositeAlarm", "MetricAlarm", "LogAlarm"]
"""DescribeAlarms answers with metric alarms alone unless all are named."""


class Mutes:
    """PutAlarmMuteRule, DeleteAlarmMuteRule, and the look whether an alarm is ours to mute."""

    def __init__(self, client: Any) -> None:
        """``client`` is boto3's of CloudWatch."""
        self._client = client

    def mute(self, name: str, alarm: str, window: tuple[datetime, int], why: str) -> None:
        """Make the rule ``name``, or make it anew; ``window`` is a full minute in UTC and whole minutes.

        Needs cloudwatch:PutAlarmMuteRule on the rule and on the alarm. Raises AwsError.
        """
        start, minutes = window
        schedule = {"Expression": f"at({start:%Y-%m-%dT%H:%M})", "Duration": f"PT{minutes}M", "Timezone": "UTC"}
        with aws_errors("mute the alarm"):
            self._client.put_alarm_mute_rule(
                Name=name,
                Description=why[:1024],
                Rule={"Schedule": schedule},
                MuteTargets={"AlarmNames": [alarm]},
                ExpireDate=start + timedelta(minutes=minutes),
                Tags=[{"Key": "created-by", "Value": "batchbot"}],
            )

    def unmute(self, name: str) -> None:
        """Delete the rule; one that is not there is no error. Raises AwsError."""
        with aws_errors("take the mute rule back"):
            self._client.delete_alarm_mute_rule(AlarmMuteRuleName=name)

    def check(self, alarm: str, arn: str | None) -> None:
        """Raise AwsGone where no alarm of this account and region is meant: rules know alarms by their names alone."""
        with aws_errors("look the alarm up"):
            found = self._client.describe_alarms(AlarmNames=[alarm], AlarmTypes=KINDS)
        known = [one.get("AlarmArn") for kind in KINDS for one in found.get(f"{kind}s") or []]
        if not known or (arn and arn not in known):
            raise AwsGone("CloudWatch has no such alarm in the account and region that I work in.")
