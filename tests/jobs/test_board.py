"""Jobs and the alarms of their model: each shows the other, whatever form the model's id comes in."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.db import Database
from bot.jobs import store
from bot.jobs.board import Board, OnModel, Where
from bot.jobs.job import Counts, Job
from bot.slack import cards
from bot.slack.cards import Picture
from tests.jobs.samples import MODEL, job
from tests.wire import NOW, one_store, rows

FORMS = [
    MODEL,
    f"us.{MODEL}",
    f"arn:aws:bedrock:us-east-1::foundation-model/{MODEL}",
    f"arn:aws:bedrock:eu-central-1:111122223333:inference-profile/eu.{MODEL}",
]
PACE = tuple((NOW.timestamp() - 60 * n, 1000 - 100 * n) for n in range(9, -1, -1))


def board(db: Database, alarms: Sequence[tuple[str, str]] = (), asked: list[str] | None = None) -> Board:
    def alarms_on(model_id: str) -> Sequence[tuple[str, str]]:
        if asked is not None:
            asked.append(model_id)
        return alarms

    def link(channel: str, ts: str) -> str:
        return f"https://team.slack.example/{channel}/{ts}" if ts else ""

    return Board(db, Where("C0JOBS", adopt=True), lambda _: "Haiku", alarms_on=alarms_on, link=link)


def keep(db: Database, *jobs: Job) -> None:
    with db.write() as tx:
        for n, one in enumerate(jobs):
            store.add(tx, replace(one, id=f"job{n}", token=f"t{n}", arn=f"{one.arn}{n}" if one.arn else ""))


def shown(db: Database, name: str, ts: str) -> None:
    with db.write() as tx:
        cards.want(tx, name, ["C0JOBS"], NOW)
        where = cards.cards.c.key == name
        tx.execute(cards.cards.update().where(where).values(channel="C0JOBS", ts=ts, shown=1))


def wanted(db: Database) -> dict[str, int]:
    return {row.key: row.wanted - row.shown for row in rows(db, cards.cards)}


@one_store
@pytest.mark.parametrize("asked_as", FORMS)
def test_the_unfinished_jobs_of_a_model_with_their_cards(db: Database, asked_as: str) -> None:
    """Profiles, ARNs and geographies all mean the same model; what is over or elsewhere is left out."""
    running = job(samples=PACE, counts=Counts(2000, 1000, 1000, 0), model_id=FORMS[3])
    waiting = job("Scheduled", owner="", name="theirs", model_id=FORMS[1], created_at=NOW - timedelta(hours=1))
    keep(db, running, waiting, job("Completed"), job(model_id="amazon.nova-pro-v1:0"))
    shown(db, "job:job0", "1700000000.000100")
    found = board(db).on_model(asked_as, NOW)
    eta = NOW + timedelta(seconds=1000 / (900 / 540))
    url = "https://team.slack.example/C0JOBS/1700000000.000100"
    assert found == [
        OnModel("reviews-2026-11-22", "U0ANA00001", "running", eta, url),
        OnModel("theirs", "", "validated, waiting for capacity", None, ""),
    ]


@one_store
def test_a_model_without_jobs_has_none(db: Database) -> None:
    """Nor has an id that nobody knows."""
    keep(db, job())
    assert board(db).on_model("amazon.nova-pro-v1:0", NOW) == []
    assert board(db).on_model("<!channel>", NOW) == []


@one_store
def test_an_alarm_brings_the_cards_of_its_model_s_jobs_up_to_date(db: Database) -> None:
    """In the transaction of the alarm, and with the card's next edit: it is no news of the job itself."""
    keep(db, job(), job(model_id=FORMS[1]), job("Completed"), job(model_id="amazon.nova-pro-v1:0"))
    for n in range(4):
        shown(db, f"job:job{n}", f"1.{n}")
    later = NOW + timedelta(minutes=1)
    with db.write() as tx:
        board(db).changed(tx, FORMS[2], later)
    assert wanted(db) == {"job:job0": 1, "job:job1": 1, "job:job2": 0, "job:job3": 0}
    assert all(row.not_before == NOW for row in rows(db, cards.cards))


def drawn(of: Board, key: str) -> str:
    message = of.render(key, Picture(), NOW)
    assert message is not None
    return json.dumps(message.blocks, ensure_ascii=False)


@one_store
def test_a_card_shows_the_alarms_of_its_model(db: Database) -> None:
    """Nobody is asked for those of a job that is over."""
    asked: list[str] = []
    keep(db, job(), job("Completed"))
    with_alarm = board(db, [("batch-backlog", "")], asked)
    assert "🔴 alarm batch-backlog rings on this model" in drawn(with_alarm, "job:job0")
    assert "🔴" not in drawn(with_alarm, "job:job1")
    assert asked == [MODEL]


@one_store
def test_whoever_waits_for_the_end_hears_of_it_in_the_same_transaction(db: Database) -> None:
    """If that fails, the end is not written either."""
    keep(db, job())
    heard: list[Any] = []
    watched = Board(
        db, Where("C0JOBS", adopt=True), lambda _: "Haiku", ended=lambda _tx, one, at: heard.append((one.id, at))
    )
    with db.write() as tx:
        over = replace(job("Completed"), id="job0")
        watched.announce_end(tx, over, NOW)
    assert heard == [("job0", NOW)]
    assert [row.name for row in rows(db, cards.replies)] == ["end"]
