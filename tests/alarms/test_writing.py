"""An alarm is written once and ends the same, wherever the worker dies, and never over somebody else's."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from bot.alarms.making import store as drafts
from bot.alarms.making.store import DRAFT, FAILED, WRITING, WRITTEN, Draft
from bot.alarms.making.writing import KEEP_TRYING, Writing
from bot.aws.alarms import AlarmApi
from bot.db import Database
from bot.errors import AwsUnavailable
from bot.slack.whispers import whispers
from playground.aws import AwsServer
from tests.alarms.worlds import made
from tests.wire import NOW, aws_client, one_store, opened, rows

pytestmark = one_store
ASK = {"draft": "d1", "revision": 1, "user": "U0ANA00001", "channel": "C0JOBS", "response_url": ""}


@pytest.fixture
def db(database_url: str) -> Iterator[Database]:
    with opened(database_url) as found:
        yield found


@pytest.fixture(scope="module")
def account() -> Iterator[AwsServer]:
    with AwsServer(clock=lambda: NOW, background=False) as found:
        yield found


@pytest.fixture
def aws(account: AwsServer) -> AwsServer:
    account.faults.clear()
    account.cloudwatch.alarms.clear()
    del account.calls[:]
    return account


def writing(db: Database, aws: AwsServer, **changes: Any) -> Writing:
    """Over a draft that waits for a yes."""
    draft = Draft("d1", "U0ANA00001", "C0JOBS", DRAFT, 1, definition=made(threshold="5"), region="us-east-1")
    for name, value in changes.items():
        setattr(draft, name, value)
    with db.write() as tx:
        drafts.save(tx, draft, NOW)
    return Writing(db, lambda: AlarmApi(aws_client(aws, "cloudwatch")))


def state(db: Database) -> Draft:
    with db.read() as tx:
        found = drafts.get(tx, "d1")
    assert found is not None
    return found


def puts(aws: AwsServer) -> int:
    return sum(call.operation == "PutMetricAlarm" for call in aws.calls)


def test_a_lost_answer_ends_in_one_alarm(db: Database, aws: AwsServer) -> None:
    """The write arrived, its answer did not; the next attempt finds what it wanted and writes nothing."""
    work = writing(db, aws)
    aws.faults.drop_response("cloudwatch.PutMetricAlarm")
    with pytest.raises(AwsUnavailable):
        work.write("T1", ASK, NOW, NOW)
    assert state(db).state == WRITING
    work.write("T1", ASK, NOW, NOW)
    assert (state(db).state, state(db).differences, puts(aws)) == (WRITTEN, [], 1)


def test_a_death_before_the_write_writes_later(db: Database, aws: AwsServer) -> None:
    """The row says that it is being written; nothing is there yet."""
    work = writing(db, aws, state=WRITING, attempt="T1", written_by="U0BEN00001")
    work.write("T1", ASK, NOW, NOW)
    assert (state(db).state, state(db).written_by, puts(aws)) == (WRITTEN, "U0BEN00001", 1)


def test_a_death_after_the_end_does_nothing(db: Database, aws: AwsServer) -> None:
    """The request comes again although all was done: no word, no write."""
    work = writing(db, aws)
    work.write("T1", ASK, NOW, NOW)
    work.write("T1", ASK, NOW, NOW)
    assert puts(aws) == 1
    assert rows(db, whispers) == []


def test_two_people_press_and_one_alarm_is_written(db: Database, aws: AwsServer) -> None:
    """The second is told."""
    work = writing(db, aws)
    work.write("T1", ASK, NOW, NOW)
    work.write("T2", ASK | {"user": "U0BEN00001"}, NOW, NOW)
    assert puts(aws) == 1
    [said] = rows(db, whispers)
    assert (said.user, "has changed meanwhile" in said.message) == ("U0BEN00001", True)


@pytest.mark.parametrize("changes", [{"revision": 2}, {"problem": "no"}, {"state": "cancelled"}, {"state": "reading"}])
def test_what_was_not_shown_is_not_written(db: Database, aws: AwsServer, changes: dict[str, Any]) -> None:
    """A button of an older card, or of a draft that may not be written."""
    writing(db, aws, **changes).write("T1", ASK, NOW, NOW)
    assert puts(aws) == 0
    assert len(rows(db, whispers)) == 1


def test_a_refusal_can_be_tried_again(db: Database, aws: AwsServer) -> None:
    """After the permission was added."""
    work = writing(db, aws)
    aws.faults.deny("cloudwatch.PutMetricAlarm")
    work.write("T1", ASK, NOW, NOW)
    assert state(db).state == FAILED
    assert "cloudwatch:PutMetricAlarm" in state(db).error
    aws.faults.clear()
    work.write("T2", ASK, NOW, NOW)
    assert (state(db).state, state(db).error) == (WRITTEN, "")


def test_an_amazon_that_stays_silent_is_given_up(db: Database, aws: AwsServer) -> None:
    """And it is said that nobody knows."""
    work = writing(db, aws)
    aws.faults.throttle("cloudwatch.PutMetricAlarm")
    with pytest.raises(AwsUnavailable):
        work.write("T1", ASK, NOW, NOW)
    work.write("T1", ASK, NOW, NOW + KEEP_TRYING + timedelta(seconds=1))
    assert state(db).state == FAILED
    assert "I do not know whether the alarm was written" in state(db).error


def test_what_cloudwatch_keeps_otherwise_is_named(db: Database, aws: AwsServer) -> None:
    """Read back and compared."""
    work = writing(db, aws)

    def bend(_: Any) -> None:
        next(iter(aws.cloudwatch.alarms.values())).config["Threshold"] = 6.0

    aws.faults.after("cloudwatch.PutMetricAlarm", bend)
    work.write("T1", ASK, NOW, NOW)
    assert state(db).differences == [("threshold", "5", "6")]


def test_a_draft_that_is_written_cannot_be_dropped(db: Database, aws: AwsServer) -> None:
    """One that is not can, once."""
    work = writing(db, aws)
    assert work.cancel("d1", NOW)
    assert not work.cancel("d1", NOW)
    assert not work.cancel("nothing", NOW)
    written = writing(db, aws, state=WRITTEN)
    assert not written.cancel("d1", NOW)
