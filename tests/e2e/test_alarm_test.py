"""`/batch alarm test` from the command to the answer: out through SNS, in through the door, told to the one who asked."""

from __future__ import annotations

from tests.harness import World, wait_until


def subscribed(world: World, url: str) -> None:
    """The bot's door on the topic, confirmed by the bot itself."""
    world.aws.sns.subscribe_http(world.aws.sns.default_topic, f"{url}/sns")
    wait_until(lambda: all(s.confirmed for s in world.aws.sns.subscriptions.values()))


def test_a_test_message_goes_out_and_comes_back(world: World) -> None:
    """Only the person who asked reads of it; the alarms channel stays as it was."""
    bot = world.bot()
    subscribed(world, bot.url)
    before = [m.text for m in world.alarms.messages]
    assert "test message" in world.say("alarm test", "cy").words
    told = world.told("cy", "came back in")
    assert "✅" in told.words
    assert "ALARM" not in told.words
    assert [m.text for m in world.alarms.messages][: len(before)] == before
    assert not [m for m in world.alarms.messages if "test" in m.words.lower()]


def test_somebody_without_the_right_sends_none(world: World) -> None:
    """And is told whom to ask."""
    world.bot()
    assert "may not" in world.say("alarm test", "ana").words
    assert not [call for call in world.aws.calls if call.name == "sns.Publish"]
