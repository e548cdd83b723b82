"""A database, a clock and a workspace on the wire."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.db import Database
from bot.slack.client import Slack
from playground.slack import SlackServer
from tests.wire import Time, opened, slack_of, slack_server


@pytest.fixture
def db(tmp_path: Path) -> Iterator[Database]:
    with opened(f"sqlite:///{tmp_path / 'b.db'}") as found:
        yield found


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
def server(time: Time) -> Iterator[SlackServer]:
    with slack_server(time) as found:
        yield found


@pytest.fixture
def slack(server: SlackServer) -> Slack:
    return slack_of(server)
