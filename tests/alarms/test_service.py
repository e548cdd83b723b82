"""Alarms from the verified message to the card, on both stores: one episode however often and however many at once."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any

import pytest

from bot.alarms.service import FIRING, OTHER, Alarms
from bot.alarms.store import episodes, notices
from bot.db import Database
from bot.errors import AwsDenied, AwsUnavailable
from bot.slack.cards import Picture, cards, replies
from tests.alarms.samples import sample
from tests.wire import NOW, opened, rows

TOPIC = "arn:aws:sns:us-east-1:111122223333:bedrock-batch-alarms"


@pytest.fixture
def db(database_url: str) -> Iterator[Database]:
    with opened(database_url) as found:
        yield found


class Heard:
    """What the rest of the bot was told."""

    def __init__(self) -> None:
        self.nudges: list[datetime] = []
        self.confirmed: list[tuple[str, str]] = []
        self.error: Exception | None = None

    def confirm(self, topic: str, token: str) -> None:
        if self.error:
            raise self.error
        self.confirmed.append((topic, token))


@pytest.fixture
def heard() -> Heard:
    return Heard()


@pytest.fixture
def alarms(db: Database, heard: Heard) -> Alarms:
    routes = [("prod-*", "C0PROD"), ("*backlog*", "C0BACKLOG")]
    return Alarms(db, routes, ["C0ALARMS", "", "C0JOBS"], names=str, nudge=heard.nudges.append, confirm=heard.confirm)


def body(message: str) -> dict[str, Any]:
    return {"topic": TOPIC, "timestamp": NOW.isoformat(), "message": message, "subject": None}


def change(state: str, minute: int, name: str = "tokens-high") -> dict[str, Any]:
    """A state change of one alarm at this minute."""
    data = json.loads(sample("metric_alarm.json"))
    at = NOW + timedelta(minutes=minute)
    data |= {"AlarmName": name, "NewStateValue": state, "StateChangeTime": at.strftime("%Y-%m-%dT%H:%M:%S.000+0000")}
    data["AlarmArn"] = f"arn:aws:cloudwatch:us-east-1:111122223333:alarm:{name}"
    return body(json.dumps(data))


def take(alarms: Alarms, *changes: dict[str, Any]) -> None:
    for n, one in enumerate(changes):
        alarms.receive(f"M{n}", one, NOW, NOW)


def test_an_alarm_opens_an_episode_with_a_card(db: Database, alarms: Alarms) -> None:
    """In the alarms channel, before everything else."""
    take(alarms, change("ALARM", 0))
    [episode], [card] = rows(db, episodes), rows(db, cards)
    assert (episode.opened_at, episode.closed_at, episode.rings) == (NOW, None, 1)
    assert card.key == f"alarm:{episode.id}"
    assert (json.loads(card.channels), card.priority) == (["C0ALARMS", "C0JOBS"], FIRING)
    message = alarms.render(card.key, Picture(), NOW)
    assert message is not None
    assert "tokens-high" in message.text


def test_eight_threads_with_the_same_alarm_make_one_episode(db: Database, alarms: Alarms) -> None:
    """SNS delivers at least once, to every web process."""
    gate = threading.Barrier(8)

    def receive(n: int) -> None:
        gate.wait()
        alarms.receive(f"M{n}", change("ALARM", 0), NOW, NOW)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(receive, range(8)))
    [episode], [card] = rows(db, episodes), rows(db, cards)
    assert episode.rings == 1
    assert card.wanted == 1


def test_eight_threads_with_the_same_later_news_change_it_once(db: Database, alarms: Alarms) -> None:
    """The alarm's row is locked while its episode is read and written."""
    take(alarms, change("ALARM", 0))
    gate = threading.Barrier(8)

    def receive(n: int) -> None:
        gate.wait()
        alarms.receive(f"N{n}", change("ALARM", 1), NOW, NOW)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(receive, range(8)))
    [episode], [card] = rows(db, episodes), rows(db, cards)
    assert (episode.rings, card.wanted) == (2, 2)


def test_a_whole_story_at_once_in_any_order_ends_well(db: Database, alarms: Alarms) -> None:
    """ALARM and OK of five alarms come from ten threads: the later state wins for each."""
    gate = threading.Barrier(10)

    def receive(n: int) -> None:
        gate.wait()
        alarms.receive(f"M{n}", change("OK" if n % 2 else "ALARM", n % 2, f"a{n // 2}"), NOW, NOW)

    with ThreadPoolExecutor(10) as pool:
        list(pool.map(receive, range(10)))
    assert all(row.closed_at == NOW + timedelta(minutes=1) for row in rows(db, episodes))
    assert len(rows(db, episodes)) == 5


