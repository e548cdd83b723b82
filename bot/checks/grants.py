"""Every AWS permission the bot uses: one IAM statement for each purpose, as data; pure.

The policies in ``deploy/`` are this table written out, and the doctor takes the missing statement from it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

ANY = "*"


@dataclass(frozen=True, slots=True)
class Where:
    """The names that resources are granted on; an account that is not known is ``*``."""

    account: str = ANY
    region: str = ANY
    partition: str = "aws"
    buckets: tuple[str, ...] = ()
    role: str = ""
    topics: tuple[str, ...] = ()
    queue: str = ""
    dead_letters: tuple[str, ...] = ()
    own: str = ""
    models: tuple[str, ...] = ()
    follow_topics: tuple[str, ...] = ()
    follow_buses: tuple[str, ...] = ()
    follow_machines: tuple[str, ...] = ()

    def arn(self, service: str, rest: str, *, region: bool = True) -> str:
        """The ARN of something in this account."""
        return f"arn:{self.partition}:{service}:{self.region if region else ''}:{self.account}:{rest}"


@dataclass(frozen=True, slots=True)
class Grant:
    """One statement: its actions, the resources as patterns (see ``resources``), a condition, and what it is for.

    ``optional`` is what people lose without it; where it is empty the bot cannot do its work.
    """

    sid: str
    actions: tuple[str, ...]
    resources: tuple[str, ...]
    purpose: str
    optional: str = ""
    condition: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


BOT = (
    Grant(
        "StartJobs",
        ("bedrock:CreateModelInvocationJob",),
        ("models", "bedrock:inference-profile/*", "bedrock:model-invocation-job/*"),
        "start batch jobs",
    ),
    Grant(
        "FollowAndStopJobs",
        ("bedrock:GetModelInvocationJob", "bedrock:StopModelInvocationJob"),
        ("bedrock:model-invocation-job/*",),
        "follow and stop batch jobs",
    ),
    Grant("ListJobs", ("bedrock:ListModelInvocationJobs",), (ANY,), "list batch jobs"),
    Grant("ReadMetrics", ("cloudwatch:ListMetrics", "cloudwatch:GetMetricData"), (ANY,), "read the batch metrics"),
    Grant(
        "PassTheRole",
        ("iam:PassRole",),
        ("role",),
        "give Bedrock its service role",
        condition={"StringEquals": {"iam:PassedToService": "bedrock.amazonaws.com"}},
    ),
    Grant(
        "LookAtInputs", ("s3:GetObject", "s3:ListBucket"), ("buckets", "objects"), "look at inputs before a job starts"
    ),
    Grant(
        "ReadAlarms",
        ("cloudwatch:DescribeAlarms", "cloudwatch:DescribeAlarmContributors"),
        (ANY,),
        "see the alarms and catch up with what SNS lost",
    ),
    Grant(
        "SnoozeAlarms",
        ("cloudwatch:PutAlarmMuteRule",),
        ("cloudwatch:alarm-mute-rule:*", "cloudwatch:alarm:*"),
        "snooze alarms by a mute rule",
        "Snooze then silences the bot's own messages only, not the other receivers.",
    ),
    Grant(
        "EndSnoozes",
        ("cloudwatch:DeleteAlarmMuteRule", "cloudwatch:GetAlarmMuteRule"),
        ("cloudwatch:alarm-mute-rule:*",),
        "end a snooze early",
        "A snooze then lasts until its end.",
    ),
    Grant(
        "ListSnoozes",
        ("cloudwatch:ListAlarmMuteRules",),
        (ANY,),
        "see which mute rules there are",
        "Snoozes that were set elsewhere are not shown.",
    ),
    Grant(
        "MakeAlarms",
        (
            "cloudwatch:PutMetricAlarm",
            "cloudwatch:DeleteAlarms",
            "cloudwatch:EnableAlarmActions",
            "cloudwatch:DisableAlarmActions",
            "cloudwatch:TagResource",
        ),
        ("cloudwatch:alarm:*",),
        "create, change and delete alarms from chat",
        "Alarms can then be shown but not changed from chat.",
    ),
    Grant(
        "KeepTheDashboard",
        ("cloudwatch:GetDashboard", "cloudwatch:PutDashboard"),
        ("dashboards",),
        "keep the CloudWatch dashboard",
        "The dashboard command then refuses.",
    ),
    Grant(
        "ConfirmAndTestTheTopic",
        ("sns:ConfirmSubscription", "sns:Publish"),
        ("topics",),
        "confirm the subscription and send test messages",
    ),
    Grant(
        "ReadTheAlarmQueue",
        ("sqs:ReceiveMessage", "sqs:DeleteMessage"),
        ("queue",),
        "read the alarm queue",
    ),
    Grant(
        "LetTheDoctorLookAtTopics",
        ("sns:GetTopicAttributes", "sns:ListSubscriptionsByTopic", "sns:GetSubscriptionAttributes"),
        ("topics", "subscriptions"),
        "look at the topics and subscriptions",
        "batchbot doctor cannot see whether alarms can arrive.",
    ),
    Grant(
        "LetTheDoctorLookAtQueues",
        ("sqs:GetQueueUrl", "sqs:GetQueueAttributes"),
        ("queue", "dead_letters"),
        "look at the alarm queue and the dead-letter queue",
        "batchbot doctor cannot see what lies in the queues.",
    ),
    Grant(
        "LetTheDoctorLookAtRules",
        ("events:ListRuleNamesByTarget", "events:DescribeRule"),
        (ANY,),
        "look at the event rules",
        "batchbot doctor cannot see whether job changes are sent.",
    ),
    Grant(
        "LetTheDoctorAskAboutItself",
        ("iam:SimulatePrincipalPolicy",),
        ("own",),
        "ask which permissions it has",
        "batchbot doctor cannot see what can only be known by doing it.",
    ),
)
"""What the bot itself needs: ``deploy/policy-bot.json``."""

FOLLOW = (
    Grant("TellTopics", ("sns:Publish",), ("follow_topics",), "publish follow-ups"),
    Grant("PutEvents", ("events:PutEvents",), ("follow_buses",), "put follow-ups on an event bus"),
    Grant("StartExecutions", ("states:StartExecution",), ("follow_machines",), "start follow-ups in Step Functions"),
)
"""What follow-ups in ``batchbot.toml`` need, for their own targets only: ``deploy/policy-followups.json``."""

SETUP = (
    Grant(
        "MakeTheTopic",
        (
            "sns:CreateTopic", "sns:GetTopicAttributes", "sns:SetTopicAttributes", "sns:Subscribe",
            "sns:ListSubscriptionsByTopic", "sns:GetSubscriptionAttributes", "sns:SetSubscriptionAttributes",
        ),
        ("topics", "subscriptions"),
        "make the topic and its subscription",
    ),
    Grant(
        "MakeTheQueues",
        ("sqs:CreateQueue", "sqs:GetQueueUrl", "sqs:GetQueueAttributes", "sqs:SetQueueAttributes"),
        ("queue", "dead_letters"),
        "make the queues",
    ),
    Grant(
        "MakeTheEventRule",
        ("events:PutRule", "events:DescribeRule", "events:PutTargets"),
        ("events:rule/*",),
        "make the event rule",
    ),
    Grant("FindTheEventRule", ("events:ListRuleNamesByTarget",), (ANY,), "find the event rule"),
)  # fmt: skip
"""What ``batchbot setup`` needs, once: ``deploy/policy-setup.json``."""


def resources(grant: Grant, where: Where) -> list[str]:
    """The ARNs of a grant; ``service:rest`` is something of this account, the bare words are named in ``Where``."""
    named = {
        ANY: [ANY],
        "models": [f"arn:{where.partition}:bedrock:*::foundation-model/*"],
        "role": [where.role] if where.role else [],
        "buckets": [f"arn:{where.partition}:s3:::{bucket}" for bucket in where.buckets],
        "objects": [f"arn:{where.partition}:s3:::{bucket}/*" for bucket in where.buckets],
        "topics": list(where.topics),
        "subscriptions": [f"{topic}:*" for topic in where.topics],
        "queue": [where.queue] if where.queue else [],
        "dead_letters": list(where.dead_letters),
        "follow_topics": list(where.follow_topics),
        "follow_buses": [
            b if b.startswith("arn:") else where.arn("events", f"event-bus/{b}") for b in where.follow_buses
        ],
        "follow_machines": list(where.follow_machines),
        "own": [where.own] if where.own else [],
        "dashboards": [where.arn("cloudwatch", "dashboard/*", region=False)],
    }
    found: list[str] = []
    for pattern in grant.resources:
        if pattern in named:
            found += named[pattern]
        else:
            service, _, rest = pattern.partition(":")
            found.append(where.arn(service, rest))
    return found


def statement(grant: Grant, where: Where, actions: Iterable[str] = ()) -> dict[str, Any]:
    """The IAM statement, of these actions only where some are given; a resource that is not known is ``*``."""
    chosen, targets = list(actions) or list(grant.actions), resources(grant, where) or [ANY]
    made: dict[str, Any] = {
        "Sid": grant.sid,
        "Effect": "Allow",
        "Action": chosen[0] if len(chosen) == 1 else chosen,
        "Resource": targets[0] if len(targets) == 1 else targets,
    }
    return made | ({"Condition": {k: dict(v) for k, v in grant.condition.items()}} if grant.condition else {})


def policy(grants: Iterable[Grant], where: Where) -> dict[str, Any]:
    """A whole policy."""
    return {"Version": "2012-10-17", "Statement": [statement(grant, where) for grant in grants]}


def grant_of(action: str) -> Grant:
    """The grant that an action of the bot belongs to."""
    return next(grant for grant in BOT if action in grant.actions)
