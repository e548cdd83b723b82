"""The sample payloads of this folder, by name."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from bot.alarms.alarm import Alarm, Arrived
from bot.alarms.kinds import understand

FOLDER = Path(__file__).parent / "samples"
AT = datetime(2026, 11, 22, 5, 12, 30, tzinfo=UTC)
NAMES = sorted(path.name for path in FOLDER.iterdir())


def sample(name: str) -> str:
    return (FOLDER / name).read_text(encoding="utf-8")


def understood(name: str) -> Arrived:
    return understand(sample(name), None, AT)


def alarm(name: str) -> Alarm:
    found = understood(name)
    assert isinstance(found, Alarm)
    return found
