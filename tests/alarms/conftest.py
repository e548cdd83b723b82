"""What the tests of alarms share: both stores, and a desk at which everything happens by hand."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.db import Database
from playground.aws import AwsServer
from playground.slack import SlackServer
from tests.alarms.desk import Desk
from tests.wire import Time, opened, slack_server


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
def server(time: Time) -> Iterator[SlackServer]:
    with slack_server(time) as found:
        yield found


@pytest.fixture
def aws(time: Time) -> Iterator[AwsServer]:
    with AwsServer(clock=time, background=False) as found:
        yield found


@pytest.fixture
def quick(tmp_path: Path) -> Iterator[Database]:
    with opened(f"sqlite:///{tmp_path / 'b.db'}") as found:
        yield found


@pytest.fixture
def desk(quick: Database, time: Time, server: SlackServer) -> Desk:
    """Without an account."""
    return Desk(quick, time, server)