def test_the_end_closes_the_episode_and_is_a_reply(db: Database, alarms: Alarms) -> None:
    """Once, however often it comes; an ALARM long after is a new episode with a card of its own."""
    take(alarms, change("ALARM", 0), change("OK", 5), change("OK", 5))
    [episode] = rows(db, episodes)
    assert episode.closed_at == NOW + timedelta(minutes=5)
    assert len(rows(db, replies)) == 1
    take(alarms, change("ALARM", 60))
    assert len(rows(db, episodes)) == len(rows(db, cards)) == 2


def test_older_and_repeated_news_changes_nothing(db: Database, alarms: Alarms) -> None:
    """The card is not even wanted again."""
    take(alarms, change("ALARM", 5), change("ALARM", 5), change("OK", 1))
    [card] = rows(db, cards)
    assert card.wanted == 1
    assert rows(db, episodes)[0].closed_at is None


def test_an_alarm_without_any_channel_is_kept(db: Database, heard: Heard) -> None:
    """Its row is there when a channel is set."""
    Alarms(db, [], ["", ""], names=str, nudge=heard.nudges.append, confirm=heard.confirm).receive(
        "M1", change("ALARM", 0), NOW, NOW
    )
    assert len(rows(db, episodes)) == 1
    assert rows(db, cards) == []


@pytest.mark.parametrize(
    ("name", "channels"),
    [
        ("prod-tokens", ["C0PROD", "C0ALARMS", "C0JOBS"]),
        ("prod-backlog", ["C0PROD", "C0ALARMS", "C0JOBS"]),
        ("my-backlog-x", ["C0BACKLOG", "C0ALARMS", "C0JOBS"]),
        ("PROD-tokens", ["C0ALARMS", "C0JOBS"]),
    ],
)
def test_the_first_route_that_fits_wins(db: Database, alarms: Alarms, name: str, channels: list[str]) -> None:
    """And the usual channels stand behind it."""
    take(alarms, change("ALARM", 0, name))
    [card] = rows(db, cards)
    assert json.loads(card.channels) == channels


def test_news_of_a_job_only_nudges(db: Database, alarms: Alarms, heard: Heard) -> None:
    """EventBridge knows no counts: the listing is asked."""
    take(alarms, body(sample("batch_job_state_change.completed.json")))
    assert heard.nudges == [NOW]
    assert rows(db, cards) == []


@pytest.mark.parametrize("text", ["hello", "{", '{"a": 1}', "[1]", "", "\x00\ud800", "<!channel>" * 500])
def test_what_nobody_understands_is_shown_as_text(db: Database, alarms: Alarms, text: str) -> None:
    """An alarm is never dropped; repeated, it is one card."""
    for _ in range(2):
        alarms.receive("M1", body(text), NOW, NOW)
    [notice], [card] = rows(db, notices), rows(db, cards)
    assert (card.key, card.priority, card.wanted > 0) == (f"notice:{notice.id}", OTHER, True)
    message = alarms.render_notice(card.key, Picture(), NOW)
    assert message is not None
    assert "<!channel" not in json.dumps(message.blocks)


def test_a_subscription_is_confirmed_and_said(db: Database, alarms: Alarms, heard: Heard) -> None:
    """By the signed call; nobody opens the address in the message."""
    alarms.confirmed("M1", {"topic": TOPIC, "token": "t0"}, NOW)
    assert heard.confirmed == [(TOPIC, "t0")]
    [notice] = rows(db, notices)
    assert "bedrock-batch-alarms" in notice.message
    assert "t0" not in json.loads(notice.message)["text"].split()


def test_a_subscription_that_cannot_be_confirmed_is_said_too(db: Database, alarms: Alarms, heard: Heard) -> None:
    """A missing permission is told; Amazon being away is tried again."""
    heard.error = AwsUnavailable()
    with pytest.raises(AwsUnavailable):
        alarms.confirmed("M1", {"topic": TOPIC, "token": "t0"}, NOW)
    assert rows(db, notices) == []
    heard.error = AwsDenied("The permission sns:ConfirmSubscription is missing.")
    alarms.confirmed("M1", {"topic": TOPIC, "token": "t0"}, NOW)
    assert "sns:ConfirmSubscription" in rows(db, notices)[0].message


def test_a_topic_that_delivers_no_more_is_a_warning(db: Database, alarms: Alarms, heard: Heard) -> None:
    """It is never subscribed to again by itself."""
    alarms.unsubscribed("M1", {"topic": TOPIC}, NOW)
    assert len(rows(db, notices)) == 1
    assert heard.confirmed == []


def test_cards_of_what_is_gone_are_nothing(alarms: Alarms) -> None:
    """Rendering never raises."""
    assert alarms.render("alarm:none", Picture(), NOW) is None
    assert alarms.render_notice("notice:none", Picture(), NOW) is None
