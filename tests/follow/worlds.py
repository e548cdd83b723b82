"""Rules, ended jobs and the service for the tests of this folder."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import sqlalchemy as sa

from bot.db import Database
from bot.follow.rule import DRAINED, JOB_ENDED, EndedJob, Order, Receipt, Rule, Target
from bot.follow.service import Followups
from bot.follow.store import runs
from bot.inbox import inbox
from bot.parts.part import ask_within
from bot.slack import cards
from bot.slack.blocks import Message
from bot.slack.cards import replies
from tests.wire import NOW, rows

NOVA = "amazon.nova-pro-v1:0"
ENDS = ("Completed", "PartiallyCompleted")
LOAD = Rule("load", JOB_ENDED, Target("hook", "https://hooks.example.com/x"), status=ENDS)
NEXT = Rule("next", DRAINED, Target("topic", "arn:aws:sns:us-east-1:111122223333:next"))


def job(**more: Any) -> EndedJob:
    known: dict[str, Any] = {
        "id": "0123456789ab", "name": "nightly-1", "status": "Completed", "at": NOW, "owner": "U0ANA00001",
        "arn": "arn:aws:bedrock:us-east-1:111122223333:model-invocation-job/a1b2c3d4e5f6", "model_id": f"us.{NOVA}",
        "input_uri": "s3://in/day.jsonl", "output_uri": "s3://out/results/a1b2c3d4e5f6/",
        "counts": {"total": 120, "processed": 120, "success": 118, "errors": 2},
    }  # fmt: skip
    return EndedJob(**known | more)


class Taker:
    """Takes orders as a target does, or fails as it is told."""

    def __init__(self) -> None:
        self.orders: list[Order] = []
        self.errors: list[BaseException] = []

    def __call__(self, order: Order) -> Receipt:
        self.orders.append(order)
        if self.errors:
            raise self.errors.pop(0)
        return Receipt("called hooks.example.com, which answered 200")


def make(db: Database, rules: Sequence[Rule], taker: Callable[[Order], Receipt]) -> Followups:
    senders = dict.fromkeys(("hook", "topic", "event_bus", "state_machine"), taker)
    ask = partial(ask_within, kind="follow-run")
    return Followups(db, rules, senders, ["C0JOBS"], names=lambda _: "Nova Pro", ask=ask)


def end(db: Database, followups: Followups, ended: EndedJob, now: datetime = NOW) -> None:
    """The job ends: its card and what follows, in one transaction."""
    with db.write() as tx:
        cards.want(tx, f"job:{ended.id}", ["C0JOBS"], now)
        followups.ended(tx, ended, now)


def asked(db: Database, now: datetime = NOW + timedelta(days=1)) -> list[Mapping[str, Any]]:
    """The attempts that are due, in their order."""
    query = sa.select(inbox).where(inbox.c.kind == "follow-run", inbox.c.done.is_(None), inbox.c.not_before <= now)
    with db.read() as tx:
        return [json.loads(row.body) for row in tx.execute(query.order_by(inbox.c.not_before))]


def work(db: Database, followups: Followups, now: datetime = NOW) -> int:
    """Do what is due as the worker does; how many attempts."""
    query = sa.select(inbox).where(inbox.c.kind == "follow-run", inbox.c.done.is_(None), inbox.c.not_before <= now)
    with db.read() as tx:
        due = tx.execute(query).all()
    for row in due:
        followups.run(json.loads(row.body), now)
        with db.write() as tx:
            tx.execute(sa.update(inbox).where(inbox.c.id == row.id).values(done=now))
    return len(due)


def said(db: Database) -> list[Message]:
    """The replies in the job's thread, in their order."""
    return [Message(**json.loads(row.message)) for row in rows(db, replies)]


def run_of(db: Database) -> Any:
    [found] = rows(db, runs)
    return found
