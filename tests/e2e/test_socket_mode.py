"""Behind a firewall: Slack by websocket, alarms by a queue, and nobody can reach the bot."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from playground.aws import AwsServer
from tests.alarms.samples import sample
from tests.harness import Bot, Nursery, World, wait_until


class Inside(World):
    """A world in which there is no way to the bot's doors."""

    queue = queue_arn = ""

    def inside(self) -> Bot:
        """A running bot with an app token, a queue, and no signing secret."""
        self.queue = f"alarms-{uuid.uuid4().hex[:8]}"
        self.queue_arn = self.aws.storage.make_queue(self.queue)
        queue = self.aws.client("sqs").get_queue_url(QueueName=self.queue)["QueueUrl"]
        env = {**self.slack.env(socket_mode=True), "BATCHBOT_ALARM_QUEUE_URL": queue}
        bot = Bot(self.nursery, "run", self.settings() | env | {"SLACK_SIGNING_SECRET": ""}, self.folder)
        self.bots.append(bot)
        bot.start()
        wait_until(lambda: self.slack.sockets.count)
        return bot


@pytest.fixture
def hidden(nursery: Nursery, aws: AwsServer, database_url: str, tmp_path: Path) -> Iterator[Inside]:
    with Inside(nursery, aws, database_url, tmp_path) as made:
        yield made


def test_commands_forms_and_buttons_work_over_the_websocket(hidden: Inside) -> None:
    """The same story without an address of our own."""
    world = hidden
    world.inside()
    ana = world.person("ana")
    assert "/batch submit" in world.say("help").words
    assert ana.slash("/batch", "submit", "ml-jobs").ok
    ana.submit({"name": "a b", "model": "Claude Haiku 4.5", "input": world.records()})
    assert ana.view is not None
    assert set(ana.view.errors) == {"name"}
    ana.submit({"name": "by-socket"})
    assert ana.view is None
    card = world.card("by-socket", "queued")
    world.person("ben").press(card, "job_stop")
    world.told("ben", "Only the owner of by-socket")
    ana.press(card, "job_stop")
    world.card("by-socket", "stopping")
    world.aws.bedrock.advance("by-socket", "Stopped")
    world.reply(card, "was stopped")


def test_alarms_come_through_a_queue(hidden: Inside) -> None:
    """Subscribed to the topic and read by the bot: one card for each alarm, whatever the queue repeats."""
    world = hidden
    world.inside()
    sns = world.aws.sns
    sns.subscribe(sns.default_topic, "sqs", world.queue_arn)
    sns.publish(sns.default_topic, sample("metric_alarm.json"))
    card = world.card("bedrock-batch-input-tokens-high", "🔴", channel=world.alarms)
    repeated = json.dumps(world.notification(sample("composite.json")))
    for _ in range(3):
        world.aws.storage.send(world.queue, repeated)
    sns.publish(sns.default_topic, sample("metric_ok.json"))
    world.reply(card, "recovered")
    world.sees(lambda: len(world.alarms.messages) == 2)
    wait_until(lambda: _left(world.aws, world.queue) == 0)
    assert len(world.alarms.messages) == 2


def _left(aws: AwsServer, queue: str) -> int:
    sqs = aws.client("sqs")
    url = sqs.get_queue_url(QueueName=queue)["QueueUrl"]
    names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    return sum(int(v) for v in sqs.get_queue_attributes(QueueUrl=url, AttributeNames=names)["Attributes"].values())


@pytest.mark.parametrize("how", ["refresh", "hang_up"])
def test_the_websocket_is_opened_again_when_slack_closes_it(hidden: Inside, how: str) -> None:
    """Asked to reconnect or just cut off, the bot is back by itself, and the next command is answered."""
    world = hidden
    bot = world.inside()
    assert world.say("status").words
    getattr(world.slack.sockets, how)()
    wait_until(lambda: world.slack.sockets.count, 60)
    assert "none" in world.say("status").words
    assert bot.running
