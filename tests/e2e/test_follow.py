"""What follows, and what SNS lost, as people see it: told by a real process that is killed at the worst moment."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from tests.follow.receiver import Receiver
from tests.harness import World, wait_until

MODEL = "us.anthropic.claude-haiku-4-5-20251001-v1:0"
CONFIG = """
[[models]]
id = "{model}"
name = "Claude Haiku 4.5"

[[followups]]
name = "nightly load"
when = "job-ended"
job = "docs-*"
hook = "{url}"
"""


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as found:
        yield found


def configured(world: World, receiver: Receiver) -> dict[str, str]:
    """Settings under which the end of a job calls the receiver."""
    path = Path(world.folder) / "follow.toml"
    path.write_text(CONFIG.format(model=MODEL, url=receiver.url), encoding="utf-8")
    return {"config": str(path), "hook_hosts": receiver.host, "hook_secret": "shh"}


def test_the_end_of_a_job_calls_a_hook_and_its_thread_says_so(world: World, receiver: Receiver) -> None:
    """The worker is killed after the receiver has taken the call: it is called again under the same key, told once."""
    bot = world.bot(**configured(world, receiver))
    world.say(f"submit {world.records()} model=haiku-4-5 name=docs-1")
    card = world.card("docs-1", "queued for validation")
    receiver.on_post = bot.kill
    world.aws.bedrock.advance("docs-1", "Completed")
    wait_until(lambda: not bot.running)
    receiver.on_post = lambda: None
    bot.start()
    reply = world.reply(card, "nightly load")
    assert "called 127.0.0.1, which answered 200" in reply.words
    assert len({came.key for came in receiver.came}) == 1
    assert len(receiver.came) == 2
    assert "x-batchbot-signature" in receiver.came[0].headers
    assert sum("nightly load" in one.words for one in card.replies) == 1
    assert "s3cret" not in world.log
    assert "shh" not in world.log


def test_a_refused_hook_can_be_tried_again_by_an_admin_only(world: World, receiver: Receiver) -> None:
    receiver.statuses = [403]
    world.bot(**configured(world, receiver))
    world.say(f"submit {world.records()} model=haiku-4-5 name=docs-2")
    card = world.card("docs-2", "queued for validation")
    world.aws.bedrock.advance("docs-2", "Completed")
    refused = world.reply(card, "was not carried out")
    receiver.statuses = [200]
    world.person("ana").press(refused, "follow_retry")
    world.told("ana", "You may not set off follow-ups")
    assert len(receiver.came) == 1
    world.person("cy").press(refused, "follow_retry")
    world.reply(card, "which answered 200")
    assert len({came.key for came in receiver.came}) == 1


def test_an_alarm_that_sns_lost_is_raised_and_closed(world: World) -> None:
    """Nothing is subscribed to the topic: the regular check alone finds it."""
    aws = world.aws
    aws.cloudwatch.alarms.clear()
    aws.client("cloudwatch").put_metric_alarm(
        AlarmName="lost-backlog",
        AlarmActions=[aws.sns.default_topic],
        Namespace="AWS/Bedrock/Batch",
        MetricName="NumberOfRecordsPendingProcessing",
        Dimensions=[{"Name": "ModelId", "Value": MODEL}],
        Statistic="Average",
        Period=300,
        EvaluationPeriods=1,
        Threshold=100.0,
        ComparisonOperator="GreaterThanThreshold",
    )
    aws.cloudwatch.ring("lost-backlog", 180)
    aws.cloudwatch.alarms["lost-backlog"].changed -= timedelta(minutes=10)
    world.bot(reconcile_seconds="0.5")
    card = world.card("lost-backlog", "ALARM", "found by a regular check", channel=world.alarms)
    aws.cloudwatch.recover("lost-backlog")
    aws.cloudwatch.alarms["lost-backlog"].changed -= timedelta(minutes=5)
    world.reply(card, "Recovered")
    assert len(world.alarms.messages) == 1
    aws.cloudwatch.alarms.clear()
