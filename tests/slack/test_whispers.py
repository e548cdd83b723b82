"""Words for one person: by the command's own address, else ephemeral, else directly; once."""

# ruff: noqa: PLR0917  (fixtures are asked for by name)

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

from bot.db import Database
from bot.slack import blocks as b
from bot.slack.blocks import Message
from bot.slack.client import Slack
from bot.slack.whispers import GIVE_UP, RESPONSE_URL_LIFE, Whispers, whisper, whispers
from playground.slack import Person, SlackServer
from tests.wire import NOW, Time, rows


@pytest.fixture
def ana(server: SlackServer) -> Person:
    return server.person("ana")


@pytest.fixture
def url(server: SlackServer, ana: Person) -> str:
    """Where the answer to a command of Ana's in #general goes."""
    return f"{server.url}/commands/T/{server._backend.replies.issue(server.channel('general'), ana.id)}"


@pytest.fixture
def delivery(db: Database, slack: Slack) -> Whispers:
    return Whispers(db, slack)


def tell(db: Database, time: Time, person: str, text: str = "psst", *, key: str = "k", **to: str) -> None:
    with db.write() as tx:
        whisper(tx, key, Message(text, [b.section(text)]), time(), user=person, **to)


def work(delivery: Whispers, time: Time) -> int:
    due = delivery.due(time())
    for one in due:
        assert (one.queue, one.task, delivery.say(one.key, time())) == ("whispers", "whisper", 0.0)
    return len(due)


def methods(server: SlackServer) -> list[str]:
    return [call.method for call in server.calls]


def row(db: Database) -> Any:
    [found] = rows(db, whispers)
    return found


def test_it_goes_by_the_address_of_the_command(
    db: Database, time: Time, server: SlackServer, ana: Person, url: str, delivery: Whispers
) -> None:
    """That works where the bot is no member, and only the person sees it."""
    tell(db, time, ana.id, channel=server.channel("general").id, response_url=url)
    assert work(delivery, time) == 1
    assert [m.text for m in ana.ephemerals] == ["psst"]
    assert methods(server) == ["response_url"]
    assert work(delivery, time) == 0


def test_the_same_words_are_said_once(db: Database, time: Time, ana: Person, url: str, delivery: Whispers) -> None:
    """By their key, before and after they were said."""
    for _ in range(2):
        tell(db, time, ana.id, response_url=url)
        work(delivery, time)
        delivery.say("k", time())
    assert len(ana.ephemerals) == 1


def test_nothing_of_it_is_kept(db: Database, time: Time, ana: Person, url: str, delivery: Whispers) -> None:
    """Neither the words nor the address, which anybody could post to."""
    tell(db, time, ana.id, response_url=url)
    work(delivery, time)
    assert (row(db).done, row(db).message, row(db).response_url) == (NOW, "{}", "")


def test_an_address_that_is_used_up_makes_it_ephemeral(
    db: Database, time: Time, server: SlackServer, ana: Person, url: str, delivery: Whispers
) -> None:
    """Five answers, then the channel."""
    for n in range(6):
        tell(db, time, ana.id, f"n{n}", key=f"k{n}", channel=server.channel("ml-jobs").id, response_url=url)
        work(delivery, time)
    assert methods(server)[-2:] == ["response_url", "chat.postEphemeral"]
    assert [m.text for m in ana.ephemerals] == [f"n{n}" for n in range(6)]


def test_an_address_that_is_too_old_is_not_tried(
    db: Database, time: Time, server: SlackServer, ana: Person, url: str, delivery: Whispers
) -> None:
    """It lives thirty minutes; a minute before that it counts as gone."""
    tell(db, time, ana.id, channel=server.channel("ml-jobs").id, response_url=url)
    time.at += RESPONSE_URL_LIFE
    work(delivery, time)
    assert methods(server) == ["chat.postEphemeral"]


def test_where_the_bot_may_not_whisper_it_writes_directly(
    db: Database, time: Time, server: SlackServer, ana: Person, delivery: Whispers
) -> None:
    """A private channel without the bot."""
    tell(db, time, ana.id, channel=server.channel("leads").id)
    work(delivery, time)
    assert methods(server) == ["chat.postEphemeral", "chat.postMessage"]
    assert [m.text for m in ana.direct.messages] == ["psst"]


@pytest.mark.parametrize("channel", ["", "D0123", "U0123"])
def test_without_a_channel_it_writes_directly(
    db: Database, time: Time, server: SlackServer, ana: Person, delivery: Whispers, channel: str
) -> None:
    """A command in a direct conversation: ephemeral messages there help nobody."""
    tell(db, time, ana.id, channel=channel)
    work(delivery, time)
    assert methods(server) == ["chat.postMessage"]


def test_slack_away_is_waited_for(
    db: Database, time: Time, server: SlackServer, ana: Person, url: str, delivery: Whispers
) -> None:
    """No second way is taken for what only needs time."""
    server.faults.outage("response_url", times=3)
    tell(db, time, ana.id, channel=server.channel("ml-jobs").id, response_url=url)
    for _ in range(4):
        work(delivery, time)
        time.after(10)
    assert methods(server) == ["response_url"] * 4
    assert len(ana.ephemerals) == 1


def test_a_429_waits_as_long_as_slack_wants(
    db: Database, time: Time, server: SlackServer, ana: Person, delivery: Whispers
) -> None:
    """Before it is tried again."""
    server.faults.rate_limit("chat.postEphemeral", retry_after=20)
    tell(db, time, ana.id, channel=server.channel("ml-jobs").id)
    work(delivery, time)
    time.after(19)
    assert work(delivery, time) == 0
    time.after(1)
    assert work(delivery, time) == 1
    assert len(ana.ephemerals) == 1


def test_after_a_day_it_is_given_up(
    db: Database, time: Time, server: SlackServer, ana: Person, delivery: Whispers
) -> None:
    """Nobody waits for an answer that long."""
    server.faults.outage("chat.postMessage", times=99)
    tell(db, time, ana.id)
    work(delivery, time)
    assert row(db).done is None
    time.at += GIVE_UP
    work(delivery, time)
    assert row(db).done == time()


def test_a_person_who_is_gone_is_given_up_at_once(
    db: Database, time: Time, server: SlackServer, delivery: Whispers
) -> None:
    """Slack does not know the user."""
    tell(db, time, "U0NOBODY")
    work(delivery, time)
    assert row(db).done == NOW


def test_nobody_is_told_nothing(db: Database, time: Time) -> None:
    """A job from elsewhere has no owner."""
    tell(db, time, "")
    assert rows(db, whispers) == []


def test_old_words_are_forgotten_unsaid_ones_kept(db: Database, time: Time, ana: Person, delivery: Whispers) -> None:
    """Retention takes what was said."""
    tell(db, time, ana.id, key="said")
    work(delivery, time)
    tell(db, time, ana.id, key="open")
    assert delivery.purge(NOW + timedelta(days=1)) == 1
    assert json.loads(row(db).message)["text"] == "psst"
