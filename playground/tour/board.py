"""What was expected and whether it came; every expectation has a deadline and can fail."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from playground.slack import Workspace
from playground.terminal import Paint

T = TypeVar("T")


class Missing(Exception):
    """Something expected did not come, so the chapter ends here."""


@dataclass(frozen=True)
class Expectation:
    """In which chapter, what in words, and what went wrong; nothing did if that is empty."""

    chapter: str
    words: str
    fault: str = ""


class Board:
    """Waits for what is expected and keeps the score."""

    def __init__(self, workspace: Workspace, patience: float) -> None:
        """``patience`` is the longest wait in seconds; it shrinks once something is missing."""
        self._workspace = workspace
        self._patience = patience
        self.chapter = ""
        self.rows: list[Expectation] = []

    @property
    def failed(self) -> bool:
        """Whether anything is missing."""
        return any(row.fault for row in self.rows)

    def expect(self, words: str, look: Callable[[], T | None]) -> T:
        """Wait until ``look`` finds something, and return it; raises Missing when time is up."""
        try:
            found = self.wait(look)
        except TimeoutError:
            self.miss(words, f"not seen within {self._patience:.0f} s")
            raise Missing(words) from None
        self.rows.append(Expectation(self.chapter, words))
        return found

    def check(self, words: str, holds: bool, fault: str = "it is not so") -> None:
        """Note something that is to be so now."""
        if holds:
            self.rows.append(Expectation(self.chapter, words))
        else:
            self.miss(words, fault)

    def miss(self, words: str, fault: str) -> None:
        """Note a failure; whatever is missing later is waited for less long."""
        self.rows.append(Expectation(self.chapter, words, fault))
        self._patience = min(self._patience, 10.0)

    def wait(self, look: Callable[[], T | None]) -> T:
        """Wait without keeping score; raises TimeoutError."""
        found = self._workspace.wait_for(look, self._patience)
        if found is None:
            raise TimeoutError
        return found

    def table(self, paint: Paint) -> list[str]:
        """All expectations, by chapter."""
        lines: list[str] = []
        chapter = ""
        for row in self.rows:
            if row.chapter != chapter:
                chapter = row.chapter
                lines.append(paint(chapter, "bold"))
            sign = paint("✘", "red", "bold") if row.fault else paint("✔", "green")
            lines.append(f"  {sign} {row.words}" + (paint(f"  — {row.fault}", "red") if row.fault else ""))
        return lines
