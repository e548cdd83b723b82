"""Living cards: rows become one message each, edited as they change, whatever Slack does and wherever we die."""

# ruff: noqa: PLR0917  (fixtures are asked for by name)

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import sqlalchemy as sa

from bot.db import Database, Tx
from bot.slack import blocks as b
from bot.slack import cards
from bot.slack.blocks import Message
from bot.slack.cards import PICTURE_FAILED, PICTURE_READY, Picture
from bot.slack.client import Slack
from bot.slack.delivery import FILE_TRIES, Cards
from playground.slack import Channel, SlackServer
from tests.wire import NOW, Time, opened, rows

KEY = "thing:1"


class Thing:
    """What the card shows; the test changes it."""

    def __init__(self) -> None:
        self.text: str | None = "one"
        self.blocks: list[dict[str, Any]] | None = None

    def render(self, _key: str, picture: Picture) -> Message | None:
        if self.text is None:
            return None
        parts = self.blocks or [b.section(self.text)]
        if picture.file_id:
            parts = [*parts, b.image(picture.file_id, picture.alt_text)]
        if picture.note:
            parts = [*parts, b.context(picture.note)]
        return Message(f"Now {self.text}.", parts)


@pytest.fixture
def thing() -> Thing:
    return Thing()


@pytest.fixture
def delivery(db: Database, slack: Slack, thing: Thing) -> Cards:
    return Cards(db, slack, {"thing": thing.render}, edit_seconds=60, post_seconds=1.05)


@pytest.fixture
def channel(server: SlackServer) -> Channel:
    return server.channel("ml-jobs")


def want(db: Database, time: Time, *channels: str, urgent: bool = False, key: str = KEY, priority: int = 10) -> None:
    with db.write() as tx:
        cards.want(tx, key, channels, time(), urgent=urgent, priority=priority)


def reply(db: Database, time: Time, name: str, text: str) -> None:
    with db.write() as tx:
        cards.reply(tx, KEY, name, Message(text, [b.section(text)]), time())


def work(delivery: Cards, time: Time) -> list[float]:
    """One look and all that is due; the rests that were asked for."""
    return [delivery.deliver(one.key, time()) for one in delivery.due(time())]


def row(db: Database, key: str = KEY) -> Any:
    return next(r for r in rows(db, cards.cards) if r.key == key)


def posts(server: SlackServer) -> int:
    return sum(call.method == "chat.postMessage" for call in server.calls)


def edits(server: SlackServer) -> int:
    return sum(call.method == "chat.update" for call in server.calls)


# --- the ordinary way -------------------------------------------------------------------------------------------------


def test_a_card_is_posted_once_and_edited_afterwards(
    db: Database, time: Time, server: SlackServer, channel: Channel, delivery: Cards, thing: Thing
) -> None:
    """One message a thing; the present state is what is shown."""
    want(db, time, channel.id)
    assert work(delivery, time) == [1.05]
    thing.text = "two"
    want(db, time, channel.id)
    time.after(60)
    assert work(delivery, time) == [0.0], "an edit costs the channel no rest"
    [message] = channel.messages
    assert (message.text, message.edits) == ("Now two.", 1)
    assert message.metadata == {"event_type": "batchbot_card", "event_payload": {"key": KEY}}
    assert work(delivery, time) == []
    assert (row(db).wanted, row(db).shown) == (2, 2)


def test_changes_that_were_overtaken_are_never_sent(
    db: Database, time: Time, server: SlackServer, channel: Channel, delivery: Cards, thing: Thing
) -> None:
    """Thirty changes within the minute are one edit."""
    want(db, time, channel.id)
    work(delivery, time)
    for n in range(30):
        thing.text = f"state {n}"
        want(db, time, channel.id)
        work(delivery, time)
    assert edits(server) == 0
    time.after(60)
    work(delivery, time)
    assert (edits(server), channel.messages[0].text) == (1, "Now state 29.")


def test_what_is_urgent_skips_the_wait(
    db: Database, time: Time, server: SlackServer, channel: Channel, delivery: Cards, thing: Thing
) -> None:
    """A new state is shown at once, progress once a minute."""
    want(db, time, channel.id)
    work(delivery, time)
    time.after(1)
    want(db, time, channel.id)
    assert work(delivery, time) == []
    want(db, time, channel.id, urgent=True)
    work(delivery, time)
    assert edits(server) == 1


