"""Resource policies and delivery policies, as the doctor judges them."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.aws import policies, retries
from bot.aws.event_rules import PATTERN, matches_jobs
from bot.aws.policies import CLOUDWATCH, EVENTS, SNS, Actor, allows
from playground.aws.sns.patience import check_delivery_policy, delays

US, THEM = "111122223333", "999999999999"
TOPIC = f"arn:aws:sns:us-east-1:{US}:t"


def text(*statements: Any) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def allow(principal: Any, action: Any = "sns:Publish", **condition: Any) -> dict[str, Any]:
    made = {"Effect": "Allow", "Principal": principal, "Action": action, "Resource": TOPIC}
    return made | ({"Condition": condition} if condition else {})


DEFAULT = text(allow({"AWS": "*"}, ["SNS:Subscribe", "SNS:Publish"], StringEquals={"AWS:SourceOwner": US}))
DENY_PLAIN_HTTP = {
    "Effect": "Deny", "Principal": "*", "Action": "sns:Publish", "Resource": TOPIC,
    "Condition": {"Bool": {"aws:SecureTransport": "false"}},
}  # fmt: skip


@pytest.mark.parametrize(
    ("policy", "service", "expected"),
    [
        (DEFAULT, CLOUDWATCH, True),  # the policy that every topic is born with lets the owner's alarms in,
        (DEFAULT, EVENTS, False),  # and his event rules not
        (text(allow({"Service": CLOUDWATCH})), CLOUDWATCH, True),
        (text(allow({"Service": CLOUDWATCH})), EVENTS, False),
        (text(allow({"Service": [EVENTS, CLOUDWATCH]}, "sns:*")), EVENTS, True),
        (text(allow("*")), EVENTS, True),
        (text(allow({"Service": CLOUDWATCH}, StringEquals={"aws:SourceAccount": US})), CLOUDWATCH, True),
        (text(allow({"Service": CLOUDWATCH}, StringEquals={"aws:SourceAccount": THEM})), CLOUDWATCH, False),
        (text(allow({"Service": EVENTS}, ArnLike={"aws:SourceArn": "arn:aws:events:*:*:rule/*"})), EVENTS, True),
        (text(allow({"Service": EVENTS}, ArnLike={"aws:SourceArn": "arn:aws:s3:::bucket"})), EVENTS, False),
        (text(allow({"Service": CLOUDWATCH}), DENY_PLAIN_HTTP), CLOUDWATCH, True),
        (text(allow({"Service": CLOUDWATCH}), {**allow("*"), "Effect": "Deny"}), CLOUDWATCH, False),
        (text(allow({"Service": CLOUDWATCH}, "sns:Subscribe")), CLOUDWATCH, False),
        (None, CLOUDWATCH, False),
        ("", CLOUDWATCH, False),
        ("not json", CLOUDWATCH, False),
        ('{"Statement": "x"}', CLOUDWATCH, False),
        (json.dumps({"Statement": allow({"Service": CLOUDWATCH})}), CLOUDWATCH, True),
    ],
)
def test_who_may_publish(policy: str | None, service: str, expected: bool) -> None:
    """As IAM would decide for the account's own alarms and rules."""
    assert allows(policy, Actor(service, US), "sns:Publish") is expected


def test_our_own_statements_let_in_whom_they_name() -> None:
    """And nobody else: another account, another topic."""
    topic = policies.merged(None, policies.publishers(TOPIC, US))
    assert all(allows(topic, Actor(service, US), "sns:Publish") for service in (CLOUDWATCH, EVENTS))
    assert not any(allows(topic, Actor(service, THEM), "sns:Publish") for service in (CLOUDWATCH, EVENTS))
    queue = policies.merged(None, policies.senders("q", [TOPIC]))
    assert allows(queue, Actor(SNS, US, TOPIC), "sqs:SendMessage")
    assert not allows(queue, Actor(SNS, US, TOPIC + "2"), "sqs:SendMessage")
    assert policies.sources(queue) == [TOPIC]


def test_merging_twice_is_merging_once() -> None:
    """And nothing of others is touched."""
    own = policies.publishers(TOPIC, US)
    once = policies.merged(DEFAULT, own)
    assert policies.merged(once, own) == once
    assert policies.statements(once)[0] == policies.statements(DEFAULT)[0]


json_values = st.recursive(st.none() | st.booleans() | st.integers() | st.text(), lambda x: st.lists(x) | st.dictionaries(
    st.sampled_from(["Statement", "Effect", "Principal", "Action", "Condition", "Service", "AWS", "aws:SourceArn", "x"]), x
))  # fmt: skip


@given(json_values)
def test_no_policy_can_break_the_look(value: Any) -> None:
    """Whatever somebody wrote into it."""
    for policy in (json.dumps(value), json.dumps({"Statement": value})):
        allows(policy, Actor(CLOUDWATCH, US), "sns:Publish")
        policies.sources(policy)
        policies.merged(policy, policies.publishers(TOPIC, US))
        matches_jobs(policy)
        retries.patience({"DeliveryPolicy": policy}, {"DeliveryPolicy": policy})


# --- patience -------------------------------------------------------------------------------------------------------------


def test_ours_is_one_that_sns_takes_and_is_long() -> None:
    """Within an hour, as SNS demands, and longer than a deployment."""
    check_delivery_policy(json.dumps(retries.PATIENT))
    own = retries.PATIENT["healthyRetryPolicy"]
    assert 2400 <= sum(delays(own)) <= 3600
    assert 2400 <= retries.seconds(own) <= 3600


@pytest.mark.parametrize(
    ("subscription", "topic", "expected"),
    [
        ({}, {}, 60),  # SNS's default: three retries, twenty seconds apart
        ({"DeliveryPolicy": '{"healthyRetryPolicy": {"minDelayTarget": 1, "maxDelayTarget": 9, "numRetries": 10}}'}, {}, 50),
        ({"DeliveryPolicy": '{"healthyRetryPolicy": {"numRetries": 5, "numNoDelayRetries": 5}}'}, {}, 0),
        ({}, {"DeliveryPolicy": '{"http": {"defaultHealthyRetryPolicy": {"numRetries": 30}}}'}, 600),
        ({"EffectiveDeliveryPolicy": '{"healthyRetryPolicy": {"numRetries": 6}}'}, {}, 120),
        ({"DeliveryPolicy": "nonsense"}, {}, 60),
        ({"DeliveryPolicy": '{"healthyRetryPolicy": {"maxDelayTarget": 3600, "numRetries": 99}}'}, {}, 3600),
    ],
)  # fmt: skip
def test_how_long_sns_keeps_trying(subscription: dict[str, str], topic: dict[str, str], expected: float) -> None:
    """The subscription's own policy, else its topic's, else the default."""
    assert retries.patience(subscription, topic) == expected


# --- event rules ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        (PATTERN, True),
        ({**PATTERN, "detail": {"status": ["Completed"]}}, True),
        ({"source": ["aws.bedrock"]}, True),
        ({"source": [{"prefix": "aws.bed"}]}, True),
        ({"source": ["aws.ec2"]}, False),
        ({"source": ["aws.bedrock"], "detail-type": ["Model Customization Job State Change"]}, False),
        ({}, False),
    ],
)
def test_which_rules_bring_job_changes(pattern: dict[str, Any], expected: bool) -> None:
    """Narrower and wider ones count, others do not."""
    assert matches_jobs(json.dumps(pattern)) is expected
