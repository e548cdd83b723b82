"""Draws the picture of an alarm's episode: asks CloudWatch for the alarm's own metric and lays threshold and time over it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from bot import charts
from bot.alarms import store, words
from bot.alarms.alarm import Alarm
from bot.alarms.episode import Episode
from bot.alarms.graph import Graph, alt_text, spec
from bot.alarms.queries import Band, Request, request, tripped
from bot.aws.alarm_data import AlarmData, Result
from bot.db import Database
from bot.errors import NoPicture
from bot.panels import Line
from bot.points import clean
from bot.slack.blocks import clip, plain, span
from bot.slack.pictures import Drawing

_NAME = 30
_NO_DATA = "CloudWatch has no datapoints of this metric in the {span} shown."


class AlarmPictures:
    """The maker of pictures for the cards of alarms."""

    def __init__(self, db: Database, data: AlarmData, *, names: Callable[[str], str], zone: str) -> None:
        """``names`` is model id to name; ``zone`` the IANA name of the time on the axis."""
        self._db = db
        self._data = data
        self._names = names
        self._zone = zone

    def draw(self, key: str, now: datetime) -> Drawing | None:
        """The picture of ``alarm:<id>``; raises NoPicture where there never will be one, else AwsError."""
        with self._db.read() as tx:
            episode = store.get(tx, key.split(":", 1)[1])
        if episode is None or not episode.rings:
            return None
        graph = self.graph(episode, now)
        return Drawing(charts.png(spec(graph)), alt_text(graph), "alarm.png")

    def graph(self, episode: Episode, now: datetime) -> Graph:
        """What is drawn, as a value; errors as ``draw``."""
        alarm, asked = episode.alarm, request(episode, now)
        results = self._data.read(asked.queries, asked.since, asked.until, account=alarm.account, region=alarm.region)
        series = _series(asked, results)
        points = clean(series.pairs if series else ())
        # Half a period looks like a fall, but is better than nothing.
        points = tuple(point for point in points if point.at + asked.period <= now) or points
        if series is None or not points:
            raise NoPicture(_NO_DATA.format(span=span(asked.until - asked.since)))
        band = _band(asked, results)
        return Graph(
            title=self._title(alarm),
            unit=f"{words.measure(alarm) or 'value'}{f' ({alarm.unit})' if alarm.unit else ''}",
            since=asked.since,
            until=asked.until,
            zone=self._zone,
            lines=(Line(_label(alarm, series), asked.period, points),),
            threshold=None if asked.band else alarm.threshold,
            threshold_label=words.limit(alarm),
            band=band,
            firing=((episode.opened_at, episode.closed_at),),
            tripped=tripped(episode, points, band, asked.period),
            note=_note(episode, series),
        )

    def _title(self, alarm: Alarm) -> str:
        model = self._names(alarm.model_id) if alarm.model_id else ""
        others = [value for name, value in alarm.contributor.items() if name != "ModelId"]
        about = [plain(part, 60) for part in (model, *others) if part]
        return "  ·  ".join([clip(plain(alarm.name), _NAME) if about else plain(alarm.name), *about])


def _series(asked: Request, results: Sequence[Result]) -> Result | None:
    """What the alarm compares: of several groups the one that rings."""
    mine = [result for result in results if result.id == asked.main]
    if not asked.group:
        return mine[0] if mine else None
    return min(
        (result for result in mine if all(value in result.label for value in asked.group)),
        key=lambda result: len(result.label),
        default=None,
    )


def _band(asked: Request, results: Sequence[Result]) -> Band:
    """Lower and upper bound by time: both come under one id, so whatever comes twice at a time is the two of them."""
    bounds: dict[datetime, list[float]] = {}
    for result in results:
        if asked.band and result.id == asked.band:
            for at, value in result.pairs:
                bounds.setdefault(at, []).append(value)
    return tuple((at, min(both), max(both)) for at, both in sorted(bounds.items()) if len(both) > 1)


def _label(alarm: Alarm, series: Result) -> str:
    """``average over 5 min``; an expression is called as CloudWatch calls it."""
    return words.statistic(alarm) if alarm.metric and alarm.statistic else alarm.label or series.label


def _note(episode: Episode, series: Result) -> str:
    again = f"rang {episode.rings} times, shaded from the first to the last" if episode.flaps else ""
    partial = "" if series.status == "Complete" else "CloudWatch gave only a part of the data"
    return ", ".join(part for part in (again, partial) if part)