def test_a_change_during_the_delivery_is_not_lost(
    db: Database, time: Time, server: SlackServer, channel: Channel, delivery: Cards, thing: Thing
) -> None:
    """The row is behind again, and the next look finds it."""

    def change(_: Any) -> None:
        thing.text = "later"
        want(db, time, channel.id, urgent=True)

    server.faults.after("chat.postMessage", change)
    want(db, time, channel.id)
    work(delivery, time)
    work(delivery, time)
    assert channel.messages[0].text == "Now later."


def test_a_channel_is_one_partition_before_and_after_the_post(
    db: Database, time: Time, channel: Channel, delivery: Cards
) -> None:
    """The durable queue runs one attempt a partition, which paces the channel; what fires goes first."""
    want(db, time, channel.id, key="thing:a")
    want(db, time, channel.id, "C0OTHER", key="thing:b", priority=1)
    found = delivery.due(time())
    assert [(w.queue, w.key, w.partition, w.priority) for w in found] == [
        ("cards", "thing:b", channel.id, 1),
        ("cards", "thing:a", channel.id, 10),
    ]
    for one in found:
        delivery.deliver(one.key, time())
    want(db, time, channel.id, key="thing:a", urgent=True)
    assert [w.partition for w in delivery.due(time())] == [channel.id]


def test_a_card_without_a_place_is_no_card(db: Database, time: Time) -> None:
    """Nobody is configured to see it."""
    want(db, time, "", "")
    assert rows(db, cards.cards) == []


def test_a_thing_that_is_gone_is_left_alone(
    db: Database, time: Time, server: SlackServer, channel: Channel, delivery: Cards, thing: Thing
) -> None:
    """Nothing is posted, and it is not asked for again."""
    thing.text = None
    want(db, time, channel.id)
    work(delivery, time)
    assert (posts(server), work(delivery, time)) == (0, [])


def test_a_card_goes_to_a_person_where_there_is_no_channel(
    db: Database, time: Time, server: SlackServer, delivery: Cards, thing: Thing
) -> None:
    """By user id; the edits go to the conversation that Slack answered with."""
    ana = server.person("ana")
    want(db, time, "", ana.id)
    work(delivery, time)
    thing.text = "two"
    want(db, time, ana.id, urgent=True)
    work(delivery, time)
    assert [m.text for m in ana.direct.messages] == ["Now two."]


# --- replies ----------------------------------------------------------------------------------------------------------


def test_replies_come_in_order_once_each(
    db: Database, time: Time, server: SlackServer, channel: Channel, delivery: Cards
) -> None:
    """With the card where it is new, into its thread where it stands."""
    want(db, time, channel.id)
    for name in ("start", "middle", "start"):
        reply(db, time, name, f"{name} happened")
    assert work(delivery, time) == [pytest.approx(3.15)]
    want(db, time, channel.id, urgent=True)
    reply(db, time, "end", "the end")
    work(delivery, time)
    [card] = channel.messages
    assert [r.text for r in card.replies] == ["start happened", "middle happened", "the end"]


def test_a_reply_that_was_refused_comes_with_the_next_attempt_and_none_twice(
    db: Database, time: Time, server: SlackServer, channel: Channel, delivery: Cards
) -> None:
    """The second of three meets a 429."""
    want(db, time, channel.id)
    work(delivery, time)
    for name in ("a", "b", "c"):
        reply(db, time, name, name)
    want(db, time, channel.id, urgent=True)
    server.faults.before("chat.postMessage", lambda _: server.faults.rate_limit("chat.postMessage", retry_after=3))
    work(delivery, time)
    time.after(4)
    work(delivery, time)
    assert [r.text for r in channel.messages[0].replies] == ["a", "b", "c"]


# --- Slack says no ----------------------------------------------------------------------------------------------------


def test_a_429_waits_as_long_as_slack_wants(
    db: Database, time: Time, server: SlackServer, channel: Channel, delivery: Cards
) -> None:
    """The row waits, and the channel rests with it."""
    server.faults.rate_limit("chat.postMessage", retry_after=30)
    want(db, time, channel.id)
    assert work(delivery, time) == [31.0]
    time.after(29)
    assert work(delivery, time) == []
    time.after(1)
    work(delivery, time)
    assert len(channel.messages) == 1


def test_slack_away_for_long_loses_nothing(
    db: Database, time: Time, server: SlackServer, channel: Channel, delivery: Cards, thing: Thing
) -> None:
    """Attempts grow rarer, down to one a minute; then the card has the state of that moment."""
    server.faults.outage("chat.postMessage", times=10**6)
    want(db, time, channel.id)
    for n in range(15):
        thing.text = f"minute {n}"
        want(db, time, channel.id)
        work(delivery, time)
        time.after(60)
    assert 12 <= posts(server) <= 15
    server.faults.clear()
    work(delivery, time)
    assert [m.text for m in channel.messages] == ["Now minute 14."]


