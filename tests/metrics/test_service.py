"""Summaries on both stores: asked for, read from CloudWatch, refreshed, scheduled exactly once."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.aws.cloudwatch import CloudWatch
from bot.db import Database
from bot.errors import AwsUnavailable
from bot.inbox import inbox
from bot.metrics.service import KEEP_TRYING, MAKE_UP, Metrics, Schedule
from bot.metrics.store import schedules, summaries
from bot.parts.part import ask_within
from bot.slack.cards import PICTURE_WANTED, Picture, cards
from playground.aws import AwsServer
from tests.wire import NOW, Time, aws_client, one_store, opened, rows

NOVA = "amazon.nova-pro-v1:0"
BODY = {"channel": "C1", "user": "U1", "range": "24h", "models": "", "zone": "Europe/Berlin"}


@pytest.fixture
def db(database_url: str) -> Iterator[Database]:
    with opened(database_url) as found:
        yield found


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture(scope="module")
def account() -> Iterator[AwsServer]:
    """One account for all tests of this file; its clock stands."""
    with AwsServer(clock=lambda: NOW, background=False) as found:
        yield found


@pytest.fixture
def aws(account: AwsServer) -> AwsServer:
    """Nova Pro worked through the last day."""
    account.faults.clear()
    points = [(NOW - timedelta(minutes=15 * n), 1000.0 + n) for n in range(1, 96)]
    account.cloudwatch.put(NOVA, "NumberOfRecordsPendingProcessing", points)
    del account.calls[:]
    return account


def make(db: Database, aws: AwsServer, *plans: Schedule) -> Metrics:
    cloudwatch = CloudWatch(aws_client(aws, "cloudwatch"))
    return Metrics(db, lambda: cloudwatch, plans, names=str, running=lambda: {NOVA: 2}, ask=ask_within)


def row(db: Database) -> Any:
    [found] = rows(db, summaries)
    return found


def card(db: Database) -> Any:
    [found] = rows(db, cards)
    return found


def text_of(metrics: Metrics, db: Database) -> str:
    message = metrics.render(card(db).key, Picture(), NOW)
    assert message is not None
    return message.text + json.dumps(message.blocks, ensure_ascii=False)


# --- on demand --------------------------------------------------------------------------------------------------------


def test_an_answer_is_a_card_with_its_picture_wished(db: Database, aws: AwsServer) -> None:
    """The text first; the picture is asked for beside it."""
    metrics = make(db, aws)
    metrics.answer("T1", BODY, NOW, NOW)
    found = card(db)
    assert json.loads(found.channels) == ["C1", "U1"]
    assert found.picture == PICTURE_WANTED
    assert NOVA in text_of(metrics, db)
    assert (row(db).read_at, row(db).error) == (NOW, "")


def test_a_repeated_request_is_one_summary(db: Database, aws: AwsServer) -> None:
    """Its id comes from the request's own."""
    for _ in range(2):
        make(db, aws).answer("T1", BODY, NOW, NOW)
    assert row(db).id == hashlib.sha256(b"T1").hexdigest()[:24]
    assert len(rows(db, cards)) == 1


def test_a_refresh_reads_again_into_the_same_card(db: Database, aws: AwsServer) -> None:
    """Another range by the button; channel, person and models stay those of the first request."""
    metrics = make(db, aws)
    metrics.answer("T1", BODY | {"models": "nova"}, NOW, NOW)
    later = NOW + timedelta(minutes=5)
    metrics.answer("T2", {"summary": row(db).id, "channel": "C9", "user": "U9", "range": "3h"}, later, later)
    assert (row(db).range, row(db).read_at, row(db).channel, row(db).models) == ("3h", later, "C1", "nova")
    assert "last 3 hours" in text_of(metrics, db)


def test_only_the_models_that_were_asked_for_are_read(db: Database, aws: AwsServer) -> None:
    """By id or by name; where none fits, the card says so and no metric is paid for."""
    metrics = make(db, aws)
    metrics.answer("T1", BODY | {"models": "no-such-model"}, NOW, NOW)
    assert [c.operation for c in aws.calls] == ["ListMetrics"]
    assert NOVA not in text_of(metrics, db)
    assert card(db).picture != PICTURE_WANTED


def test_amazon_away_is_tried_again_and_then_told(db: Database, aws: AwsServer) -> None:
    """For ten minutes; then the card has the sentence, and the button brings the numbers."""
    metrics = make(db, aws)
    aws.faults.throttle("cloudwatch.*")
    for _ in range(2):
        with pytest.raises(AwsUnavailable):
            metrics.answer("T1", BODY, NOW, NOW + KEEP_TRYING - timedelta(seconds=1))
    assert rows(db, cards) == []
    metrics.answer("T1", BODY, NOW, NOW + KEEP_TRYING)
    assert "too busy" in text_of(metrics, db)
    assert card(db).picture != PICTURE_WANTED
    aws.faults.clear()
    metrics.answer("T2", {"summary": row(db).id, "range": "24h"}, NOW, NOW)
    assert NOVA in text_of(metrics, db)
    assert row(db).error == ""


def test_a_missing_permission_is_told_at_once(db: Database, aws: AwsServer) -> None:
    """By its name."""
    aws.faults.deny("cloudwatch.ListMetrics")
    metrics = make(db, aws)
    metrics.answer("T1", BODY, NOW, NOW)
    assert "cloudwatch:ListMetrics" in text_of(metrics, db)


def test_a_failed_refresh_says_so(db: Database, aws: AwsServer) -> None:
    """Old numbers under a new time would lie."""
    metrics = make(db, aws)
    metrics.answer("T1", BODY, NOW, NOW)
    aws.faults.deny("cloudwatch.GetMetricData")
    metrics.answer("T2", {"summary": row(db).id, "range": "24h"}, NOW, NOW)
    assert "cloudwatch:GetMetricData" in text_of(metrics, db)


