"""The policies in deploy/: exactly what the code calls, no less and no more; and the template makes what the setup makes."""

from __future__ import annotations

import ast
import json
import os
import re
from functools import cache
from pathlib import Path
from typing import Any

import boto3
import pytest
import yaml
from botocore import xform_name

from bot.aws import policies
from bot.aws.event_rules import PATTERN, matches_jobs
from bot.aws.policies import CLOUDWATCH, EVENTS, SNS, Actor
from bot.aws.retries import PATIENT
from bot.checks.grants import BOT, FOLLOW, SETUP, Grant, Where, policy
from bot.provisioning.steps import RULE, TWO_WEEKS

ROOT = Path(__file__).parent.parent
DEPLOY = ROOT / "deploy"
HERE = "111122223333"

EXAMPLE = Where(
    account=HERE,
    region="us-east-1",
    buckets=("your-input-bucket", "your-output-bucket"),
    role=f"arn:aws:iam::{HERE}:role/BedrockBatchRole",
    topics=(f"arn:aws:sns:us-east-1:{HERE}:batchbot-alarms",),
    queue=f"arn:aws:sqs:us-east-1:{HERE}:batchbot-alarms",
    dead_letters=(f"arn:aws:sqs:us-east-1:{HERE}:batchbot-alarms-dead-letters",),
    own=f"arn:aws:iam::{HERE}:role/batchbot",
    follow_topics=(f"arn:aws:sns:us-east-1:{HERE}:your-next-step",),
    follow_buses=("default",),
    follow_machines=(f"arn:aws:states:us-east-1:{HERE}:stateMachine:your-next-step",),
)
"""The names in the files, which whoever deploys replaces by his own."""

FILES = {"policy-bot.json": BOT, "policy-setup.json": SETUP, "policy-followups.json": FOLLOW}

PREFIX = {
    "bedrock": "bedrock", "cloudwatch": "cloudwatch", "sns": "sns", "sqs": "sqs", "s3": "s3", "iam": "iam",
    "events": "events", "stepfunctions": "states",
}  # fmt: skip
"""boto3's name of each service that the bot uses, and IAM's."""

FREE = {"sts:GetCallerIdentity"}
"""Needs no permission."""

RENAMED = {"s3:HeadObject": "s3:GetObject", "s3:ListObjectsV2": "s3:ListBucket"}
"""Operations whose permission has another name."""

NOT_AMAZONS = {"create_connection"}
"""Methods of others that have the name of an operation (this one is the socket's)."""

UNCALLED = {"iam:PassRole", "cloudwatch:TagResource"}
"""No call is named after these: Bedrock asks for the one when a job is created, CloudWatch for the other where an alarm
bears tags."""


@cache
def operations() -> dict[str, set[str]]:
    """The IAM actions that a client method may stand for, by the method's name."""
    session = boto3.session.Session(aws_access_key_id="x", aws_secret_access_key="x", region_name="us-east-1")
    found: dict[str, set[str]] = {}
    for service, prefix in {**PREFIX, "sts": "sts"}.items():
        client: Any = session.client(service)  # type: ignore[call-overload]  # by name
        for name in client.meta.service_model.operation_names:
            action = f"{prefix}:{name}"
            found.setdefault(xform_name(name), set()).add(RENAMED.get(action, action))
    return found


def called(*folders: str) -> dict[str, set[str]]:
    """Every client method in these parts of the bot, with the actions that it may stand for."""
    found: dict[str, set[str]] = {}
    for folder in folders:
        path = ROOT / "bot" / folder
        for file in [path] if path.is_file() else sorted(path.rglob("*.py")):
            text = file.read_text(encoding="utf-8")
            for name in _names(ast.parse(text)) | set(re.findall(r'"(?:sns|sqs|events)\.([a-z_]+)"', text)):
                if name in operations().keys() - NOT_AMAZONS:
                    found[name] = operations()[name]
    return found


def _names(tree: ast.AST) -> set[str]:
    """Methods that are named on something, and those that are named to a paginator."""
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute):
            found.add(node.attr)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "get_paginator":
            found |= {str(arg.value) for arg in node.args if isinstance(arg, ast.Constant)}
    return found


def actions(grants: tuple[Grant, ...]) -> set[str]:
    return {action for grant in grants for action in grant.actions}


@pytest.mark.parametrize("name", FILES)
def test_the_policies_are_the_table_written_out(name: str) -> None:
    """Who changes the table changes the file: DEPLOY_UPDATE=1 writes it."""
    wanted = json.dumps(policy(FILES[name], EXAMPLE), indent=2) + "\n"
    if os.environ.get("DEPLOY_UPDATE"):
        (DEPLOY / name).write_text(wanted, encoding="utf-8")
    assert (DEPLOY / name).read_text(encoding="utf-8") == wanted


