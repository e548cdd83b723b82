"""The record of what the bot asked, for an inspector and for tests."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(eq=False)
class Call:
    """One Web API call; `status` is 0 while it is under way and -1 when the connection was broken."""

    method: str
    args: dict[str, Any]
    at: float
    answer: dict[str, Any] = field(default_factory=dict)
    status: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    seconds: float = 0.0

    @property
    def ok(self) -> bool:
        """Whether Slack did what was asked."""
        return bool(self.answer.get("ok"))

    @property
    def error(self) -> str | None:
        """The error code of a refusal."""
        return self.answer.get("error")