def test_a_message_that_somebody_deleted_is_posted_anew(
    db: Database, time: Time, server: SlackServer, channel: Channel, delivery: Cards
) -> None:
    """The next change brings it back."""
    want(db, time, channel.id)
    work(delivery, time)
    server.workspace.delete(channel.messages[0])
    want(db, time, channel.id, urgent=True)
    work(delivery, time)
    work(delivery, time)
    assert [m.text for m in channel.messages] == ["Now one."]


def test_a_message_that_may_not_be_edited_any_more_is_posted_anew(
    db: Database, time: Time, server: SlackServer, channel: Channel, delivery: Cards
) -> None:
    """Some workspaces close the edit window after minutes."""
    want(db, time, channel.id)
    work(delivery, time)
    server.faults.edit_window = 0.0
    time.after(120)
    want(db, time, channel.id)
    work(delivery, time)
    work(delivery, time)
    assert len(channel.messages) == 2


@pytest.mark.parametrize("code", ["not_in_channel", "channel_not_found", "is_archived", "restricted_action"])
def test_where_the_bot_may_not_post_the_next_channel_is_tried(
    db: Database, time: Time, server: SlackServer, channel: Channel, delivery: Cards, code: str
) -> None:
    """And stays the card's place."""
    other = server.channel("ml-alarms")
    server.faults.fail("chat.postMessage", code)
    want(db, time, channel.id, other.id)
    work(delivery, time)
    work(delivery, time)
    assert channel.messages == []
    [card] = [m for m in other.messages if m.text == "Now one."]
    want(db, time, channel.id, other.id, urgent=True)
    work(delivery, time)
    assert card.edits == 1


def test_a_channel_that_is_archived_later_moves_the_card(
    db: Database, time: Time, server: SlackServer, channel: Channel, delivery: Cards
) -> None:
    """What follows is told where it can be."""
    other = server.channel("ml-alarms")
    want(db, time, channel.id, other.id)
    work(delivery, time)
    reply(db, time, "end", "over")
    server.faults.fail("chat.update", "is_archived")
    want(db, time, channel.id, other.id, urgent=True)
    work(delivery, time)
    work(delivery, time)
    assert [m.text for m in other.messages[0].replies] == ["over"]


def test_with_nowhere_to_go_it_is_tried_again_now_and_then(
    db: Database, time: Time, server: SlackServer, channel: Channel, delivery: Cards
) -> None:
    """Whoever invites the bot sees the card within ten minutes."""
    server.faults.fail("chat.postMessage", "not_in_channel", times=1)
    want(db, time, channel.id)
    work(delivery, time)
    assert work(delivery, time) == []
    assert "not_in_channel" in row(db).error
    time.after(600)
    work(delivery, time)
    assert len(channel.messages) == 1


def test_blocks_that_slack_dislikes_become_a_plain_sentence(
    db: Database, time: Time, server: SlackServer, channel: Channel, delivery: Cards, thing: Thing
) -> None:
    """The news arrives; when the blocks are good again they are shown."""
    thing.blocks = [{"type": "header", "text": {"type": "plain_text", "text": "x" * 151}}]
    want(db, time, channel.id)
    work(delivery, time)
    work(delivery, time)
    [message] = channel.messages
    assert (message.text, message.blocks) == ("Now one.", [])
    thing.blocks = None
    want(db, time, channel.id, urgent=True)
    work(delivery, time)
    assert message.blocks


def test_blocks_that_become_bad_are_edited_to_a_plain_sentence(
    db: Database, time: Time, server: SlackServer, channel: Channel, delivery: Cards, thing: Thing
) -> None:
    """Also where the message stands already."""
    want(db, time, channel.id)
    work(delivery, time)
    thing.text, thing.blocks = "two", [{"type": "nonsense"}]
    want(db, time, channel.id, urgent=True)
    work(delivery, time)
    work(delivery, time)
    [message] = channel.messages
    assert (message.text, message.blocks) == ("Now two.", [])


# --- where it cannot be read ------------------------------------------------------------------------------------------


def refusing(db: Database, slack: Slack, thing: Thing, *tell: str) -> Cards:
    return Cards(db, slack, {"thing": thing.render}, edit_seconds=60, post_seconds=1.05, tell=tell)


def deliver_all(delivery: Cards, time: Time) -> None:
    for _ in range(6):
        work(delivery, time)
        time.after(1)


