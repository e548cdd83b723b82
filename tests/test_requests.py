"""What stands in the inbox is handled until it succeeded; a person hears of it when it is given up."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest

from bot.db import Database
from bot.errors import AwsUnavailable, BadInput, BotError, SlackUnavailable
from bot.inbox import Inbox, Item, inbox
from bot.requests import CRASHES, REFUSED, Requests
from bot.slack.whispers import whispers
from tests.wire import NOW, opened, rows


@pytest.fixture
def db(database_url: str) -> Iterator[Database]:
    with opened(database_url) as found:
        yield found


@pytest.fixture
def box(db: Database) -> Iterator[Inbox]:
    found = Inbox(db, lanes={"k": "aws"})
    found.open()
    yield found
    found.close()


class Handler:
    """Raises what it is told to, call after call, and notes what it saw."""

    def __init__(self, *errors: Exception | None) -> None:
        self.errors = list(errors)
        self.seen: list[tuple[str, datetime]] = []

    def __call__(self, item: Item, now: datetime) -> None:
        self.seen.append((item.id, now))
        error = self.errors.pop(0) if self.errors else None
        if error:
            raise error


def run(db: Database, box: Inbox, handler: Handler, times: int, at: datetime = NOW) -> datetime:
    """Run the request so often, an hour apart where it waits."""
    requests = Requests(db, box, {"k": handler})
    for _ in range(times):
        requests.run("1", at)
        at += timedelta(minutes=1)
    return at


def test_a_request_that_succeeds_is_done(db: Database, box: Inbox) -> None:
    """It is handled once, and its body is emptied."""
    box.put("k", "1", {"user": "U1"}, NOW)
    handler = Handler()
    run(db, box, handler, 2)
    assert handler.seen == [("1", NOW)]
    [row] = rows(db, inbox)
    assert (row.done, row.body) == (NOW, "{}")


def test_a_request_that_nobody_knows_is_nothing(db: Database, box: Inbox) -> None:
    """The row was purged while its work stood in the queue."""
    assert Requests(db, box, {}).run("gone", NOW) == 0.0


@pytest.mark.parametrize("error", [AwsUnavailable("Amazon was too busy."), BotError(), RuntimeError("bug")])
def test_a_failure_is_tried_again_later(db: Database, box: Inbox, error: Exception) -> None:
    """Refused or crashed: the row stays open, with a reason and a time."""
    box.put("k", "1", {"user": "U1"}, NOW)
    handler = Handler(error)
    Requests(db, box, {"k": handler}).run("1", NOW)
    [row] = rows(db, inbox)
    assert (row.done, row.tries) == (None, 1)
    assert row.not_before == NOW + timedelta(seconds=1)
    assert row.error == (error.sentence if isinstance(error, BotError) else "RuntimeError")
    Requests(db, box, {"k": handler}).run("1", NOW + timedelta(seconds=1))
    item = box.item("1")
    assert item is not None
    assert item.done


def test_a_bug_is_given_up_and_the_person_is_told(db: Database, box: Inbox) -> None:
    """After some crashes the person reads one sentence, by the way the request came."""
    body = {"user": "U1", "channel": "C1", "response_url": "https://hooks.slack.com/commands/1"}
    box.put("k", "1", body, NOW)
    handler = Handler(*[RuntimeError("bug")] * 50)
    run(db, box, handler, CRASHES + 5)
    assert len(handler.seen) == CRASHES + 1
    [said] = rows(db, whispers)
    assert (said.user, said.channel, said.response_url) == ("U1", "C1", body["response_url"])
    assert json.loads(said.message)["text"].startswith("Something went wrong on my side.")
    item = box.item("1")
    assert item is not None
    assert item.done


def test_a_bug_never_loses_an_alarm(db: Database, box: Inbox) -> None:
    """What nobody asked for cannot be told to anybody, so it is tried for ever."""
    box.put("k", "1", {"message": "ALARM"}, NOW)
    run(db, box, Handler(*[RuntimeError("bug")] * 50), CRASHES + 5)
    item = box.item("1")
    assert item is not None
    assert (item.done, item.tries, item.body) == (False, CRASHES + 5, {"message": "ALARM"})
    assert rows(db, whispers) == []


def test_what_only_needs_time_is_tried_for_ever(db: Database, box: Inbox) -> None:
    """Amazon or Slack being away for a day loses nothing."""
    for error in (AwsUnavailable(), SlackUnavailable()):
        box.put("k", "1", {}, NOW)
        run(db, box, Handler(error), 1, NOW + timedelta(days=1))
        item = box.item("1")
        assert item is not None
        assert not item.done


def test_what_was_refused_is_tried_for_an_hour(db: Database, box: Inbox) -> None:
    """A permission may be added meanwhile; after that the log has it and the row is closed."""
    box.put("k", "1", {}, NOW)
    run(db, box, Handler(BadInput("no")), 1, NOW + REFUSED - timedelta(seconds=1))
    item = box.item("1")
    assert item is not None
    assert not item.done
    run(db, box, Handler(BadInput("no")), 1, NOW + REFUSED)
    item = box.item("1")
    assert item is not None
    assert item.done


def test_a_kind_without_a_handler_crashes_and_is_kept(db: Database, box: Inbox) -> None:
    """A row that a newer version wrote waits for that version."""
    box.put("k", "1", {}, NOW)
    Requests(db, box, {}).run("1", NOW)
    item = box.item("1")
    assert item is not None
    assert (item.done, item.tries) == (False, 1)
