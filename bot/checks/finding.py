"""One line of the doctor's report: what was looked at, how it stands, and what to do; pure."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class Level(StrEnum):
    """How it stands; only ``BROKEN`` makes the whole report bad."""

    OK = "ok"
    WARNING = "warning"
    BROKEN = "broken"
    UNCHECKED = "unchecked"


MARKS = {Level.OK: "✅", Level.WARNING: "⚠️", Level.BROKEN: "❌", Level.UNCHECKED: "➖"}


@dataclass(frozen=True, slots=True)
class Finding:
    """``sentence`` says how it stands, ``fix`` the one thing to do, ``statement`` the IAM statement that is missing."""

    area: str
    level: Level
    sentence: str
    fix: str = ""
    statement: dict[str, Any] | None = None

    def lines(self) -> list[str]:
        """As a person reads it in a terminal."""
        shown = [f"{MARKS[self.level]} {self.area}: {one_line(self.sentence)}"]
        if self.fix:
            shown.append(f"   → {one_line(self.fix)}")
        if self.statement:
            shown += [f"     {line}" for line in json.dumps(self.statement, indent=2).splitlines()]
        return shown

    def as_json(self) -> dict[str, Any]:
        """As a program reads it."""
        return {
            "area": self.area,
            "level": str(self.level),
            "sentence": self.sentence,
            "fix": self.fix,
            "statement": self.statement,
        }


def good(area: str, sentence: str) -> Finding:
    """Nothing to do."""
    return Finding(area, Level.OK, sentence)


def warning(area: str, sentence: str, fix: str = "", statement: dict[str, Any] | None = None) -> Finding:
    """The bot works, but not as well as it could."""
    return Finding(area, Level.WARNING, sentence, fix, statement)


def broken(area: str, sentence: str, fix: str = "", statement: dict[str, Any] | None = None) -> Finding:
    """Something that people were promised does not work."""
    return Finding(area, Level.BROKEN, sentence, fix, statement)


def unchecked(area: str, sentence: str, fix: str = "", statement: dict[str, Any] | None = None) -> Finding:
    """It may be fine; it could not be looked at."""
    return Finding(area, Level.UNCHECKED, sentence, fix, statement)


def verdict(findings: Iterable[Finding]) -> int:
    """The exit code: 1 where anything is broken."""
    return int(any(f.level is Level.BROKEN for f in findings))


def summary(findings: Sequence[Finding]) -> str:
    """The last line."""
    count = {level: sum(f.level is level for f in findings) for level in Level}
    parts = [f"{count[Level.OK]} fine"]
    parts += [f"{count[level]} {word}" for level, word in WORDS.items() if count[level]]
    return ", ".join(parts) + "."


WORDS = {
    Level.BROKEN: "broken",
    Level.WARNING: "to look at",
    Level.UNCHECKED: "not checked",
}


def one_line(text: str, limit: int = 600) -> str:
    """Foreign text may stand in it: no line break and no escape sequence reaches the terminal."""
    shown = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return shown if len(shown) <= limit else shown[: limit - 1] + "…"
