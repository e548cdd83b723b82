"""Rows of jobs: add, lock, save, find."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, fields
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from bot.db import Tx, UtcDateTime, insert_ignore, locked, metadata
from bot.jobs.job import ENDED, Counts, Job

jobs = sa.Table(
    "jobs",
    metadata,
    sa.Column("id", sa.String(40), primary_key=True),
    sa.Column("arn", sa.String(200), nullable=False, server_default="", index=True),
    sa.Column("token", sa.String(256), nullable=False, unique=True),
    sa.Column("name", sa.String(63), nullable=False, index=True),
    sa.Column("model_id", sa.String(2048), nullable=False),
    sa.Column("input_uri", sa.String(1024), nullable=False),
    sa.Column("output_uri", sa.String(1024), nullable=False),
    sa.Column("invocation_type", sa.String(20), nullable=False),
    sa.Column("timeout_hours", sa.Integer, nullable=False),
    sa.Column("owner", sa.String(40), nullable=False, server_default=""),
    sa.Column("channel", sa.String(40), nullable=False, server_default=""),
    sa.Column("status", sa.String(40), nullable=False),
    sa.Column("message", sa.Text, nullable=False, server_default=""),
    sa.Column("total", sa.BigInteger, nullable=False, server_default="0"),
    sa.Column("processed", sa.BigInteger, nullable=False, server_default="0"),
    sa.Column("success", sa.BigInteger, nullable=False, server_default="0"),
    sa.Column("errors", sa.BigInteger, nullable=False, server_default="0"),
    sa.Column("created_at", UtcDateTime, nullable=False, index=True),
    sa.Column("submitted_at", UtcDateTime),
    sa.Column("changed_at", UtcDateTime),
    sa.Column("ended_at", UtcDateTime),
    sa.Column("expires_at", UtcDateTime),
    sa.Column("samples", sa.Text, nullable=False, server_default="[]"),
    sa.Column("stop_by", sa.String(40), nullable=False, server_default=""),
    sa.Column("stop_at", UtcDateTime),
)
sa.Index("ix_jobs_unsettled", jobs.c.created_at, sqlite_where=jobs.c.ended_at.is_(None),
         postgresql_where=jobs.c.ended_at.is_(None))  # fmt: skip


def add(tx: Tx, job: Job) -> bool:
    """Insert a new job; False if its id or token is there already."""
    return insert_ignore(tx, jobs, _row(job)) == 1


def lock(tx: Tx, job_id: str) -> Job | None:
    """The job, its row locked until the transaction ends."""
    row = tx.execute(locked(sa.select(jobs).where(jobs.c.id == job_id))).one_or_none()
    return _job(row) if row else None


def get(tx: Tx, job_id: str) -> Job | None:
    """The job with this id of ours."""
    row = tx.execute(sa.select(jobs).where(jobs.c.id == job_id)).one_or_none()
    return _job(row) if row else None


def save(tx: Tx, job: Job) -> None:
    """Write all of a job back."""
    tx.execute(sa.update(jobs).where(jobs.c.id == job.id).values(_row(job)))


def unsettled(tx: Tx) -> Sequence[Job]:
    """Jobs that Bedrock may still change, and those that wait to be handed over."""
    query = sa.select(jobs).where(jobs.c.ended_at.is_(None)).order_by(jobs.c.created_at)
    return [_job(row) for row in tx.execute(query)]


def by_tokens(tx: Tx, tokens: Sequence[str]) -> Sequence[Job]:
    """The jobs that carry one of these tokens."""
    return [_job(row) for row in tx.execute(sa.select(jobs).where(jobs.c.token.in_(tokens)))] if tokens else []


def known_arns(tx: Tx, arns: Sequence[str]) -> frozenset[str]:
    """Which of these ARNs have a row."""
    return frozenset(tx.execute(sa.select(jobs.c.arn).where(jobs.c.arn.in_(arns))).scalars()) if arns else frozenset()


def search(tx: Tx, wanted: str, limit: int = 11) -> Sequence[Job]:
    """Jobs by id, Bedrock's id, ARN or exact name; failing that by a part of the name; newest first."""
    exact = sa.or_(jobs.c.id == wanted, jobs.c.arn == wanted, jobs.c.arn.endswith("/" + wanted, autoescape=True),
                   jobs.c.name == wanted)  # fmt: skip
    newest = jobs.c.created_at.desc()
    rows = tx.execute(sa.select(jobs).where(exact).order_by(newest).limit(limit)).all()
    if not rows:
        part = sa.func.lower(jobs.c.name).contains(wanted.lower(), autoescape=True)
        rows = tx.execute(sa.select(jobs).where(part).order_by(newest).limit(limit)).all()
    return [_job(row) for row in rows]


def recent(tx: Tx, *, status: Sequence[str] = (), since: datetime | None = None, limit: int = 200) -> Sequence[Job]:
    """The newest jobs, of these statuses only where some are given."""
    query = sa.select(jobs).order_by(jobs.c.created_at.desc()).limit(limit)
    if status:
        query = query.where(jobs.c.status.in_(status))
    if since:
        query = query.where(jobs.c.created_at >= since)
    return [_job(row) for row in tx.execute(query)]


def _row(job: Job) -> dict[str, Any]:
    row = {f.name: getattr(job, f.name) for f in fields(job) if f.name not in {"counts", "samples"}}
    row |= asdict(job.counts)
    row["samples"] = json.dumps(job.samples)
    if job.status in ENDED and job.ended_at is None:
        row["ended_at"] = job.changed_at or job.created_at
    return row


def _job(row: Any) -> Job:
    known = {f.name: getattr(row, f.name) for f in fields(Job) if f.name not in {"counts", "samples"}}
    samples = tuple((float(at), int(done)) for at, done in json.loads(row.samples))
    return Job(**known, counts=Counts(row.total, row.processed, row.success, row.errors), samples=samples)