def test_the_picture_is_of_the_same_moment_as_the_text(db: Database, aws: AwsServer) -> None:
    """From what was read already; another process reads the same range again."""
    metrics = make(db, aws)
    metrics.answer("T1", BODY, NOW, NOW)
    before = len(aws.calls)
    drawn = metrics.draw(card(db).key, NOW + timedelta(hours=1))
    assert drawn is not None
    assert drawn.png.startswith(b"\x89PNG")
    assert len(drawn.alt_text) > 20
    assert len(aws.calls) == before
    again = make(db, aws).draw(card(db).key, NOW + timedelta(hours=1))
    assert again is not None
    assert again.alt_text == drawn.alt_text
    assert len(aws.calls) > before


def test_what_is_gone_has_neither_card_nor_picture(db: Database, aws: AwsServer) -> None:
    """Work may outlive its row."""
    metrics = make(db, aws)
    assert metrics.render("summary:none", Picture(), NOW) is None
    assert metrics.draw("summary:none", NOW) is None


# --- on a schedule ----------------------------------------------------------------------------------------------------


def plan(cron: str = "0 9 * * *", zone: str = "UTC") -> Schedule:
    return Schedule("C0SUMMARY", cron, zone, "24h")


def asked(db: Database) -> list[str]:
    """The times of the summaries that were asked for."""
    return sorted(r.id.split(":", 2)[2] for r in rows(db, inbox))


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


def test_a_schedule_fires_exactly_once_however_many_tick(db: Database, aws: AwsServer) -> None:
    """Eight workers at the same moment, and again and again."""
    metrics = make(db, aws, plan())
    metrics.tick(at("2026-11-22T08:00:00+00:00"))
    assert asked(db) == []
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: metrics.tick(at("2026-11-22T09:00:01+00:00")), range(8)))
    metrics.tick(at("2026-11-22T09:00:30+00:00"))
    assert asked(db) == ["2026-11-22T09:00:00+00:00"]
    [row] = rows(db, inbox)
    assert (row.kind, json.loads(row.body)) == ("metrics", {"channel": "C0SUMMARY", "range": "24h", "zone": "UTC"})


def test_a_new_schedule_makes_nothing_up(db: Database, aws: AwsServer) -> None:
    """Its first time is the next one, a minute after nine that is tomorrow."""
    metrics = make(db, aws, plan())
    metrics.tick(at("2026-11-22T09:01:00+00:00"))
    assert asked(db) == []
    metrics.tick(at("2026-11-23T09:00:00+00:00"))
    assert asked(db) == ["2026-11-23T09:00:00+00:00"]


def test_a_time_that_was_missed_is_made_up_for_within_the_hour(db: Database, aws: AwsServer) -> None:
    """A restart at nine posts late; a night of sleep posts nothing stale, and once only."""
    metrics = make(db, aws, plan("0 * * * *"))
    metrics.tick(at("2026-11-22T08:30:00+00:00"))
    metrics.tick(at("2026-11-22T09:00:00+00:00") + MAKE_UP)
    assert asked(db) == ["2026-11-22T09:00:00+00:00"]
    metrics.tick(at("2026-11-23T08:30:00+00:00"))
    assert asked(db) == ["2026-11-22T09:00:00+00:00"], "too old"
    metrics.tick(at("2026-11-23T09:00:00+00:00"))
    assert asked(db)[1:] == ["2026-11-23T09:00:00+00:00"]


def fired(db: Database, aws: AwsServer, one: Schedule, first: str, last: str) -> list[str]:
    """Tick every fifteen minutes from the first moment to the last."""
    metrics, now = make(db, aws, one), at(first)
    while now <= at(last):
        metrics.tick(now)
        now += timedelta(minutes=15)
    return asked(db)


@one_store
def test_nine_in_the_morning_stays_nine_when_the_clocks_change(db: Database, aws: AwsServer) -> None:
    """Berlin leaves summer time on 25 October 2026: eight UTC on Monday, seven on Saturday."""
    seen = fired(db, aws, plan(zone="Europe/Berlin"), "2026-10-24T00:00:00+00:00", "2026-10-26T12:00:00+00:00")
    assert [at(x).hour for x in seen] == [7, 8, 8]


@one_store
def test_a_time_that_comes_twice_fires_once(db: Database, aws: AwsServer) -> None:
    """02:30 is there twice that night."""
    seen = fired(db, aws, plan("30 2 * * *", "Europe/Berlin"), "2026-10-24T22:00:00+00:00", "2026-10-25T12:00:00+00:00")
    assert len(seen) == 1


@one_store
def test_a_time_that_does_not_exist_is_not_lost(db: Database, aws: AwsServer) -> None:
    """02:30 is skipped on 28 March 2027: the summary of that day comes all the same."""
    seen = fired(db, aws, plan("30 2 * * *", "Europe/Berlin"), "2027-03-27T22:00:00+00:00", "2027-03-28T12:00:00+00:00")
    assert len(seen) == 1


def test_a_changed_schedule_is_a_new_one(db: Database, aws: AwsServer) -> None:
    """Nothing of the old plan fires under the new one."""
    make(db, aws, plan()).tick(at("2026-11-22T08:00:00+00:00"))
    changed = make(db, aws, plan("0 18 * * *"))
    changed.tick(at("2026-11-22T09:30:00+00:00"))
    assert asked(db) == []
    assert len(rows(db, schedules)) == 2
    assert len({plan().key, plan(zone="Europe/Berlin").key, plan("0 18 * * *").key}) == 3
