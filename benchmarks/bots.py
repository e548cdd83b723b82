"""The bot as a process between a fake Slack and a fake AWS, with an empty database."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from bot.db import Database
from bot.inbox import inbox
from bot.jobs import store
from bot.jobs.job import Counts, Job
from playground.aws import AwsServer
from playground.process import BotProcess
from playground.slack import SlackServer

ROOT = Path(__file__).parent.parent


@dataclass(frozen=True)
class World:
    """The two fakes."""

    slack: SlackServer
    aws: AwsServer

    def env(self, database: str) -> dict[str, str]:
        """Everything that a bot has to know."""
        return self.slack.env() | self.aws.env() | {
            "BATCHBOT_DATABASE_URL": database,
            "BATCHBOT_CONFIG": str(ROOT / "batchbot.toml"),
            "BATCHBOT_SUBMITTERS": "*",
            "BATCHBOT_JOBS_CHANNEL": self.slack.channel("ml-jobs").id,
            "BATCHBOT_ALARMS_CHANNEL": self.slack.channel("ml-alarms").id,
            "BATCHBOT_SUMMARY_CHANNEL": self.slack.channel("ml-summary").id,
        }  # fmt: skip


@contextmanager
def world() -> Iterator[World]:
    """Start both fakes."""
    with SlackServer(ROOT / "manifest.yaml") as slack, AwsServer() as aws:
        yield World(slack, aws)


def migrate(around: World, database: str, folder: Path) -> None:
    """Make the tables."""
    process = BotProcess("migrate", around.env(database), cwd=folder)
    subprocess.run(
        [sys.executable, "-m", "bot", "migrate"], env=process.env, cwd=folder, check=True, stdout=subprocess.DEVNULL
    )


@dataclass(frozen=True)
class Running:
    """A bot that is ready."""

    port: int
    pid: int


@contextmanager
def bot(mode: str, around: World, database: str, folder: Path) -> Iterator[Running]:
    """A bot that is ready; killed in the end, for work that hangs would hold it up."""
    migrate(around, database, folder)
    process = BotProcess(mode, around.env(database), cwd=folder)
    try:
        started = process.start().process
        assert started is not None
        yield Running(process.port, started.pid)
    finally:
        process.kill()
        Path(process._log.name).unlink(missing_ok=True)  # noqa: SLF001  (its own end would wait for the work)


def add_jobs(database: str, count: int) -> None:
    """Jobs that run, for what reads rows."""
    db, now = Database(database), datetime.now(UTC)
    with db.write() as tx:
        for number in range(count):
            job = Job(
                f"job-{number}", f"nightly-{number}", "amazon.nova-lite-v1:0", "s3://batchbot-in/a.jsonl",
                "s3://batchbot-out/results/", f"token-{number}", now, status="InProgress", owner="U0ANA00001",
                counts=Counts(50_000, 12_000, 11_950, 50),
            )  # fmt: skip
            store.add(tx, job)
    db.close()


def empty_inbox(database: str) -> int:
    """Delete all rows that the doors wrote; returns how many there were."""
    db = Database(database)
    with db.write() as tx:
        gone = tx.execute(inbox.delete()).rowcount
    db.close()
    return gone
