"""The stores, the account and the service of jobs."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from bot.db import Database
from playground.aws import AwsServer
from tests.wire import Time, opened


@pytest.fixture
def db(database_url: str) -> Iterator[Database]:
    with opened(database_url) as found:
        yield found


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
def aws(time: Time) -> Iterator[AwsServer]:
    with AwsServer(clock=time, background=False) as found:
        found.bedrock.hold()
        yield found
