"""The store, the clock and a machine that takes hooks."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from bot.db import Database
from tests.follow.receiver import Receiver
from tests.wire import Time, opened


@pytest.fixture
def db(database_url: str) -> Iterator[Database]:
    with opened(database_url) as found:
        yield found


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as found:
        yield found
