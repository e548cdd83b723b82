"""Databases for the tests: migrated once for each store, then copied, which takes a tenth of the time."""

from __future__ import annotations

import shutil
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

import bot.app  # noqa: F401  (declares every table)
from bot.db import Database

TEMPLATE = "template_batchbot"
CARELESS = ("fsync", "synchronous_commit", "full_page_writes")
"""What PostgreSQL does for the case that the machine itself goes down; no test pulls its plug."""


class Databases:
    """Hands out databases that are gone afterwards; ``server`` gives the address of PostgreSQL's own database."""

    def __init__(self, server: Callable[[], str], folder: Path) -> None:
        self._server = server
        self._file = folder / "template.db"
        self._ready: set[str] = set()

    @contextmanager
    def sqlite(self, path: Path, *, migrated: bool = True) -> Iterator[str]:
        """A file; the address as the settings take it."""
        if migrated:
            if "sqlite" not in self._ready:
                _migrate(f"sqlite:///{self._file}")
                self._ready.add("sqlite")
            shutil.copy(self._file, path)
        yield f"sqlite:///{path}"

    @contextmanager
    def postgres(self, *, migrated: bool = True) -> Iterator[str]:
        """A database of the server."""
        admin, name = self._server(), f"t{uuid.uuid4().hex[:12]}"
        if migrated and "postgresql" not in self._ready:
            _on(admin, f'CREATE DATABASE "{TEMPLATE}"')
            _migrate(_address(admin, TEMPLATE))
            self._ready.add("postgresql")
        _on(admin, f'CREATE DATABASE "{name}"' + (f' TEMPLATE "{TEMPLATE}"' if migrated else ""))
        yield _address(admin, name)
        _on(admin, f'DROP DATABASE "{name}" WITH (FORCE)')

    @contextmanager
    def of(self, store: str, path: Path, *, migrated: bool = True) -> Iterator[str]:
        """One of the two stores by name; ``path`` is SQLite's."""
        with self.sqlite(path, migrated=migrated) if store == "sqlite" else self.postgres(migrated=migrated) as url:
            yield url


def careless(admin: str) -> None:
    """Have the server wait for no disk."""
    _on(admin, *(f"ALTER SYSTEM SET {name} = off" for name in CARELESS), "SELECT pg_reload_conf()")


def _migrate(url: str) -> None:
    db = Database(url)
    try:
        db.migrate()
    finally:
        db.close()


def _address(admin: str, name: str) -> str:
    return admin.replace("@/postgres?", f"@/{name}?", 1)


def _on(admin: str, *statements: str) -> None:
    with psycopg.connect(admin, autocommit=True) as connection:
        for statement in statements:
            connection.execute(statement.encode())
