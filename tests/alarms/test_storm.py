"""Many alarms at once: a few cards, firing first, the rest in one list that is edited; nothing lost, nothing doubled."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
import sqlalchemy as sa

from bot.alarms import digest_store, digest_views
from bot.alarms.board import MOST
from bot.alarms.digest_views import Gathered
from bot.alarms.episode import begin
from bot.alarms.store import episodes
from bot.db import Database
from bot.slack.cards import cards
from playground.slack import Message as Posted
from playground.slack import SlackServer, check_message
from tests.alarms.desk import ANA, BEN, Desk, actions, notice
from tests.alarms.samples import alarm
from tests.wire import NOW, Time, opened, rows


def ring_all(desk: Desk, count: int, state: str = "ALARM", first: int = 0) -> None:
    for n in range(first, first + count):
        desk.ring(f"a-{n:03}", state)


def digest(desk: Desk) -> Posted:
    [found] = [m for m in desk.channel.messages if "more alarm" in m.words]
    return found


def own(desk: Desk) -> list[Posted]:
    return [m for m in desk.channel.messages if "more alarm" not in m.words]


def listed(card: Posted) -> dict[str, str]:
    """Name and state of what stands in the list."""
    [table] = [block for block in card.blocks if block["type"] == "table"]
    return {row[0]["text"]: row[1]["text"] for row in table["rows"][1:]}


def test_the_first_few_get_cards_and_the_rest_one_list(desk: Desk) -> None:
    """Every alarm is somewhere, none is in two places."""
    ring_all(desk, 20)
    desk.work()
    assert len(own(desk)) == MOST
    shown = [m.text.split()[1].rstrip(":") for m in own(desk)] + list(listed(digest(desk)))
    assert sorted(shown) == [f"a-{n:03}" for n in range(20)]
    assert "*12 more alarms in 0 s*: 12 firing" in digest(desk).words
    assert set(listed(digest(desk)).values()) == {"🔴 firing"}


def test_what_fires_is_not_crowded_out_by_what_does_not(desk: Desk) -> None:
    """Twenty alarms that are well again come first: those that fire get their cards all the same, and before them."""
    ring_all(desk, 20, "OK")
    ring_all(desk, MOST, "ALARM", first=20)
    desk.work()
    names = [m.text.split()[1].rstrip(":.") for m in desk.channel.messages if "more alarm" not in m.words]
    assert names[:MOST] == [f"a-{n:03}" for n in range(20, 20 + MOST)]
    assert len(names) == 2 * MOST
    assert "12 more alarms in 0 s*: 12 OK" in digest(desk).words


def test_the_list_is_edited_as_its_alarms_change(desk: Desk) -> None:
    """Firing ones stand on top; no second message, no reply for each."""
    ring_all(desk, 20)
    desk.work()
    posts = desk.posts
    desk.time.after(60)
    for n in range(10, 20):
        desk.ring(f"a-{n:03}", "OK")
    desk.after(seconds=10)
    assert "2 firing, 10 OK" in digest(desk).words
    assert list(listed(digest(desk)))[:2] == ["a-008", "a-009"]
    assert desk.posts == posts
    assert digest(desk).edits == 1


def test_a_list_that_grows_is_edited_in_its_own_pace(desk: Desk) -> None:
    """Slack limits edits for the whole workspace."""
    ring_all(desk, 9)
    desk.work()
    for n in range(30):
        desk.time.after(1)
        desk.ring(f"b-{n:03}")
        desk.work()
    assert digest(desk).edits <= 3
    desk.after(seconds=10)
    assert "31 more alarms in 30 s*" in digest(desk).words


def test_channels_have_storms_of_their_own(desk: Desk) -> None:
    """One alarm elsewhere has its card there."""
    ring_all(desk, 20)
    desk.ring("other-1")
    desk.work()
    [card] = desk.server.channel("ml-jobs").messages
    assert "other-1" in card.text


def test_all_in_the_list_can_be_acknowledged_at_once(desk: Desk) -> None:
    """Those that fire; one reply names who."""
    ring_all(desk, 12)
    desk.ring("a-011", "OK", at=NOW + timedelta(seconds=1))
    desk.work()
    assert actions(digest(desk)) == ["Acknowledge all 3", "Show the card of…"]
    assert desk.press("alarm_ack_all", who=BEN, card=digest(desk)) == ""
    desk.work()
    assert "3 acknowledged, 1 OK" in digest(desk).words
    assert "🟠" in digest(desk).words
    [reply] = digest(desk).replies
    assert f"<@{BEN}> acknowledged a-008, a-009, a-010" in reply.words
    assert actions(digest(desk)) == ["Show the card of…"]
    desk.run(*desk.done[-1])
    desk.work()
    assert len(digest(desk).replies) == 1


def test_one_of_the_list_gets_its_card_on_request(desk: Desk) -> None:
    """With all that a card can do; what happens to it is seen in both places, and twice asked is one card."""
    ring_all(desk, 12)
    desk.work()
    assert desk.press("alarm_show", card=digest(desk), choice="a-010") == ""
    desk.open *= 2
    desk.work()
    [card] = [m for m in own(desk) if "a-010" in m.text]
    assert listed(digest(desk))["a-010"] == "🔴 firing, see its card"
    assert "a-010" not in str(digest(desk).blocks[-1])
    desk.press("alarm_ack", who=ANA, card=card)
    desk.work()
    assert "ACKNOWLEDGED" in card.words
    assert listed(digest(desk))["a-010"] == "🟠 acknowledged, see its card"
    desk.ring("a-010", "OK", at=NOW + timedelta(minutes=1))
    desk.after(minutes=1)
    assert "Recovered" in card.replies[-1].words


def test_controls_of_a_list_that_is_not_there_are_a_plain_sentence(desk: Desk) -> None:
    """Nothing to acknowledge."""
    ring_all(desk, 9)
    desk.work()
    card = digest(desk)
    desk.ring("a-008", "OK", at=NOW + timedelta(seconds=1))
    assert "Nothing in that list is in alarm" in desk.press("alarm_ack_all", card=card)
    assert desk.open == []


def test_when_the_storm_is_over_what_still_fires_is_said_once_and_new_alarms_get_cards(desk: Desk) -> None:
    """The list stays and goes on showing how its alarms stand."""
    ring_all(desk, 12)
    desk.work()
    desk.time.after(60)
    for n in range(9, 12):
        desk.ring(f"a-{n:03}", "OK")
    desk.after(minutes=2, seconds=1)
    [reply] = digest(desk).replies
    assert "The storm is over: 1 of 4 alarms of this list still fire" in reply.words
    assert "a-008" in reply.words
    desk.ring("late")
    desk.after(seconds=10)
    assert len(own(desk)) == MOST + 1
    desk.ring("a-008", "OK")
    desk.after(minutes=1)
    assert "🟢 *4 more alarms" in digest(desk).words
    assert actions(digest(desk)) == []
    desk.after(hours=1)
    assert len(digest(desk).replies) == 1


def test_a_storm_that_goes_on_keeps_one_list(desk: Desk) -> None:
    """And a few more cards each three minutes."""
    for minute in range(10):
        ring_all(desk, 12, first=100 * minute)
        desk.after(minutes=1)
    total = len(own(desk)) + len(rows_in_digest(desk))
    assert total == 120
    assert MOST * 3 <= len(own(desk)) <= MOST * 4
    assert len({e.digest for e in rows_in_digest(desk)}) == 1


def rows_in_digest(desk: Desk) -> list[sa.Row]:  # type: ignore[type-arg]  # whatever the table has
    return [row for row in rows(desk.db, episodes) if row.digest]


def test_a_long_list_is_cut_and_says_how_much_is_left_out(desk: Desk) -> None:
    """Slack takes it, and it is still a whole."""
    ring_all(desk, 150)
    desk.work()
    card = digest(desk)
    assert len(listed(card)) == digest_views.ROWS
    assert "142 more alarms" in card.words
    assert "and 112 more" in card.words
    assert check_message({"text": card.text, "blocks": card.blocks}) == []


@pytest.mark.parametrize("name", ["<!channel>" * 20, "&" * 255, "*_~`", "\u202ename", "x" * 255, ":fire:"])
def test_hostile_names_stay_names_in_a_list(name: str) -> None:
    """In its table, its list of cards and its replies."""
    found = [alarm("metric_alarm.json")]
    one = begin(type(found[0])(**{f: getattr(found[0], f) for f in found[0].__slots__} | {"name": name}))[0]
    gathered = Gathered("digest:C1:1", NOW, NOW, over=False, episodes=[(one, False)])
    for message in (digest_views.card(gathered, NOW, "UTC"), digest_views.over_reply(gathered)):
        assert check_message({"text": message.text, "blocks": message.blocks}) == []
        markup = [b["text"]["text"] for b in message.blocks if b["type"] == "section"]
        assert not any("<!" in text or "<@" in text for text in [message.text, *markup])
    said = digest_views.acknowledged_reply(ANA, [name])
    assert str(said.blocks).count("<") == 1


@pytest.fixture
def both(database_url: str) -> Iterator[Database]:
    with opened(database_url) as found:
        yield found


def test_a_storm_from_many_threads_puts_each_alarm_in_one_place(
    both: Database, time: Time, server: SlackServer
) -> None:
    """Each message comes twice, to eight threads at once: one row, one place each, one list a channel."""
    desk = Desk(both, time, server)
    gate = threading.Barrier(8)

    def receive(thread: int) -> None:
        gate.wait()
        for n in range(60):
            if n % 4 == thread % 4:
                desk.receive(notice(f"{'other-' if n % 2 else ''}{n:02}", "ALARM", NOW))

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(receive, range(8)))
    found = rows(both, episodes)
    assert len(found) == 60
    wanted = {card.key for card in rows(both, cards)}
    for row in found:
        assert (f"alarm:{row.id}" in wanted) != bool(row.digest)
    assert {row.digest for row in found} - {""} == {d.key for d in rows(both, digest_store.digests)}
    assert sum(not row.digest for row in found) == 2 * MOST
    desk.work()
    texts = [json.dumps(m.blocks) for m in [*desk.channel.messages, *server.channel("ml-jobs").messages]]
    assert len(texts) == 2 * MOST + 2
