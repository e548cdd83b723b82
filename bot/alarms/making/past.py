"""The last week of what an alarm would watch, read from CloudWatch and kept for some minutes: thresholds, week, graph."""

from __future__ import annotations

import json
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from bot.alarms.graph import Graph
from bot.alarms.making import definition, preview, proposal
from bot.alarms.making.plan import Plan
from bot.alarms.making.presets import BY_KEY
from bot.alarms.making.proposal import Proposed
from bot.aws.alarms import AlarmApi
from bot.errors import AwsError, AwsUnavailable, BadInput
from bot.points import Point

Series = dict[str, tuple[Point, ...]]

FRESH = timedelta(minutes=5)
KEPT = 16
MODELS = 50
"""So many models are looked at for a threshold for all of them."""


class Past:
    """Reads and remembers; every method raises AwsError where CloudWatch does not answer."""

    def __init__(self, api: Callable[[], AlarmApi], names: Callable[[str], str]) -> None:
        """``names`` gives what people call a model."""
        self._api = api
        self._names = names
        self._read: OrderedDict[str, tuple[datetime, Series]] = OrderedDict()

    def propose(self, wanted: Plan, measured: Sequence[str], now: datetime) -> Proposed | None:
        """The threshold for a plan from the history of its model, or of the busiest one where it is for all."""
        preset = BY_KEY[wanted.preset]
        if preset.rule is None or wanted.shape != "metric":
            return proposal.propose(wanted.preset, ())
        ids = [wanted.model_id] if wanted.model_id else list(measured)[:MODELS]
        period = max(wanted.period, 300)
        queries = [
            preview.one_model(f"s{n}", wanted.metric, wanted.statistic, period, one) for n, one in enumerate(ids)
        ]
        found = [proposal.propose(wanted.preset, points) for points in self._series(queries, period, now).values()]
        known = [one for one in found if one is not None and one.why == preset.rule.words]
        return (
            max(known, key=lambda one: one.threshold)
            if known
            else next(iter(found), None) or proposal.propose(preset.key, ())
        )

    def propose_or_default(self, wanted: Plan, measured: Sequence[str], now: datetime) -> Proposed:
        """Where the history may not be read, the preset's default; raises BadInput where there is none either."""
        try:
            found = self.propose(wanted, measured, now)
        except AwsUnavailable:
            raise
        except AwsError:
            found = proposal.propose(wanted.preset, ())
        if found is None:
            raise BadInput("There is no history to propose a threshold from. Give one, such as threshold=15000.")
        return found

    def week(self, made: Mapping[str, Any], measured: Sequence[str], now: datetime) -> preview.Week:
        """What an alarm would have done; where its past may not be read, the reason."""
        asked = preview.asked(made, measured, self._names)
        try:
            series = self._series(asked.queries, definition.period_of(made), now)
        except AwsUnavailable:
            raise
        except AwsError as error:
            return preview.Week(None, note=error.sentence)
        return preview.week(made, asked, series, now)[0]

    def graph(self, made: Mapping[str, Any], measured: Sequence[str], now: datetime, zone: str) -> Graph | None:
        """The same week drawn; None where there is nothing to draw."""
        asked = preview.asked(made, measured, self._names)
        period = timedelta(seconds=definition.period_of(made))
        series = self._series(asked.queries, definition.period_of(made), now)
        if not any(series.get(one) for one in asked.compared):
            return None
        until = proposal.aligned(now, period)
        played = preview.week(made, asked, series, now)[1]
        return preview.graph(made, asked, series, played, since=until - proposal.WEEK, until=until, zone=zone)

    def _series(self, queries: Sequence[Mapping[str, Any]], period: int, now: datetime) -> Series:
        """The last week of these queries, read at most once in five minutes."""
        if not queries:
            return {}
        key = json.dumps(list(queries), sort_keys=True)
        kept = self._read.get(key)
        if kept and now - kept[0] < FRESH:
            return kept[1]
        until = proposal.aligned(now, timedelta(seconds=period))
        found = self._api().read(queries, until - proposal.WEEK, until)
        self._read[key] = (now, found)
        while len(self._read) > KEPT:
            self._read.popitem(last=False)
        return found