def test_a_channel_that_the_bot_is_not_in_is_told_of_elsewhere_once_a_day(
    db: Database, time: Time, server: SlackServer, slack: Slack, thing: Thing
) -> None:
    """With the one thing to do; a second card that waits says nothing more, the next day does."""
    secret, other = server.workspace.add_channel("secret", private=True), server.channel("ml-jobs")
    delivery = refusing(db, slack, thing, secret.id, other.id)
    want(db, time, secret.id)
    want(db, time, secret.id, key="thing:2")
    deliver_all(delivery, time)
    [notice] = other.messages
    assert f"<#{secret.id}>" in str(notice.blocks)
    assert "/invite @batchbot" in notice.words
    assert secret.messages == []
    time.after(24 * 3600)
    deliver_all(delivery, time)
    assert len(other.messages) == 2


def test_whoever_invites_the_bot_sees_what_waited(
    db: Database, time: Time, server: SlackServer, slack: Slack, thing: Thing
) -> None:
    """Within ten minutes, as the notice says."""
    secret = server.workspace.add_channel("secret", private=True)
    delivery = refusing(db, slack, thing, server.channel("ml-jobs").id)
    want(db, time, secret.id)
    deliver_all(delivery, time)
    secret.members.add(slack.identity().user_id)
    time.after(600)
    deliver_all(delivery, time)
    assert [m.text for m in secret.messages] == ["Now one."]


def test_without_another_channel_an_admin_is_told(
    db: Database, time: Time, server: SlackServer, slack: Slack, thing: Thing
) -> None:
    """By direct message, which needs no scope but chat:write."""
    first, second, ben = server.channel("ml-jobs"), server.channel("ml-alarms"), server.person("ben")
    delivery = refusing(db, slack, thing, first.id, second.id, ben.id)
    want(db, time, first.id)
    for channel in (first, second):
        channel.is_archived = True
    deliver_all(delivery, time)
    [notice] = ben.direct.messages
    assert "archived" in notice.words


def test_a_card_that_moves_to_the_next_channel_says_so_there(
    db: Database, time: Time, server: SlackServer, slack: Slack, thing: Thing
) -> None:
    """The card is seen, and why it is there."""
    secret, other = server.workspace.add_channel("secret", private=True), server.channel("ml-jobs")
    delivery = refusing(db, slack, thing)
    want(db, time, secret.id, other.id)
    deliver_all(delivery, time)
    assert sorted(m.text.split()[0] for m in other.messages) == ["I", "Now"]


def test_nobody_is_told_of_a_person_who_cannot_be_written_to(
    db: Database, time: Time, server: SlackServer, slack: Slack, thing: Thing, channel: Channel
) -> None:
    """That is no channel which somebody could invite the bot to."""
    server.faults.fail("chat.postMessage", "user_not_found")
    want(db, time, server.person("ana").id)
    deliver_all(refusing(db, slack, thing, channel.id), time)
    assert channel.messages == []


# --- pictures ---------------------------------------------------------------------------------------------------------


def picture(db: Database, file_id: str | None, state: int = PICTURE_READY) -> None:
    with db.write() as tx:
        tx.execute(sa.update(cards.cards).values(picture=state, picture_file=file_id, picture_alt="It falls."))


def test_a_picture_that_slack_still_looks_over_is_waited_for(
    db: Database, time: Time, server: SlackServer, slack: Slack, channel: Channel, delivery: Cards
) -> None:
    """Not ready yet is no refusal of the blocks: the same edit is repeated until the file is good."""
    want(db, time, channel.id)
    work(delivery, time)
    server.faults.upload_not_ready(5)
    picture(db, slack.upload(b"png", "a.png", "It falls."))
    want(db, time, channel.id, urgent=True)
    for _ in range(10):
        work(delivery, time)
        time.after(1)
    [message] = channel.messages
    assert message.blocks[-1]["alt_text"] == "It falls."
    assert not any(call.args.get("blocks") == [] for call in server.calls)


def test_a_picture_that_never_becomes_good_leaves_a_line(
    db: Database, time: Time, server: SlackServer, slack: Slack, channel: Channel, delivery: Cards
) -> None:
    """The card is shown without it."""
    want(db, time, channel.id)
    work(delivery, time)
    server.faults.upload_not_ready(10**6)
    picture(db, slack.upload(b"png", "a.png", "It falls."))
    want(db, time, channel.id, urgent=True)
    for _ in range(FILE_TRIES + 3):
        work(delivery, time)
        time.after(10)
    [message] = channel.messages
    assert "could not be shown" in message.words
    assert row(db).picture == PICTURE_FAILED
    assert row(db).wanted == row(db).shown


# --- dying in the middle ----------------------------------------------------------------------------------------------


