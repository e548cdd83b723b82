"""What the bot stands on: its settings as far as they fit together, its database, and its own public address."""

from __future__ import annotations

import http.client
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

import sqlalchemy as sa

from bot.checks.finding import Finding, broken, good, warning
from bot.db import Database, current_revision, head_revision

SETTINGS, DATABASE, ADDRESS = "Settings", "Database", "Address"
STUCK = timedelta(minutes=10)
SECONDS = 5


@dataclass(frozen=True, slots=True)
class Rule:
    """A setting that something rests on: what fails without it, what to do, and whether nothing works without it."""

    given: object
    without: str
    fix: str
    must: bool = False


def settings(rules: Sequence[Rule]) -> list[Finding]:
    """What is missing; one good line where nothing is."""
    missing = [(broken if rule.must else warning)(SETTINGS, rule.without, rule.fix) for rule in rules if not rule.given]
    return missing or [good(SETTINGS, "They can be read, and nothing is missing.")]


def database(db: Database, oldest: Callable[[datetime], timedelta], now: datetime) -> list[Finding]:
    """Reachable, migrated, and somebody works on what stands in it."""
    file = db.url.database
    if db.is_sqlite and not (file and Path(file).exists()):
        return [broken(DATABASE, f"There is no file {file} yet.", "Run: batchbot migrate")]
    try:
        with db.read() as tx:
            found = current_revision(tx)
    except sa.exc.SQLAlchemyError as error:
        sentence = f"It cannot be reached ({type(getattr(error, 'orig', None) or error).__name__})."
        return [broken(DATABASE, sentence, "Check BATCHBOT_DATABASE_URL, and that the server runs.")]
    if found != head_revision():
        return [broken(DATABASE, f"Its schema is {found or 'empty'}, not {head_revision()}.", "Run: batchbot migrate")]
    waiting = oldest(now)
    if waiting > STUCK:
        sentence = f"Something has been waiting in it for {waiting.total_seconds() / 60:.0f} minutes."
        return [warning(DATABASE, sentence, "See that batchbot worker (or batchbot run) is running, and read its log.")]
    return [good(DATABASE, "It is reachable and migrated.")]


def address(public_url: str) -> list[Finding]:
    """Whether the bot answers at its public address; SNS comes from outside, so from here this is only a hint."""
    parts = urlsplit(public_url)
    secure = parts.scheme == "https"
    connect = http.client.HTTPSConnection if secure else http.client.HTTPConnection
    connection = connect(parts.hostname or "", parts.port, timeout=SECONDS)
    fix = "See that batchbot web runs there and that SNS can reach it; from inside a network this may be a false alarm."
    try:
        connection.request("GET", f"{parts.path}/healthz")
        answer = connection.getresponse()
        if answer.status == 200 and answer.read(16).strip() == b"ok":
            return [good(ADDRESS, f"I answer at {public_url}.")]
        return [warning(ADDRESS, f"{public_url}/healthz answers {answer.status}, and not with my own word.", fix)]
    except (OSError, http.client.HTTPException) as error:
        return [warning(ADDRESS, f"{public_url} does not answer from here ({type(error).__name__}).", fix)]
    finally:
        connection.close()