def test_every_call_of_the_bot_is_allowed() -> None:
    """Whatever boto3 is asked for stands in one of the policies."""
    found = called(".")
    assert {"create_model_invocation_job", "get_metric_data", "put_alarm_mute_rule", "publish"} <= found.keys()
    granted = actions(BOT) | actions(FOLLOW) | actions(SETUP) | FREE
    assert not {name for name, may_be in found.items() if not may_be & granted}


def test_what_only_the_setup_calls_is_not_granted_to_the_bot() -> None:
    """The bot that runs all day cannot make or change topics, queues and rules."""
    assert not actions(BOT) & {"sns:CreateTopic", "sns:SetTopicAttributes", "sns:Subscribe", "sqs:CreateQueue"}
    assert not actions(BOT) & {"events:PutRule", "events:PutTargets", "events:PutEvents", "states:StartExecution"}


def test_the_setup_may_make_all_its_calls() -> None:
    """What its steps call and read is in its own policy."""
    found = called("provisioning", "aws/topics.py", "aws/queues.py", "aws/event_rules.py")
    assert {"create_topic", "put_rule", "create_queue", "set_subscription_attributes"} <= found.keys()
    assert not {name for name, may_be in found.items() if not may_be & (actions(SETUP) | FREE)}


def test_nothing_is_granted_that_nobody_calls() -> None:
    """Least privilege: behind every permission stands a call, and the doctor's looking is none."""
    folders = [path.name for path in (ROOT / "bot").iterdir() if path.name not in {"checks", "__pycache__"}]
    known = set().union(*called(*folders).values()) | UNCALLED
    needless = (actions(BOT) | actions(FOLLOW) | actions(SETUP)) - known
    assert not needless


def test_no_resource_is_wider_than_it_has_to_be() -> None:
    """A star alone only where Amazon knows no resource for the action."""
    wide = {a for grant in (*BOT, *FOLLOW, *SETUP) if grant.resources == ("*",) for a in grant.actions}
    assert wide <= {
        "bedrock:ListModelInvocationJobs", "cloudwatch:ListMetrics", "cloudwatch:GetMetricData",
        "cloudwatch:DescribeAlarms", "cloudwatch:DescribeAlarmContributors",
        "cloudwatch:ListAlarmMuteRules", "events:ListRuleNamesByTarget", "events:DescribeRule",
    }  # fmt: skip


# --- the CloudFormation template ---------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def template() -> Any:
    text = (DEPLOY / "alarms.yaml").read_text(encoding="utf-8")
    names = {"AWS::Region": "us-east-1", "AWS::AccountId": HERE, "AWS::Partition": "aws"}
    return yaml.safe_load(re.sub(r"\$\{(AWS::\w+)\}", lambda m: names[m[1]], text))


def test_the_template_makes_what_the_setup_makes(template: Any) -> None:
    """The same patience, the same pattern, the same names, raw delivery off."""
    made = template["Resources"]
    subscription = made["Subscription"]["Properties"]
    assert subscription["DeliveryPolicy"] == PATIENT
    assert subscription["RedrivePolicy"] == {"deadLetterTargetArn": {"Fn::GetAtt": ["DeadLetters", "Arn"]}}
    assert not subscription.get("RawMessageDelivery", False)
    assert made["DeadLetters"]["Properties"]["MessageRetentionPeriod"] == int(TWO_WEEKS)
    rule = made["JobChanges"]["Properties"]
    assert (rule["Name"], rule["EventPattern"], rule["State"]) == (RULE, PATTERN, "ENABLED")
    assert matches_jobs(json.dumps(rule["EventPattern"]))


def test_the_policies_of_the_template_let_in_whom_they_should(template: Any) -> None:
    """CloudWatch and EventBridge into the topic, this topic into the dead-letter queue, and no other account."""
    made = template["Resources"]
    topic, queue = (json.dumps(_plain(made[n]["Properties"]["PolicyDocument"])) for n in ("TopicPolicy", "QueuePolicy"))
    for service in (CLOUDWATCH, EVENTS):
        assert policies.allows(topic, Actor(service, HERE), "sns:Publish")
        assert not policies.allows(topic, Actor(service, "999999999999"), "sns:Publish")
    assert policies.allows(queue, Actor(SNS, HERE, "Topic"), "sqs:SendMessage")
    assert not policies.allows(queue, Actor(SNS, HERE, "another"), "sqs:SendMessage")


def _plain(node: Any) -> Any:
    """References by the names that they refer to."""
    if isinstance(node, dict):
        if set(node) == {"Ref"}:
            return HERE if node["Ref"] == "AWS::AccountId" else node["Ref"]
        return {key: _plain(value) for key, value in node.items()}
    return [_plain(one) for one in node] if isinstance(node, list) else node
