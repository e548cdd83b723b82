"""What happens to the dashboard: written with every model and alarm there is, then shown as a card with its picture."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import structlog

from bot import charts
from bot.aws.cloudwatch import CloudWatch, ModelMetrics
from bot.aws.dashboards import Dashboards
from bot.db import Database
from bot.errors import AwsError, AwsUnavailable, BadInput
from bot.metrics import dashboard, dashboard_views
from bot.metrics import dashboard_store as rows
from bot.metrics.dashboard_store import Board
from bot.metrics.ranges import Range
from bot.metrics.summary import summarise
from bot.slack import blocks, cards
from bot.slack.blocks import Message
from bot.slack.cards import Picture
from bot.slack.pictures import Drawing

log = structlog.get_logger(__name__)

KEEP_TRYING = timedelta(minutes=10)
DAY = "24h"


class Boards:
    """Works in the worker."""

    def __init__(
        self,
        db: Database,
        dashboards: Callable[[], Dashboards],
        cloudwatch: Callable[[], CloudWatch],
        *,
        alarm_arns: Callable[[], Sequence[str]],
        names: Callable[[str], str],
        zone: str,
    ) -> None:
        """``alarm_arns`` are those of the alarms on batch inference; ``zone`` is the pictures' time zone."""
        self._db = db
        self._dashboards = dashboards
        self._cloudwatch = cloudwatch
        self._alarm_arns = alarm_arns
        self._names = names
        self._zone = zone

    def make(self, inbox_id: str, body: Mapping[str, Any], at: datetime, now: datetime) -> None:
        """Create or refresh the dashboard and show it; may be repeated; raises AwsUnavailable to be tried again."""
        board_id = hashlib.sha256(inbox_id.encode()).hexdigest()[:24]
        board = Board(id=board_id, user=str(body["user"]), channel=str(body.get("channel") or ""))
        try:
            self._write(board)
        except AwsUnavailable as error:
            if now - at < KEEP_TRYING:
                raise
            board.error = error.sentence
        except (AwsError, BadInput) as error:
            board.error = error.sentence
        log.info("dashboard.written", user=board.user, error=board.error)
        with self._db.write() as tx:
            rows.save(tx, board, now)
            cards.want(tx, f"dashboard:{board.id}", [board.channel, board.user], now, urgent=True, priority=7)
            if not board.error and board.models:
                cards.want_picture(tx, f"dashboard:{board.id}", now)

    def _write(self, board: Board) -> None:
        api = self._dashboards()
        measured = {one.model_id: one.metrics for one in self._cloudwatch().models()}
        arns, board.note = self._arns()
        ours = dashboard.widgets(measured, arns, api.region, self._names)
        there = api.get(dashboard.NAME)
        text, board.kept = dashboard.merged(there, ours)
        board.remarks = api.put(dashboard.NAME, text)[:5]
        board.region, board.models, board.alarms, board.is_new = api.region, len(measured), len(arns), there is None

    def _arns(self) -> tuple[Sequence[str], str]:
        """Without the right to list alarms there is still a dashboard, only without them."""
        try:
            return list(self._alarm_arns())[: dashboard.ALARMS], ""
        except AwsUnavailable:
            raise
        except AwsError as error:
            return [], f"Without the alarms: {error.sentence}"

    def render(self, key: str, picture: Picture, _now: datetime) -> Message | None:
        """The card of ``dashboard:<id>``."""
        with self._db.read() as tx:
            board = rows.get(tx, key.split(":", 1)[1])
        if board is None:
            return None
        image = blocks.image(picture.file_id, picture.alt_text) if picture.file_id else None
        return dashboard_views.card(board, dashboard.console(board.region), picture=image, picture_note=picture.note)

    def draw(self, _key: str, now: datetime) -> Drawing | None:
        """The picture of the last day, all metrics and models."""
        cloudwatch, over = self._cloudwatch(), Range.parse(DAY)
        models: Sequence[ModelMetrics] = cloudwatch.models()
        series = cloudwatch.read(models, over, now) if models else []
        if not series:
            return None
        summary = summarise(series, range=over, now=now, names=self._names, running=lambda _: 0)
        spec = charts.batch_chart(series, since=summary.since, until=summary.until, zone=self._zone, names=self._names)
        return Drawing(charts.png(spec), charts.alt_text(summary), "dashboard-24h.png")
