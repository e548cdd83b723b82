"""Kill -9 in the middle of an acknowledgement and of a snooze: done once, shown once, said once; nothing lost."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from playground.aws.errors import DroppedError
from playground.slack import Message
from playground.slack.faults import Drop
from tests.alarms.desk import notice
from tests.harness import Bot, World, wait_until

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

NAME = "tokens-high"
METRIC = {
    "AlarmName": NAME, "Namespace": "AWS/Bedrock/Batch", "MetricName": "NumberOfRecordsPendingProcessing",
    "Statistic": "Average", "Period": 300, "EvaluationPeriods": 1, "Threshold": 1.0,
    "ComparisonOperator": "GreaterThanThreshold",
}  # fmt: skip


def ringing(world: World) -> tuple[Bot, Message]:
    """A bot and an alarm's card."""
    world.aws.cloudwatch.mutes.clear()  # one account for all tests of this file
    world.aws.client("cloudwatch").put_metric_alarm(**METRIC)
    bot = world.bot(post_seconds="0")
    assert world.post(bot, world.notification(notice(NAME, "ALARM", datetime.now(UTC)))) == 200
    return bot, world.card(NAME, "🔴", channel=world.alarms)


def killed_once(bot: Bot, error: type[Exception]) -> tuple[list[str], Callable[[Any], None]]:
    """A hook that kills the bot and cuts the line, and where it writes that it did."""
    deaths: list[str] = []

    def pull(call: Any) -> None:
        bot.kill()
        deaths.append(str(call))
        raise error("killed") if error is DroppedError else error

    return deaths, pull


def mutes(world: World) -> list[str]:
    found = world.aws.client("cloudwatch").list_alarm_mute_rules()["AlarmMuteRuleSummaries"]
    return [one["AlarmMuteRuleArn"] for one in found]


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("call", ["chat.update", "chat.postMessage"])
def test_dying_while_an_acknowledgement_is_shown(world: World, when: str, call: str) -> None:
    """Before and after the card's edit and the thread's reply."""
    bot, card = ringing(world)
    deaths, pull = killed_once(bot, Drop)
    wait_until(lambda: card.edits)  # the picture has come, or has been given up
    getattr(world.slack.faults, when)(call, pull, 1)
    assert world.person("ben").press(card, "alarm_ack").ok
    wait_until(lambda: deaths)
    bot.start()
    world.slack.connect(bot.url)
    world.card(NAME, "🟠", world.person("ben").id, channel=world.alarms)
    world.reply(card, "acknowledged")
    world.sees(lambda: len(card.replies) == 1)
    assert "crashed" not in bot.log


@pytest.mark.parametrize("when", ["before", "after"])
def test_dying_around_the_mute_rule(world: World, when: str) -> None:
    """One rule in CloudWatch, one reply, and the card shows its end."""
    bot, card = ringing(world)
    deaths, pull = killed_once(bot, DroppedError)
    getattr(world.aws.faults, when)("cloudwatch.PutAlarmMuteRule", pull, 1)
    choice = next(e for e in card.blocks[-1]["elements"] if e["action_id"] == "alarm_snooze")["options"][1]["value"]
    assert world.person("cy").choose(card, "alarm_snooze", choice).ok
    wait_until(lambda: deaths)
    assert len(mutes(world)) == (when == "after")
    bot.start()
    world.slack.connect(bot.url)
    world.card(NAME, "🔕", world.person("cy").id, channel=world.alarms)
    world.reply(card, "snoozed it until")
    assert len(mutes(world)) == 1
    assert len(card.replies) == 1
    world.person("cy").press(card, "alarm_unsnooze")
    world.card(NAME, "🔴", channel=world.alarms)
    wait_until(lambda: mutes(world) == [])


def test_a_custom_snooze_through_the_form(world: World) -> None:
    """The whole way: the list, the form, the rule, the card; and nobody else may."""
    _, card = ringing(world)
    options = next(e for e in card.blocks[-1]["elements"] if e["action_id"] == "alarm_snooze")["options"]
    world.person("ana").choose(card, "alarm_snooze", options[-1]["value"])
    world.told("ana", "You may not snooze alarms")
    world.person("cy").choose(card, "alarm_snooze", options[-1]["value"])
    world.sees(lambda: world.person("cy").view)
    assert world.person("cy").submit({"amount": "45", "unit": "minutes"}).ok
    world.card(NAME, "🔕", channel=world.alarms)
    assert len(mutes(world)) == 1
