"""What the end-to-end tests share: the nursery of bots, one account a module, one workspace a test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from playground.aws import AwsServer
from tests.harness import Nursery, World, reset


@pytest.fixture(scope="session")
def nursery() -> Iterator[Nursery]:
    made = Nursery()
    yield made
    made.close()


@pytest.fixture(scope="module")
def account() -> Iterator[AwsServer]:
    """One account at a time: moto keeps one state a process."""
    with AwsServer(speed=60) as aws:
        yield aws


@pytest.fixture
def aws(account: AwsServer) -> Iterator[AwsServer]:
    """The account as if it were new; jobs move only by hand."""
    reset(account)
    account.bedrock.hold()
    yield account
    account.faults.clear()


@pytest.fixture
def world(nursery: Nursery, aws: AwsServer, database_url: str, tmp_path: Path) -> Iterator[World]:
    with World(nursery, aws, database_url, tmp_path) as made:
        yield made