def test_dying_between_the_post_and_its_commit_makes_no_second_card(
    db: Database, time: Time, server: SlackServer, channel: Channel, delivery: Cards, thing: Thing
) -> None:
    """The answer is lost after Slack has posted: the card is found again by the key in its metadata."""
    server.faults.drop_response("chat.postMessage")
    want(db, time, channel.id)
    work(delivery, time)
    assert row(db).ts is None
    assert row(db).intent_at == NOW
    thing.text = "two"
    time.after(5)
    work(delivery, time)
    [message] = channel.messages
    assert (message.text, row(db).ts, row(db).intent_at) == ("Now two.", message.ts, None)


def test_dying_between_a_reply_and_its_commit_makes_no_second_reply(
    db: Database, time: Time, server: SlackServer, channel: Channel, delivery: Cards
) -> None:
    """Found in the thread by its own key."""
    want(db, time, channel.id)
    work(delivery, time)
    reply(db, time, "end", "over")
    server.faults.drop_response("chat.postMessage")
    want(db, time, channel.id, urgent=True)
    work(delivery, time)
    time.after(5)
    work(delivery, time)
    assert [r.text for r in channel.messages[0].replies] == ["over"]


def test_dying_before_the_post_arrives_posts_it_later(
    db: Database, time: Time, server: SlackServer, channel: Channel, delivery: Cards
) -> None:
    """The intent is there, the message is not: it is looked for and then posted."""
    server.faults.refuse_connection("chat.postMessage")
    want(db, time, channel.id)
    work(delivery, time)
    time.after(5)
    work(delivery, time)
    assert len(channel.messages) == 1


def test_another_cards_message_is_not_taken_for_its_own(
    db: Database, time: Time, server: SlackServer, channel: Channel, delivery: Cards
) -> None:
    """The search goes by the key, not by the kind."""
    want(db, time, channel.id, key="thing:other")
    work(delivery, time)
    server.faults.refuse_connection("chat.postMessage")
    want(db, time, channel.id)
    work(delivery, time)
    time.after(5)
    work(delivery, time)
    assert len(channel.messages) == 2
    assert row(db).ts != row(db, "thing:other").ts


def test_a_card_that_was_claimed_by_a_dead_worker_is_delivered_by_the_next(
    db: Database, time: Time, channel: Channel, delivery: Cards
) -> None:
    """At its start, or three minutes later at the latest."""
    want(db, time, channel.id)
    assert len(delivery.due(time())) == 1
    assert delivery.due(time()) == []
    delivery.claims.begin("worker-0")
    assert len(delivery.due(time())) == 1
    time.after(181)
    work(delivery, time)
    assert len(channel.messages) == 1


class Overtaken(Database):
    """A database in which somebody else does something just before the next change is written."""

    meanwhile: Callable[[], object] | None = None

    @contextmanager
    def write(self, *, first: bool = False) -> Iterator[Tx]:
        meanwhile, self.meanwhile = self.meanwhile, None
        if meanwhile:
            meanwhile()
        with super().write(first=first) as tx:
            yield tx


def test_a_card_that_was_delivered_between_the_look_and_the_claim_is_not_claimed(
    database_url: str, both: Database, time: Time, slack: Slack, channel: Channel, thing: Thing
) -> None:
    """A claim that nobody would work on would keep the next change waiting until it is stale."""
    pace: dict[str, Any] = {"edit_seconds": 0.0, "post_seconds": 0.0}
    slow = Overtaken(database_url)
    theirs, ours = (Cards(db, slack, {"thing": thing.render}, **pace) for db in (both, slow))
    want(both, time, channel.id)
    slow.meanwhile = lambda: theirs.deliver(KEY, time())
    assert ours.due(time()) == []
    assert (row(both).shown, row(both).queued_at) == (1, None)
    slow.close()


@pytest.fixture
def both(database_url: str) -> Iterator[Database]:
    with opened(database_url) as found:
        yield found


def test_rows_tell_the_same_story_on_both_stores(
    both: Database, time: Time, server: SlackServer, slack: Slack, channel: Channel, thing: Thing
) -> None:
    """A new card is wanted once, a change once more, a reply once per name."""
    delivery = Cards(both, slack, {"thing": thing.render}, edit_seconds=60, post_seconds=1)
    want(both, time, channel.id)
    assert (row(both).wanted, row(both).shown) == (1, 0)
    for _ in range(2):
        reply(both, time, "end", "over")
    work(delivery, time)
    want(both, time, channel.id, urgent=True)
    work(delivery, time)
    assert (row(both).wanted, row(both).shown) == (2, 2)
    assert [len(m.replies) for m in channel.messages] == [1]
