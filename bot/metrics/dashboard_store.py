"""Rows of the cards that show the dashboard: who asked for it, and what was written."""

from __future__ import annotations

from datetime import datetime

import msgspec
import sqlalchemy as sa

from bot.db import Tx, UtcDateTime, insert_ignore, metadata

dashboards = sa.Table(
    "dashboards",
    metadata,
    sa.Column("id", sa.String(64), primary_key=True),
    sa.Column("data", sa.Text, nullable=False),
    sa.Column("made_at", UtcDateTime, nullable=False),
)


class Board(msgspec.Struct, kw_only=True):
    """One writing of the dashboard; ``error`` is why there was none, ``remarks`` what CloudWatch says of it."""

    id: str
    user: str
    channel: str
    region: str = ""
    models: int = 0
    alarms: int = 0
    kept: int = 0
    is_new: bool = False
    remarks: list[str] = []
    note: str = ""
    error: str = ""


def get(tx: Tx, board_id: str) -> Board | None:
    """One of them."""
    text = tx.execute(sa.select(dashboards.c.data).where(dashboards.c.id == board_id)).scalar_one_or_none()
    return msgspec.json.decode(text, type=Board) if text else None


def save(tx: Tx, board: Board, now: datetime) -> None:
    """Write one."""
    row = {"id": board.id, "data": msgspec.json.encode(board).decode(), "made_at": now}
    if insert_ignore(tx, dashboards, row) != 1:
        tx.execute(sa.update(dashboards).where(dashboards.c.id == board.id).values(data=row["data"]))
