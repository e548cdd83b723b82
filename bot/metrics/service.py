"""What happens to a summary: asked for, read from CloudWatch, posted as text, followed by its picture; or on a schedule."""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import structlog
from cronsim import CronSim

from bot import charts
from bot.aws.cloudwatch import CloudWatch, ModelMetrics
from bot.aws.modelids import normalise
from bot.db import Database, Tx
from bot.errors import AwsError, AwsUnavailable
from bot.metrics import store, views
from bot.metrics.ranges import Range
from bot.metrics.series import Series
from bot.metrics.store import Row
from bot.metrics.summary import Summary, summarise
from bot.slack import blocks, cards
from bot.slack.blocks import Message
from bot.slack.cards import Picture
from bot.slack.pictures import Drawing

log = structlog.get_logger(__name__)

KEEP_TRYING = timedelta(minutes=10)
MAKE_UP = timedelta(hours=1)
"""A scheduled summary that was missed is posted late up to this age; an older one is skipped."""
KEPT = 8
LOOK_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Schedule:
    """A summary that posts itself: cron expression, time zone, range, channel."""

    channel: str
    cron: str
    zone: str
    range: str

    @property
    def key(self) -> str:
        """Names the schedule in its row; any change of it is a new one."""
        return hashlib.sha256("\n".join((self.channel, self.cron, self.zone, self.range)).encode()).hexdigest()[:32]

    def after(self, moment: datetime) -> datetime:
        """The next time it fires, in the zone's own clock (daylight saving as cron does it)."""
        return next(CronSim(self.cron, moment.astimezone(ZoneInfo(self.zone))))


class Metrics:
    """The feature's one service."""

    def __init__(
        self,
        db: Database,
        cloudwatch: Callable[[], CloudWatch],
        schedules: Sequence[Schedule],
        *,
        names: Callable[[str], str],
        running: Callable[[], Mapping[str, int]],
        ask: Callable[[Tx, str, Mapping[str, Any], datetime], None],
    ) -> None:
        """``running`` counts unfinished jobs by bare model id; ``ask`` puts a request into the inbox within a transaction."""
        self._db = db
        self._cloudwatch = cloudwatch
        self._schedules = list(schedules)
        self._names = names
        self._running = running
        self._ask = ask
        self._read: OrderedDict[str, tuple[datetime, list[Series]]] = OrderedDict()

    def answer(self, inbox_id: str, body: Mapping[str, Any], at: datetime, now: datetime) -> None:
        """Read what was asked for and show it; raises AwsUnavailable where it has to be tried again."""
        summary_id = str(body.get("summary") or hashlib.sha256(inbox_id.encode()).hexdigest()[:24])
        row = self._row(summary_id, body, now)
        over = Range.parse(row.range)
        try:
            summary = self._summarise(row, over, now)
        except AwsUnavailable as error:
            if now - at < KEEP_TRYING:
                raise
            self._show(summary_id, row, None, error.sentence, now)
        except AwsError as error:
            self._show(summary_id, row, None, error.sentence, now)
        else:
            self._show(summary_id, row, summary, "", now)

    def _row(self, summary_id: str, body: Mapping[str, Any], now: datetime) -> Row:
        values = {
            "channel": str(body.get("channel") or ""),
            "user": str(body.get("user") or ""),
            "range": str(body.get("range") or "24h"),
            "models": str(body.get("models") or "")[:200],
            "zone": str(body.get("zone") or "UTC"),
            "made_at": now,
        }
        with self._db.write() as tx:
            store.add(tx, summary_id, values)
            if body.get("range"):
                store.change_range(tx, summary_id, str(values["range"]))
            row = store.get(tx, summary_id)
        if row is None:
            raise KeyError(summary_id)
        return row

    def _summarise(self, row: Row, over: Range, now: datetime) -> Summary:
        series = self._series(row, over, now)
        self._read[row.id] = (now, series)
        while len(self._read) > KEPT:
            self._read.popitem(last=False)
        counts = self._running()
        jobs = {m: counts.get(normalise(m), 0) for m in {s.model_id for s in series}}
        return summarise(series, range=over, now=now, names=self._names, running=jobs.__getitem__)

    def _series(self, row: Row, over: Range, now: datetime) -> list[Series]:
        cloudwatch = self._cloudwatch()
        models = [m for m in cloudwatch.models() if self._wanted(m, row.models)]
        return cloudwatch.read(models, over, now) if models else []

    def _wanted(self, model: ModelMetrics, words: str) -> bool:
        text = f"{model.model_id} {normalise(model.model_id)} {self._names(model.model_id)}".casefold()
        return all(word in text for word in words.casefold().split())

    def _show(self, summary_id: str, row: Row, summary: Summary | None, error: str, now: datetime) -> None:
        key = f"summary:{summary_id}"
        with self._db.write() as tx:
            store.save(tx, summary_id, summary, error, now)
            cards.want(tx, key, [row.channel, row.user], now, urgent=True, priority=7)
            if summary is not None and any(m.state != "silent" for m in summary.models):
                cards.want_picture(tx, key, now)

    def render(self, key: str, picture: Picture, _now: datetime) -> Message | None:
        """The card of ``summary:<id>``."""
        with self._db.read() as tx:
            row = store.get(tx, key.split(":", 1)[1])
        if row is None or row.read_at is None:
            return None
        over = Range.parse(row.range)
        if row.error or row.data is None:
            return views.failed(row.error, over, now=row.read_at, zone=row.zone, summary_id=row.id)
        image = blocks.image(picture.file_id, picture.alt_text) if picture.file_id else None
        return views.card(
            row.data, now=row.read_at, zone=row.zone, picture=image, picture_note=picture.note, summary_id=row.id
        )

    def draw(self, key: str, _now: datetime) -> Drawing | None:
        """The picture of ``summary:<id>``, of the same moment as its text."""
        with self._db.read() as tx:
            row = store.get(tx, key.split(":", 1)[1])
        if row is None or row.data is None or row.read_at is None:
            return None
        kept = self._read.get(row.id)
        fresh = kept is not None and kept[0] == row.read_at
        series = kept[1] if kept and fresh else self._series(row, row.data.range, row.read_at)
        spec = charts.batch_chart(series, since=row.data.since, until=row.data.until, zone=row.zone, names=self._names)
        return Drawing(charts.png(spec), charts.alt_text(row.data), f"batch-{row.range}.png")

    def tick(self, now: datetime) -> float:
        """Ask for the summaries that are due, each exactly once; returns the seconds until the next look."""
        for schedule in self._schedules:
            with self._db.read() as tx:
                due = store.next_due(tx, schedule.key)
            if due is None:
                with self._db.write() as tx:
                    store.begin_schedule(tx, schedule.key, schedule.after(now))
            elif due <= now:
                self._fire(schedule, due, now)
        return LOOK_SECONDS

    def _fire(self, schedule: Schedule, due: datetime, now: datetime) -> None:
        body = {"channel": schedule.channel, "range": schedule.range, "zone": schedule.zone}
        with self._db.write() as tx:
            if not store.advance(tx, schedule.key, due, schedule.after(now)):
                return
            if now - due > MAKE_UP:
                log.warning("summary.skipped", channel=schedule.channel, due=due.isoformat())
                return
            self._ask(tx, f"summary:{schedule.key}:{due.isoformat()}", body, now)
