"""Rows of what follows: each run of a follow-up, each drained backlog, and what is remembered of a model's backlog."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import sqlalchemy as sa

from bot.db import Tx, UtcDateTime, insert_ignore, locked, metadata
from bot.follow.drain import Backlog
from bot.follow.run import WAITING, Drain, Run

runs = sa.Table(
    "follow_runs",
    metadata,
    sa.Column("key", sa.String(60), primary_key=True),
    sa.Column("rule", sa.String(60), nullable=False),
    sa.Column("event", sa.String(30), nullable=False),
    sa.Column("card", sa.String(120), nullable=False, index=True),
    sa.Column("body", sa.Text, nullable=False),
    sa.Column("at", UtcDateTime, nullable=False),
    sa.Column("state", sa.String(10), nullable=False, server_default=WAITING),
    sa.Column("round", sa.Integer, nullable=False, server_default="1"),
    sa.Column("tries", sa.Integer, nullable=False, server_default="0"),
    sa.Column("asked_at", UtcDateTime, nullable=False),
    sa.Column("asked_by", sa.String(40), nullable=False, server_default=""),
    sa.Column("words", sa.Text, nullable=False, server_default=""),
    sa.Column("url", sa.Text, nullable=False, server_default=""),
    sa.Column("done_at", UtcDateTime),
)

drains = sa.Table(
    "drains",
    metadata,
    sa.Column("id", sa.String(60), primary_key=True),
    sa.Column("model", sa.String(1024), nullable=False),
    sa.Column("at", UtcDateTime, nullable=False),
)

backlogs = sa.Table(
    "backlogs",
    metadata,
    sa.Column("model", sa.String(1024), primary_key=True),
    sa.Column("last_at", UtcDateTime, nullable=False),
    sa.Column("busy", sa.Boolean, nullable=False),
    sa.Column("zeros", sa.Integer, nullable=False, server_default="0"),
    sa.Column("zero_at", UtcDateTime),
)


def add(tx: Tx, run: Run) -> bool:
    """Insert a new run; False if it is there already."""
    return insert_ignore(tx, runs, asdict(run)) == 1


def get(tx: Tx, key: str) -> Run | None:
    """One run by its key."""
    row = tx.execute(sa.select(runs).where(runs.c.key == key)).mappings().one_or_none()
    return Run(**row) if row else None


def lock(tx: Tx, key: str) -> Run | None:
    """One run, its row locked until the transaction ends."""
    row = tx.execute(locked(sa.select(runs).where(runs.c.key == key))).mappings().one_or_none()
    return Run(**row) if row else None


def save(tx: Tx, run: Run) -> None:
    """Write all of a run back."""
    tx.execute(sa.update(runs).where(runs.c.key == run.key).values(asdict(run)))


def of_card(tx: Tx, card: str) -> Sequence[Run]:
    """The runs that one message tells of, by the name of their follow-up."""
    found = tx.execute(sa.select(runs).where(runs.c.card == card).order_by(runs.c.rule))
    return [Run(**row) for row in found.mappings()]


def add_drain(tx: Tx, drain: Drain) -> bool:
    """Insert a drained backlog; False if it is there already."""
    return insert_ignore(tx, drains, asdict(drain)) == 1


def get_drain(tx: Tx, drain_id: str) -> Drain | None:
    """A drained backlog by its id."""
    row = tx.execute(sa.select(drains).where(drains.c.id == drain_id)).mappings().one_or_none()
    return Drain(**row) if row else None


def lock_backlog(tx: Tx, first: Backlog) -> Backlog:
    """What is remembered of a model (``first`` if nothing is), locked until the transaction ends."""
    insert_ignore(tx, backlogs, asdict(first))
    query = locked(sa.select(backlogs).where(backlogs.c.model == first.model))
    return Backlog(**tx.execute(query).mappings().one())


def save_backlog(tx: Tx, backlog: Backlog) -> None:
    """Write it back."""
    tx.execute(sa.update(backlogs).where(backlogs.c.model == backlog.model).values(asdict(backlog)))


def busy_models(tx: Tx) -> Sequence[str]:
    """The models whose backlog has not drained, as far as anybody has seen."""
    found: Any = tx.execute(sa.select(backlogs.c.model).where(backlogs.c.busy)).scalars()
    return list(found)
