"""What a panel of knobs is made of: sections of lines, each with its controls, as the page draws them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

Json = dict[str, Any]


@dataclass
class Knob:
    """One control; ``on`` is None for a plain button."""

    id: str
    label: str
    turn: Callable[[], object]
    style: str = ""
    on: bool | None = None

    def row(self) -> Json:
        """As the page takes it."""
        shown: Json = {"id": self.id, "label": self.label, "style": self.style}
        return shown if self.on is None else shown | {"on": self.on}


@dataclass
class Line:
    """A line of the panel: what it is about, how it stands, its controls."""

    label: str
    knobs: list[Knob]
    state: str = ""


@dataclass
class Section:
    """Lines under a heading."""

    title: str
    lines: list[Line]
    note: str = ""

    def row(self) -> Json:
        """As the page takes it."""
        rows = [{"label": x.label, "state": x.state, "controls": [k.row() for k in x.knobs]} for x in self.lines]
        return {"title": self.title, "note": self.note, "rows": rows}
