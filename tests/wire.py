"""What the tests of the rooms share: a clock that stands, an open database, the fakes on the wire."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any

import boto3
import pytest
import sqlalchemy as sa
from botocore.config import Config
from hypothesis import settings

import bot.app  # noqa: F401  (declares every table)
from bot.db import Database
from bot.slack.client import Slack
from playground.aws import AwsServer
from playground.slack import SlackServer

settings.register_profile("batchbot", deadline=None)  # two cores are shared with much else
settings.load_profile("batchbot")

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
ROOT = Path(__file__).parent.parent


class Time:
    """The wall clock: it stands until a test moves it."""

    def __init__(self, at: datetime = NOW) -> None:
        self.at = at

    def __call__(self) -> datetime:
        return self.at

    def after(self, seconds: float) -> datetime:
        """Let so many seconds go by; the time then."""
        self.at += timedelta(seconds=seconds)
        return self.at


@contextmanager
def opened(url: str) -> Iterator[Database]:
    """A migrated database, closed at the end."""
    db = Database(url)
    try:
        db.migrate()
        yield db
    finally:
        db.close()


@contextmanager
def slack_server(time: Time, **how: Any) -> Iterator[SlackServer]:
    """A workspace whose clock is the test's; it stops while the next test runs."""
    how = {"pace_posts": False} | how
    server = SlackServer(ROOT / "manifest.yaml", clock=lambda: time().timestamp(), **how).start()
    try:
        yield server
    finally:
        threading.Thread(target=server.stop, daemon=True).start()


def slack_of(server: SlackServer, *, timeout: int = 5) -> Slack:
    """The bot's own client of this workspace."""
    return Slack(server.bot_token, server.api_url, timeout=timeout)


one_store = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
"""For what is no affair of the store."""


@lru_cache(maxsize=1)
def _session() -> boto3.session.Session:
    """One for all tests: it reads the service models once."""
    return boto3.session.Session()


def aws_client(aws: AwsServer, service: str) -> Any:
    """A real boto3 client that asks once: what a lost answer means is the bot's to know."""
    env = aws.env()
    return _session().client(
        service,  # type: ignore[call-overload]  # by name
        region_name=aws.region,
        endpoint_url=env.get(f"AWS_ENDPOINT_URL_{service.upper()}", env["AWS_ENDPOINT_URL"]),
        aws_access_key_id=env["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=env["AWS_SECRET_ACCESS_KEY"],
        config=Config(retries={"total_max_attempts": 1}, connect_timeout=3, read_timeout=5),
    )


def rows(db: Database, table: sa.Table) -> list[Any]:
    """Every row of a table."""
    with db.read() as tx:
        return list(tx.execute(sa.select(table)).all())
