"""Every kind of message that a topic carries: sent truly signed, understood by the bot, and ended where it ends."""

from __future__ import annotations

import json
from typing import Any

import pytest

from bot.alarms.kinds import understand
from playground.aws import KINDS, AwsServer
from tests.playground.accounts import Clock, listen, received

ALARMS = ("metric", "old", "math", "anomaly", "insights", "promql", "composite", "log", "event", "contributor")


def rung(aws: AwsServer, name: str) -> list[dict[str, Any]]:
    """The envelopes of one kind."""
    listen(aws)
    received(aws)
    aws.send_kind(name)
    aws.tick()
    return received(aws)


@pytest.mark.parametrize("name", KINDS)
def test_a_kind_arrives_and_the_bot_understands_it(aws: AwsServer, clock: Clock, name: str) -> None:
    """As what it is, with times of now."""
    for envelope in rung(aws, name):
        found = understand(envelope["Message"], envelope.get("Subject"), clock.now)
        assert type(found).__name__ == ("Alarm" if name in ALARMS else "Notice"), found
        assert aws.sns.signer.path in envelope["SigningCertURL"]


@pytest.mark.parametrize("name", ALARMS)
def test_an_alarm_rings_and_recovers_under_one_key(aws: AwsServer, clock: Clock, name: str) -> None:
    """So that one card tells both, and a second ring is told again."""
    keys = []
    for place in range(2):
        envelopes = rung(aws, name)
        clock.on(minutes=1)
        aws.recover_kind(name)
        aws.tick()
        envelopes += received(aws)
        found: list[Any] = [understand(one["Message"], one.get("Subject"), clock.now) for one in envelopes]
        states = [str(getattr(one.state, "value", one.state)) for one in found]
        assert sorted(states) == ["ALARM"] * (len(states) // 2) + ["OK"] * (len(states) // 2), (place, states)
        keys.append({(one.name, json.dumps(one.contributor, default=str)) for one in found})
        clock.on(minutes=10)
    assert keys[0] == keys[1]


def test_what_rings_is_in_the_account_too(aws: AwsServer) -> None:
    """With data that shows it, so that a picture can be drawn and the state be read."""
    cloudwatch = aws.client("cloudwatch")
    for name in ALARMS:
        aws.send_kind(name)
    types = ["CompositeAlarm", "MetricAlarm", "LogAlarm"]
    found = cloudwatch.describe_alarms(AlarmTypes=types, StateValue="ALARM")
    assert [len(found[f"{kind}s"]) for kind in types] == [1, 9, 1]
    math = next(one for one in found["MetricAlarms"] if one["AlarmName"] == "bedrock-batch-stalled")
    span = {"StartTime": aws.clock().timestamp() - 1800, "EndTime": aws.clock()}
    data = cloudwatch.get_metric_data(MetricDataQueries=math["Metrics"], **span)["MetricDataResults"][0]
    assert set(data["Values"]) == {1.0}


@pytest.mark.parametrize("name", sorted(KINDS.keys() - set(ALARMS)))
def test_what_is_no_alarm_may_be_sent_again(aws: AwsServer, name: str) -> None:
    """And a kind without an end has none."""
    assert len(rung(aws, name)) == 1
    aws.recover_kind(name)
    aws.tick()
    assert len(received(aws)) == (KINDS[name].recover is not None)
